"""Greedy selection of an ensemble, and the decision for metrics of labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.floating]

ROUNDS = 40
"""Most members, counted with repetition."""

_ENOUGH = 1e-9


def select(
    answers: Sequence[Array], loss: Callable[[Array], float], *, rounds: int = ROUNDS
) -> dict[int, float]:
    """Weights of the members whose mean answer has the lowest loss, found greedily.

    Members are added one at a time, with repetition, each the one that lowers the loss of the mean
    most; it ends where none does.

    Args:
        answers: one array a member, probabilities (n_samples, n_classes) or values (n_samples,).
        loss: of a mean answer; lower is better.
        rounds: most additions.

    Returns:
        Weight by index of the member; they sum to 1.

    Source:
        Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble Selection from Libraries of Models",
        ICML 2004.
    """
    total = np.zeros_like(answers[0], dtype=np.float64)
    chosen: list[int] = []
    best = float("inf")
    for size in range(1, rounds + 1):
        losses = [loss((total + answer) / size) for answer in answers]
        index = int(np.argmin(losses))
        if losses[index] >= best - _ENOUGH:
            break
        best = losses[index]
        total += answers[index]
        chosen.append(index)
    return {index: chosen.count(index) / len(chosen) for index in sorted(set(chosen))}


def blend(answers: Sequence[Array], weights: Sequence[float]) -> Array:
    """Weighted mean of answers, float64."""
    mixed = np.zeros_like(answers[0], dtype=np.float64)
    for answer, weight in zip(answers, weights, strict=True):
        mixed += weight * answer
    return mixed


def even(proba: Array, shares: Array) -> Array:
    """Probabilities as if every class were as frequent as the others.

    The largest of them names the class with which the mean recall is largest in expectation.

    Args:
        proba: float (n_samples, n_classes), rows that sum to 1.
        shares: float (n_classes,), shares of the classes in the training part; 0 for unseen ones.

    Source:
        Elkan, "The Foundations of Cost-Sensitive Learning", IJCAI 2001, section 2.
    """
    weighed = proba / np.where(shares > 0, shares, 1.0)
    sums = weighed.sum(axis=1, keepdims=True)
    return np.asarray(weighed / np.where(sums > 0, sums, 1.0))


def log_loss(proba: Array, y: npt.NDArray[np.int64], *, balanced: bool) -> float:
    """Mean negative log probability of the true class; 0 is perfect.

    Args:
        proba: float (n_samples, n_classes).
        y: codes (n_samples,).
        balanced: every class weighs the same.
    """
    losses = -np.log(np.clip(proba[np.arange(len(y)), y], 1e-7, 1.0))
    if not balanced:
        return float(losses.mean())
    counts = np.bincount(y, minlength=proba.shape[1])
    return float((losses / counts[y]).sum() / (counts > 0).sum())
