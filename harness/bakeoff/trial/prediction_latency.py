"""Seconds of a prediction by batch size, from raw inputs to answers.

Features that others made for the trial are made once more, so that what is timed is all that a
user waits for: the features' `transform`, then the learner's answer.
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
seconds of each call, NaN for calls that were left out."""
CALLS = 20
LEAST_CALLS = 3
SIZE_S = 2.0
"""Wall-clock seconds after which no further call of a size is made."""
SPARE_SHARE = 0.5
"""Most of the trial's remaining time that timing may take."""


def measure(
    estimator: Any, data: Data, split: Split, trial: Trial, record: TrainingRecord
) -> dict[str, npt.NDArray[Any]]:
    """Time calls of each size of the protocol; the first call of a size, which compiles, is none.

    Rows are those of the test part, repeated where a call takes more. Sizes for which no time is
    left before the trial's deadline are left out.

    Args:
        estimator: fitted.
        data: of the task.
        split: its test part is asked for.
        trial: names batch sizes and features.
        record: knows the deadline.

    Returns:
        Arrays by name, as `SIZES` and `SECONDS` say.
    """
    answer = _way(estimator, data, split, trial)
    until = time.monotonic() + SPARE_SHARE * record.seconds_left()
    sizes, rows = trial.task.protocol.latency, []
    for size in sizes:
        inputs = take(data.X, np.resize(split.test, size))
        began = time.perf_counter()
        answer(inputs)
        slowest = time.perf_counter() - began
        if time.monotonic() + LEAST_CALLS * slowest > until:
            break
        rows.append(_calls(answer, inputs, until))
    return {
        SIZES: np.asarray(sizes[: len(rows)], dtype=np.int64),
        SECONDS: np.asarray(rows, dtype=np.float64).reshape(len(rows), CALLS),
    }


def _calls(answer: Callable[[Any], object], inputs: Any, until: float) -> npt.NDArray[np.float64]:
    found = np.full(CALLS, np.nan)
    ends = min(time.monotonic() + SIZE_S, until)
    for number in range(CALLS):
        if number >= LEAST_CALLS and time.monotonic() > ends:
            break
        began = time.perf_counter()
        answer(inputs)
        found[number] = time.perf_counter() - began
    return found


def _way(estimator: Any, data: Data, split: Split, trial: Trial) -> Callable[[Any], object]:
    """From raw inputs to the estimator's answer."""
    if trial.method.features is None:
        return lambda inputs: scoring.predict(estimator, inputs, trial.task)
    features = fit_features(data, split, trial)

    def answer(inputs: Any) -> object:
        matrix = as_matrix(features.transform(inputs), len(inputs))
        return scoring.predict(estimator, matrix, trial.task)

    return answer
