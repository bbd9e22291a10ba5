"""A user's own images with a mask each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError
from bakeoff_datasets.files import file_fingerprint, reading, user_path
from bakeoff_datasets.folders import IMAGE_ENDINGS, checked_size
from bakeoff_datasets.pictures import broken_image

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from bakeoff.interfaces import Data

MOST_VALUES = 64
"""More different values than that in masks are no classes but a photograph."""


@dataclass
class ImageMaskFolder:
    """Images in `images/`, a mask of the same name (whatever its ending) in `masks/`.

    A mask holds one grey or palette value a pixel. The values found over all masks, in order, are
    the classes: 0 and 255 become class 0 and 1.

    Args:
        path: folder that holds `images` and `masks`.
        classes: names, one for each value in order; None names classes by their values.
        size: height and width in pixels, or one number for both, to which all is resized, masks
            without mixing values; None where all images have one size.
        channels: 3 for RGB, 1 for grey.
    """

    path: str
    classes: Sequence[str] | None = None
    size: int | Sequence[int] | None = None
    channels: int = 3

    def load(self) -> Data:
        """Read every pair: X uint8 (n_samples, height, width, channels), y its masks.

        Raises:
            DataError: a folder or a mask is missing, a file is broken, sizes differ, a mask has
                colours, or there are other values than classes.
        """
        from bakeoff.interfaces import Data
        from bakeoff_datasets.pictures import read_images

        folder = user_path(self.path)
        size = checked_size(self.size, str(folder))
        if self.channels not in (1, 3):
            raise DataError(str(folder), f"channels: expected 1 or 3; got {self.channels!r}.")
        pairs = _pairs(folder)
        X = read_images([image for image, _ in pairs], size=size, channels=self.channels)
        values = [_read_mask(mask, size=size, shape=X.shape[1:3]) for _, mask in pairs]
        y, classes = _coded(values, self.classes, folder)
        return Data(
            X=X,
            y=y,
            input_kind="image",
            problem_type="segmentation",
            classes=classes,
            target="masks",
            origin=str(folder),
        )

    def is_cached(self) -> bool:
        """Whether the folder is there."""
        return user_path(self.path).is_dir()

    def fingerprint(self) -> str:
        """Hash of every file's path, size and modification time."""
        folder = user_path(self.path)
        try:
            paths: Sequence[Path] = [path for pair in _pairs(folder) for path in pair]
        except DataError:
            paths = [folder]
        return file_fingerprint(paths, self)


def _pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Each image with its mask, by name.

    Raises:
        DataError: a folder is missing or empty, or an image has no mask or two.
    """
    images, masks = (_by_stem(folder / name) for name in ("images", "masks"))
    without = sorted(set(images) - set(masks))
    if without:
        path = images[without[0]]
        more = f" ({len(without)} images have none)" if len(without) > 1 else ""
        raise DataError(str(path), f"has no mask; expected masks/{path.stem}.png{more}.")
    return [(images[stem], masks[stem]) for stem in sorted(images)]


def _by_stem(folder: Path) -> dict[str, Path]:
    with reading(folder):
        if not folder.is_dir():
            raise DataError(str(folder), "there is no such folder; expected images/ and masks/.")
        found: dict[str, Path] = {}
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() not in IMAGE_ENDINGS or path.name.startswith("."):
                continue
            if path.stem in found:
                what = f"and {found[path.stem].name} have one name; expected one file a name."
                raise DataError(str(path), what)
            found[path.stem] = path
    if not found:
        raise DataError(str(folder), f"has no images, endings {', '.join(IMAGE_ENDINGS)}.")
    return found


def _read_mask(
    path: Path, *, size: tuple[int, int] | None, shape: tuple[int, ...]
) -> npt.NDArray[np.uint8]:
    """One value a pixel: uint8 (height, width)."""
    import numpy as np
    from PIL import Image

    with reading(path):
        try:
            with Image.open(path) as opened:
                opened.load()
                image = opened.copy()
        except FileNotFoundError:
            raise
        except Exception as error:
            # Decoders raise what they like: OSError, SyntaxError, struct.error, ValueError.
            raise broken_image(str(path), error) from error
    if image.mode not in ("1", "L", "P"):
        what = f"is a mask of mode {image.mode}; expected one grey or palette value a pixel."
        raise DataError(str(path), what)
    if size is not None:
        image = image.resize((size[1], size[0]), Image.Resampling.NEAREST)
    mask = np.asarray(image).astype(np.uint8)
    if mask.shape != shape:
        what = (
            f"is {mask.shape[0]} x {mask.shape[1]} pixels, its image {shape[0]} x {shape[1]} "
            "(height x width); expected one size."
        )
        raise DataError(str(path), what)
    return mask


def _coded(
    values: Sequence[npt.NDArray[np.uint8]], names: Sequence[str] | None, folder: Path
) -> tuple[npt.NDArray[np.uint8], tuple[str, ...]]:
    """Values as class codes, and the classes' names."""
    import numpy as np

    known: npt.NDArray[Any] = np.unique(np.concatenate([np.unique(mask) for mask in values]))
    if len(known) > MOST_VALUES:
        what = (
            f"the masks hold {len(known)} values; expected at most {MOST_VALUES}, one a class. "
            "JPEG blurs values; keep masks as PNG."
        )
        raise DataError(str(folder), what)
    if len(known) == 1:
        raise DataError(str(folder), f"the masks hold the value {known[0]} alone; expected two.")
    if names is not None and len(names) != len(known):
        what = f"classes: expected {len(known)} names for values {known.tolist()}; got {names!r}."
        raise DataError(str(folder), what)
    y = np.stack([np.searchsorted(known, mask).astype(np.uint8) for mask in values])
    return y, tuple(str(name) for name in (names or known.tolist()))
