"""Greedy ensemble selection, and predictions under equal class priors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.floating]

ROUNDS = 40
"""Maximum number of members, counted with repetition."""

_ENOUGH = 1e-9


def select(
    predictions: Sequence[Array], loss: Callable[[Array], float], *, rounds: int = ROUNDS
) -> dict[int, float]:
    """Select members greedily and return their weights.

    Members are added one at a time, with repetition, each the one that lowers the loss of the mean
    prediction most; selection ends when no member lowers it.

    Args:
        predictions: probabilities (n_samples, n_classes) or values (n_samples,) of each candidate.
        loss: maps a mean prediction to its loss; lower is better.
        rounds: maximum number of additions.

    Returns:
        Weight by index of the member; weights sum to 1.

    Source:
        Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble Selection from Libraries of Models",
        ICML 2004.
    """
    total = np.zeros_like(predictions[0], dtype=np.float64)
    chosen: list[int] = []
    best = float("inf")
    for size in range(1, rounds + 1):
        losses = [loss((total + prediction) / size) for prediction in predictions]
        index = int(np.argmin(losses))
        if losses[index] >= best - _ENOUGH:
            break
        best = losses[index]
        total += predictions[index]
        chosen.append(index)
    return {index: chosen.count(index) / len(chosen) for index in sorted(set(chosen))}


def blend(predictions: Sequence[Array], weights: Sequence[float]) -> Array:
    """Return the weighted mean of predictions, float64."""
    mean = np.zeros_like(predictions[0], dtype=np.float64)
    for prediction, weight in zip(predictions, weights, strict=True):
        mean += weight * prediction
    return mean


def with_equal_priors(proba: Array, shares: Array) -> Array:
    """Return probabilities adjusted to equal class priors.

    The class with the largest adjusted probability maximises the expected mean recall.

    Args:
        proba: float (n_samples, n_classes), rows that sum to 1.
        shares: float (n_classes,), shares of the classes in the training part; 0 for unseen ones.

    Source:
        Elkan, "The Foundations of Cost-Sensitive Learning", IJCAI 2001, section 2.
    """
    weighted = proba / np.where(shares > 0, shares, 1.0)
    sums = weighted.sum(axis=1, keepdims=True)
    return np.asarray(weighted / np.where(sums > 0, sums, 1.0))


def log_loss(proba: Array, y: npt.NDArray[np.int64], *, balanced: bool) -> float:
    """Compute the mean negative log probability of the true class; 0 is perfect.

    Args:
        proba: float (n_samples, n_classes).
        y: class codes, int64 (n_samples,).
        balanced: whether every class has the same weight.
    """
    losses = -np.log(np.clip(proba[np.arange(len(y)), y], 1e-7, 1.0))
    if not balanced:
        return float(losses.mean())
    counts = np.bincount(y, minlength=proba.shape[1])
    return float((losses / counts[y]).sum() / (counts > 0).sum())
