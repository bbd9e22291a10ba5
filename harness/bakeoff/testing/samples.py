"""Small data of every input kind and problem type, with the irregularities of real data.

Arrays are read-only, as the mapped ones of a run: a component that writes into its input fails at
once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

A = TypeVar("A", bound=npt.NDArray[Any])

N_TRAIN = 24
N_TEST = 7
N_CLASSES = {"binary": 2, "multiclass": 4, "regression": 0, "segmentation": 3, "recognition": 3}
PLAIN = ("binary", "multiclass", "regression")
"""Problem types on which components that name none are tested."""
IMAGE_SIZE = (32, 24)
"""Height and width of images and masks."""

_WORDS = ("good", "bad", "film", "the", "a", "plot", "cheap", "win", "café", "naïve", "ok?")


def inputs(input_kind: str, n_rows: int, seed: int = 0) -> Any:
    """Return inputs of a kind as `bakeoff.interfaces` defines it.

    Different seeds give rows that differ also in kind: categories, words and gaps that other
    rows lack.

    Args:
        input_kind: one of `records.INPUT_KINDS`.
        n_rows: number of samples, at least 1.
        seed: of the draw.

    Raises:
        ValueError: the input kind is unknown.
    """
    makers: dict[str, Callable[[int, int], Any]] = {
        "table": table,
        "image": images,
        "text": texts,
        "sequence": sequences,
    }
    if input_kind not in makers:
        raise ValueError(f"expected one of {', '.join(makers)}; got {input_kind!r}.")
    return makers[input_kind](n_rows, seed)


def table(n_rows: int, seed: int = 0) -> pd.DataFrame:
    """Return numbers, integers, booleans, strings, categories and dates, some of them missing."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=n_rows)
    numbers[rng.random(n_rows) < 0.2] = np.nan  # noqa: PLR2004  a share
    towns = np.array(["Oslo", "Lima", f"town {seed}"], dtype=object)[rng.integers(3, size=n_rows)]
    towns[rng.random(n_rows) < 0.2] = None  # noqa: PLR2004  a share
    grades = rng.choice(["a", "b", "c"], size=n_rows)
    days = pd.Timestamp("2024-02-28") + pd.to_timedelta(rng.integers(900, size=n_rows), unit="D")
    return pd.DataFrame(
        {
            "number": numbers,
            "large": rng.normal(size=n_rows) * 1e6,
            "count": rng.integers(5, size=n_rows),
            "flag": rng.random(n_rows) < 0.5,  # noqa: PLR2004  a share
            "town": pd.Series(towns, dtype="str"),
            "grade": pd.Categorical(grades, categories=["a", "b", "c"]),
            "day": days,
            "same": np.ones(n_rows),
        }
    )


def images(n_rows: int, seed: int = 0, channels: int = 1) -> npt.NDArray[np.uint8]:
    """Return uint8 (n_rows, 32, 24, channels): higher than wide, to find mix-ups; one is black."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(256, size=(n_rows, *IMAGE_SIZE, channels), dtype=np.uint8)
    pixels[0] = 0
    return _fixed(pixels)


def texts(n_rows: int, seed: int = 0) -> npt.NDArray[np.object_]:
    """Return object (n_rows,) of strings; the last of several is empty."""
    rng = np.random.default_rng(seed)
    words = np.array([*_WORDS, f"word{seed}"], dtype=object)
    drawn = [" ".join(rng.choice(words, size=rng.integers(3, 12))) for _ in range(n_rows)]
    if n_rows > 1:
        drawn[-1] = ""
    return _fixed(np.array(drawn, dtype=object))


def sequences(n_rows: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """Return float32 (n_rows, 2, 40): one has a gap and one is short, which is NaN at its end."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n_rows, 2, 40)).cumsum(axis=2).astype(np.float32)
    values[0, :, 30:] = np.nan
    values[-1, 0, 5] = np.nan
    return _fixed(values)


def targets(problem_type: str, n_rows: int, seed: int = 0) -> Any:
    """Return targets of a problem type as `bakeoff.interfaces` defines it; every class occurs.

    Args:
        problem_type: one of `N_CLASSES`.
        n_rows: number of samples, at least as many as classes.
        seed: of the draw.

    Raises:
        ValueError: the problem type has no sample here.
    """
    if problem_type not in N_CLASSES:
        raise ValueError(f"expected one of {', '.join(N_CLASSES)}; got {problem_type!r}.")
    rng = np.random.default_rng(seed)
    if problem_type == "regression":
        return _fixed(rng.normal(size=n_rows) * 3 + 10)
    if problem_type == "segmentation":
        return _fixed(_masks(rng, n_rows))
    if problem_type == "recognition":
        return _boxes(rng, n_rows)
    return _fixed(rng.permutation(np.arange(n_rows) % N_CLASSES[problem_type]))


def _masks(rng: np.random.Generator, n_rows: int) -> npt.NDArray[np.uint8]:
    """Return uint8 (n_rows, height, width): a rectangle of class 1 or 2 on background 0."""
    masks = np.zeros((n_rows, *IMAGE_SIZE), np.uint8)
    for i, mask in enumerate(masks):
        top, left = rng.integers(2, 12, size=2)
        mask[top : top + rng.integers(6, 14), left : left + rng.integers(6, 10)] = 1 + i % 2
    return masks


def _boxes(rng: np.random.Generator, n_rows: int) -> npt.NDArray[np.object_]:
    """Return object (n_rows,) of float32 (n_boxes, 5): no, one or two boxes, the first with one."""
    rows = np.empty(n_rows, dtype=object)
    for i in range(n_rows):
        corners = rng.integers(0, 10, size=((i + 1) % 3, 2))
        sizes = rng.integers(5, 14, size=corners.shape)
        codes = (np.arange(len(corners)) + i) % N_CLASSES["recognition"]
        rows[i] = _fixed(np.column_stack([corners, sizes, codes]).astype(np.float32))
    return rows


def matrix(y: Any, seed: int = 0) -> npt.NDArray[np.float32]:
    """Return float32 (n_samples, 5): noise, with one column that depends on y and one constant."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(len(y), 5)).astype(np.float32)
    X[:, 0] += 2 * y
    X[:, 1] = 1
    return _fixed(X)


def take(X: Any, rows: Any) -> Any:
    """Return rows of an input of any kind, read-only again."""
    return X.iloc[rows].reset_index(drop=True) if hasattr(X, "iloc") else _fixed(X[rows])


def flat(answers: Any) -> npt.NDArray[Any]:
    """Return the answers of all rows as one array, also where rows differ in length."""
    rows = list(answers)
    ragged = bool(rows) and np.ndim(rows[0]) > 1 and len({np.shape(row) for row in rows}) > 1
    return np.concatenate(rows) if ragged else np.asarray(rows)


def dense(X: Any) -> npt.NDArray[Any]:
    """Return a matrix as an ndarray, whether it was sparse or not."""
    return X.toarray() if hasattr(X, "indptr") else np.asarray(X)


def _fixed(array: A) -> A:
    array.flags.writeable = False
    return array
