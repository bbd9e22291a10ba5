"""Bounding boxes in pixels: intersection over union, and non-maximum suppression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_SCORE = 5


def overlaps(boxes: Any, others: Any) -> Floats:
    """Return the intersection over union of all pairs: float64 (n_boxes, n_others) in [0, 1].

    Args:
        boxes: float (n_boxes, 4 or more), x, y, width, height first.
        others: float (n_others, 4 or more), the same.

    >>> overlaps(np.array([[0, 0, 2, 2]]), np.array([[1, 0, 2, 2]]))
    array([[0.33333333]])
    """
    first, second = np.asarray(boxes, np.float64)[:, None], np.asarray(others, np.float64)[None]
    starts = np.maximum(first[..., :2], second[..., :2])
    ends = np.minimum(first[..., :2] + first[..., 2:4], second[..., :2] + second[..., 2:4])
    shared = np.clip(ends - starts, 0.0, None).prod(axis=-1)
    areas = first[..., 2:4].prod(axis=-1) + second[..., 2:4].prod(axis=-1)
    return np.asarray(shared / np.maximum(areas - shared, np.finfo(np.float64).tiny))


def suppress(boxes: Any, *, most_overlap: float, most: int) -> npt.NDArray[np.float32]:
    """Return the boxes left by non-maximum suppression: the best of those that overlap, by class.

    Args:
        boxes: float (n_boxes, 6): x, y, width, height, class, score.
        most_overlap: intersection over union from which two boxes are duplicates, in [0, 1].
        most: largest number of boxes to return.

    Returns:
        float32 (n_kept, 6), the best-scored first.

    Source:
        Dalal and Triggs, "Histograms of Oriented Gradients for Human Detection", 2005, need it
        for windows; the greedy form is the usual one.

    >>> suppress(np.array([[0, 0, 4, 4, 0, 0.5], [0, 0, 4, 5, 0, 0.9]]), most_overlap=0.5, most=9)
    array([[0. , 0. , 4. , 5. , 0. , 0.9]], dtype=float32)
    """
    array = np.asarray(boxes, np.float64).reshape(-1, 6)
    array = array[np.argsort(-array[:, _SCORE], kind="stable")]
    same = array[:, 4][:, None] == array[:, 4][None]
    close = (overlaps(array, array) >= most_overlap) & same
    indices: list[int] = []
    for i in range(len(array)):
        if len(indices) == most:
            break
        if not close[i, indices].any():
            indices.append(i)
    return np.asarray(array[indices], np.float32)
