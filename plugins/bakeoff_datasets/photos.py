"""Small colour pictures in six classes: the stamps of Tux Paint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError
from bakeoff.fetch.cache import cache_dir, write_whole
from bakeoff.fetch.sources import Found, Source, from_archive
from bakeoff_datasets import pins
from bakeoff_datasets.images import NamedImages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bakeoff.interfaces import Data
    from bakeoff_datasets.images import Arrays

_FOLDER = "usr/share/tuxpaint/stamps/"
_CLASSES = ("animals", "food", "household", "plants", "town", "vehicles")


@dataclass
class Photos(NamedImages):
    """Photographs and drawings: 295 RGB images, 6 unbalanced classes (128 animals, 17 vehicles).

    Cartoons and mirrored copies are left out. Each picture is blended with white, padded to a
    square and resized. Small and mixed: enough to compare features, no benchmark of its own.

    Args:
        size: height and width in pixels, at least 8.

    Source:
        The Tux Paint project, "Tux Paint stamps", 2022; class = folder of the collection.
    """

    size: int = 64

    _name = "photos"
    _classes = _CLASSES
    _target = "kind"

    def load(self) -> Data:
        """Load X uint8 (295, size, size, 3), fetching the archive where needed.

        Raises:
            SourceUnavailableError: the archive can't be fetched.
            DataError: `size` is out of range.
        """
        if not isinstance(self.size, int) or self.size < 8:  # noqa: PLR2004  smaller pictures show nothing
            raise DataError("photos", f"size: expected an integer >= 8; got {self.size!r}.")
        return super().load()

    def fingerprint(self) -> str:
        """Return the archive's hash and the size."""
        return f"{pins.STAMPS.sha256} {self.size}"

    def _sources(self) -> list[Source[Arrays]]:
        """Return the archive as source; resized pictures are cached, as unpacking takes seconds."""
        archive = from_archive(pins.STAMPS, _is_wanted, self._resize)
        resized_file = cache_dir("photos") / f"{pins.STAMPS.sha256[:16]}-{self.size}.npz"

        def at_hand() -> bool:
            return resized_file.is_file() or archive.at_hand()

        return [Source(archive.label, at_hand, lambda: _read(resized_file, archive))]

    def _resize(self, members: Mapping[str, bytes]) -> Arrays:
        import numpy as np

        from bakeoff_datasets.pictures import read_square

        X = np.stack([read_square(members[name], name, side=self.size) for name in members])
        y = np.array([_CLASSES.index(_class(name)) for name in members], dtype=np.int64)
        return X, y, None


def _read(resized_file: Path, archive: Source[Arrays]) -> Found[Arrays]:
    """Return the resized pictures, made from the archive unless they are cached."""
    import numpy as np

    if not resized_file.is_file():
        X, y, _ = archive.read().value
        with write_whole(resized_file) as temporary, temporary.open("wb") as file:
            np.savez(file, X=X, y=y)
    with np.load(resized_file, allow_pickle=False) as arrays:
        loaded_arrays: Any = (arrays["X"], arrays["y"], None)
    return Found(loaded_arrays, archive.label, pins.STAMPS.licence, pins.STAMPS.sha256)


def _class(name: str) -> str:
    return name.removeprefix(_FOLDER).split("/")[0]


def _is_wanted(name: str) -> bool:
    return (
        name.startswith(_FOLDER)
        and name.endswith(".png")
        and _class(name) in _CLASSES
        and "cartoon" not in name
        and "mirror" not in name
    )
