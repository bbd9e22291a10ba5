"""Ranks of methods over tasks, with tests and the critical-difference diagram."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bakeoff.statistics.contrasts import CONSTANT, with_facts
from bakeoff.statistics.imputation import impute
from bakeoff.statistics.ranks import MIN_TASKS, Ranking, rank_methods
from bakeoff.statistics.variance_components import variance_split
from bakeoff_report.blocks import Block, Cell, Column, Figure, Finding, Prose, Section, Table
from bakeoff_report.cells import name_cell
from bakeoff_report.charts import Svg, colour, drawn_late
from bakeoff_report.figures.altair_svg import to_svg
from bakeoff_report.model.score_matrix import ScoreMatrix
from bakeoff_report.words import NONE, kind_name, number, plural

if TYPE_CHECKING:
    from bakeoff_report.model.context import ReportContext

MOST_METHODS = 30
EVERY = "All kinds"
SPREAD = "Where scores vary"
LEAD = (
    "Every task weighs the same. The constant method is left out, and so are methods that lack a "
    "task or failed on a split. "
    "Intervals are "
    "over tasks. Scores of failed trials are imputed only by `bakeoff report --impute`, by the "
    "constant method's, and then counted beside each name."
)
BARS = "Bars join methods that no Holm-corrected Wilcoxon test tells apart."
SPREADS = (
    "How much the scores of each method vary, and with what. There are no ranks over tasks here: "
    "they need two methods that both have a score on every task of a kind, and two such tasks."
)


def section(context: ReportContext) -> Section | None:
    """Rank by input kind and over all; None with a single method or task."""
    groups = list(context.kinds())
    if len(groups) > 1:
        groups = [(EVERY, context.compared_tasks), *groups]
    blocks: list[Block] = []
    findings: list[Finding] = []
    n_tested = sum(len(tasks) >= MIN_TASKS for _, tasks in groups)
    for index, (kind, tasks) in enumerate(groups):
        ranking = _ranking(context, tasks, n_tested)
        if ranking is not None and ranking.n_tasks > 1:
            name = kind_name(kind)
            blocks += _blocks(context, name, ranking, f"ranks{index}")
            findings += _findings(context, name, ranking)
    title, lead = ("Ranks over tasks", LEAD) if blocks else (SPREAD, SPREADS)
    if any(isinstance(block, Figure) for block in blocks):
        lead = f"{BARS} {LEAD}"
    if (table := _components(context)) is not None:
        blocks.append(table)
    if not blocks:
        return None
    return Section(
        title=title,
        order=36,
        lead=lead,
        blocks=tuple(blocks),
        findings=tuple(findings[:1]),
    )


def _ranking(context: ReportContext, tasks: list[str], n_rankings: int) -> Ranking | None:
    matrix = _matrix(context)
    means = np.column_stack([matrix.adjusted(task) for task in tasks])
    columns = [matrix.tasks.index(task) for task in tasks]
    has_failed = matrix.failed[:, columns].any(axis=1) & (not context.imputes)
    is_constant = np.array([source == CONSTANT for source in matrix.sources])
    compared = np.flatnonzero(np.isfinite(means).all(axis=1) & ~has_failed & ~is_constant)
    if len(compared) < 2:  # noqa: PLR2004  a pair
        return None
    names = [matrix.methods[line] for line in compared]
    return rank_methods(names, means[compared].T, n_rankings=n_rankings)


def _matrix(context: ReportContext) -> ScoreMatrix:
    """Return scores outside studies, with imputed ones of failed trials if asked for."""
    if not context.imputes:
        return context.score_matrix
    planned = context.trials[context.trials["study"] == "none"]
    rows = pd.concat([context.main, with_facts(_imputed_rows(context))], ignore_index=True)
    return ScoreMatrix.of(rows, planned, context.score_matrix.tasks)


def _imputed_rows(context: ReportContext) -> pd.DataFrame:
    filled = impute(context.trials)
    is_first = filled["device"] == filled["device"].min()
    return pd.DataFrame(filled[filled["imputed"] & is_first])


def _imputed(context: ReportContext) -> pd.Series[int]:
    """Return the number of imputed scores by method."""
    if not context.imputes:
        return pd.Series(dtype=int)
    return _imputed_rows(context).groupby("method").size()


def _blocks(context: ReportContext, name: str, ranking: Ranking, prefix: str) -> list[Block]:
    blocks: list[Block] = [_table(context, name, ranking)]
    text = ranking.how[:1].upper() + ranking.how[1:]
    if (test := ranking.friedman) is not None:
        text += (
            f". Friedman: chi-squared {number(test.chi2, 1)}, p {_p(test.p)} (Iman and Davenport: "
            f"F {number(test.f, 1)}, p {_p(test.f_p)}); critical distance of Nemenyi's test "
            f"{number(ranking.critical_distance, 2)}"
        )
        alt = f"{name}: mean ranks with bars over methods that tie. Numbers in the table."
        svg = diagram(ranking, [context.names(m, 26) for m in ranking.methods], prefix)
        caption = f"{name}: mean rank over {ranking.n_tasks} tasks, 1 is best"
        blocks.insert(0, Figure(svg=svg, caption=caption, alt=alt))
    return [*blocks, Prose(text=f"{text}.")]


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else number(value, 3)  # noqa: PLR2004  shown so


def _table(context: ReportContext, name: str, ranking: Ranking) -> Table:
    columns = (
        Column(title="Method", align="text"),
        Column(title="Mean rank"),
        Column(title="Interval", note="over tasks"),
        Column(title="Against the best", note="p, Holm-corrected"),
    )
    rows = []
    imputed = _imputed(context)
    for index, method in enumerate(ranking.methods):
        ends, n = NONE, int(imputed.get(method, 0))
        if math.isfinite(ranking.low[index]):
            ends = f"[{number(ranking.low[index], 1)}, {number(ranking.high[index], 1)}]"
        p = float(ranking.adjusted[0, index])
        rows.append(
            (
                name_cell(context, method, sub=f"{plural(n, 'score')} imputed" if n else ""),
                Cell(text=number(ranking.mean_ranks[index], 2), sort=ranking.mean_ranks[index]),
                Cell(text=ends),
                Cell(
                    text=_p(p) if math.isfinite(p) else NONE, sort=p if math.isfinite(p) else None
                ),
            )
        )
    return Table(caption=f"{name}: ranks over tasks", columns=columns, rows=tuple(rows))


@drawn_late
def diagram(ranking: Ranking, names: list[str], prefix: str) -> Svg:
    """Draw the critical-difference diagram: mean ranks, and bars over methods that tie.

    Source:
        Demsar, "Statistical Comparisons of Classifiers over Multiple Data Sets", 2006, figure 1.
    """
    import altair as alt

    shown = min(MOST_METHODS, len(names))
    frame = pd.DataFrame(
        {"rank": ranking.mean_ranks[:shown], "place": np.arange(shown), "name": names[:shown]}
    )
    order = alt.Y("place:O", axis=None, scale=alt.Scale(paddingOuter=0.5))
    x = alt.X("rank:Q", title="mean rank", scale=alt.Scale(zero=False, nice=True))
    points = alt.Chart(frame).mark_point(size=60, filled=True, color=colour("ink"))
    texts = alt.Chart(frame).mark_text(align="left", dx=8).encode(x=x, y=order, text="name:N")
    bars = pd.DataFrame(
        [
            {
                "place": i,
                "start": float(ranking.mean_ranks[first]),
                "end": float(ranking.mean_ranks[min(last, shown - 1)]),
            }
            for first, last in ranking.groups
            for i in (first, min(last, shown - 1))
            if first < shown
        ]
    )
    layers = [points.encode(x=x, y=order), texts]
    if not bars.empty:
        rule = alt.Chart(bars).mark_rule(strokeWidth=3, opacity=0.5, color=colour("accent"))
        layers.insert(0, rule.encode(x=alt.X("start:Q", title="mean rank"), x2="end:Q", y=order))
    chart = alt.layer(*layers).properties(width=520, height=alt.Step(20))
    return to_svg(chart, prefix)


def _components(context: ReportContext) -> Table | None:
    """Return each method's standard deviations between tasks, splits and seeds."""
    rows = _with_seeds(context)
    if rows.empty or rows.groupby("task")["split"].nunique().max() < 2:  # noqa: PLR2004  a spread
        return None
    columns = (
        Column(title="Method", align="text"),
        Column(title="Between tasks"),
        Column(title="Between splits"),
        Column(title="Between seeds"),
        Column(title="Trials"),
    )
    lines = []
    for method, part in rows.groupby("method", sort=False):
        components = variance_split(part)
        sds = (components.task, components.split, components.seed)
        lines.append(
            (
                name_cell(context, method),
                *(Cell(text=number(sd, 4) if math.isfinite(sd) else NONE, sort=sd) for sd in sds),
                Cell(text=str(components.n_values), sort=components.n_values),
            )
        )
    note = (
        "Standard deviations on the normalised scale. Splits and seeds change together unless a "
        "study varies random_state; then seeds on one split are told apart. A fixed test part has "
        "no split: what varies there are seeds and validation rows."
    )
    return Table(
        caption=f"{SPREAD}: standard deviations", columns=columns, rows=tuple(lines), note=note
    )


def _with_seeds(context: ReportContext) -> pd.DataFrame:
    """Return normalised scores of default trials and of variants of `random_state` alone."""
    rows = context.complete
    factor = rows["factor"].fillna("") if "factor" in rows.columns else rows["variant"]
    is_seed = (rows["study"] == "vary") & factor.astype(str).str.endswith("random_state")
    chosen = rows[((rows["study"] == "none") & (rows["variant"] == "default")) | is_seed]
    scaled = [task for task, scale in context.scales.items() if scale.is_known]
    chosen = chosen[chosen["task"].isin(scaled)]
    zero = chosen["task"].map({task: context.scales[task].zero for task in scaled}).astype(float)
    one = chosen["task"].map({task: context.scales[task].one for task in scaled}).astype(float)
    split = chosen["repeat"].astype(str) + "/" + chosen["fold"].astype(str)
    value = (chosen["test_score"].astype(float) - zero) / (one - zero)
    return chosen.assign(split=split, value=value)[["task", "method", "split", "value"]]


def _findings(context: ReportContext, name: str, ranking: Ranking) -> list[Finding]:
    """Name the method with the best mean rank, if the tests were made."""
    if ranking.friedman is None:
        return []
    tied = max((last for first, last in ranking.groups if first == 0), default=0)
    ends = ""
    if math.isfinite(ranking.low[0]):
        ends = f" [{number(ranking.low[0], 1)}, {number(ranking.high[0], 1)}]"
    others = plural(len(ranking.methods) - 1, "other method")
    text = f"{name}: over {ranking.n_tasks} tasks {context.names(ranking.methods[0])} has the best "
    text += f"mean rank, {number(float(ranking.mean_ranks[0]), 1)}{ends}; the tests tell "
    none = f"{text}none of {others} from it."
    n_apart = len(ranking.methods) - 1 - tied
    if not n_apart:
        return [Finding(topic="Ranks", claim=none)]
    apart = f"{n_apart} of {others}" if tied else "every other method"
    p = float(np.nanmin(ranking.adjusted[0]))
    return [Finding(topic="Ranks", claim=f"{text}{apart} from it.", otherwise=none, p=p)]
