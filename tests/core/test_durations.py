"""What trials took before tells what they will take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("optuna", reason="needs the extra search")

from bakeoff.execution.durations import DurationLog, predict
from bakeoff.records import Result, Timings, TrialState

if TYPE_CHECKING:
    from pathlib import Path

SEARCHED: dict[str, Any] = {
    "tasks": ["breast_cancer"],
    "methods": ["raw+logistic"],
    "protocol": {"split": "holdout", "repeats": 1},
    "search": {"seconds": 7},
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Timings of this test alone."""
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path))


def remember(trial: Any, **seconds: float) -> None:
    """Store that the trial took this long."""
    log, complete = DurationLog(), TrialState.COMPLETE
    timings = Timings(**seconds)
    log.add(trial, Result(trial=trial.id, state=complete, timings=timings, machine="here"))
    log.save()


def test_a_search_that_never_ran_takes_its_budget_and_one_fit(plan_of: Any) -> None:
    """What the method takes without a search is no measure of one."""
    (searched,) = plan_of(**SEARCHED).trials
    (plain,) = plan_of(**{**SEARCHED, "search": None}).trials

    assert predict([plain])[plain.id] is None
    found = predict([searched])[searched.id]
    assert found is not None
    assert (found.seconds, found.exact) == (7.0, False)

    remember(plain, fit_s=0.5)
    known, found = (predict([t])[t.id] for t in (plain, searched))
    assert known is not None
    assert found is not None
    assert (known.seconds, known.exact) == (0.5, True)
    assert (found.seconds, found.exact) == (7.5, False)


def test_a_search_that_ran_is_known_with_its_own_seconds(plan_of: Any) -> None:
    """Of the same budget; another budget is another matter."""
    (searched,) = plan_of(**SEARCHED).trials
    (longer,) = plan_of(**{**SEARCHED, "search": {"seconds": 70}}).trials
    remember(searched, search_s=6.0, fit_s=0.25)

    found, other = (predict([t])[t.id] for t in (searched, longer))
    assert found is not None
    assert other is not None
    assert (found.seconds, found.exact) == (6.25, True)
    assert (other.seconds, other.exact) == (70.0, False)
