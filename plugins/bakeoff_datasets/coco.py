"""A user's own images with boxes or outlines in COCO's JSON."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError
from bakeoff_datasets.files import file_fingerprint, reading, user_path
from bakeoff_datasets.folders import checked_size

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from bakeoff.interfaces import Data

PARTS = ("images", "annotations", "categories")


@dataclass
class Coco:
    """Images with boxes, or with masks drawn from outlines, as a COCO file tells them.

    Crowds (`iscrowd`) are left out. Boxes are cut at the image's border. Outlines are polygons or
    run lengths in a list; where things overlap, the later one covers the earlier.

    Args:
        path: JSON file with `images`, `annotations` and `categories`.
        images: folder that `file_name` starts from; None for the file's own folder.
        target: `boxes` makes it recognition, `masks` segmentation (class 0 is the ground).
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
        """Read: X uint8 (n_samples, height, width, channels), y boxes or masks.

        Raises:
            DataError: the file is no COCO JSON, or names what isn't there; says which entry.
        """
        from bakeoff.interfaces import Data
        from bakeoff_datasets.pictures import read_images

        path = user_path(self.path)
        if self.target not in ("boxes", "masks"):
            raise DataError(str(path), f"target: expected boxes or masks; got {self.target!r}.")
        if self.channels not in (1, 3):
            raise DataError(str(path), f"channels: expected 1 or 3; got {self.channels!r}.")
        size = checked_size(self.size, str(path))
        file = read_coco(path, user_path(self.images) if self.images else path.parent)
        X = read_images([one.path for one in file.images], size=size, channels=self.channels)
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

    def is_cached(self) -> bool:
        """Whether the file is there."""
        return user_path(self.path).is_file()

    def fingerprint(self) -> str:
        """Hash of path, size and modification time of the file and of its images."""
        path = user_path(self.path)
        try:
            file = read_coco(path, user_path(self.images) if self.images else path.parent)
            return file_fingerprint([path, *(one.path for one in file.images)], self)
        except DataError:
            return file_fingerprint([path], self)


@dataclass
class CocoImage:
    """One image: its file, its size as the JSON tells it, and its annotations."""

    path: Path
    height: int
    width: int
    things: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class CocoFile:
    """A checked file: images by id, classes in the order of their ids; boxes have a class code."""

    where: str
    images: list[CocoImage]
    classes: tuple[str, ...]


def read_coco(path: Path, folder: Path) -> CocoFile:
    """Read and check a COCO file.

    Args:
        path: the JSON.
        folder: where the images lie.

    Raises:
        DataError: something in it is not as COCO has it; says which entry.
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
        _get(one, "id", int, where, f"categories[{i}]"): _get(
            one, "name", str, where, f"categories[{i}]"
        )
        for i, one in enumerate(content["categories"])
    }
    codes = {number: code for code, number in enumerate(sorted(names))}
    images = _read_images(content["images"], folder, where)
    n_things = 0
    for i, thing in enumerate(content["annotations"]):
        place = f"annotations[{i}]"
        image = images.get(_get(thing, "image_id", int, where, place))
        code = codes.get(_get(thing, "category_id", int, where, place))
        if image is None or code is None:
            key, known = ("image_id", images) if image is None else ("category_id", codes)
            what = f"{place}: {key} {thing[key]!r} stands in no entry; known: {_few(known)}."
            raise DataError(where, what)
        if not thing.get("iscrowd"):
            image.things.append(thing | {"code": code, "place": place})
            n_things += 1
    if not n_things:
        raise DataError(where, "holds no annotation; expected at least one.")
    return CocoFile(where, list(images.values()), tuple(names[number] for number in sorted(names)))


def _read_images(entries: list[Any], folder: Path, where: str) -> dict[int, CocoImage]:
    found: dict[int, CocoImage] = {}
    base = folder.resolve()
    for i, one in enumerate(entries):
        place = f"images[{i}]"
        number = _get(one, "id", int, where, place)
        path = (folder / _get(one, "file_name", str, where, place)).resolve()
        if number in found:
            raise DataError(where, f"{place}: id {number} stands twice.")
        if not path.is_relative_to(base):
            raise DataError(where, f"{place}: {one['file_name']!r} lies outside {folder}.")
        sides = [_get(one, side, int, where, place) for side in ("height", "width")]
        if min(sides) < 1:
            raise DataError(where, f"{place}: expected sides above 0; got {sides}.")
        found[number] = CocoImage(path, *sides)
    if not found:
        raise DataError(where, "holds no image; expected at least one.")
    return found


def _get(entry: Any, key: str, kind: type, where: str, place: str) -> Any:
    value = entry.get(key) if isinstance(entry, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise DataError(where, f"{place}: expected {key} as {kind.__name__}; got {value!r}.")
    return value


def _few(known: Any) -> str:
    numbers = sorted(known)
    return ", ".join(map(str, numbers[:8])) + (", ..." if len(numbers) > 8 else "")  # noqa: PLR2004  a line


def _boxes(file: CocoFile, shape: tuple[int, ...]) -> npt.NDArray[np.object_]:
    """Object (n_samples,) of float32 (n_boxes, 5) in the pixels of images of `shape`."""
    import numpy as np

    rows = np.empty(len(file.images), dtype=object)
    for i, image in enumerate(file.images):
        scale = shape[1] / image.width, shape[0] / image.height
        found = [[*_box(thing, image, file.where), thing["code"]] for thing in image.things]
        boxes = np.array(found, np.float64).reshape(-1, 5)
        boxes[:, :4] *= [*scale, *scale]
        rows[i] = _within(boxes.astype(np.float32), shape)
    return rows


def _box(thing: dict[str, Any], image: CocoImage, where: str) -> list[float]:
    """x, y, width and height, cut at the image's border."""
    box: Any = thing.get("bbox")
    if not _is_numbers(box) or len(box) != 4 or min(box[2:]) <= 0:  # noqa: PLR2004  x, y, w, h
        what = f"{thing['place']}: expected bbox as [x, y, width, height]; got {box!r}."
        raise DataError(where, what)
    left, top = max(0.0, box[0]), max(0.0, box[1])
    right, bottom = min(image.width, box[0] + box[2]), min(image.height, box[1] + box[3])
    if right <= left or bottom <= top:
        size = f"{image.width} x {image.height}"
        raise DataError(where, f"{thing['place']}: bbox {box!r} lies outside its {size} pixels.")
    return [left, top, right - left, bottom - top]


def _within(boxes: npt.NDArray[np.float32], shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Boxes that rounding to float32 leaves inside."""
    import numpy as np

    limit = np.array([shape[1], shape[0]], np.float32)
    boxes[:, 2:4] = np.minimum(boxes[:, 2:4], limit - boxes[:, :2])
    return boxes


def _masks(file: CocoFile, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """uint8 (n_samples, height, width): 0 is the ground, then the classes."""
    import numpy as np
    from PIL import Image

    y = np.empty((len(file.images), *shape), np.uint8)
    for i, image in enumerate(file.images):
        mask = np.zeros((image.height, image.width), np.uint8)
        for thing in image.things:
            mask[_outline(thing, image, file.where)] = thing["code"] + 1
        whole = Image.fromarray(mask).resize((shape[1], shape[0]), Image.Resampling.NEAREST)
        y[i] = np.asarray(whole)
    return y


def _outline(thing: dict[str, Any], image: CocoImage, where: str) -> npt.NDArray[np.bool_]:
    """Which pixels of the image a thing covers."""
    import numpy as np
    from PIL import Image, ImageDraw

    outline = thing.get("segmentation")
    if isinstance(outline, dict) and _is_numbers(outline.get("counts")):
        runs = np.array(outline["counts"], np.int64)
        if (runs < 0).any() or runs.sum() != image.height * image.width:
            what = f"{thing['place']}: run lengths don't add up to the image's pixels."
            raise DataError(where, what)
        flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
        return np.asarray(flat.reshape(image.width, image.height).T)
    polygons = outline if isinstance(outline, list) else []
    if not polygons or not all(_is_numbers(p) and len(p) >= 6 and not len(p) % 2 for p in polygons):  # noqa: PLR2004  three corners
        what = f"{thing['place']}: expected segmentation as polygons or a list of run lengths"
        raise DataError(where, f"{what}; got {outline!r:.60}.")
    drawn = Image.new("1", (image.width, image.height))
    for polygon in polygons:
        ImageDraw.Draw(drawn).polygon(polygon, fill=1)
    return np.asarray(drawn)


def _is_numbers(values: Any) -> bool:
    return isinstance(values, list) and all(
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        for value in values
    )
