"""Reader of TensorFlow.js weights packaged as JavaScript: base64 texts and a manifest.

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
    """Read named tensors of a model; quantised ones are converted to float32.

    Args:
        scripts: files of the model by name: those named `group1-shardNofM...` hold the numbers in
            the order of their names, the one named `model...` the manifest.
        title: for messages.

    Raises:
        WeightsError: a file holds no text of base64, or the manifest asks for other numbers.

    Source:
        The TensorFlow.js authors, "weights manifest": value = code * scale + min.
    """
    shards = sorted(name for name in scripts if name.rsplit("/", 1)[-1].startswith("group1-shard"))
    manifests = [name for name in scripts if name.rsplit("/", 1)[-1].startswith("model.")]
    if not shards or not manifests:
        raise WeightsError(title, "holds no shards or no manifest.")
    raw = b"".join(_decode(scripts[name], name) for name in shards)
    text = scripts[manifests[0]].decode("utf-8", errors="replace")
    arrays: dict[str, npt.NDArray[np.float32]] = {}
    position = 0
    for entry in _ENTRY.finditer(text[max(0, text.find("weightsManifest")) :]):
        array, position = _tensor(entry, raw, position, title)
        arrays[entry["name"]] = array
    if position != len(raw) or not arrays:
        raise WeightsError(title, f"the manifest speaks of {position} bytes; got {len(raw)}.")
    return arrays


def _decode(script: bytes, name: str) -> bytes:
    texts = _TEXT.findall(script)
    try:
        return base64.b64decode(max(texts, key=len), validate=True)
    except (ValueError, binascii.Error) as error:
        raise WeightsError(name, "holds no whole text of base64.") from error


def _tensor(
    entry: re.Match[str], raw: bytes, position: int, title: str
) -> tuple[npt.NDArray[np.float32], int]:
    """Return a tensor and the position after it."""
    shape = [int(float(side)) for side in entry["shape"].split(",") if side]
    facts = dict(_FACT.findall(entry["quantization"] or ""))
    dtype = np.dtype(_TYPES[str(facts.get("dtype", entry["dtype"]))])
    count = int(np.prod(shape)) if shape else 1
    end = position + count * dtype.itemsize
    if end > len(raw):
        raise WeightsError(title, f"ends before tensor {entry['name']!r}.")
    values = np.frombuffer(raw, dtype, count, position).astype(np.float32)
    if facts:
        values = values * np.float32(facts["scale"]) + np.float32(facts["min"])
    return values.reshape(shape).astype(np.float32), end
