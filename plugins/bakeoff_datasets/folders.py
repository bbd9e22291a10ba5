"""Readers of folders of images or texts, one folder per class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError
from bakeoff_datasets.files import UserFolder, decoding, reading, user_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from bakeoff.interfaces import Data

IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
TEXT_ENDINGS = (".txt", ".text", ".md", ".html", ".eml")


@dataclass(frozen=True, slots=True)
class Item:
    """A file in a class folder; `is_test` marks the official test part."""

    path: Path
    label: str
    is_test: bool


def list_items(folder: Path, endings: Sequence[str], noun: str) -> tuple[Item, ...]:
    """Return the files of all class folders at any depth, ordered by class and path.

    A folder whose only folders are `train` and `test` has an official split, with the class
    folders inside each. Hidden files and files with other endings are ignored.

    Args:
        folder: the folder.
        endings: lower-case endings of the files that count.
        noun: plural noun for the files, for messages.

    Raises:
        DataError: it is no folder, or holds no such file.
    """
    where = str(folder)
    with reading(folder):
        if not folder.is_dir():
            if folder.exists():
                raise DataError(where, "is a file; expected a folder with one folder a class.")
            raise DataError(where, "there is no such folder. Check the path.")
        below = _folders(folder)
        is_split = [path.name for path in below] == ["test", "train"]
        parts = below[::-1] if is_split else [folder]
        items = [
            Item(path, label.name, is_split and part.name == "test")
            for part in parts
            for label in _folders(part)
            for path in sorted(label.rglob("*"))
            if path.suffix.lower() in endings and not path.name.startswith(".") and path.is_file()
        ]
    if not items:
        raise DataError(
            where,
            f"has no {noun} in class folders; expected {noun} such as "
            f"CLASS/name{endings[0]}, endings {', '.join(endings)}.",
        )
    return tuple(items)


def _folders(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


@dataclass
class TextFolder(UserFolder):
    """Texts in files; the folder is the class.

    Args:
        path: folder of class folders, or of `train` and `test` with class folders.
        encoding: of the texts.
    """

    path: str
    encoding: str = "utf-8"

    def load(self) -> Data:
        """Load all files: X object (n_samples,) of str.

        Raises:
            DataError: there is no text, a file has another encoding, or there is one class.
        """
        import numpy as np

        folder = user_path(self.path)
        items = list_items(folder, TEXT_ENDINGS, "texts")
        X = np.empty(len(items), dtype=object)
        for i, item in enumerate(items):
            with reading(item.path), decoding(item.path, self.encoding):
                X[i] = item.path.read_text(self.encoding)
        return _data(X, items, folder, "text")

    def _paths(self) -> Sequence[Path]:
        items = list_items(user_path(self.path), TEXT_ENDINGS, "files")
        return [item.path for item in items]


@dataclass
class ImageFolder(UserFolder):
    """Images in files; the folder is the class.

    Transparent pixels are blended with white, 16-bit grey is reduced to 8 bits, and images are
    rotated by their EXIF orientation.

    Args:
        path: folder of class folders, or of `train` and `test` with class folders.
        size: height and width in pixels, or one number for both, to which every image is resized;
            None where all images have one size.
        channels: 3 for RGB, 1 for grey.
    """

    path: str
    size: int | Sequence[int] | None = None
    channels: int = 3

    def load(self) -> Data:
        """Load all files: X uint8 (n_samples, height, width, channels).

        Raises:
            DataError: there is no image, one is broken, sizes differ without `size`, or there is
                one class.
        """
        from bakeoff_datasets.pictures import read_images

        folder = user_path(self.path)
        items = list_items(folder, IMAGE_ENDINGS, "images")
        size = checked_size(self.size, str(folder))
        if self.channels not in (1, 3):
            raise DataError(str(folder), f"channels: expected 1 or 3; got {self.channels!r}.")
        X = read_images([item.path for item in items], size=size, channels=self.channels)
        return _data(X, items, folder, "image")

    def _paths(self) -> Sequence[Path]:
        items = list_items(user_path(self.path), IMAGE_ENDINGS, "files")
        return [item.path for item in items]


def checked_size(size: int | Sequence[int] | None, where: str) -> tuple[int, int] | None:
    """Return the user's size as height and width in pixels, or None.

    Raises:
        DataError: they are neither one nor two numbers above 0.
    """
    match size:
        case None:
            return None
        case bool():
            pass
        case int(side) if side > 0:
            return side, side
        case [int(height), int(width)] if height > 0 and width > 0:
            return height, width
    expected = "expected [height, width] in pixels or one number for both"
    raise DataError(where, f"size: {expected}; got {size!r}.")


def _data(X: npt.NDArray[Any], items: Sequence[Item], folder: Path, kind: str) -> Data:
    import numpy as np
    import pandas as pd

    from bakeoff.interfaces import Data
    from bakeoff_datasets.targets import read_target

    labels = pd.Series([item.label for item in items], name="folder", dtype="str")
    target = read_target(labels, where=str(folder), problem_type=None)
    is_test: npt.NDArray[np.bool_] = np.array([item.is_test for item in items])
    return Data(
        X=X,
        y=target.y,
        input_kind=kind,
        problem_type=target.problem_type,
        classes=target.classes,
        official_test=is_test if is_test.any() else None,
        target="folder",
        origin=str(folder),
    )
