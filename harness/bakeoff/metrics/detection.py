"""Detection metrics: mean average precision as the COCO benchmark computes it.

Source: Lin et al., "Microsoft COCO: Common Objects in Context", 2014, and the benchmark's
definition: predictions of an image are matched to its truths from the highest score down, each to
the free truth that it overlaps most, if by enough; precision is made falling over recall and read
at 101 recalls; the mean goes over the classes that the truth holds. At most the 100 best-scored
boxes of a class and image count, all sizes of boxes are one, and there are no crowds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.metrics.base import NAN
from bakeoff.problems.boxes import overlaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

MAX_BOXES = 100
RECALLS = np.linspace(0.0, 1.0, 101)
THRESHOLDS = tuple(np.linspace(0.5, 0.95, 10).tolist())
_CLASS, _SCORE = 4, 5


def map50(y_true: Any, y_pred: Any, /, *, n_classes: int) -> float:
    """Compute the mean average precision at an overlap (IoU) of 0.5: maximize, 0..1, perfect 1.

    Args:
        y_true: object (n_samples,), each float32 (n_boxes, 5).
        y_pred: object (n_samples,), each float32 (n_boxes, 6), score last.
        n_classes: number of classes.

    Returns:
        NaN where the truth has no box.

    Source:
        See the module.
    """
    return _mean_average_precision(y_true, y_pred, n_classes, THRESHOLDS[:1])


def map50_95(y_true: Any, y_pred: Any, /, *, n_classes: int) -> float:
    """Compute the mean average precision over IoUs .5, .55, ... .95: maximize, 0..1, perfect 1.

    Args:
        y_true: object (n_samples,), each float32 (n_boxes, 5).
        y_pred: object (n_samples,), each float32 (n_boxes, 6), score last.
        n_classes: number of classes.

    Returns:
        NaN where the truth has no box.

    Source:
        See the module.
    """
    return _mean_average_precision(y_true, y_pred, n_classes, THRESHOLDS)


def _mean_average_precision(
    y_true: Any, y_pred: Any, n_classes: int, thresholds: Sequence[float]
) -> float:
    if len(y_true) != len(y_pred):
        raise ValueError(f"expected boxes of {len(y_true)} images; got {len(y_pred)}.")
    values = [_of_class(y_true, y_pred, code, thresholds) for code in range(n_classes)]
    defined = [value for value in values if value is not None]
    return float(np.mean(defined)) if defined else NAN


def _of_class(y_true: Any, y_pred: Any, code: int, thresholds: Sequence[float]) -> Floats | None:
    """Return the average precision at each threshold; None for a class without true boxes."""
    n_truths, scores, hits = 0, [], []
    for true, predicted in zip(y_true, y_pred, strict=True):
        truths, best = true[true[:, _CLASS] == code], predicted[predicted[:, _CLASS] == code]
        best = best[np.argsort(-best[:, _SCORE], kind="stable")][:MAX_BOXES]
        n_truths += len(truths)
        scores.append(best[:, _SCORE])
        hits.append(_matches(overlaps(best, truths), thresholds))
    if n_truths == 0:
        return None
    order = np.argsort(-np.concatenate(scores), kind="stable")
    found_hits = np.concatenate(hits, axis=1)[:, order]
    return np.array([_average_precision(row, n_truths) for row in found_hits])


def _matches(shared: Floats, thresholds: Sequence[float]) -> npt.NDArray[np.bool_]:
    """Return which predictions, best first, match a truth: bool (n_thresholds, n_predictions)."""
    hits = np.zeros((len(thresholds), len(shared)), bool)
    for level, threshold in enumerate(thresholds):
        free = np.ones(shared.shape[1], bool)
        for i, row in enumerate(shared):
            fitting = np.flatnonzero(free & (row >= threshold))
            if fitting.size:
                # Of equal overlaps the last truth is taken, as the benchmark does.
                free[fitting[::-1][np.argmax(row[fitting[::-1]])]] = False
                hits[level, i] = True
    return hits


def _average_precision(hits: npt.NDArray[np.bool_], n_truths: int) -> float:
    if not hits.size:
        return 0.0
    n_hits = np.cumsum(hits)
    recall, precision = n_hits / n_truths, n_hits / np.arange(1, len(hits) + 1)
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    indices = np.searchsorted(recall, RECALLS, side="left")
    return float(
        np.where(indices < len(falling), falling[np.minimum(indices, len(falling) - 1)], 0.0).mean()
    )
