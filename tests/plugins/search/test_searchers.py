"""Searchers draw from their space, learn from scores, prune, and go on from what was stored."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("optuna")

from bakeoff.spaces import Choice, Integer, Real, Space
from bakeoff_search.searchers import Halving, Hyperband, Random, Tpe

EVERY = [Random, Tpe, Halving, Hyperband]
SPACE = Space(
    {
        "x": Real(0.0, 10.0),
        "rate": Real(1e-4, 1.0, "log"),
        "depth": Integer(1, 8),
        "kind": Choice(("a", "b", None)),
        "degree": Integer(2, 4, when=(("kind", ("a",)),)),
    }
)


def _score(config: dict[str, Any]) -> float:
    return -((config["x"] - 3) ** 2)


def _draw(searcher: Any, n: int, start: int = 0) -> list[dict[str, Any]]:
    drawn = []
    for number in range(start, start + n):
        config = searcher.ask(number)
        searcher.tell(number, config, _score(config), {})
        drawn.append(config)
    return drawn


@pytest.mark.parametrize("searcher", EVERY)
def test_configurations_lie_within_the_space(searcher: Any) -> None:
    """Each kind of dimension; a condition decides whether a parameter is there at all."""
    drawn = _draw(searcher(SPACE, direction="maximize", seed=0), 30)

    for config in drawn:
        SPACE.check(config)
        assert ("degree" in config) == (config["kind"] == "a")
    assert {config["kind"] for config in drawn} == {"a", "b", None}


@pytest.mark.parametrize("searcher", EVERY)
def test_the_same_seed_draws_the_same(searcher: Any) -> None:
    """As far as the scores are the same."""
    one, other = (_draw(searcher(SPACE, direction="maximize", seed=7), 14) for _ in range(2))

    assert one == other


def test_tpe_draws_where_scores_were_good() -> None:
    """After some draws it is nearer to the best value than chance is, in either direction."""
    for direction, sign in (("maximize", 1.0), ("minimize", -1.0)):
        searcher = Tpe(Space({"x": Real(0.0, 10.0)}), direction=direction, seed=1)
        for number in range(40):
            config = searcher.ask(number)
            searcher.tell(number, config, sign * _score(config), {})
            last = config["x"]

        assert abs(last - 3) < 1.5


def test_what_was_never_asked_for_is_learned_from_too() -> None:
    """The default configuration, and those of an interrupted search."""
    fresh = Tpe(Space({"x": Real(0.0, 10.0)}), direction="maximize", seed=1)
    told = Tpe(Space({"x": Real(0.0, 10.0)}), direction="maximize", seed=1)
    for number in range(30):
        told.tell(number, {"x": number / 3}, _score({"x": number / 3}), {})
    guesses = {
        name: [searcher.ask(100 + i)["x"] for i in range(8)]
        for name, searcher in (("fresh", fresh), ("told", told))
    }

    def far(values: list[float]) -> float:
        return sum(abs(x - 3) for x in values)

    assert far(guesses["told"]) < far(guesses["fresh"])


def test_a_score_outside_the_space_or_none_is_no_error() -> None:
    """A default may lie outside what is searched; a fit may fail."""
    searcher = Tpe(SPACE, direction="maximize", seed=0)
    searcher.tell(0, {"x": 99.0}, 0.5, {})
    searcher.tell(1, searcher.ask(1), None, {})
    searcher.tell(2, searcher.ask(2), float("nan"), {})

    SPACE.check(searcher.ask(3))


def _run(searcher: Any, number: int, loss: float, rounds: int = 200) -> int:
    """Rounds that a configuration lives whose validation loss stays at one value."""
    config = searcher.ask(number)
    for step in range(1, rounds + 1):
        if searcher.prune(number, step, -loss):
            searcher.tell(number, config, None, {})
            return step
    searcher.tell(number, config, -loss, {})
    return rounds


@pytest.mark.parametrize("searcher", [Halving, Hyperband])
def test_bad_configurations_end_early_and_the_best_never_does(searcher: Any) -> None:
    """At most one of three goes on; what is best so far always does.

    Over ten seeds: a bracket of Hyperband lets whatever comes first in it go on.
    """
    bad = []
    for seed in range(10):
        made = searcher(Space({"x": Real(0.0, 1.0)}), direction="maximize", seed=seed)
        lives = [_run(made, number, 1.0 / (number + 1)) for number in range(6)]
        assert lives[-1] == 200
        bad += [_run(made, number, 5.0) for number in range(6, 12)]

    assert sum(life == 200 for life in bad) <= len(bad) / 3
    assert min(bad) <= 15


def test_the_same_seed_gives_the_same_brackets_again() -> None:
    """Brackets are drawn, so an unseeded draw would end other configurations each time."""

    def lives(seed: int) -> list[int]:
        made = Hyperband(Space({"x": Real(0.0, 1.0)}), direction="maximize", seed=seed)
        return [_run(made, number, 1.0 + number) for number in range(12)]

    assert lives(0) == lives(0)
    assert len({tuple(lives(seed)) for seed in range(4)}) > 1


def test_random_and_tpe_prune_nothing() -> None:
    """They don't even want to be told rounds."""
    assert not Random.watches
    assert not Tpe.watches
    assert _run(Tpe(SPACE, direction="maximize", seed=0), 0, 9.0, rounds=20) == 20


def test_rungs_outlive_an_interruption() -> None:
    """What `tell` returned goes back in, and the next bad configuration ends as early."""
    made = Halving(Space({"x": Real(0.0, 1.0)}), direction="maximize", seed=0)
    memos = []
    for number in range(6):
        config = made.ask(number)
        for step in range(1, 46):
            made.prune(number, step, 1.0 + number)
        memos.append((config, made.tell(number, config, 1.0 + number, {})))
    again = Halving(Space({"x": Real(0.0, 1.0)}), direction="maximize", seed=0)
    for number, (config, memo) in enumerate(memos):
        again.tell(number, config, 1.0 + number, memo)

    assert _run(made, 6, 9.0) == _run(again, 6, 9.0) < 200
