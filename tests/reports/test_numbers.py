"""Numbers in the page equal those of the frames and of the statistics."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bakeoff.statistics.bootstrap import fixed_part_interval, weighted_balanced_accuracy
from bakeoff.statistics.contrasts import pairs, representatives, scales_of
from bakeoff.statistics.intervals import resampled_interval
from bakeoff_report import words
from bakeoff_report.blocks import Board, Cell, Details, Table
from bakeoff_report.model.context import ReportContext
from bakeoff_report.model.findings import shown_findings
from bakeoff_report.model.standings import standings
from bakeoff_report.page.write import placed_sections
from bakeoff_report.sections import (
    data,
    environment,
    failures,
    gap,
    leaderboard,
    manual,
    pareto,
    sources,
    studies,
    timing,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import StoredRun
    from bakeoff_report.blocks import Block, Section


TWO = (("digits", "image"), ("wine", "table"))


@pytest.fixture(scope="module")
def context(
    tmp_path_factory: pytest.TempPathFactory,
    sections: Registry,
    builder: Callable[..., StoredRun],
) -> ReportContext:
    """Two tasks, eight methods, five repeats, a study."""
    run = builder(tmp_path_factory.mktemp("run"), learned=True, tasks=TWO, study=True)
    return ReportContext.of([run], sections)


def tables(section: Section | None) -> list[Table]:
    """Every table of a section, those inside details too."""
    assert section is not None

    def walk(blocks: tuple[Block, ...]) -> list[Table]:
        found: list[Table] = []
        for block in blocks:
            if isinstance(block, Table):
                found.append(block)
            if isinstance(block, Board):
                found.extend(view.table for view in block.views)
            if isinstance(block, Details):
                found.extend(walk(block.blocks))
        return found

    return walk(section.blocks)


def rows(table: Table) -> list[dict[str, Cell]]:
    """Rows as mappings from the column's title."""
    titles = [column.title for column in table.columns]
    return [dict(zip(titles, row, strict=True)) for row in table.rows]


def by_hand(context: ReportContext, task: str, source: str) -> pd.Series[float]:
    """Test score, by repeat, of the method with the highest validation score of a source."""
    frame = context.trials
    frame = frame[
        (frame["task"] == task) & (frame["source"] == source) & (frame["study"] == "none")
    ]
    best = frame.loc[frame.groupby("repeat")["validation_score"].idxmax()]
    return best.set_index("repeat")["test_score"].sort_index()


def corrected(values: pd.Series[float], ratio: float) -> tuple[float, float]:
    """Nadeau and Bengio's interval with Wilson's floor, written out again, in points.

    The test parts are 100 of 500 rows.
    """
    n = len(values)
    error = math.sqrt(values.var(ddof=1) * (1 / n + ratio))
    step = 100 / (500 * (1 - 0.8**n))
    floor = 1.96 * math.sqrt(abs(values.mean()) * step + (1.96 * step) ** 2)
    half = max(stats.t.ppf(0.975, n - 1) * error, floor)
    return float(values.mean() - half), float(values.mean() + half)


def test_sources_table_shows_what_validation_chose(context: ReportContext) -> None:
    """Mean over repeats of the chosen method, recomputed from the rows."""
    (table,) = tables(sources.section(context))

    for row in rows(table):
        for source in context.sources:
            expected = by_hand(context, row["Task"].text, source).mean()
            assert row[source.replace("_", " ")].text == f"{expected:.3f}"


def test_contrast_table_equals_the_formula(context: ReportContext) -> None:
    """Manual against raw on digits in points, n_test/n_fit 100/320."""
    (table,) = tables(manual.section(context))
    row = next(
        r
        for r in rows(table)
        if (r["Task"].text, r["Contrast"].text) == ("digits", "manual against raw")
    )

    difference = by_hand(context, "digits", "manual") - by_hand(context, "digits", "raw")
    low, high = corrected(difference * 100, 100 / 320)
    assert row["Difference"].text == words.number(difference.mean() * 100, 1, signed=True)
    assert row["Difference"].sub == f"[{words.number(low, 1)}, {words.number(high, 1)}]"


def test_same_learner_averages_over_shared_learners(context: ReportContext) -> None:
    """Manual minus raw, with logistic and with XGBoost, then their mean by repeat."""
    (table,) = tables(manual.section(context))
    row = next(r for r in rows(table) if r["Contrast"].text == "manual against raw")
    frame = context.main[context.main["task"] == row["Task"].text]
    wide = frame.pivot_table(index=["repeat", "learner"], columns="source", values="test_score")

    expected = (wide["manual"] - wide["raw"]).dropna().groupby("repeat").mean()
    assert row["Same learner"].text == words.number(expected.mean() * 100, 1, signed=True)


def test_leaderboard_equals_means_of_the_rows(context: ReportContext) -> None:
    """Every score, and the normalised mean over both tasks."""
    whole = tables(leaderboard.section(context))[0]
    frame = context.main
    means = frame.pivot_table(index="method", columns="task", values="test_score")

    for row in rows(whole):
        method = row["Method"].text
        assert row["digits"].text == f"{means.loc[method, 'digits']:.3f}"
        assert row["Complete"].text == "10/10"
        parts = [
            (means.loc[method, t] - 0.5) / (context.scales[t].one - 0.5) for t in means.columns
        ]
        assert row["Normalised"].text == words.score(float(np.mean(parts)))


def test_reference_is_what_validation_chose_among_all(context: ReportContext) -> None:
    """In each repeat the highest validation score of all methods."""
    frame = context.main[context.main["task"] == "digits"]
    best = frame.loc[frame.groupby("repeat")["validation_score"].idxmax()]

    scale = scales_of(frame, {"digits": 0.02}, {"digits": True})["digits"]
    assert scale.one == pytest.approx(best["test_score"].median())
    assert scale.zero == pytest.approx(0.5)


def test_lower_is_better_turns_choice_scale_and_sign(context: ReportContext) -> None:
    """The same scores as errors: the same choice, the same normalised score."""
    frame = context.main[context.main["task"] == "digits"]
    flipped = frame.assign(
        direction="minimize",
        validation_score=-frame["validation_score"],
        test_score=-frame["test_score"],
    ).drop(columns="signed")

    one, other = (
        scales_of(f, {"digits": 0.02}, {"digits": True})["digits"] for f in (frame, flipped)
    )
    assert list(representatives(flipped)["trial"]) == list(representatives(frame)["trial"])
    assert (other.zero, other.one) == pytest.approx((-one.zero, -one.one))
    split = [representatives(f) for f in (frame, flipped)]
    manual_raw = [pairs(s[s.source == "manual"], s[s.source == "raw"]) for s in split]
    assert list(manual_raw[1]["difference"]) == pytest.approx(list(manual_raw[0]["difference"]))


def test_no_choice_is_made_without_validation(context: ReportContext) -> None:
    """Only a source with a single method is represented then."""
    blind = context.main.assign(validation_score=float("nan"))

    chosen = set(representatives(blind)["source"])
    assert chosen == {"constant", "random", "embedded", "end_to_end"}


def test_gap_table_equals_the_formula(context: ReportContext) -> None:
    """Train minus test of each method, its interval and its verdict."""
    found = {
        (r["Task"].text, r["Method"].text): r
        for table in tables(gap.section(context))
        for r in rows(table)
    }

    assert len(found) == 16
    for (task, method), row in found.items():
        frame = context.main[(context.main["task"] == task) & (context.main["method"] == method)]
        low, high = corrected(frame["gap"] * 100, 100 / 320)
        assert row["Train"].text == f"{frame['train_score'].mean():.3f}"
        assert row["Gap"].sub == f"[{words.number(low, 1)}, {words.number(high, 1)}]"
        overfits = low / 100 > context.scales[task].band
        assert (row["Verdict"].text == "overfits") == overfits
        verdict = f"{row['Verdict'].text} {row['Verdict'].sub}"
        assert overfits or f"at most {words.number(high, 1)} points" in verdict


def test_study_table_pairs_variants_with_their_control(context: ReportContext) -> None:
    """L2 minus none on the same repeats."""
    (table,) = tables(studies.section(context))
    frame = context.complete[context.complete["study"] == "overfitting"]

    for row in rows(table):
        same = frame[(frame.task == row["Task"].text) & (frame.method == row["Method"].text)]
        wide = same.pivot_table(index="repeat", columns="variant", values=["test_score", "gap"])
        score = (wide["test_score"][row["Variant"].text] - wide["test_score"]["none"]).dropna()
        change = (wide["gap"][row["Variant"].text] - wide["gap"]["none"]).dropna()
        assert row["Change of test"].text == words.number(score.mean() * 100, 1, signed=True)
        assert row["Change of gap"].text == words.number(change.mean() * 100, 1, signed=True)


def test_study_trials_stay_out_of_the_comparison(context: ReportContext) -> None:
    """The main rows are those without a study."""
    assert set(context.main["study"]) == {"none"}
    assert len(context.main) == 2 * 8 * 5


def test_front_holds_what_nothing_dominates(context: ReportContext) -> None:
    """Checked against every pair."""
    board = standings(context, ["digits"])
    front = pareto.pareto_front(board)

    for s in board:
        beaten = any(
            o.train_s <= s.train_s
            and o.normalised >= s.normalised
            and (o.train_s, o.normalised) != (s.train_s, s.normalised)
            for o in board
        )
        assert (s.method in front) is not beaten


def test_timing_table_shows_medians(context: ReportContext) -> None:
    """Median fit seconds of each method on its kind of input."""
    for table in tables(timing.section(context)):
        task = "digits" if table.caption.startswith("Images") else "wine"
        frame = context.main[context.main["task"] == task]
        for row in rows(table):
            fit = frame.loc[frame["method"] == row["Method"].text, "fit_s"].median()
            assert row["Fit"].text == words.seconds(float(fit))


def test_times_under_different_concurrency_carry_a_warning(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """Said before the tables."""
    run = make_run(tasks=TWO)
    run.trials.loc[:10, "concurrency"] = 2
    section = timing.section(ReportContext.of([run], registry))

    assert section is not None
    assert "more than one 2 number of trials at once" in str(section.blocks[0])


def test_failures_are_counted_by_reason(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """Two reasons and a skip; the finding counts what is no skip."""
    run = make_run(tasks=TWO)
    run.trials.loc[[1, 7], ["state", "reason"]] = ["timeout", "longer than 60 s"]
    run.trials.loc[2, ["state", "reason"]] = ["skipped", "no GPU found"]
    section = failures.section(ReportContext.of([run], registry))
    (table,) = tables(section)

    assert {(r["State"].text, r["Reason"].text, r["Trials"].text) for r in rows(table)} == {
        ("timeout", "longer than 60 s", "1"),
        ("skipped", "no GPU found", "1"),
    }
    assert section is not None
    assert section.findings[0].claim == "2 of 60 trials ended without a score: 2 timeout."


def test_trainings_cut_short_are_told_with_their_scores(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """They count, so the reader learns that more time might have raised them."""
    run = make_run(tasks=TWO)
    first = run.trials.iloc[0]
    mine = run.trials[(run.trials[["method", "task"]] == first[["method", "task"]]).all(axis=1)]
    cut = [(mine["trial"].iloc[i], "cut_short", f"{n}: epochs") for i, n in enumerate((7, 9))]
    run = replace(run, notes=pd.DataFrame(cut, columns=["trial", "name", "value"]))
    section = failures.section(ReportContext.of([run], registry))
    (table,) = tables(section)
    (row,) = rows(table)

    assert row["Trainings"].text == f"2 of {len(mine)}"
    assert row["Epochs or rounds done"].text == "7 to 9"
    assert section is not None
    pair = f"{first['method']} on {first['task']}"
    assert section.findings[0].claim.startswith(f"2 trainings of {pair} reached the time limit")


def test_a_clean_run_has_no_failures_section(context: ReportContext) -> None:
    """Nothing to show, nothing shown."""
    assert failures.section(context) is None


def test_data_and_environment_show_what_is_stored(context: ReportContext) -> None:
    """Rows, licence, hash; machine and command."""
    (table,) = tables(data.section(context))
    first = rows(table)[0]
    shown = str(environment.section(context).blocks)

    assert (first["Rows"].text, first["Licence"].text) == ("500", "BSD-3-Clause")
    assert first["SHA-256"].text == "ab" * 6
    assert "An ordinary processor" in shown
    assert "bakeoff run quickstart" in shown
    assert json.dumps("scikit-learn")[1:-1] in shown


def test_a_fixed_test_part_gets_the_bootstrap(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """Official splits: the interval equals the bootstrap over the stored predictions."""
    run = make_run(tasks=(("digits", "image"),), split="official", repeats=4)
    context = ReportContext.of([run], registry)
    table = context.paired("manual", "raw")["digits"]
    interval = context.intervals.difference(table, "digits")

    truth = run.truths(table["trial_first"].iloc[0])["test"]
    sides = [
        np.stack([run.predictions(t)["test"].argmax(axis=1) for t in table[column]])
        for column in ("trial_first", "trial_second")
    ]
    expected = fixed_part_interval(
        lambda w: (
            weighted_balanced_accuracy(w, truth, sides[0])
            - weighted_balanced_accuracy(w, truth, sides[1])
        ),
        len(truth),
    )
    assert interval == expected
    assert interval.target == "this data"
    assert interval.estimate == pytest.approx(table["difference"].mean())


def test_a_fixed_test_part_without_predictions_has_no_interval(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """The corrected t would be too short there, so it does not step in."""
    run = make_run(tasks=(("digits", "image"),), repeats=4)
    run.tasks["split"] = "official"
    context = ReportContext.of([run], registry)

    interval = context.intervals.difference(context.paired("manual", "raw")["digits"], "digits")
    assert not interval.is_known
    assert "can't be scored again" in interval.how


def findings(context: ReportContext) -> dict[str, str]:
    """Topic to sentence, as the page shows them."""
    components = [context.registry.get("report_sections", name) for name in ("manual", "gap")]
    placed = placed_sections(context, components)
    return {line.topic: line.text for line in shown_findings(placed)}


def test_a_large_difference_is_claimed_and_a_small_one_is_not(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """Manual stands 5 points above raw; without noise that is clear, with much it is not."""
    quiet = ReportContext.of([make_run(tasks=TWO, noise=0.002, repeats=8)], registry)
    loud = ReportContext.of([make_run(name="b", tasks=TWO, noise=0.2)], registry)

    assert findings(quiet)["Images"].startswith("Manual features beat raw ones by ")
    assert findings(loud)["Images"].startswith("Undecided between manual and raw")


def test_findings_are_one_holm_family(
    make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """A p just under 0.05 alone does not survive beside a second question."""
    context = ReportContext.of([make_run(tasks=TWO, noise=0.02, repeats=5)], registry)
    lines = findings(context)
    p = {}
    for kind, task in (("Images", "digits"), ("Tables", "wine")):
        table = context.paired("manual", "raw")[task]
        p[kind] = resampled_interval(table["difference"], test_ratio=table["test_ratio"]).p
    smaller, larger = sorted(p, key=lambda k: p[k])

    claims = {kind: " beat " in lines[kind] for kind in p}
    assert claims[smaller] == (2 * p[smaller] <= 0.05)
    assert claims[larger] == (2 * p[smaller] <= 0.05 and p[larger] <= 0.05)
