"""Score predicted classes and their probabilities.

Every metric is a `bakeoff.interfaces.Metric`. One that is not defined on a part (no rows, one
class where two are needed) is NaN, which the core stores as None. Classes of the task that a
part lacks are no error. A trial computes every metric of its problem type on three parts, so
these are a few lines of numpy over a confusion matrix; scikit-learn is the oracle of the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bakeoff.metrics.base import NAN, SMALLEST, Codes, Floats, Matrix, on_labels, on_proba

if TYPE_CHECKING:
    from collections.abc import Callable


N_BINS = 15

TOP = 3


@on_labels
def accuracy(matrix: Matrix) -> float:
    """Compute the share of rows classified correctly: maximize, 0..1, perfect 1."""
    return float(matrix.trace() / matrix.sum())


@on_labels
def balanced_accuracy(matrix: Matrix) -> float:
    """Compute the mean recall over the classes present: maximize, 0..1, chance 1 / n_classes.

    Source: Brodersen et al., "The balanced accuracy and its posterior distribution", 2010.
    """
    sizes = matrix.sum(axis=1)
    present = sizes > 0
    return float((matrix.diagonal()[present] / sizes[present]).mean())


@on_labels
def precision(matrix: Matrix) -> float:
    """Compute the share of rows predicted as a class that are of it: maximize, 0..1, perfect 1.

    Two classes: of code 1. More: mean over the classes that occur in truth or prediction. A class
    in the truth that was never predicted counts 0; NaN if code 1 occurs in neither.
    """
    return _by_class(matrix, matrix.sum(axis=0))


@on_labels
def recall(matrix: Matrix) -> float:
    """Compute the share of rows of a class that are predicted as it: maximize, 0..1, perfect 1.

    Two classes: of code 1. More: mean over the classes that occur in truth or prediction, where
    one predicted but not in the truth counts 0; NaN if code 1 occurs in neither.
    """
    return _by_class(matrix, matrix.sum(axis=1))


@on_labels
def f1(matrix: Matrix) -> float:
    """Compute the harmonic mean of precision and recall: maximize, 0..1, perfect 1.

    Two classes: of code 1. More: mean over the classes that occur in truth or prediction; NaN if
    code 1 occurs in neither.

    Source: van Rijsbergen, "Information Retrieval", 1979, chapter 7.
    """
    return _by_class(matrix, (matrix.sum(axis=0) + matrix.sum(axis=1)) / 2)


def _by_class(matrix: Matrix, counts: Any) -> float:
    """Return correct rows over `counts`, of code 1 for two classes and averaged for more."""
    occurs = matrix.sum(axis=0) + matrix.sum(axis=1) > 0
    values = np.where(occurs, matrix.diagonal() / np.maximum(counts, 0.5), NAN)
    return float(values[1]) if len(values) == 2 else float(values[occurs].mean())  # noqa: PLR2004  two classes


@on_labels
def matthews(matrix: Matrix) -> float:
    """Compute the Matthews correlation coefficient: maximize, -1..1, chance 0.

    0 if only one class was predicted, NaN if the truth holds only one.

    Source: Gorodkin, "Comparing two K-category assignments", 2004, its R_K.
    """
    n, true, pred = float(matrix.sum()), matrix.sum(axis=1) * 1.0, matrix.sum(axis=0) * 1.0
    spread_true, spread_pred = n**2 - true @ true, n**2 - pred @ pred
    if spread_true == 0:
        return NAN
    if spread_pred == 0:
        return 0.0
    return float((matrix.trace() * n - true @ pred) / np.sqrt(spread_true * spread_pred))


@on_labels
def cohen_kappa(matrix: Matrix) -> float:
    """Compute Cohen's kappa, the agreement beyond chance: maximize, -1..1, chance 0.

    NaN if truth and prediction are one and the same class throughout.

    Source: Cohen, "A coefficient of agreement for nominal scales", 1960.
    """
    n = float(matrix.sum())
    chance = (matrix.sum(axis=1) * 1.0) @ matrix.sum(axis=0)
    return float((matrix.trace() * n - chance) / (n**2 - chance)) if chance < n**2 else NAN


@on_proba
def roc_auc(true: Codes, proba: Floats) -> float:
    """Compute the area under the ROC curve: maximize, 0..1, chance 0.5.

    Two classes: of code 1. More: each class against the rest, mean over the classes that have rows
    and lack some in the part. NaN if the part holds one class alone. Ties count one half.

    Source: Hanley and McNeil, "The meaning and use of the area under a ROC curve", 1982.
    """
    return _mean_over_classes(_auc, true, proba)


@on_proba
def average_precision(true: Codes, proba: Floats) -> float:
    """Compute the area under the precision-recall curve: maximize, 0..1, chance the class's share.

    As steps, not interpolated. Two classes: of code 1. More: each class against the rest, mean over
    the classes that have rows in the part. NaN if code 1 has none.

    Source: Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, 8.4.
    """
    return _mean_over_classes(_average_precision, true, proba)


def _mean_over_classes(
    value: Callable[[npt.NDArray[np.bool_], Floats], float], true: Codes, proba: Floats
) -> float:
    codes = (1,) if proba.shape[1] == 2 else range(proba.shape[1])  # noqa: PLR2004  two classes
    values = [value(true == code, proba[:, code]) for code in codes]
    defined = [v for v in values if not np.isnan(v)]
    return sum(defined) / len(defined) if defined else NAN


def _auc(positive: npt.NDArray[np.bool_], scores: Floats) -> float:
    above, below = scores[positive], np.sort(scores[~positive])
    if not above.size or not below.size:
        return NAN
    wins = below.searchsorted(above, "left").sum() + below.searchsorted(above, "right").sum()
    return float(wins / (2 * above.size * below.size))


def _average_precision(positive: npt.NDArray[np.bool_], scores: Floats) -> float:
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    ends = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), ranked.size - 1)
    n_hits = np.cumsum(positive[order])[ends]
    if n_hits[-1] == 0:
        return NAN
    return float((np.diff(n_hits, prepend=0) * n_hits / (ends + 1)).sum() / n_hits[-1])


@on_proba
def log_loss(true: Codes, proba: Floats) -> float:
    """Compute the mean negative log probability of the true class: minimize, 0..36.05, perfect 0.

    Chance is `log(n_classes)`. Probabilities below the float64 epsilon count as that, 2.2e-16.

    Source: Good, "Rational decisions", 1952; the clipping is scikit-learn's.
    """
    proba_true = proba[np.arange(true.size), true]
    return float(-np.log(np.clip(proba_true, SMALLEST, 1.0)).mean()) + 0.0


@on_proba
def brier(true: Codes, proba: Floats) -> float:
    """Compute the mean squared error of the probabilities: minimize, perfect 0.

    Two classes: of code 1, 0..1. More: summed over classes, 0..2. The same as scikit-learn's.

    Source: Brier, "Verification of forecasts expressed in terms of probability", 1950.
    """
    proba_true = proba[np.arange(true.size), true]
    total = float(((proba**2).sum(axis=1) - 2 * proba_true + 1).mean())
    return max(total / 2 if proba.shape[1] == 2 else total, 0.0)  # noqa: PLR2004  two classes


@on_proba
def top_3_accuracy(true: Codes, proba: Floats) -> float:
    """Compute the top-3 accuracy: maximize, 0..1, chance 3 / n_classes.

    Share of rows whose class is among the three likeliest. NaN with three classes or fewer, where
    it would say nothing. Of equally likely classes the higher codes go first, as in scikit-learn.
    """
    if proba.shape[1] <= TOP:
        return NAN
    proba_true = proba[np.arange(true.size), true][:, None]
    later = np.arange(proba.shape[1]) > true[:, None]
    before = (proba > proba_true) | ((proba == proba_true) & later)
    return float((before.sum(axis=1) < TOP).mean())


@on_proba
def expected_calibration_error(true: Codes, proba: Floats) -> float:
    """Compute the mean distance of confidence and accuracy: minimize, 0..1, perfect 0.

    Rows are binned by the probability of their likeliest class (`calibration_bins`); each bin's
    distance is weighted by its rows.

    Source: Guo et al., "On calibration of modern neural networks", 2017.
    """
    counts, confidence, accuracy = calibration_bins(true, proba)
    return float((counts * np.abs(accuracy - confidence)).sum() / true.size)


def calibration_bins(true: Codes, proba: Floats) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """Return rows, mean confidence and accuracy of 15 bins of equal width, closed above.

    Args:
        true: int64 (n_samples,), codes of the true classes.
        proba: float (n_samples, n_classes); the largest of each row is its confidence.

    Returns:
        Three arrays (15,); confidence and accuracy of a bin without rows are 0.
    """
    highest = np.asarray(proba.max(axis=1), dtype=np.float64)
    right = proba.argmax(axis=1) == true
    bins = np.clip(np.ceil(highest * N_BINS).astype(np.int64) - 1, 0, N_BINS - 1)
    counts = np.bincount(bins, minlength=N_BINS)
    sums = [np.bincount(bins, weights=w, minlength=N_BINS) for w in (highest, right)]
    return counts, sums[0] / np.maximum(counts, 1), sums[1] / np.maximum(counts, 1)
