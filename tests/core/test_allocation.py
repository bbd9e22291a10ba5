"""When a search ends, and which of its methods comes next."""

from __future__ import annotations

import math
import time
from collections import deque
from itertools import count
from typing import Any

import pytest

from bakeoff.records import ConfigResult, Method, Part, Search, SearchedMethod
from bakeoff.search.allocation import FLOOR, Allocation
from bakeoff.search.budget import LEAST_PATIENCE_S, RemainingBudget
from bakeoff.search.searched_methods import MethodState
from bakeoff.spaces import Space
from bakeoff.training import TrainingRecord


def budget(
    *, limit_s: float | None = None, earlier_s: float = 0.0, **search: Any
) -> RemainingBudget:
    """A budget that starts now."""
    record = TrainingRecord(None if limit_s is None else time.monotonic() + limit_s)
    return RemainingBudget(Search(searcher="", target="", **search), record, earlier_s)


def left(deadline: float) -> float:
    """Seconds until a deadline, to a tenth."""
    return round(deadline - time.monotonic(), 1)


def result(number: int = 0, **facts: Any) -> ConfigResult:
    """A complete configuration of method `a`."""
    return ConfigResult(number=number, **{"method": "a", "config": {}, "score": 0.5} | facts)


def test_search_ends_with_its_seconds_or_before_the_trial_s_limit() -> None:
    """Whichever comes first; a tenth of the limit is left for the trial itself."""
    assert left(budget(seconds=40).end) == 40
    assert left(budget(seconds=40, earlier_s=10).end) == 30
    assert left(budget(seconds=40, limit_s=20).end) == 18
    assert math.isinf(budget(configs=3).end)


@pytest.mark.parametrize(
    ("search", "reserved_s"),
    [
        ({}, 1.25 * 4),
        ({"refit": True}, 1.25 * 2.25 * 4),
        ({"folds": 4}, 1.25 * 4 / 4),
        ({"across": True}, 1.25 * 0.5 * 4),
        ({"across": True, "refit": True}, 1.25 * 4 / 3 * 4),
    ],
)
def test_time_is_kept_for_fits_after_the_search(search: dict[str, Any], reserved_s: float) -> None:
    """As long as the best configuration took, with a margin."""
    found = budget(seconds=100, **search)

    assert left(found.deadline(None)) == 100
    assert left(found.deadline(result(fit_s=4))) == pytest.approx(100 - reserved_s, abs=0.1)


def test_most_of_the_time_is_searched_however_long_the_best_fit_takes() -> None:
    """At most 30 % is kept."""
    assert left(budget(seconds=100).deadline(result(fit_s=500))) == 70


def test_a_choice_waits_for_its_first_configuration_alone() -> None:
    """It has no other; a search of one method has its default configuration."""
    choice, single = budget(seconds=5, across=True), budget(seconds=5)

    assert left(choice.deadline_of(0, None)) == 5 + LEAST_PATIENCE_S
    assert left(choice.deadline_of(1, None)) == left(single.deadline_of(0, None)) == 5


def test_configurations_under_way_count() -> None:
    """Of three, none is begun after the third."""
    found = budget(configs=3)

    assert [found.allows_another(n, None) for n in (0, 2, 3)] == [True, True, False]
    assert [found.configs_left(n) for n in (0, 2, 3)] == [3, 1, 1]


class Repeating:
    """Suggests the same configuration again and again."""

    watches = False

    def __init__(self) -> None:
        self.told: list[int] = []

    def ask(self, number: int) -> dict[str, Any]:
        """The one that it knows."""
        return {"x": 1}

    def tell(self, number: int, config: Any, score: Any, memo: Any) -> dict[str, Any]:
        """Remember who was told."""
        self.told.append(number)
        return {}


def state(name: str = "a", **facts: Any) -> MethodState:
    """A method before anything was evaluated of it."""
    learner = Part(kind="learners", name=name, target="no:where")
    method = Method(name=name, source="raw", learner=learner)
    options: dict[str, Any] = {
        "searched": SearchedMethod(method=method, space=Space()),
        "index": 0,
        "sign": 1.0,
        "searcher": Repeating(),
        "defaults": {},
        "first": deque([{}]),
    }
    return MethodState(**options | facts)


def allocation(*states: MethodState) -> Allocation:
    """Methods beside a constant one that scores 0.5."""
    return Allocation(states, lambda: 0.5)


def test_every_method_begins_with_its_default_configuration() -> None:
    """In their order, before any has a second one."""
    methods = allocation(state("a"), state("b"))
    names = []
    for number in range(2):
        method = methods.next_method()
        assert method is not None
        method.suggest(count(number))
        names.append(method.name)

    assert names == ["a", "b"]


def test_the_leader_gets_most_of_the_time() -> None:
    """The one behind has the floor: it comes next once the leader had 25 times its time."""
    leading = state("a", first=deque(), best=result(score=0.9))
    behind = state("b", first=deque(), best=result(method="b", score=0.6), spent_s=1.0)
    methods, ratio = allocation(leading, behind), 1 / FLOOR
    names = []
    for spent_s in (0.9 * ratio, 1.1 * ratio):
        leading.spent_s = spent_s
        method = methods.next_method()
        names.append(method and method.name)

    assert names == ["a", "b"]


def test_equal_methods_take_turns() -> None:
    """By the time that each has had."""
    first = state("a", first=deque(), best=result(), spent_s=2.0)
    second = state("b", first=deque(), best=result(method="b"), spent_s=1.0)

    assert allocation(first, second).next_method() is second


def test_a_space_is_exhausted_when_all_its_configurations_are_known() -> None:
    """The searcher is told of each repetition; numbers are never used twice."""
    method, numbers = state(), count()
    suggested = [method.suggest(numbers) for _ in range(3)]
    searcher: Any = method.searcher

    assert suggested == [(0, {}), (1, {"x": 1}), None]
    assert searcher.told == list(range(2, 32))
    assert method.is_exhausted
    assert allocation(method).next_method() is None


def test_pruned_configurations_never_lead() -> None:
    """However good the score was up to then."""
    method = state()
    method.learn(result(0, score=0.6))
    method.learn(result(1, score=0.9, state="pruned", config={"x": 1}))

    assert method.best is not None
    assert method.best.number == 0
