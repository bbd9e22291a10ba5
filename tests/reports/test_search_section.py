"""The section on searches: hand-made journals, and what must come out of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from bakeoff.records import ConfigResult
from bakeoff.store.search_journal import Journal
from bakeoff_report.model.context import ReportContext
from bakeoff_report.model.search_histories import (
    best_so_far,
    correlation_ratio,
    importance,
    tried_configs,
)
from bakeoff_report.sections import manual, search
from bakeoff_report.sections.search import section, uplifts

if TYPE_CHECKING:
    from collections.abc import Callable

SCORES = [0.6, 0.5, 0.7, 0.65, 0.8, 0.75, 0.78, 0.79]


@pytest.fixture
def searched(make_run: Callable[..., Any], registry: Any) -> Callable[[], ReportContext]:
    """A run in which one method of each task was searched."""

    def make() -> ReportContext:
        run = make_run(repeats=3)
        mine = run.trials["method"] == "raw+logistic"
        run.trials["search_s"] = np.where(mine, 8.0, 0.0)
        for trial in run.trials.loc[mine, "trial"]:
            journal, best = Journal(run.folder / "artifacts" / trial), -1.0
            for number, score in enumerate(SCORES):
                config = {"learner__C": float(number)} if number else {}
                leads, best = score > best, max(best, score)
                journal.add(
                    ConfigResult(
                        number=number,
                        method="raw+logistic",
                        config=config,
                        score=score,
                        test_score=score - 0.1 if leads else None,
                        at_s=float(number + 1),
                    )
                )
        return ReportContext.of([run], registry)

    return make


def _told(made: Any) -> str:
    return repr(made)


def test_section_is_gone_without_a_search(make_run: Any, registry: Any) -> None:
    """Nothing to show is no empty heading."""
    assert section(ReportContext.of([make_run()], registry)) is None


def test_section_tells_curves_choices_importance_and_configurations(searched: Any) -> None:
    """Each with its own block; names are data, never markup."""
    made = section(searched())

    assert made is not None
    assert [type(block).__name__ for block in made.blocks] == [
        "Figure",
        "Table",
        "Table",
        "Table",
        "Details",
    ]
    assert "Tuned minus default" in _told(made)


def test_tuned_minus_default_pairs_test_scores_of_one_split(searched: Any) -> None:
    """By hand: the leader at 0.8 has 0.7 on the test part, the default one 0.5."""
    rows = tried_configs(searched())

    np.testing.assert_allclose(uplifts(rows[rows["task"] == "wine"]), [0.2, 0.2, 0.2])


def test_tuning_is_worth_its_uplift_on_the_scale_of_each_task(searched: Any) -> None:
    """0.2 of the metric on each task, so 0.2 over the span of the task's scale on average."""
    context = searched()
    made = section(context)
    spans = [context.scales[task].span for task in dict.fromkeys(tried_configs(context)["task"])]
    expected = sum(0.2 / span for span in spans) / len(spans)

    assert made is not None
    (finding,) = made.findings
    assert len(spans) > 1
    assert finding.p is not None
    assert finding.claim.startswith(f"Tuning raises raw+logistic most, by {expected:.3f} of the")


def test_anytime_curve_never_falls_and_ends_at_the_best(searched: Any) -> None:
    """A band of no width where all repeats agree."""
    curve = best_so_far(tried_configs(searched()))
    wine = curve[curve["task"] == "wine"]

    assert wine["middle"].is_monotonic_increasing
    assert wine["middle"].iloc[[0, -1]].tolist() == [0.6, 0.8]
    assert (wine["low"] == wine["high"]).all()


def test_anytime_curve_of_a_loss_never_rises() -> None:
    """Less is better there."""
    rows = pd.DataFrame(
        {
            "run": "r", "trial": "t", "task": "a", "method": "m", "state": "complete",
            "score": [3.0, 4.0, 1.0], "at_s": [1.0, 2.0, 3.0], "sign": -1.0,
        }
    )  # fmt: skip

    assert best_so_far(rows)["middle"].iloc[[0, -1]].tolist() == [3.0, 1.0]
    assert best_so_far(rows)["middle"].is_monotonic_decreasing


def test_best_configurations_of_each_fold_stand_alone(
    searched: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three folds of one repeat are three searches, with five lines each."""
    context = searched()
    rows = tried_configs(context)
    rows["repeat"], rows["fold"] = 0, rows["repeat"]
    monkeypatch.setattr(search, "tried_configs", lambda _: rows)
    made = section(context)

    assert made is not None
    (table,) = made.blocks[-1].blocks  # type: ignore[union-attr]  # the details are last
    (split,) = (i for i, column in enumerate(table.columns) if column.title == "Split")
    found = Counter(line[split].text for line in table.rows)
    n_tasks = rows["task"].nunique()
    assert found == dict.fromkeys(["0.0", "0.1", "0.2"], 5 * n_tasks)


def test_importance_is_the_share_that_a_parameter_explains() -> None:
    """One that decides everything, and one that decides nothing."""
    rng = np.random.default_rng(0)
    kind = ["a", "b"] * 40
    score = np.array([1.0 if k == "a" else 0.0 for k in kind])

    assert correlation_ratio(kind, score) == pytest.approx(1.0)
    assert correlation_ratio(list(rng.permutation(80) / 80), score) < 0.2
    assert correlation_ratio(["a"] * 80, score) is None
    assert correlation_ratio(kind, np.ones(80)) is None


def test_importance_needs_some_configurations(searched: Any) -> None:
    """Eight at least; one number explains these scores in part."""
    rows = tried_configs(searched())
    found = importance(rows)

    assert found["parameter"].tolist() == ["learner__C"]
    assert 0 < found["share"].iloc[0] < 1
    assert importance(rows[rows["number"] < 5]).empty


def test_a_choice_speaks_for_no_source(make_run: Any, registry: Any) -> None:
    """It mixes them: that it wins says nothing of manual features against raw ones."""
    methods = (
        ("raw+constant", "constant", "raw", "constant"),
        ("raw+logistic", "raw", "raw", "logistic"),
        ("choice", "manual", "", "choice"),
    )
    context = ReportContext.of([make_run(methods=methods)], registry)

    assert context.sources == ["constant", "raw"]
    assert "choice" not in set(context.chosen["method"])
    assert not any("Manual" in f.claim for f in getattr(manual.section(context), "findings", ()))
