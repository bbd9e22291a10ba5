"""A user's folders of images and texts, and what bad folders get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from bakeoff.errors import DataError
from bakeoff_datasets.folders import ImageFolder, TextFolder

if TYPE_CHECKING:
    from pathlib import Path

RED = (255, 0, 0)


def put(path: Path, image: Any = RED, size: tuple[int, int] = (6, 4), mode: str = "RGB") -> Path:
    """An image file; `size` is width and height."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, image).save(path)
    return path


def put_text(path: Path, text: str, encoding: str = "utf-8") -> None:
    """A text file in a folder that need not be there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding)


def test_images_are_read_by_class(tmp_path: Path) -> None:
    """Class = folder, at any depth; what is hidden or no image is passed over."""
    put(tmp_path / "cat" / "a.png")
    put(tmp_path / "cat" / "deep" / "b.JPG", (0, 0, 0))
    put(tmp_path / "dog" / "c.bmp", (0, 255, 0))
    put(tmp_path / ".git" / "d.png")
    put_text(tmp_path / "dog" / "notes.txt", "no image")
    data = ImageFolder(str(tmp_path)).load()

    assert data.X.shape == (3, 4, 6, 3)
    assert np.uint8 == data.X.dtype
    assert (data.classes, data.y.tolist()) == (("cat", "dog"), [0, 0, 1])
    assert [list(RED), [0, 255, 0]] == data.X[[0, 2], 0, 0].tolist()
    assert data.official_test is None


def test_train_and_test_folders_are_an_official_split(tmp_path: Path) -> None:
    """Where they are the only folders."""
    for name in ("train/cat/a", "train/dog/b", "test/cat/c", "test/dog/d"):
        put(tmp_path / f"{name}.png")
    data = ImageFolder(str(tmp_path)).load()

    assert data.official_test is not None
    assert data.official_test.tolist() == [False, False, True, True]
    assert data.classes == ("cat", "dog")


def test_images_can_be_resized_and_made_grey(tmp_path: Path) -> None:
    """Height before width, as everywhere."""
    put(tmp_path / "cat" / "a.png", size=(9, 9))
    put(tmp_path / "dog" / "b.png", size=(6, 4))
    data = ImageFolder(str(tmp_path), size=[5, 7], channels=1).load()

    assert data.X.shape == (2, 5, 7, 1)
    assert {round(0.299 * 255)} == set(data.X.ravel().tolist())


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGBA", (255, 0, 0, 0), 255),
        ("LA", (0, 128), 127),
        ("I;16", 128 * 256, 128),
        ("1", 1, 255),
    ],
)
def test_every_mode_becomes_eight_bits_over_white(
    mode: str, colour: Any, expected: int, tmp_path: Path
) -> None:
    """Transparent is white, 16 bits are reduced, not cut off."""
    put(tmp_path / "a" / "a.png", colour, mode=mode)
    put(tmp_path / "b" / "b.png", colour, mode=mode)
    data = ImageFolder(str(tmp_path), channels=1).load()

    assert [expected, expected] == data.X[:, 0, 0, 0].tolist()


def told_by(dataset: Any) -> str:
    """What a user is told when the dataset can't be loaded."""
    with pytest.raises(DataError) as caught:
        dataset.load()
    return str(caught.value)


def test_images_of_unlike_size_are_told(tmp_path: Path) -> None:
    """Both sizes are named, and the remedy."""
    put(tmp_path / "a" / "a.png", size=(9, 9))
    odd = put(tmp_path / "b" / "b.png", size=(6, 4))

    said = told_by(ImageFolder(str(tmp_path)))
    assert said.startswith(f"{odd}: is 4 x 6 pixels, a.png is 9 x 9")
    assert "size: [height, width]" in said


def test_one_number_makes_images_square(tmp_path: Path) -> None:
    """As features and networks take their size."""
    put(tmp_path / "a" / "a.png", size=(9, 7))
    put(tmp_path / "b" / "b.png", size=(6, 4))

    assert ImageFolder(str(tmp_path), size=5).load().X.shape == (2, 5, 5, 3)


@pytest.mark.parametrize("size", [(1, 9), (9, 1)])
def test_image_of_one_pixel_width_is_named(size: tuple[int, int], tmp_path: Path) -> None:
    """It would be stretched to stripes."""
    put(tmp_path / "a" / "a.png", size=(9, 9))
    thin = put(tmp_path / "b" / "b.png", size=size)

    said = told_by(ImageFolder(str(tmp_path), size=[8, 8]))
    assert said.startswith(f"{thin}: is {size[1]} x {size[0]} pixels (height x width)")


@pytest.mark.parametrize("content", [b"", b"no image at all"])
def test_broken_image_is_named(content: bytes, tmp_path: Path) -> None:
    """One broken file among thousands must be found."""
    put(tmp_path / "a" / "a.png")
    broken = put(tmp_path / "b" / "broken.png")
    broken.write_bytes(content)

    assert told_by(ImageFolder(str(tmp_path))).startswith(
        f"{broken}: is no image or a broken one: no known format."
    )


def test_half_an_image_is_named(tmp_path: Path) -> None:
    """A copy that broke off."""
    put(tmp_path / "a" / "a.png")
    noise = np.random.default_rng(0).integers(0, 255, (4, 6, 3), np.uint8)
    broken = tmp_path / "b.png"
    Image.fromarray(noise).save(broken)
    half = tmp_path / "b" / "half.png"
    half.parent.mkdir()
    half.write_bytes(broken.read_bytes()[:-60])

    assert told_by(ImageFolder(str(tmp_path))).startswith(f"{half}: is no image or a broken one")


def test_image_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small file may declare a huge picture."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    put(tmp_path / "a" / "a.png")

    assert "is too large to be read" in told_by(ImageFolder(str(tmp_path)))


@pytest.mark.parametrize("make", [ImageFolder, TextFolder])
def test_folder_without_files_is_told(make: Any, tmp_path: Path) -> None:
    """With the form that was expected."""
    (tmp_path / "a").mkdir()

    assert "in class folders; expected" in told_by(make(str(tmp_path)))


@pytest.mark.parametrize("make", [ImageFolder, TextFolder])
def test_missing_folder_is_told(make: Any, tmp_path: Path) -> None:
    """Like a missing file."""
    assert "there is no such folder" in told_by(make(str(tmp_path / "none")))


def test_file_in_place_of_a_folder_is_told(tmp_path: Path) -> None:
    """A path may be right and still no folder."""
    put_text(tmp_path / "a", "x")

    assert "is a file; expected a folder" in told_by(TextFolder(str(tmp_path / "a")))


def test_one_class_is_told(tmp_path: Path) -> None:
    """There is nothing to tell apart."""
    put(tmp_path / "only" / "a.png")

    assert "has one class, 'only'" in told_by(ImageFolder(str(tmp_path)))


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"size": [5]}, "[height, width] in pixels or one number for both; got [5]."),
        ({"size": 0}, "got 0."),
        ({"size": True}, "got True."),
        ({"size": "5"}, "got '5'."),
        ({"size": [0, 5]}, "got [0, 5]."),
        ({"channels": 4}, "channels: expected 1 or 3; got 4."),
    ],
)
def test_parameters_out_of_range_are_told(
    params: dict[str, Any], told: str, tmp_path: Path
) -> None:
    """With the value."""
    put(tmp_path / "a" / "a.png")

    assert told in told_by(ImageFolder(str(tmp_path), **params))


def test_texts_are_read_by_class(tmp_path: Path) -> None:
    """Empty texts are texts; other files are passed over."""
    put_text(tmp_path / "ham" / "a.txt", "grüß dich", "latin-1")
    put_text(tmp_path / "spam" / "b.txt", "")
    put_text(tmp_path / "spam" / "c.png", "")
    data = TextFolder(str(tmp_path), encoding="latin-1").load()

    assert data.X.tolist() == ["grüß dich", ""]
    assert (data.classes, data.y.tolist(), data.input_kind) == (("ham", "spam"), [0, 1], "text")


def test_text_in_another_encoding_is_named(tmp_path: Path) -> None:
    """The file, not only the folder."""
    put_text(tmp_path / "a" / "a.txt", "x")
    put_text(tmp_path / "b" / "b.txt", "grüß", "latin-1")

    said = told_by(TextFolder(str(tmp_path)))
    assert said.startswith(f"{tmp_path / 'b' / 'b.txt'}: is not utf-8 text at byte 2")


def test_fingerprint_changes_with_any_file(tmp_path: Path) -> None:
    """A new image makes new data."""
    put(tmp_path / "a" / "a.png")
    first = ImageFolder(str(tmp_path)).fingerprint()
    put(tmp_path / "b" / "b.png")

    assert first != ImageFolder(str(tmp_path)).fingerprint()
