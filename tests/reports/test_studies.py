"""Sections of studies and statistics: their numbers against the frames, and what they leave out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bakeoff.statistics.fieller import share_interval
from bakeoff_report.blocks import Details, Figure, Prose, Table
from bakeoff_report.model.context import ReportContext
from bakeoff_report.sections import (
    audit,
    capacity,
    factorial,
    memorisation,
    overfitting,
    ranks,
    sample_size,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import StoredRun
    from bakeoff_report.blocks import Block, Section

TASKS = (("digits", "image"), ("wine", "table"))
REMEDIES = {
    "control": ("", None, 0.0, 0.0),
    "l1=0.1": ("l1", 0.1, 0.01, -0.04),
    "l1=0.2": ("l1", 0.2, 0.02, -0.06),
    "l2=0.1": ("l2", 0.1, 0.0, -0.02),
    "less_data=0.5": ("more_data", 0.5, -0.03, 0.05),
}
"""Factor, level, gain in score and change of gap."""


def studied(rows: pd.DataFrame, study: str, variants: dict[str, Any], control: str) -> pd.DataFrame:
    """Trials of a study made of default ones."""
    rng = np.random.default_rng(1)
    made = []
    for name, (factor, level, gain, gap) in variants.items():
        test = rows["test_score"] + gain + rng.normal(0, 0.002, len(rows))
        wider = rows["gap"] + gap + rng.normal(0, 0.002, len(rows))
        made.append(
            rows.assign(
                trial=rows["trial"] + name, study=study, variant=name, control=control,
                factor=factor, level=level, test_score=test, gap=wider, train_score=test + wider,
                validation_score=rows["validation_score"] + gain, n_epochs=100.0,
            )
        )  # fmt: skip
    return pd.concat(made)


@pytest.fixture
def context_of(
    builder: Callable[..., StoredRun], sections: Registry, tmp_path: Path
) -> Callable[..., ReportContext]:
    """A context over a made-up run with more trials."""

    def make(more: Callable[[pd.DataFrame], pd.DataFrame], **plan: Any) -> ReportContext:
        plan = {"tasks": TASKS, "learned": True} | plan
        run = builder(tmp_path / "run", **plan)
        plain = run.trials.assign(factor="", level=np.nan, n_unused=0)
        extra = more(plain)
        run.trials.drop(run.trials.index, inplace=True)  # noqa: PD002  the run is frozen
        object.__setattr__(run, "trials", pd.concat([plain, extra], ignore_index=True))
        return ReportContext.of([run], sections)

    return make


def tables(section: Section | None) -> list[Table]:
    """Every table of a section."""
    assert section is not None

    def walk(blocks: tuple[Block, ...]) -> list[Table]:
        inner = [t for b in blocks if isinstance(b, Details) for t in walk(b.blocks)]
        return [b for b in blocks if isinstance(b, Table)] + inner

    return walk(section.blocks)


def rows(table: Table) -> list[dict[str, Any]]:
    """Rows by the column's title."""
    titles = [column.title for column in table.columns]
    return [dict(zip(titles, row, strict=True)) for row in table.rows]


def remedied(plain: pd.DataFrame) -> pd.DataFrame:
    """One method with remedies."""
    mine = plain[plain["method"] == "raw+xgboost"]
    return studied(mine, "overfitting", REMEDIES, "control")


def test_each_remedy_is_what_validation_chose_of_its_grid(
    context_of: Callable[..., ReportContext],
) -> None:
    """The stronger L1 wins on validation; more data is the control beside half of it."""
    context = context_of(remedied)
    table, costs = tables(overfitting.section(context))[:2]
    by_remedy = {(r["Task"].text, r["Remedy"].text): r for r in rows(table)}
    frame = context.complete
    l1 = by_remedy["digits", "l1"]
    more = by_remedy["digits", "more data"]
    sides = [
        frame[(frame.task == "digits") & (frame.variant == v)].sort_values("repeat")
        for v in ("l1=0.2", "control")
    ]
    saved = sides[1]["gap"].to_numpy() - sides[0]["gap"].to_numpy()
    closed = share_interval(saved, sides[1]["gap"].to_numpy(), test_ratio=100 / 320)

    assert l1["Remedy"].sub == "l1=0.2 (5)"
    assert l1["Change of gap"].sort == pytest.approx(-saved.mean())
    assert l1["Gap closed"].sort == pytest.approx(closed.estimate)
    assert more["Change of gap"].sort == pytest.approx(-0.05, abs=0.01)
    assert more["Change of test"].sort == pytest.approx(0.03, abs=0.01)
    assert {r["Chosen"].text for r in rows(costs)} == {"l1 (5)"}


def test_the_control_gets_a_verdict_of_its_own(
    context_of: Callable[..., ReportContext],
) -> None:
    """From its own gap: the corrected t interval by hand, with 5 repeats, 100 to 320 rows."""
    context = context_of(remedied)
    costs = tables(overfitting.section(context))[1]
    for row in rows(costs):
        task = row["Task"].text
        frame = context.complete[context.complete.variant.eq("control")]
        gaps = frame[frame.task == task]["gap"].to_numpy(dtype=float)
        half = stats.t.ppf(0.975, 4) * np.sqrt(gaps.var(ddof=1) * (1 / 5 + 100 / 320))
        lies_above = gaps.mean() - half > context.scales[task].band

        assert row["Gap of control"].sort == pytest.approx(gaps.mean())
        assert (row["Verdict on control"].text == "overfits") == lies_above


def test_one_repeat_leaves_the_remedies_without_intervals(
    context_of: Callable[..., ReportContext],
) -> None:
    """Estimates stand, and no finding is made of them."""
    section = overfitting.section(context_of(remedied, repeats=1))
    table = tables(section)[0]

    assert section is not None
    assert {r["Change of gap"].sub for r in rows(table)} == {"no interval: 1 of at least 3 repeats"}
    assert section.findings == ()


def test_half_of_the_trials_failed_and_the_rest_is_told(
    context_of: Callable[..., ReportContext],
) -> None:
    """Variants without their control on the same split drop out."""

    def damaged(plain: pd.DataFrame) -> pd.DataFrame:
        found = remedied(plain)
        gone = (found["variant"] == "control") & (found["repeat"] > 2)
        return found.assign(state=np.where(gone, "failed", found["state"]))

    table = tables(overfitting.section(context_of(damaged)))[0]

    assert {r["Remedy"].sub for r in rows(table) if r["Remedy"].text == "l1"} == {"l1=0.2 (3)"}


def sized(plain: pd.DataFrame) -> pd.DataFrame:
    """Manual wins on few rows, the network on many."""
    parts = []
    for name, n_rows, gain in (("rows=40", 40, -0.2), ("rows=120", 120, -0.02)):
        for method, extra in (("manual+logistic", 0.0), ("cnn", gain)):
            mine = plain[plain["method"] == method]
            one = studied(mine, "sample_size", {name: ("rows", n_rows, extra, 0.0)}, "default")
            parts.append(one.assign(n_train=n_rows * 0.8, n_validation=n_rows * 0.2, n_unused=360))
    return pd.concat(parts)


def test_sizes_are_joined_with_the_whole_and_crossed(
    context_of: Callable[..., ReportContext],
) -> None:
    """The default trials are the last point; the network is ahead there alone."""
    section = sample_size.section(context_of(sized, tasks=(("digits", "image"),)))
    differences = rows(tables(section)[0])
    assert section is not None
    figure = next(block for block in section.blocks if isinstance(block, Figure))

    assert [r["Rows"].text for r in differences] == ["40", "120", "400"]
    assert differences[0]["Learned minus manual"].sort < -0.1
    assert "path" in figure.svg
    assert section.findings[0].topic == "Sample size"


def test_learned_by_heart_stands_beside_chance(context_of: Callable[..., ReportContext]) -> None:
    """Shuffled labels: train above chance by 0.4, test at chance."""

    def shuffled(plain: pd.DataFrame) -> pd.DataFrame:
        mine = plain[(plain["method"] == "raw+xgboost") & (plain["task"] == "digits")]
        made = studied(
            mine,
            "memorisation",
            {"real_labels": ("labels", None, 0, 0), "shuffled_labels": ("labels", None, 0, 0)},
            "real_labels",
        )
        by_heart = made["variant"] == "shuffled_labels"
        made["train_score"] = np.where(by_heart, 0.9, made["train_score"])
        made["test_score"] = np.where(by_heart, 0.5, made["test_score"])
        return made

    (row,) = rows(tables(memorisation.section(context_of(shuffled)))[0])

    assert row["Chance"].text == "0.500"
    assert row["Shuffled train above chance"].sort == pytest.approx(0.4)
    assert row["Shuffled test above chance"].sort == pytest.approx(0.0)


def test_capacity_has_a_control_and_a_figure(context_of: Callable[..., ReportContext]) -> None:
    """Depth 1 is the control of depth 4; batches tell their updates."""

    def deeper(plain: pd.DataFrame) -> pd.DataFrame:
        mine = plain[(plain["method"] == "raw+xgboost") & (plain["task"] == "wine")]
        depth = {
            "max_depth=1": ("max_depth", 1.0, 0, 0),
            "max_depth=4": ("max_depth", 4.0, 0.01, 0.05),
        }
        batch = {"batch_size=20, epochs=10": ("batch_size=20", 10.0, 0, 0)}
        batches = studied(mine, "batch_epoch", batch, "batch_size=20, epochs=10")
        return pd.concat(
            [
                studied(mine, "capacity", depth, "max_depth=1"),
                batches.assign(updates_per_epoch=50, n_updates=500),
            ]
        )

    section = capacity.section(context_of(deeper))
    over, batches = tables(section)
    found = {r["Setting"].text: r for r in rows(over)}

    assert found["max_depth=1"]["Change of gap"].text == "control"
    assert found["max_depth=4"]["Change of gap"].sort == pytest.approx(0.05, abs=0.01)
    assert [r["Updates"].text for r in rows(batches)] == ["500"]


def test_ranks_need_six_tasks_for_a_test(context_of: Callable[..., ReportContext]) -> None:
    """With six there is a diagram and a finding; with two the reason stands instead."""
    six = tuple((f"task{i}", "table") for i in range(6))
    whole = ranks.section(context_of(lambda plain: plain[:0], tasks=six))
    few = ranks.section(context_of(lambda plain: plain[:0]))
    assert whole is not None
    assert few is not None

    assert any(isinstance(block, Figure) for block in whole.blocks)
    assert whole.findings[0].claim.startswith("Tables: ")
    assert not any(isinstance(block, Figure) for block in few.blocks)
    assert few.findings == ()
    assert any(isinstance(b, Prose) and "No test: 2 of at least 6" in b.text for b in few.blocks)


def test_imputed_scores_enter_the_ranks_on_request_and_are_counted(
    context_of: Callable[..., ReportContext],
) -> None:
    """A method that failed on one task is ranked only then, with the number beside its name."""
    context = context_of(lambda plain: plain[:0])
    gone = (context.trials["method"] == "raw+xgboost") & (context.trials["task"] == "wine")
    trials = context.trials.assign(
        state=context.trials["state"].where(~gone, "timeout"),
        test_score=context.trials["test_score"].where(~gone),
    )
    plain = tables(ranks.section(replace(context, trials=trials)))[0]
    asked = tables(ranks.section(replace(context, trials=trials, imputes=True)))[0]
    found = {row["Method"].text: row["Method"].sub for row in rows(asked)}

    assert "raw+xgboost" not in {row["Method"].text for row in rows(plain)}
    assert found["raw+xgboost"] == "5 scores imputed"
    assert found["raw+logistic"] == ""


def test_shares_sum_to_one_and_pool_over_tasks(context_of: Callable[..., ReportContext]) -> None:
    """Two features by two learners on each task."""
    (table,) = tables(factorial.section(context_of(lambda plain: plain[:0])))
    found = rows(table)

    assert found[-1]["Task"].text == "mean of 2 tasks"
    for row in found:
        parts = ("Features", "Learner", "Interaction", "Split", "Noise")
        assert sum(row[part].sort for part in parts) == pytest.approx(1.0)


def test_the_audit_s_warnings_come_first(
    builder: Callable[..., StoredRun], sections: Registry, tmp_path: Path
) -> None:
    """Words from data are words; a run without an audit has no section."""
    folder = tmp_path / "run"
    run = builder(folder, tasks=TASKS)
    silent = audit.section(ReportContext.of([run], sections))
    folder.mkdir(exist_ok=True)
    notice, warning = (
        {"code": c, "severity": s, "what": w, "why": "y", "remedy": "r"}
        for c, s, w in (("D101", "notice", "few"), ("D401", "warning", "<b>id</b> alone"))
    )
    (folder / "audit.json").write_text(json.dumps({"digits": [notice, warning]}))
    (table,) = tables(audit.section(ReportContext.of([run], sections)))

    assert silent is None
    assert [r["Code"].text for r in rows(table)] == ["D401", "D101"]
    assert rows(table)[0]["Finding"].text == "<b>id</b> alone"


def test_sections_are_gone_without_their_study(context_of: Callable[..., ReportContext]) -> None:
    """Nothing is made up for a run that asked for nothing."""
    context = context_of(lambda plain: plain[:0])

    for module in (capacity, memorisation, overfitting, sample_size):
        assert module.section(context) is None
