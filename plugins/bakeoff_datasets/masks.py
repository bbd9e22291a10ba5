"""Reader of images with a segmentation mask each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError
from bakeoff_datasets.files import UserFolder, reading, user_path
from bakeoff_datasets.folders import IMAGE_ENDINGS, checked_size
from bakeoff_datasets.pictures import broken_image

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from bakeoff.interfaces import Data

MOST_VALUES = 64
"""Most distinct values in masks; more indicate photographs instead of masks."""


@dataclass
class ImageMaskFolder(UserFolder):
    """Images in `images/` and masks of the same names (with any ending) in `masks/`.

    A mask holds one grey or palette value a pixel. The values found over all masks, in order, are
    the classes: 0 and 255 become class 0 and 1.

    Args:
        path: folder that holds `images` and `masks`.
        classes: names, one for each value in order; None names classes by their values.
        size: height and width in pixels, or one number for both, to which images and masks
            are resized (masks by nearest neighbour); None where all images have one size.
        channels: 3 for RGB, 1 for grey.
    """

    path: str
    classes: Sequence[str] | None = None
    size: int | Sequence[int] | None = None
    channels: int = 3

    def load(self) -> Data:
        """Load all pairs: X uint8 (n_samples, height, width, channels), y their masks.

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

    def _paths(self) -> Sequence[Path]:
        return [path for pair in _pairs(user_path(self.path)) for path in pair]


def _pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Return each image with the mask of the same name.

    Raises:
        DataError: a folder is missing or empty, or an image has no mask or two.
    """
    images, masks = (_by_stem(folder / name) for name in ("images", "masks"))
    unpaired = sorted(set(images) - set(masks))
    if unpaired:
        path = images[unpaired[0]]
        suffix = f" ({len(unpaired)} images have none)" if len(unpaired) > 1 else ""
        raise DataError(str(path), f"has no mask; expected masks/{path.stem}.png{suffix}.")
    return [(images[stem], masks[stem]) for stem in sorted(images)]


def _by_stem(folder: Path) -> dict[str, Path]:
    with reading(folder):
        if not folder.is_dir():
            raise DataError(str(folder), "there is no such folder; expected images/ and masks/.")
        files: dict[str, Path] = {}
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() not in IMAGE_ENDINGS or path.name.startswith("."):
                continue
            if path.stem in files:
                message = f"and {files[path.stem].name} have one name; expected one file a name."
                raise DataError(str(path), message)
            files[path.stem] = path
    if not files:
        raise DataError(str(folder), f"has no images, endings {', '.join(IMAGE_ENDINGS)}.")
    return files


def _read_mask(
    path: Path, *, size: tuple[int, int] | None, shape: tuple[int, ...]
) -> npt.NDArray[np.uint8]:
    """Read a mask, uint8 (height, width)."""
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
            # Decoders raise many types: OSError, SyntaxError, struct.error, ValueError.
            raise broken_image(str(path), error) from error
    if image.mode not in ("1", "L", "P"):
        message = f"is a mask of mode {image.mode}; expected one grey or palette value a pixel."
        raise DataError(str(path), message)
    if size is not None:
        image = image.resize((size[1], size[0]), Image.Resampling.NEAREST)
    mask = np.asarray(image).astype(np.uint8)
    if mask.shape != shape:
        message = (
            f"is {mask.shape[0]} x {mask.shape[1]} pixels, its image {shape[0]} x {shape[1]} "
            "(height x width); expected one size."
        )
        raise DataError(str(path), message)
    return mask


def _coded(
    values: Sequence[npt.NDArray[np.uint8]], names: Sequence[str] | None, folder: Path
) -> tuple[npt.NDArray[np.uint8], tuple[str, ...]]:
    """Return masks as class codes, and the classes' names."""
    import numpy as np

    distinct: npt.NDArray[Any] = np.unique(np.concatenate([np.unique(mask) for mask in values]))
    if len(distinct) > MOST_VALUES:
        message = (
            f"the masks hold {len(distinct)} values; expected at most {MOST_VALUES}, one a class. "
            "JPEG blurs values; keep masks as PNG."
        )
        raise DataError(str(folder), message)
    if len(distinct) == 1:
        raise DataError(str(folder), f"the masks hold the value {distinct[0]} alone; expected two.")
    if names is not None and len(names) != len(distinct):
        expected = f"{len(distinct)} names for values {distinct.tolist()}"
        message = f"classes: expected {expected}; got {names!r}."
        raise DataError(str(folder), message)
    y = np.stack([np.searchsorted(distinct, mask).astype(np.uint8) for mask in values])
    return y, tuple(str(name) for name in (names or distinct.tolist()))
