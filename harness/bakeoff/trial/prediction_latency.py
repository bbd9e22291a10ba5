"""Measure the seconds of a prediction by batch size, from raw inputs to predictions.

Features are computed anew, so that the time includes all that a user waits for: the features'
`transform`, then the learner's prediction.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.problems import scoring
from bakeoff.trial.feature_matrices import as_matrix, fit_features, take

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from bakeoff.data.splits import Split
    from bakeoff.interfaces import Data
    from bakeoff.records import Trial
    from bakeoff.training import TrainingRecord

SIZES, SECONDS = "latency_sizes", "latency_s"
"""Names of the arrays: int64 (n_sizes,) rows of a call; float64 (n_sizes, CALLS) wall-clock
seconds of each call, NaN for calls that were skipped."""
CALLS = 20
LEAST_CALLS = 3
SIZE_S = 2.0
"""Wall-clock seconds after which no further call of a batch size is made."""
SPARE_SHARE = 0.5
"""Maximum share of the trial's remaining time that the measurement may take."""


def measure(
    estimator: Any, data: Data, split: Split, trial: Trial, record: TrainingRecord
) -> dict[str, npt.NDArray[Any]]:
    """Time predictions of each batch size of the protocol, after one untimed call of each.

    Rows are those of the test part, repeated for larger batches. Batch sizes for which no time is
    left before the trial's deadline are skipped.

    Args:
        estimator: fitted estimator.
        data: dataset of the task.
        split: split whose test part is predicted.
        trial: has the batch sizes and the features.
        record: training record with the deadline.

    Returns:
        Arrays by name, see `SIZES` and `SECONDS`.
    """
    predict = _predict_from_raw(estimator, data, split, trial)
    until = time.monotonic() + SPARE_SHARE * record.seconds_left()
    sizes, rows = trial.task.protocol.latency, []
    for size in sizes:
        inputs = take(data.X, np.resize(split.test, size))
        began = time.perf_counter()
        predict(inputs)
        slowest = time.perf_counter() - began
        if time.monotonic() + LEAST_CALLS * slowest > until:
            break
        rows.append(_time_calls(predict, inputs, until))
    return {
        SIZES: np.asarray(sizes[: len(rows)], dtype=np.int64),
        SECONDS: np.asarray(rows, dtype=np.float64).reshape(len(rows), CALLS),
    }


def _time_calls(
    predict: Callable[[Any], object], inputs: Any, until: float
) -> npt.NDArray[np.float64]:
    """Return the seconds of up to `CALLS` calls, NaN for calls that were skipped."""
    seconds = np.full(CALLS, np.nan)
    ends = min(time.monotonic() + SIZE_S, until)
    for number in range(CALLS):
        if number >= LEAST_CALLS and time.monotonic() > ends:
            break
        began = time.perf_counter()
        predict(inputs)
        seconds[number] = time.perf_counter() - began
    return seconds


def _predict_from_raw(
    estimator: Any, data: Data, split: Split, trial: Trial
) -> Callable[[Any], object]:
    """Return a function from raw inputs to predictions, through features fitted as in the trial."""
    if trial.method.features is None:
        return lambda inputs: scoring.predict(estimator, inputs, trial.task)
    features = fit_features(data, split, trial)

    def predict(inputs: Any) -> object:
        matrix = as_matrix(features.transform(inputs), len(inputs))
        return scoring.predict(estimator, matrix, trial.task)

    return predict
