"""Weights of a TensorFlow.js model that a package keeps as JavaScript: base64 texts and a manifest.

No script is run: the texts are found by their alphabet, the manifest's entries by their keys.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

import numpy as np

from bakeoff_pretrained.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

_TEXT = re.compile(rb'"([A-Za-z0-9+/]{1000,}={0,2})"')
_ENTRY = re.compile(
    r'name:"(?P<name>[^"]+)",shape:\[(?P<shape>[^\]]*)\],dtype:"(?P<dtype>\w+)"'
    r"(?:,quantization:\{(?P<quantization>[^}]*)\})?"
)
_FACT = re.compile(r'(\w+):"?([-+.\w]+)"?')
_TYPES = {"float32": "<f4", "int32": "<i4", "uint8": "u1", "uint16": "<u2"}


def read_shards(scripts: Mapping[str, bytes], title: str) -> dict[str, npt.NDArray[np.float32]]:
    """Named tensors of a model, quantised ones brought back to float32.

    Args:
        scripts: files of the model by name: those named `group1-shardNofM...` hold the numbers in
            the order of their names, the one named `model...` the manifest.
        title: for messages.

    Raises:
        WeightsError: a file holds no text of base64, or the manifest asks for other numbers.

    Source:
        The TensorFlow.js authors, "weights manifest": value = code * scale + min.
    """
    numbers = sorted(n for n in scripts if n.rsplit("/", 1)[-1].startswith("group1-shard"))
    manifests = [n for n in scripts if n.rsplit("/", 1)[-1].startswith("model.")]
    if not numbers or not manifests:
        raise WeightsError(title, "holds no shards or no manifest.")
    raw = b"".join(_decode(scripts[name], name) for name in numbers)
    text = scripts[manifests[0]].decode("utf-8", errors="replace")
    found: dict[str, npt.NDArray[np.float32]] = {}
    place = 0
    for entry in _ENTRY.finditer(text[max(0, text.find("weightsManifest")) :]):
        array, place = _tensor(entry, raw, place, title)
        found[entry["name"]] = array
    if place != len(raw) or not found:
        raise WeightsError(title, f"the manifest speaks of {place} bytes; got {len(raw)}.")
    return found


def _decode(script: bytes, name: str) -> bytes:
    texts = _TEXT.findall(script)
    try:
        return base64.b64decode(max(texts, key=len), validate=True)
    except (ValueError, binascii.Error) as error:
        raise WeightsError(name, "holds no whole text of base64.") from error


def _tensor(
    entry: re.Match[str], raw: bytes, place: int, title: str
) -> tuple[npt.NDArray[np.float32], int]:
    """One tensor and the place behind it."""
    shape = [int(float(side)) for side in entry["shape"].split(",") if side]
    facts = dict(_FACT.findall(entry["quantization"] or ""))
    dtype = np.dtype(_TYPES[str(facts.get("dtype", entry["dtype"]))])
    count = int(np.prod(shape)) if shape else 1
    end = place + count * dtype.itemsize
    if end > len(raw):
        raise WeightsError(title, f"ends before tensor {entry['name']!r}.")
    values = np.frombuffer(raw, dtype, count, place).astype(np.float32)
    if facts:
        values = values * np.float32(facts["scale"]) + np.float32(facts["min"])
    return values.reshape(shape).astype(np.float32), end
