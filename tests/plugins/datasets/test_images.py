"""Images with fixed names whose sources need more than a file: Keras' downloads and stamps."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from bakeoff.errors import DataError, SourceUnavailableError
from bakeoff_datasets import images, pins
from bakeoff_datasets.images import Cifar10, FashionMnist
from bakeoff_datasets.photos import Photos
from bakeoff_datasets.pictures import read_square

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt


def write_idx(path: Path, values: npt.NDArray[np.uint8]) -> None:
    """An IDX file as MNIST's page describes it."""
    head = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    path.write_bytes(gzip.compress(head + values.tobytes()))


def test_fashion_mnist_is_read_from_the_downloads_of_keras(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keras itself is not imported for that; training rows come first."""
    folder = tmp_path / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    parts = {
        part: rng.integers(0, 256, (n, 28, 28), np.uint8) for part, n in (("train", 6), ("t10k", 3))
    }
    for part, pixels in parts.items():
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", pixels)
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", np.arange(len(pixels), dtype=np.uint8))
    monkeypatch.setattr(images, "ROOT", tmp_path)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "cache"))
    data = FashionMnist().load()

    np.testing.assert_array_equal(np.concatenate(list(parts.values())), data.X[..., 0])
    assert [*range(6), *range(3)] == data.y.tolist()
    assert data.official_test is not None
    assert data.official_test.tolist() == [False] * 6 + [True] * 3
    assert str(folder) == data.origin


def test_cifar10_is_read_from_plain_arrays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the child process keeps; Keras gives targets as a column."""
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path))
    X, X_test = np.full((4, 32, 32, 3), 7, np.uint8), np.full((2, 32, 32, 3), 9, np.uint8)
    (tmp_path / "keras").mkdir()
    np.savez(
        tmp_path / "keras" / "cifar10.npz",
        X=X,
        y=np.array([[3], [1], [2], [0]]),
        X_test=X_test,
        y_test=np.array([[9], [8]]),
    )
    data = Cifar10().load()

    assert Cifar10().is_cached()
    assert data.X[:, 0, 0, 0].tolist() == [7, 7, 7, 7, 9, 9]
    assert data.y.tolist() == [3, 1, 2, 0, 9, 8]


def test_keras_that_fails_makes_its_sets_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last line of what the child said is the reason, and nothing is left in the cache."""
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "__init__.py").write_text("raise OSError('no route')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "cache"))

    with pytest.raises(SourceUnavailableError, match=r"cifar10 could not be had: .*no route"):
        Cifar10().load()
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_pictures_are_padded_not_squeezed() -> None:
    """A wide red picture stays wide, between white bars."""
    file = io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(file, "png")
    image = read_square(file.getvalue(), "a.png", side=20)

    assert image.shape == (20, 20, 3)
    assert image[[1, 10, 18], 10].tolist() == [[255, 255, 255], [255, 0, 0], [255, 255, 255]]


def test_only_real_pictures_of_six_classes_are_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cartoons and mirrored copies would be duplicates across a split."""
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        for shade, name in enumerate(
            (
                "animals/birds/a.png",
                "animals/birds/cartoon/a.png",
                "town/a_mirror.png",
                "symbols/a.png",
                "animals/a.ogg",
                "town/a.png",
            )
        ):
            picture = io.BytesIO()
            Image.new("RGB", (8, 8), (shade, shade, shade)).save(picture, "png")
            package.writestr(f"usr/share/tuxpaint/stamps/{name}", picture.getvalue())
    sha256 = hashlib.sha256(file.getvalue()).hexdigest()
    stamps = replace(pins.STAMPS, sha256=sha256)
    monkeypatch.setattr(pins, "STAMPS", stamps)
    stamps.path.write_bytes(file.getvalue())
    data = Photos(size=8).load()

    assert data.X[:, 0, 0, 0].tolist() == [0, 5]
    assert [data.classes[code] for code in data.y] == ["animals", "town"]


@pytest.mark.parametrize("size", [7, "64", 6.5])
def test_size_out_of_range_is_told(size: object) -> None:
    """Before anything is fetched."""
    with pytest.raises(DataError, match="size: expected an integer >= 8; got"):
        Photos(size=size).load()  # type: ignore[arg-type]  what a suite may say
