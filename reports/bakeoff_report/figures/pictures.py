"""Images with masks or boxes over them, as self-contained SVG."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import numpy.typing as npt

from bakeoff_report.charts import Svg
from bakeoff_report.figures.altair_svg import SVG
from bakeoff_report.words import without_direction_marks

if TYPE_CHECKING:
    from collections.abc import Sequence

COLOURS = (
    "#56b4e9", "#e69f00", "#cc79a7", "#f0e442", "#009e73", "#d55e00", "#0072b2", "#ffffff",
)  # fmt: skip
"""Colours of classes, repeated if there are more; distinct on grey and for colour-blind readers.

Source:
    Okabe and Ito, "Color Universal Design", 2008, without its black; the order is chosen here.
"""

SIDE, GAP, LABEL, LINE = 132, 8, 150, 18
OPACITY = 150
"""Opacity of a mask over its image, of 255."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Row of pictures.

    Args:
        label: text before it.
        masks: uint8 (n_images, height, width), 0 is transparent; None if there are boxes.
        boxes: one array (n_boxes, 5 or more) per image; None if there are masks.
    """

    label: str
    masks: npt.NDArray[Any] | None = None
    boxes: Sequence[Any] | None = None


def strips(images: npt.NDArray[Any], rows: Sequence[Strip], classes: Sequence[str]) -> Svg:
    """Draw each row over the same images, with the classes' colours below.

    Args:
        images: uint8 (n_images, height, width, 1 or 3).
        rows: at least one.
        classes: name of each code that is drawn, in the order of `COLOURS`.
    """
    n_images, height, width = images.shape[:3]
    scale = SIDE / max(height, width)
    step = round(width * scale) + GAP, round(height * scale) + GAP
    wide = LABEL + n_images * step[0]
    high = len(rows) * step[1] + LINE
    root = ET.Element("svg", viewBox=f"0 0 {wide} {high}", width=str(wide), height=str(high))
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    pictures = [_png(image) for image in images]
    for i, row in enumerate(rows):
        top = i * step[1]
        _text(root, 0, top + step[1] / 2, row.label)
        for j, picture in enumerate(pictures):
            group = ET.SubElement(root, "g", transform=f"translate({LABEL + j * step[0]} {top})")
            size = step[0] - GAP, step[1] - GAP
            _image(group, picture, size)
            if row.masks is not None:
                _image(group, _png(_mask_colours(row.masks[j])), size)
            for box in row.boxes[j] if row.boxes is not None else ():
                _box(group, box, scale)
    for code, name in enumerate(classes):
        left, top = LABEL + code * (wide - LABEL) / len(classes), high - LINE
        fill = COLOURS[code % len(COLOURS)]
        ET.SubElement(root, "rect", x=f"{left:.1f}", y=str(top), width="11", height="11", fill=fill)
        _text(root, left + 16, top + 10, name)
    ET.register_namespace("", SVG[1:-1])
    root.set("xmlns", SVG[1:-1])
    return Svg(ET.tostring(root, encoding="unicode"))


def _text(parent: ET.Element, x: float, y: float, text: str) -> None:
    element = ET.SubElement(parent, "text", x=f"{x:.1f}", y=f"{y:.1f}", fill="var(--ink)")
    element.set("font-size", "12")
    element.text = without_direction_marks(text)


def _image(parent: ET.Element, png: str, size: tuple[int, int]) -> None:
    image = ET.SubElement(parent, "image", width=str(size[0]), height=str(size[1]), href=png)
    image.set("preserveAspectRatio", "none")


def _box(parent: ET.Element, box: npt.NDArray[Any], scale: float) -> None:
    x, y, width, height = (f"{float(side) * scale:.1f}" for side in box[:4])
    rect = ET.SubElement(parent, "rect", x=x, y=y, width=width, height=height, fill="none")
    rect.set("stroke", COLOURS[int(box[4]) % len(COLOURS)])
    rect.set("stroke-width", "2")


def _mask_colours(mask: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return a mask as colours, uint8 (height, width, 4), transparent where the code is 0."""
    palette = np.array([_rgb(colour) for colour in COLOURS], np.uint8)
    coloured = np.zeros((*mask.shape, 4), np.uint8)
    things = mask > 0
    coloured[things, :3] = palette[(mask[things].astype(int) - 1) % len(COLOURS)]
    coloured[things, 3] = OPACITY
    return coloured


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _png(pixels: npt.NDArray[Any]) -> str:
    """Return an image as a PNG data URL."""
    from PIL import Image

    content = io.BytesIO()
    array = np.asarray(pixels, np.uint8)
    grey = array.shape[2] == 1
    Image.fromarray(array[..., 0] if grey else array).save(content, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode('ascii')}"
