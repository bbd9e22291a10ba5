"""Early stopping: which learners do it, on which rows in a search, and how a refit repeats it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.trial.feature_matrices import take

if TYPE_CHECKING:
    from bakeoff.records import Trial

_INNER_SHARE = 0.15
"""Share of the training rows on which a learner stops early inside a search; chosen here."""

_ROUNDS = (
    ("early_stopping", "epochs"),
    ("early_stopping_rounds", "n_estimators"),
    ("early_stopping_rounds", "max_iter"),
)
"""Parameters that stop early, each with the number of rounds that it cuts."""


def stops_early(estimator: Any) -> bool:
    """Whether a learner would stop early if it were shown validation data."""
    return any(n.startswith("early_stopping") and bool(v) for n, v in _params(estimator).items())


def frozen_rounds(estimator: Any, best: int | None) -> dict[str, Any]:
    """Parameters with which a learner that stopped early runs as long again, without stopping."""
    if best is None:
        return {}
    params = _params(estimator)
    for stopping, rounds in _ROUNDS:
        if params.get(stopping) and rounds in params:
            return {stopping: None, rounds: best}
    return {}


def set_aside(X: Any, y: Any, trial: Trial) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Training rows, and those of them on which a learner inside a search stops early."""
    seed = max(trial.seeds.values(), default=0)
    rows = np.random.default_rng(seed).permutation(len(y))
    n_aside = max(1, round(_INNER_SHARE * len(y)))
    aside, rest = np.sort(rows[:n_aside]), np.sort(rows[n_aside:])
    return (take(X, rest), y[rest]), (take(X, aside), y[aside])


def _params(estimator: Any) -> dict[str, Any]:
    return estimator.get_params(deep=False) if hasattr(estimator, "get_params") else {}
