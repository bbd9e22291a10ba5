"""Scenes, masks and COCO files: what comes out, and what is said of bad input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from bakeoff.data.prepared import check_data
from bakeoff.errors import DataError
from bakeoff_datasets.coco import Coco
from bakeoff_datasets.masks import ImageMaskFolder
from bakeoff_datasets.scenes import ComposedScenes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Edit = Callable[[dict[str, Any]], object]


def test_masks_and_boxes_of_scenes_tell_the_same() -> None:
    """Every box is the smallest around pixels of its class, every pixel of a thing is in one."""
    masks, boxes = (ComposedScenes(target=t, n_rows=20).load() for t in ("masks", "boxes"))

    np.testing.assert_array_equal(masks.X, boxes.X)
    for mask, found in zip(masks.y, boxes.y, strict=True):
        covered = np.zeros(mask.shape, bool)
        for x, y, width, height, code in found.astype(int):
            inside = mask[y : y + height, x : x + width] == code + 1
            assert inside.any(axis=0)[[0, -1]].all()
            assert inside.any(axis=1)[[0, -1]].all()
            covered[y : y + height, x : x + width] = True
        assert not mask[~covered].any()


def test_scenes_are_composed_and_say_so() -> None:
    """With classes, seed and licences; the core's own check of shapes finds nothing."""
    data = ComposedScenes(n_rows=12, kinds=("7", "8"), seed=3).load()
    check_data(data, plugin="datasets", name="composed_scenes")

    assert (data.composed, data.classes) == (True, ("ground", "7", "8"))
    assert "seed 3" in data.origin


def test_seed_decides_what_scenes_show() -> None:
    """Equal seeds, equal scenes; another seed, others."""
    one, again, other = (ComposedScenes(n_rows=12, seed=seed).load().X for seed in (1, 1, 2))

    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"target": "outlines"}, "target: expected masks or boxes; got 'outlines'."),
        ({"things": "cats"}, "things: expected digits or fashion_mnist; got 'cats'."),
        ({"size": 8}, "size: expected an integer in 32..1024; got 8."),
        ({"kinds": ["0", "x"]}, "kinds: expected different ones of 0, 1, 2"),
        ({"n_rows": 2000}, "images of these kinds; ask for fewer scenes or more kinds."),
    ],
)
def test_scenes_that_can_not_be_composed_are_told(params: dict[str, Any], told: str) -> None:
    """With the value and what was expected."""
    with pytest.raises(DataError) as caught:
        ComposedScenes(**params).load()

    assert told in str(caught.value)


def folder_of(tmp_path: Path, *masks: Any, mode: str = "L") -> Path:
    """Images of 6 x 4 pixels with these masks."""
    for part in ("images", "masks"):
        (tmp_path / part).mkdir()
    for i, mask in enumerate(masks):
        Image.new("RGB", (6, 4), (i, 0, 0)).save(tmp_path / "images" / f"{i}.jpg")
        Image.fromarray(np.asarray(mask, np.uint8), mode).save(tmp_path / "masks" / f"{i}.png")
    return tmp_path


def half(low: int, high: int) -> Any:
    """A mask whose right half has another value."""
    mask = np.full((4, 6), low)
    mask[:, 3:] = high
    return mask


def test_values_of_masks_become_codes_in_order(tmp_path: Path) -> None:
    """Over all masks, so that a class that one mask lacks keeps its code."""
    data = ImageMaskFolder(str(folder_of(tmp_path, half(0, 255), half(0, 7)))).load()

    assert data.classes == ("0", "7", "255")
    assert [np.unique(mask).tolist() for mask in data.y] == [[0, 2], [0, 1]]


def test_resized_masks_hold_no_mixed_values(tmp_path: Path) -> None:
    """They are resized without averaging."""
    data = ImageMaskFolder(str(folder_of(tmp_path, half(0, 255))), size=[9, 11]).load()

    assert data.X.shape == (1, 9, 11, 3)
    assert set(np.unique(data.y)) == {0, 1}


def test_image_without_a_mask_is_named(tmp_path: Path) -> None:
    """With the file that was expected."""
    folder = folder_of(tmp_path, half(0, 1), half(0, 1))
    (folder / "masks" / "1.png").unlink()
    with pytest.raises(DataError, match=r"1\.jpg: has no mask; expected masks/1\.png"):
        ImageMaskFolder(str(folder)).load()


@pytest.mark.parametrize(
    ("mask", "params", "told"),
    [
        (np.zeros((4, 6)), {}, "the masks hold the value 0 alone"),
        (half(0, 1)[:3], {}, "is 3 x 6 pixels, its image 4 x 6"),
        (half(0, 1), {"classes": ["a"]}, "classes: expected 2 names for values [0, 1]"),
        (half(0, 1), {"channels": 2}, "channels: expected 1 or 3; got 2."),
    ],
)
def test_masks_that_can_not_be_used_are_told(
    tmp_path: Path, mask: Any, params: dict[str, Any], told: str
) -> None:
    """With the value and what was expected."""
    with pytest.raises(DataError) as caught:
        ImageMaskFolder(str(folder_of(tmp_path, mask)), **params).load()

    assert told in str(caught.value)


def test_coloured_blurred_and_broken_masks_are_told(tmp_path: Path) -> None:
    """A photograph is no mask."""
    folder = folder_of(tmp_path, half(0, 1))
    path = folder / "masks" / "0.png"
    noise = np.arange(24 * 64 * 64, dtype=np.uint32).reshape(-1, 64)[:64] % 251
    for content, told in (
        (Image.new("RGB", (6, 4)), "is a mask of mode RGB; expected one grey or palette value"),
        (Image.fromarray(noise.astype(np.uint8)).resize((6, 4)), ""),
    ):
        content.save(path)
        if told:
            with pytest.raises(DataError, match=told):
                ImageMaskFolder(str(folder)).load()
    path.write_bytes(b"no image")
    with pytest.raises(DataError, match="is no image or a broken one"):
        ImageMaskFolder(str(folder)).load()


def test_missing_folder_of_masks_is_told(tmp_path: Path) -> None:
    """With what was expected."""
    with pytest.raises(DataError, match="there is no such folder; expected images/ and masks/"):
        ImageMaskFolder(str(tmp_path)).load()


def coco_file(tmp_path: Path, edit: Edit | None = None) -> str:
    """Two images of 20 x 10 pixels, three boxes of two classes, of which one is a crowd."""
    for name in ("a.png", "b.png"):
        Image.new("L", (20, 10)).save(tmp_path / name)
    size = {"width": 20, "height": 10}
    outline = [[2, 1, 8, 1, 8, 5, 2, 5]]
    one = {"image_id": 1, "bbox": [2, 1, 6, 4], "segmentation": outline}
    content: dict[str, Any] = {
        "images": [{"id": 1, "file_name": "a.png"} | size, {"id": 2, "file_name": "b.png"} | size],
        "categories": [{"id": 9, "name": "cat"}, {"id": 4, "name": "dog"}],
        "annotations": [
            one | {"category_id": 9},
            one | {"category_id": 4, "bbox": [15, 5, 8, 8]},
            one | {"category_id": 4, "iscrowd": 1},
        ],
    }
    if edit:
        edit(content)
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def test_boxes_of_a_coco_file_are_read_and_cut_at_the_border(tmp_path: Path) -> None:
    """Classes in the order of their ids; an image without boxes has none; a crowd is left out."""
    data = Coco(coco_file(tmp_path)).load()

    assert data.classes == ("dog", "cat")
    assert data.y[0].tolist() == [[2, 1, 6, 4, 1], [15, 5, 5, 5, 0]]
    assert data.y[1].shape == (0, 5)


def test_boxes_are_resized_with_their_images(tmp_path: Path) -> None:
    """Each side by its own factor."""
    data = Coco(coco_file(tmp_path), size=[20, 10]).load()

    assert data.X.shape == (2, 20, 10, 3)
    assert data.y[0].tolist() == [[1, 2, 3, 8, 1], [7.5, 10, 2.5, 10, 0]]


def test_masks_are_drawn_from_polygons_and_run_lengths(tmp_path: Path) -> None:
    """Run lengths go down the columns, first those of the ground."""

    def edit(content: dict[str, Any]) -> None:
        things = content["annotations"]
        things[1] |= {"image_id": 2, "segmentation": {"counts": [30, 5, 165]}}

    data = Coco(coco_file(tmp_path, edit), target="masks").load()

    assert data.classes == ("ground", "dog", "cat")
    assert np.unique(data.y[0][2:5, 3:8]).tolist() == [2]
    assert np.argwhere(data.y[1]).tolist() == [[row, 3] for row in range(5)]


def entry(part: str, index: int, **values: Any) -> Edit:
    """An edit of one entry."""
    return lambda content: content[part][index].update(values)


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda c: c.pop("categories"), "expected a list 'categories'"),
        (entry("annotations", 0, image_id=7), "annotations[0]: image_id 7 stands in no entry"),
        (entry("annotations", 0, category_id=5), "category_id 5 stands in no entry; known: 4, 9"),
        (entry("annotations", 0, bbox=[1, 2, 0, 3]), "expected bbox as [x, y, width, height]"),
        (entry("annotations", 0, bbox=[1, 2, "a", 3]), "annotations[0]: expected bbox as"),
        (entry("annotations", 0, bbox=[30, 2, 3, 3]), "lies outside its 20 x 10 pixels"),
        (entry("images", 0, file_name="../a.png"), "images[0]: '../a.png' lies outside"),
        (entry("images", 0, file_name=3), "images[0]: expected file_name as str; got 3"),
        (entry("images", 1, id=1), "images[1]: id 1 stands twice"),
        (entry("images", 0, height=0), "images[0]: expected sides above 0"),
        (entry("images", 0, file_name="c.png"), "there is no such file"),
        (lambda c: c.update(annotations=[]), "holds no annotation"),
    ],
)
def test_what_is_wrong_in_a_coco_file_is_told(tmp_path: Path, edit: Edit, told: str) -> None:
    """With the entry."""
    with pytest.raises(DataError) as caught:
        Coco(coco_file(tmp_path, edit)).load()

    assert told in str(caught.value)


@pytest.mark.parametrize("outline", [None, [[1, 2, 3]], {"counts": "abc"}, {"counts": [5, 5]}])
def test_outlines_that_can_not_be_drawn_are_told(tmp_path: Path, outline: Any) -> None:
    """Compressed run lengths are among them."""
    edit = entry("annotations", 0, segmentation=outline)
    with pytest.raises(DataError, match=r"annotations\[0\]: "):
        Coco(coco_file(tmp_path, edit), target="masks").load()


def test_images_of_unlike_size_need_a_size(tmp_path: Path) -> None:
    """Both are named, and what to say."""
    path = coco_file(tmp_path)
    Image.new("L", (20, 12)).save(tmp_path / "b.png")
    with pytest.raises(DataError, match=r"b\.png: is 12 x 20 pixels, a\.png is 10 x 20 .*size:"):
        Coco(path).load()


def test_file_that_is_no_json_is_told(tmp_path: Path) -> None:
    """With the path."""
    (tmp_path / "coco.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match=r"coco\.json: is no JSON"):
        Coco(str(tmp_path / "coco.json")).load()
