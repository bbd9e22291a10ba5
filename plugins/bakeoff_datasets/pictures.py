"""Reader of image files into uint8 arrays of one shape."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError
from bakeoff_datasets.files import reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt


LEAST_SIDE = 2
"""Least height and width of an image in pixels."""


def read_images(
    paths: Sequence[Path], *, size: tuple[int, int] | None, channels: int
) -> npt.NDArray[np.uint8]:
    """Read image files of any format into one array.

    Args:
        paths: at least one.
        size: height and width in pixels to resize to; None where all have one size.
        channels: 1 (grey) or 3 (RGB).

    Returns:
        uint8 (n_samples, height, width, channels) in 0..255.

    Raises:
        DataError: a file is broken, or sizes differ without `size`; names the files.
    """
    import numpy as np

    X: npt.NDArray[np.uint8] | None = None
    for i, path in enumerate(paths):
        with reading(path):
            image = read_image(path.read_bytes(), str(path), size=size, channels=channels)
        if X is None:
            X = np.empty((len(paths), *image.shape), dtype=np.uint8)
        if image.shape != X.shape[1:]:
            raise DataError(
                str(path),
                f"is {_size(image)} pixels, {paths[0].name} is {_size(X[0])} (height x width); "
                "expected one size. Say size: [height, width] to resize all.",
            )
        X[i] = image
    if X is None:
        raise ValueError("expected at least one path; got none.")
    return X


def read_image(
    content: bytes, where: str, *, size: tuple[int, int] | None, channels: int
) -> npt.NDArray[np.uint8]:
    """Decode an image file to uint8 (height, width, channels).

    Args:
        content: the file.
        where: its path, for messages.
        size: height and width in pixels to resize to, or None.
        channels: 1 or 3.

    Raises:
        DataError: it is broken, or too large to be decoded safely.
    """
    import numpy as np
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.simplefilter("ignore", UserWarning)
        try:
            with Image.open(io.BytesIO(content)) as opened:
                image = ImageOps.exif_transpose(opened)
                image = _opaque(image).convert("RGB" if channels == 3 else "L")  # noqa: PLR2004  RGB
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise DataError(where, f"is too large to be read: {error}.") from error
        except Exception as error:
            # Decoders raise many types: OSError, SyntaxError, struct.error, ValueError.
            raise broken_image(where, error) from error
    if min(image.size) < LEAST_SIDE:
        width, height = image.size
        raise DataError(
            where, f"is {height} x {width} pixels (height x width); expected at least 2 x 2."
        )
    if size is not None:
        image = image.resize((size[1], size[0]), Image.Resampling.LANCZOS)
    array = np.asarray(image, dtype=np.uint8)
    return array.reshape(*array.shape[:2], channels)


def broken_image(where: str, error: Exception) -> DataError:
    """Return the error for an image that a decoder refused."""
    from PIL import UnidentifiedImageError

    reason = "no known format" if isinstance(error, UnidentifiedImageError) else error
    return DataError(where, f"is no image or a broken one: {reason}.")


def read_square(content: bytes, where: str, *, side: int) -> npt.NDArray[np.uint8]:
    """Decode an image file, pad it with white to a square and resize it.

    Args:
        content: the file.
        where: its path, for messages.
        side: height and width of the result in pixels.

    Returns:
        uint8 (side, side, 3) in 0..255.

    Raises:
        DataError: it is broken.
    """
    import numpy as np
    from PIL import Image, ImageOps

    image = Image.fromarray(read_image(content, where, size=None, channels=3))
    square = ImageOps.pad(image, (side, side), Image.Resampling.LANCZOS, color="white")
    return np.asarray(square, dtype=np.uint8)


def _opaque(image: Any) -> Any:
    """Blend transparent pixels with white and reduce 16-bit grey to 8 bits."""
    from PIL import Image

    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image


def _size(image: npt.NDArray[np.uint8]) -> str:
    return f"{image.shape[0]} x {image.shape[1]}"
