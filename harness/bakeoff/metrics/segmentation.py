"""Segmentation metrics, from pixels counted by true and predicted class.

Counts are summed over the images of a part before anything is divided, so that small things in
one image don't weigh more than large ones in another. `from_counts` of each metric takes the
stored counts, so that a score can be computed again without the masks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff.metrics.base import NAN, named
from bakeoff.problems.vision import confusion

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from bakeoff.interfaces import Metric

    Matrix = npt.NDArray[np.int64]


def on_masks(body: Callable[[Matrix], float]) -> Metric:
    """Return a metric of masks, computed by a function of a confusion matrix of pixels.

    The function gets int64 (n_classes, n_classes), rows the true and columns the predicted class,
    with at least one pixel counted. The metric has it as `from_counts`.
    """

    def score(y_true: Any, y_pred: Any, /, *, n_classes: int) -> float:
        counts = confusion(y_true, y_pred, n_classes).sum(axis=0)
        return float(body(counts)) if counts.sum() else NAN

    score.from_counts = body  # type: ignore[attr-defined]  # a function may carry attributes
    return named(score, body)


@on_masks
def mean_iou(counts: Matrix) -> float:
    """Compute the intersection over union of pixels, mean over classes: maximize, 0..1, perfect 1.

    Over the classes that occur in truth or prediction, the background among them.

    Source: Everingham et al., "The Pascal Visual Object Classes Challenge: A Retrospective", 2015.
    """
    both = counts.diagonal()
    either = counts.sum(axis=0) + counts.sum(axis=1) - both
    return float((both[either > 0] / either[either > 0]).mean())


@on_masks
def dice(counts: Matrix) -> float:
    """Compute the Dice coefficient of pixels, mean over classes: maximize, 0..1, perfect 1.

    Over the classes that occur in truth or prediction, the background among them.

    Source: Dice, "Measures of the Amount of Ecologic Association Between Species", 1945.
    """
    each = counts.sum(axis=0) + counts.sum(axis=1)
    return float((2 * counts.diagonal()[each > 0] / each[each > 0]).mean())


@on_masks
def pixel_accuracy(counts: Matrix) -> float:
    """Compute the share of pixels classified correctly: maximize, 0..1, perfect 1."""
    return float(counts.trace() / counts.sum())
