"""The search of a trial: budget, order, journal, selection, refit, choice across methods."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bakeoff.errors import SuiteError, UnknownNameError
from bakeoff.processes.child import metrics_of
from bakeoff.records import ConfigResult
from bakeoff.search.ensemble_selection import blend, log_loss, select, with_equal_priors
from bakeoff.search.loop import SearchResult
from bakeoff.search.searched_trial import note_search, run_trial
from bakeoff.search.stored_predictions import Ensemble
from bakeoff.store.search_journal import read_journal
from bakeoff.store.trial_rows import row_of
from bakeoff.training import TrainingRecord
from bakeoff.trial.evaluate import Job

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


ONE = {"protocol": {"split": "holdout", "repeats": 1}, "tasks": ["tiny"]}
TUNED = {"features": "numbers", "learner": "tunable"}


@dataclass(frozen=True)
class Done:
    """One trial's row, notes and journal."""

    row: dict[str, Any]
    notes: dict[str, str]
    tried: tuple[ConfigResult, ...]
    folder: Path


@pytest.fixture
def run(plan_of: Any, plugins: Any, tmp_path: Path) -> Callable[..., Done]:
    """Do the work of a suite's last trial in this process."""
    calls = count()

    def call(**changes: Any) -> Done:
        plan = plan_of(**(ONE | changes))
        trial = plan.trials[-1]
        prepared, folder = plan.tasks[trial.task.name].prepared, tmp_path / str(next(calls))
        job = Job(
            trial=trial,
            prepared=prepared,
            artifacts=str(folder / "artifacts"),
            scratch=str(folder / "scratch"),
        )
        metrics = metrics_of(trial.task.problem_type, plugins.registry)
        result = run_trial(job, metrics, TrainingRecord())
        home = folder / "artifacts" / trial.id
        return Done(row_of(trial, result), result.notes, read_journal(home), home)

    return call


def test_default_configuration_comes_first_and_starts_follow(run: Any) -> None:
    """Then whatever the searcher suggests, until the budget is spent."""
    done = run(methods=[TUNED], search={"searcher": "dice", "configs": 5})
    tried = done.tried

    assert [t.config for t in tried[:2]] == [{}, {"learner__threshold": 1.0}]
    assert len(tried) == 5
    assert len({json.dumps(t.config) for t in tried}) == 5


def test_the_best_on_validation_is_what_the_row_tells(run: Any) -> None:
    """Its validation score, and its test score, are those of one more fit."""
    done = run(methods=[TUNED], search={"searcher": "dice", "configs": 6})
    row, tried = done.row, done.tried
    best = max(tried, key=lambda t: t.score)

    assert row["validation_score"] == best.score
    assert row["test_score"] == best.test_score
    assert row["search_s"] > 0


def test_only_leaders_are_scored_on_the_test_part(run: Any) -> None:
    """So that nobody is tempted to choose by it; the default configuration always is."""
    tried = run(methods=[TUNED], search={"searcher": "dice", "configs": 12}).tried
    leading, best = [], -1.0
    for one in tried:
        leading.append(one.score > best)
        best = max(best, one.score)

    assert [one.test_score is not None for one in tried] == leading


def test_the_same_seed_tries_the_same_configurations(run: Any) -> None:
    """Exact repetition is promised for budgets in configurations."""
    first, second = (
        run(methods=[TUNED], search={"searcher": "dice", "configs": 6}).tried for _ in range(2)
    )

    assert [(t.config, t.score) for t in first] == [(t.config, t.score) for t in second]


def test_a_search_of_seconds_ends_by_itself(run: Any) -> None:
    """Also when the last fit would last far longer."""
    slow = TUNED | {"params": {"slow_s": 0.2}}
    done = run(methods=[slow], search={"searcher": "dice", "seconds": 1.5})
    row, slowest_s = done.row, max(t.wall_s for t in done.tried)

    assert row["state"] == "complete"
    assert abs(row["search_s"] + row["fit_s"] - 1.5) < 4 * slowest_s


def test_a_fit_that_hears_nothing_is_ended_when_the_budget_is_spent(run: Any) -> None:
    """Compiled loops can't be interrupted: fits under a clock have a process of their own."""
    space = {"deaf_s": [60.0], "threshold": {"low": -3.0, "high": 9.0}}
    done = run(methods=[TUNED], search={"searcher": "dice", "seconds": 1, "space": space})
    row = done.row

    assert row["state"] == "complete"
    assert row["search_s"] < 60 / 2
    assert "stopped" in {t.state for t in done.tried}


def test_budget_too_short_for_one_configuration_leaves_the_default_one(run: Any) -> None:
    """The trial is complete, and its notes tell why nothing was chosen."""
    slow = TUNED | {"params": {"slow_s": 0.4}}
    done = run(methods=[slow], search={"searcher": "dice", "seconds": 0.1})

    assert done.row["state"] == "complete"
    assert done.notes["search_chosen"] == (
        "{}: no configuration was scored in time: the default one"
    )


def test_a_configuration_that_fails_is_a_line_of_the_journal(run: Any) -> None:
    """The others go on, and the best of them is chosen."""
    picky = TUNED | {"params": {"fails_above": 2.0}}
    done = run(methods=[picky], search={"searcher": "dice", "configs": 6})
    tried = done.tried

    assert tried[0].state == "failed"
    assert tried[0].reason == "RuntimeError: this threshold is too high"
    assert done.row["state"] == "complete"


def test_inner_folds_take_the_place_of_the_validation_part(run: Any) -> None:
    """Scores are means over folds of the training part."""
    tried = run(methods=[TUNED], search={"searcher": "dice", "configs": 3, "folds": 3}).tried
    plain = run(methods=[TUNED], search={"searcher": "dice", "configs": 3}).tried

    assert [t.state for t in tried] == ["complete"] * 3
    assert [t.score for t in tried] != [t.score for t in plain]


def test_refit_adds_the_validation_rows(run: Any) -> None:
    """Train and validation scores come from before it; `n_refit` says so."""
    done = run(methods=[TUNED], search={"searcher": "dice", "configs": 3, "refit": True})

    assert done.row["n_refit"] == done.row["n_train"] + done.row["n_validation"] == 48


def test_rounds_are_told_and_may_end_a_configuration(run: Any) -> None:
    """Pruned ones have fewer rounds, and are never chosen."""
    tried = run(
        methods=[{"features": "numbers", "learner": "rounded"}],
        search={"searcher": "dice", "configs": 12},
    ).tried
    pruned = [t for t in tried if t.state == "pruned"]

    assert pruned
    assert {t.n_rounds for t in pruned} == {2}
    assert {t.n_rounds for t in tried if t.state == "complete"} == {3}


def test_half_a_line_of_a_journal_is_dropped(tmp_path: Path) -> None:
    """A kill may leave it; the rest counts."""
    from bakeoff.records import ConfigResult
    from bakeoff.store.search_journal import FILE, Journal

    Journal(tmp_path).add(ConfigResult(number=0, method="m", config={"a": 1}, score=0.5, at_s=2.0))
    with (tmp_path / FILE).open("a") as stream:
        stream.write('{"number": 1, "met')
    again = Journal(tmp_path)

    assert [t.number for t in again.tried] == [0]
    assert again.elapsed_s == 2.0


CHOICE = {"choice": {"features": ["numbers", "centred"], "learners": ["tunable", "guesser"]}}


def test_methods_compete_for_one_budget(run: Any) -> None:
    """Each gets its default configuration; the ensemble's predictions make the row."""
    done = run(methods=[CHOICE], search={"searcher": "dice", "configs": 14, "refit": True})
    row, tried = done.row, done.tried

    assert {t.method for t in tried if not t.config} == {
        "numbers+tunable",
        "numbers+guesser",
        "centred+tunable",
        "centred+guesser",
    }
    assert row["method"] == "choice"
    assert row["n_refit"] == row["n_train"] + row["n_validation"]
    assert not list(done.folder.glob("search/*"))


def test_a_choice_uses_its_budget_and_fits_its_best_once_more(run: Any) -> None:
    """Room is kept for that fit and not for much more, however long it takes."""
    space = {"slow_s": [0.8], "threshold": {"low": -3.0, "high": 9.0}}
    search = {"searcher": "dice", "seconds": 6, "refit": True, "space": space}
    one = {"choice": {"features": ["numbers"], "learners": ["tunable"]}}
    done = run(methods=[one], search=search)
    slowest_s = max(t.wall_s for t in done.tried)

    assert done.row["n_refit"]
    assert -1.5 * slowest_s < done.row["search_s"] - 6 < 2.5 * slowest_s


def test_a_choice_of_finite_spaces_ends_when_all_is_tried(run: Any) -> None:
    """However much time is left, refits included."""
    space = {"threshold": [0.0, 1.0]}
    search = {"searcher": "dice", "seconds": 240, "refit": True, "space": space}
    done = run(methods=[CHOICE], search=search)

    assert done.row["n_refit"]
    assert done.row["search_s"] < 240 / 2


def test_weights_of_an_ensemble_are_kept_in_full() -> None:
    """A third is no 0.3333: whoever fits the winner again gets the same predictions."""
    record = TrainingRecord()
    weights = {4: 1 / 3, 11: 2 / 3}
    chosen = ConfigResult(number=4, method="m", config={})
    found = SearchResult(
        tried=(chosen,),
        best=chosen,
        method=None,  # type: ignore[arg-type]
        seconds=1.0,
        ensemble=Ensemble(weights=weights, equal_priors=False),
    )
    note_search(found, record)

    assert {int(n): w for n, w in json.loads(record.notes["ensemble"]).items()} == weights


def test_choice_works_in_as_many_processes_as_threads_are_granted(run: Any) -> None:
    """Each evaluates one configuration at a time, and all of them end in one journal."""
    done = run(
        methods=[CHOICE],
        search={"searcher": "dice", "configs": 9},
        protocol={"split": "holdout", "repeats": 1, "threads": 2},
    )
    tried = done.tried

    assert len(tried) == 9
    assert done.row["state"] == "complete"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"search": {"searcher": "dice"}}, "a search needs a budget"),
        ({"search": {"configs": 0}}, "search.configs: expected a value >= 1"),
        ({"search": {"config": 3}}, "unknown key 'config'; did you mean 'configs'"),
        (
            {"search": {"configs": 3, "searcher": "dice", "space": {"threshold": {"low": 3}}}},
            "search.space.threshold: expected a list of values, or low and high",
        ),
        (
            {"search": {"configs": 3, "searcher": "dice"}, "protocol": {"validation": 0.0}},
            "a search needs a validation part or folds",
        ),
        (
            {"methods": [CHOICE], "search": {"configs": 3, "folds": 3, "searcher": "dice"}},
            "a choice is made on the validation part; got folds",
        ),
        ({"methods": [CHOICE]}, "a choice needs a search with a budget"),
        (
            {"methods": [{"method": "ongpu", "search": {"configs": 3, "searcher": "dice"}}]},
            "ongpu declares nothing that a search varies",
        ),
    ],
)
def test_search_that_can_not_be_is_refused_when_the_suite_is_read(
    plan_of: Any, changes: dict[str, Any], told: str
) -> None:
    """Before anything runs, with file and line."""
    with pytest.raises(SuiteError, match=told):
        plan_of(**({"methods": [TUNED]} | changes))


def test_unknown_searchers_and_parameters_suggest_the_nearest(plan_of: Any) -> None:
    """Wherever they stand."""
    own = TUNED | {"search": {"configs": 2, "searcher": "dice", "space": {"threshhol": [1]}}}
    with pytest.raises(UnknownNameError, match="unknown parameter 'threshhol'; did you mean"):
        plan_of(methods=[own])
    with pytest.raises(UnknownNameError, match="unknown parameter 'threshhol'; did you mean"):
        plan_of(methods=[TUNED], search=own["search"])
    with pytest.raises(UnknownNameError, match="unknown searcher 'dise'; did you mean 'dice'"):
        plan_of(methods=[TUNED], search={"configs": 2, "searcher": "dise"})


def test_a_suite_replaces_ranges_and_settles_parameters(plan_of: Any) -> None:
    """What `params` settles is not varied, and what has nothing left is not searched."""
    entry = {"searcher": "dice", "configs": 2}
    spaces = {
        name: plan_of(methods=[TUNED | changes], search=entry | {"space": space}).trials[0].search
        for name, changes, space in (
            ("as declared", {}, {}),
            ("replaced", {}, {"threshold": {"low": 0.0, "high": 1.0}}),
            ("settled", {"params": {"threshold": 2.0}}, {}),
            ("off", {"search": False}, {}),
        )
    }

    assert [str(d) for d in spaces["as declared"].arms[0].space.dimensions.values()] == ["-3 to 9"]
    assert [str(d) for d in spaces["replaced"].arms[0].space.dimensions.values()] == ["0 to 1"]
    assert spaces["settled"] is None
    assert spaces["off"] is None


def test_search_is_part_of_a_trials_identity(plan_of: Any) -> None:
    """Budget, searcher and space change what comes out."""
    entries: list[dict[str, Any]] = [
        {"searcher": "dice", "configs": 2},
        {"searcher": "dice", "configs": 3},
        {"searcher": "dice", "configs": 2, "refit": True},
        {"searcher": "dice", "configs": 2, "space": {"threshold": [1.0, 2.0]}},
    ]
    ids = [plan_of(methods=[TUNED], search=entry).trials[0].id for entry in entries]
    ids.append(plan_of(methods=[TUNED]).trials[0].id)

    assert len(set(ids)) == len(ids)
    assert plan_of(methods=[TUNED], search=entries[0]).trials[0].id == ids[0]


def test_greedy_selection_finds_the_pair_whose_errors_cancel() -> None:
    """Each alone is off by one; their mean is exact."""
    truth = np.array([1.0, 2.0, 3.0])
    answers = [truth + 1, truth - 1, truth + 3]
    weights = select(answers, lambda mean: float(np.mean((mean - truth) ** 2)))

    assert weights == {0: 0.5, 1: 0.5}
    np.testing.assert_allclose(blend([answers[i] for i in weights], list(weights.values())), truth)


def test_greedy_selection_is_never_worse_than_the_best_member() -> None:
    """It starts from it."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=50)
    answers = [truth + rng.normal(size=50) * (1 + i) for i in range(8)]

    def loss(mean: Any) -> float:
        return float(np.mean((mean - truth) ** 2))

    weights = select(answers, loss)
    mixed = blend([answers[i] for i in weights], list(weights.values()))

    assert sum(weights.values()) == pytest.approx(1)
    assert loss(mixed) <= min(map(loss, answers))


def test_rare_classes_are_named_where_every_class_weighs_the_same() -> None:
    """A rare class at four times its share is the likelier one, all classes being equal."""
    proba = np.array([[0.6, 0.4], [0.95, 0.05]])
    adjusted = with_equal_priors(proba, np.array([0.9, 0.1]))

    np.testing.assert_allclose(adjusted[0], [0.6 / 0.9 / (0.6 / 0.9 + 4), 4 / (0.6 / 0.9 + 4)])
    assert adjusted.argmax(axis=1).tolist() == [1, 0]


def test_balanced_log_loss_is_the_mean_of_the_classes_own() -> None:
    """By hand: one row of class 1 counts as much as two of class 0."""
    proba = np.array([[0.5, 0.5], [0.5, 0.5], [0.75, 0.25]])
    y = np.array([0, 0, 1])

    assert log_loss(proba, y, balanced=True) == pytest.approx((np.log(2) + np.log(4)) / 2)
    assert log_loss(proba, y, balanced=False) == pytest.approx((2 * np.log(2) + np.log(4)) / 3)
