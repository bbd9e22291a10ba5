"""A user's `.npz` files: forms of each input kind, and what bad files get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bakeoff.errors import DataError
from bakeoff_datasets.arrays import Npz

if TYPE_CHECKING:
    from pathlib import Path

Y = np.array([0, 1, 1, 0])


def save(folder: Path, **arrays: Any) -> str:
    """An `.npz` file of those arrays; returns its path."""
    path = folder / "t.npz"
    np.savez(path, **arrays)
    return str(path)


@pytest.mark.parametrize(
    ("kind", "X", "shape"),
    [
        ("table", np.ones((4, 3)), (4, 3)),
        ("image", np.zeros((4, 5, 6), np.uint8), (4, 5, 6, 1)),
        ("image", np.zeros((4, 5, 6, 3), np.uint8), (4, 5, 6, 3)),
        ("text", np.array(["a", "b", "", "d"]), (4,)),
        ("sequence", np.ones((4, 7)), (4, 1, 7)),
        ("sequence", np.ones((4, 2, 7), np.int16), (4, 2, 7)),
    ],
)
def test_every_input_kind_is_read(kind: str, X: Any, shape: Any, tmp_path: Path) -> None:
    """Channel axes are added where they may be left out."""
    data = Npz(save(tmp_path, X=X, y=Y), kind).load()

    assert shape == data.X.shape
    assert (kind, "binary", ("0", "1")) == (data.input_kind, data.problem_type, data.classes)


def test_arrays_may_have_other_names(tmp_path: Path) -> None:
    """And targets may be a quantity."""
    path = save(tmp_path, pixels=np.ones((4, 2)), age=np.array([1.5, 2, 3, 4]))
    data = Npz(path, "table", inputs="pixels", target="age").load()

    assert (data.problem_type, data.y.tolist()) == ("regression", [1.5, 2, 3, 4])


class _Tripwire:
    """A pickle of it would run code when it is read."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("the pickle was loaded",))


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    """Reading such a file must run nothing of it."""
    path = save(tmp_path, X=np.array([_Tripwire()] * 4), y=Y)

    with pytest.raises(DataError, match="holds pickled objects, which are never loaded"):
        Npz(path, "table").load()


@pytest.mark.parametrize(
    ("arrays", "kind", "told"),
    [
        ({"X": np.ones((4, 2))}, "table", "has no array 'y'. Arrays: X."),
        ({"X": np.ones((3, 2)), "y": Y}, "table", "expected one target for each sample"),
        ({"X": np.ones((4, 2)), "y": np.eye(4)}, "table", r"'y' has shape \(4, 4\)"),
        ({"X": np.ones((4, 2)), "y": Y * 0}, "table", "has one class, '0'"),
        ({"X": np.ones((4, 2)), "y": Y}, "video", "kind 'video' is unknown"),
        ({"X": np.ones((4, 2, 2)), "y": Y}, "image", r"is float64 \(4, 2, 2\); expected uint8"),
        ({"X": np.ones((4, 2)), "y": Y}, "text", "expected strings"),
        ({"X": np.ones((4,)), "y": Y}, "sequence", "expected numbers"),
        ({"X": np.array(["a"] * 4), "y": Y}, "table", "expected numbers"),
    ],
)
def test_arrays_that_do_not_fit_are_told(
    arrays: dict[str, Any], kind: str, told: str, tmp_path: Path
) -> None:
    """With name, type and shape."""
    with pytest.raises(DataError, match=told):
        Npz(save(tmp_path, **arrays), kind).load()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a zip", b"\x93NUMPY"])
def test_broken_file_is_told(content: bytes, tmp_path: Path) -> None:
    """Not as a traceback."""
    path = tmp_path / "t.npz"
    path.write_bytes(content)

    with pytest.raises(DataError, match=r"t\.npz: is no \.npz file"):
        Npz(str(path), "table").load()


def test_damaged_file_is_told(tmp_path: Path) -> None:
    """A member whose checksum is wrong."""
    path = save(tmp_path, X=np.ones((400, 2)), y=np.zeros(400))
    content = bytearray((tmp_path / "t.npz").read_bytes())
    content[1000] ^= 0xFF
    (tmp_path / "t.npz").write_bytes(content)

    with pytest.raises(DataError, match=r"can't be read as \.npz: Bad CRC-32"):
        Npz(path, "table").load()
