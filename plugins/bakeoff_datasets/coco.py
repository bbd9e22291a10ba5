"""Reader of images with boxes or outlines in COCO's JSON format."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError
from bakeoff_datasets.files import UserFiles, reading, user_path
from bakeoff_datasets.folders import checked_size

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from bakeoff.interfaces import Data

PARTS = ("images", "annotations", "categories")


@dataclass
class Coco(UserFiles):
    """Images with boxes or masks from a COCO JSON file.

    Crowds (`iscrowd`) are left out. Boxes are clipped to the image. Outlines are polygons or
    uncompressed run lengths; where objects overlap, the later one covers the earlier.

    Args:
        path: JSON file with `images`, `annotations` and `categories`.
        images: folder that `file_name` starts from; None for the file's own folder.
        target: `boxes` for recognition, `masks` for segmentation (class 0 is the background).
        size: height and width in pixels, or one number for both, to which all is resized; None
            where all have one size.
        channels: 3 for RGB, 1 for grey.

    Source:
        Lin et al., "Microsoft COCO: Common Objects in Context", 2014, and its data format.
    """

    path: str
    images: str | None = None
    target: str = "boxes"
    size: int | Sequence[int] | None = None
    channels: int = 3

    def load(self) -> Data:
        """Load the images: X uint8 (n_samples, height, width, channels), y boxes or masks.

        Raises:
            DataError: the file is no COCO JSON, or refers to a missing image or id; the message
                names the entry.
        """
        from bakeoff.interfaces import Data
        from bakeoff_datasets.pictures import read_images

        path = user_path(self.path)
        if self.target not in ("boxes", "masks"):
            raise DataError(str(path), f"target: expected boxes or masks; got {self.target!r}.")
        if self.channels not in (1, 3):
            raise DataError(str(path), f"channels: expected 1 or 3; got {self.channels!r}.")
        size = checked_size(self.size, str(path))
        file = self._read()
        X = read_images([image.path for image in file.images], size=size, channels=self.channels)
        is_boxes = self.target == "boxes"
        y = _boxes(file, X.shape[1:3]) if is_boxes else _masks(file, X.shape[1:3])
        return Data(
            X=X,
            y=y,
            input_kind="image",
            problem_type="recognition" if is_boxes else "segmentation",
            classes=file.classes if is_boxes else ("ground", *file.classes),
            target=self.target,
            origin=str(path),
        )

    def _read(self) -> CocoFile:
        path = user_path(self.path)
        return read_coco(path, user_path(self.images) if self.images else path.parent)

    def _paths(self) -> Sequence[Path]:
        return [user_path(self.path), *(image.path for image in self._read().images)]


@dataclass
class CocoImage:
    """An image file with the size that the JSON states and its annotations."""

    path: Path
    height: int
    width: int
    things: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class CocoFile:
    """A validated COCO file: images, and class names ordered by category id."""

    where: str
    images: list[CocoImage]
    classes: tuple[str, ...]


def read_coco(path: Path, folder: Path) -> CocoFile:
    """Read and validate a COCO file.

    Args:
        path: the JSON.
        folder: where the images lie.

    Raises:
        DataError: an entry violates the COCO format; the message names it.
    """
    where = str(path)
    with reading(path):
        try:
            content = json.loads(path.read_bytes())
        except (ValueError, RecursionError) as error:
            raise DataError(where, f"is no JSON: {error}.") from error
    for part in PARTS:
        if not isinstance(content, dict) or not isinstance(content.get(part), list):
            raise DataError(where, f"expected a list {part!r}; a COCO file has {', '.join(PARTS)}.")
    names = {
        _get(category, "id", int, where, f"categories[{i}]"): _get(
            category, "name", str, where, f"categories[{i}]"
        )
        for i, category in enumerate(content["categories"])
    }
    codes = {number: code for code, number in enumerate(sorted(names))}
    images = _read_images(content["images"], folder, where)
    n_things = 0
    for i, thing in enumerate(content["annotations"]):
        entry = f"annotations[{i}]"
        image = images.get(_get(thing, "image_id", int, where, entry))
        code = codes.get(_get(thing, "category_id", int, where, entry))
        if image is None or code is None:
            key, ids = ("image_id", images) if image is None else ("category_id", codes)
            message = f"{entry}: {key} {thing[key]!r} stands in no entry; known: {_few(ids)}."
            raise DataError(where, message)
        if not thing.get("iscrowd"):
            image.things.append(thing | {"code": code, "entry": entry})
            n_things += 1
    if not n_things:
        raise DataError(where, "holds no annotation; expected at least one.")
    return CocoFile(where, list(images.values()), tuple(names[number] for number in sorted(names)))


def _read_images(entries: list[Any], folder: Path, where: str) -> dict[int, CocoImage]:
    images: dict[int, CocoImage] = {}
    base = folder.resolve()
    for i, image in enumerate(entries):
        entry = f"images[{i}]"
        number = _get(image, "id", int, where, entry)
        path = (folder / _get(image, "file_name", str, where, entry)).resolve()
        if number in images:
            raise DataError(where, f"{entry}: id {number} stands twice.")
        if not path.is_relative_to(base):
            raise DataError(where, f"{entry}: {image['file_name']!r} lies outside {folder}.")
        sides = [_get(image, side, int, where, entry) for side in ("height", "width")]
        if min(sides) < 1:
            raise DataError(where, f"{entry}: expected sides above 0; got {sides}.")
        images[number] = CocoImage(path, *sides)
    if not images:
        raise DataError(where, "holds no image; expected at least one.")
    return images


def _get(record: Any, key: str, kind: type, where: str, entry: str) -> Any:
    value = record.get(key) if isinstance(record, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise DataError(where, f"{entry}: expected {key} as {kind.__name__}; got {value!r}.")
    return value


def _few(ids: Any) -> str:
    numbers = sorted(ids)
    return ", ".join(map(str, numbers[:8])) + (", ..." if len(numbers) > 8 else "")  # noqa: PLR2004  a line


def _boxes(file: CocoFile, shape: tuple[int, ...]) -> npt.NDArray[np.object_]:
    """Return boxes, object (n_samples,) of float32 (n_boxes, 5), scaled to images of `shape`."""
    import numpy as np

    rows = np.empty(len(file.images), dtype=object)
    for i, image in enumerate(file.images):
        scale = shape[1] / image.width, shape[0] / image.height
        image_boxes = [[*_box(thing, image, file.where), thing["code"]] for thing in image.things]
        boxes = np.array(image_boxes, np.float64).reshape(-1, 5)
        boxes[:, :4] *= [*scale, *scale]
        rows[i] = _within(boxes.astype(np.float32), shape)
    return rows


def _box(thing: dict[str, Any], image: CocoImage, where: str) -> list[float]:
    """Return x, y, width and height of a box in pixels, clipped to the image."""
    box: Any = thing.get("bbox")
    if not _is_numbers(box) or len(box) != 4 or min(box[2:]) <= 0:  # noqa: PLR2004  x, y, w, h
        message = f"{thing['entry']}: expected bbox as [x, y, width, height]; got {box!r}."
        raise DataError(where, message)
    left, top = max(0.0, box[0]), max(0.0, box[1])
    right, bottom = min(image.width, box[0] + box[2]), min(image.height, box[1] + box[3])
    if right <= left or bottom <= top:
        size = f"{image.width} x {image.height}"
        raise DataError(where, f"{thing['entry']}: bbox {box!r} lies outside its {size} pixels.")
    return [left, top, right - left, bottom - top]


def _within(boxes: npt.NDArray[np.float32], shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Clip boxes that rounding to float32 moved outside the image."""
    import numpy as np

    limit = np.array([shape[1], shape[0]], np.float32)
    boxes[:, 2:4] = np.minimum(boxes[:, 2:4], limit - boxes[:, :2])
    return boxes


def _masks(file: CocoFile, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Return masks, uint8 (n_samples, height, width): 0 is the background, then the classes."""
    import numpy as np
    from PIL import Image

    y = np.empty((len(file.images), *shape), np.uint8)
    for i, image in enumerate(file.images):
        mask = np.zeros((image.height, image.width), np.uint8)
        for thing in image.things:
            mask[_outline(thing, image, file.where)] = thing["code"] + 1
        resized = Image.fromarray(mask).resize((shape[1], shape[0]), Image.Resampling.NEAREST)
        y[i] = np.asarray(resized)
    return y


def _outline(thing: dict[str, Any], image: CocoImage, where: str) -> npt.NDArray[np.bool_]:
    """Return the pixels that an annotation covers, bool (height, width)."""
    import numpy as np
    from PIL import Image, ImageDraw

    outline = thing.get("segmentation")
    if isinstance(outline, dict) and _is_numbers(outline.get("counts")):
        runs = np.array(outline["counts"], np.int64)
        if (runs < 0).any() or runs.sum() != image.height * image.width:
            message = f"{thing['entry']}: run lengths don't add up to the image's pixels."
            raise DataError(where, message)
        flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
        return np.asarray(flat.reshape(image.width, image.height).T)
    polygons = outline if isinstance(outline, list) else []
    if not polygons or not all(_is_numbers(p) and len(p) >= 6 and not len(p) % 2 for p in polygons):  # noqa: PLR2004  three corners
        message = f"{thing['entry']}: expected segmentation as polygons or a list of run lengths"
        raise DataError(where, f"{message}; got {outline!r:.60}.")
    drawn = Image.new("1", (image.width, image.height))
    for polygon in polygons:
        ImageDraw.Draw(drawn).polygon(polygon, fill=1)
    return np.asarray(drawn)


def _is_numbers(values: Any) -> bool:
    return isinstance(values, list) and all(
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        for value in values
    )
