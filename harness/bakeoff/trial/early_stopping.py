"""Early stopping: detect it, hold out rows for it in a search, and repeat it in a refit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.trial.feature_matrices import take

if TYPE_CHECKING:
    from bakeoff.records import Trial

_INNER_SHARE = 0.15
"""Share of the training rows that is held out for early stopping in a search; chosen here."""

_ROUNDS = (
    ("early_stopping", "epochs"),
    ("early_stopping_rounds", "n_estimators"),
    ("early_stopping_rounds", "max_iter"),
)
"""Parameters that enable early stopping, each with the parameter of the number of rounds."""


def stops_early(estimator: Any) -> bool:
    """Return True if a learner stops early when it is given validation data."""
    return any(n.startswith("early_stopping") and bool(v) for n, v in _params(estimator).items())


def frozen_rounds(estimator: Any, best: int | None) -> dict[str, Any]:
    """Return parameters that fix the number of rounds to `best` and disable early stopping."""
    if best is None:
        return {}
    params = _params(estimator)
    for stopping, rounds in _ROUNDS:
        if params.get(stopping) and rounds in params:
            return {stopping: None, rounds: best}
    return {}


def set_aside(X: Any, y: Any, trial: Trial) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Split training rows at random into a larger part and one for early stopping.

    Returns:
        Inputs and targets of the larger part, and those of the held-out part.
    """
    seed = max(trial.seeds.values(), default=0)
    rows = np.random.default_rng(seed).permutation(len(y))
    n_held_out = max(1, round(_INNER_SHARE * len(y)))
    held_out, rest = np.sort(rows[:n_held_out]), np.sort(rows[n_held_out:])
    return (take(X, rest), y[rest]), (take(X, held_out), y[held_out])


def _params(estimator: Any) -> dict[str, Any]:
    return estimator.get_params(deep=False) if hasattr(estimator, "get_params") else {}
