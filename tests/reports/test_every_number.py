"""One walk over every number in the tables of a page, each recomputed from the stored rows."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from bakeoff.statistics.bootstrap import fixed_part_interval
from bakeoff.statistics.intervals import Interval, mean_interval, resampled_interval, resolution_of
from bakeoff_report import words
from bakeoff_report.blocks import Table, walk
from bakeoff_report.model.context import ReportContext
from bakeoff_report.page.write import placed_sections

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import StoredRun
    from bakeoff_report.blocks import Cell

TASKS = (("digits", "image"), ("wine", "table"), ("diabetes", "table"))
KINDS = {
    "Images": ["digits"], "Tables": ["wine", "diabetes"],
    "Problem type binary": ["digits", "wine"], "Problem type regression": ["diabetes"],
}  # fmt: skip
RATIO = 100 / 320
PHASES = {
    "Load": "load_s", "Features": "featurize_s", "Fit": "fit_s", "Predict": "predict_s",
    "Training": "seconds", "Whole trial": "wall_s",
}  # fmt: skip
DASH = words.NONE


class Oracle:
    """What each number should be, from the rows of `bakeoff results` alone."""

    def __init__(self, run: StoredRun) -> None:
        self.all = run.trials
        rows = run.trials[run.trials["state"] == "complete"]
        self.rows = rows.assign(seconds=rows[["featurize_s", "compile_s", "fit_s"]].sum(axis=1))
        self.means = self.rows.pivot_table(index="method", columns="task", values="test_score")

    @cache  # noqa: B019  it lives as long as the test
    def of(self, task: str, **facts: str) -> pd.DataFrame:
        """Rows of a task with these facts, by repeat."""
        rows = self.rows[self.rows["task"] == task]
        for name, value in facts.items():
            rows = rows[rows[name] == value]
        return rows.set_index("repeat").sort_index()

    @cache  # noqa: B019  it lives as long as the test
    def chosen(self, task: str, source: str | None = None) -> pd.DataFrame:
        """By repeat, the row with the highest validation score, of a source or of all."""
        rows = self.rows[self.rows["task"] == task]
        if source == "learned":
            rows = rows[rows["source"].isin(["embedded", "end_to_end"])]
        elif source:
            rows = rows[rows["source"] == source]
        best = rows.loc[rows.groupby("repeat")["validation_score"].idxmax()]
        return best.set_index("repeat").sort_index()

    @cache  # noqa: B019  it lives as long as the test
    def scale(self, task: str) -> tuple[float, float]:
        """Median of guessing, and of what validation chose among all."""
        zero = self.of(task, source="constant")["test_score"].median()
        return zero, float(self.chosen(task)["test_score"].median())

    @cache  # noqa: B019  it lives as long as the test
    def failed(self, task: str) -> set[str]:
        """Methods that timed out on one of the task's splits."""
        rows = self.all[(self.all["task"] == task) & (self.all["state"] == "timeout")]
        return set(rows["method"])

    @cache  # noqa: B019  it lives as long as the test
    def adjusted(self, task: str) -> pd.Series[float]:
        """Means; one that lacks a repeat has that of the best less what it is behind by."""
        means = self.means[task].dropna().copy()
        lacking = [
            m for m in means.index if len(self.of(task, method=m)) < self.all["repeat"].nunique()
        ]
        best = str(means.drop(lacking).idxmax())
        for method in lacking:
            both = self.of(task, method=method)["test_score"]
            means[method] = means[best] + (both - self.of(task, method=best)["test_score"]).mean()
        return means

    @cache  # noqa: B019  it lives as long as the test
    def normalised(self, method: str, tasks: tuple[str, ...]) -> float:
        """Mean over tasks; NaN where one is missing."""
        parts = []
        for task in tasks:
            zero, one = self.scale(task)
            parts.append((self.adjusted(task).get(method, math.nan) - zero) / (one - zero))
        return float(np.mean(parts))

    def paired(self, first: pd.DataFrame, second: pd.DataFrame) -> Interval:
        """Difference of test scores on the repeats that both have."""
        difference = (first["test_score"] - second["test_score"]).dropna()
        return interval_of(difference, str(first["task"].iloc[0]))

    def behind(self, leader: str, method: str, tasks: list[str]) -> Interval:
        """Leader minus method on the normalised scale."""
        parts = []
        for task in tasks:
            zero, one = self.scale(task)
            pair = self.paired(self.of(task, method=leader), self.of(task, method=method))
            parts.append(pair.scaled(1 / (one - zero)))
        return mean_interval(parts)


def interval_of(values: Any, task: str) -> Interval:
    """Of re-drawn splits; shares of 100 of 500 rows resolve no finer than their number allows."""
    step = 0.0 if task == "diabetes" else resolution_of(100, 500, len(values))
    return resampled_interval(values, test_ratio=RATIO, resolution=step)


def told(interval: Interval, digits: int, factor: float = 1.0, *, signed: bool) -> tuple[str, str]:
    """Text of a cell and the line below it."""
    scaled = interval.scaled(factor)
    low, high = (words.number(v, digits) for v in (scaled.low, scaled.high))
    return words.number(scaled.estimate, digits, signed=signed), f"[{low}, {high}]"


def usual(rows: pd.DataFrame) -> str:
    """The method of most rows, the fastest of several."""
    counts = rows["method"].value_counts()
    most = rows[rows["method"].isin(counts.index[counts == counts.max()])]
    return str(most.groupby("method")["seconds"].mean().idxmin())


def tasks_of(caption: str) -> list[str]:
    """The tasks that a table is about, by the kind in its caption."""
    return KINDS.get(caption.split(":", maxsplit=1)[0], [task for task, _ in TASKS])


def sources(oracle: Oracle, caption: str, row: dict[str, Cell], title: str) -> Any:
    """A source's mean test score on a task."""
    rows = oracle.chosen(row["Task"].text, title.replace(" ", "_"))
    return f"{rows['test_score'].mean():.3f}", usual(rows)


def winners(oracle: Oracle, caption: str, row: dict[str, Cell], title: str) -> Any:
    """The highest mean of a task, what it is ahead of the next by, and its seconds."""
    task = row["Task"].text
    means = oracle.means[task].drop(["constant", *oracle.failed(task)]).dropna()
    means = means.sort_values(ascending=False)
    first, second = means.index[:2]
    assert row["Highest"].text == first
    if title == "Validation chose":
        rows = oracle.chosen(task)
        name = usual(rows)
        text = f"{name}, {(rows['method'] == name).sum()} of {len(rows)} splits"
        return words.score(float(rows["test_score"].mean())), text
    if title == "Ahead of the next":
        pair = oracle.paired(oracle.of(task, method=first), oracle.of(task, method=second))
        size, ends = told(pair, 1, 100, signed=True)
        return f"{size} points", ends
    if title == "Training":
        return words.seconds(oracle.of(task, method=first)["seconds"].median())
    return words.score(float(means.iloc[0]))


def manual(oracle: Oracle, caption: str, row: dict[str, Cell], title: str) -> Any:
    """Paired contrasts, with any learner and with the same; how many times as long."""
    task = row["Task"].text
    one, two = row["Contrast"].text.replace("end to end", "end_to_end").split(" against ")
    first, second = oracle.chosen(task, one), oracle.chosen(task, two)
    if title == "Difference":
        return told(oracle.paired(first, second), 1, 100, signed=True)
    if title == "Training time":
        ratios = (first["seconds"] / second["seconds"]).dropna()
        low, high = words.times(ratios.min()), words.times(ratios.max())
        middle = words.times(math.exp(np.log(ratios).median()))
        level = {5: "93.8", 6: "96.9"}[len(ratios)]  # 1 - 2 / 2^n
        return f"{middle}\N{MULTIPLICATION SIGN}", f"[{low}, {high}] ({level} %)"
    sides = []
    for source in (one, two):
        rows = oracle.rows[(oracle.rows["task"] == task) & (oracle.rows["features"] != "")]
        names = ["embedded", "end_to_end"] if source == "learned" else [source]
        rows = rows[rows["source"].isin(names)].sort_values("validation_score", ascending=False)
        sides.append(rows.drop_duplicates(["repeat", "learner"]).set_index(["repeat", "learner"]))
    both = (sides[0]["test_score"] - sides[1]["test_score"]).dropna()
    if both.empty:
        return DASH
    n_learners = both.groupby("repeat").size()
    whole = both[both.index.get_level_values("repeat").isin(n_learners.index)]
    values = whole.groupby("repeat").mean()[n_learners == n_learners.max()]
    return told(interval_of(values, task), 1, 100, signed=True)


def leaderboard(oracle: Oracle, caption: str, row: dict[str, Cell], title: str) -> Any:
    """Ranks, means, what lies between and what it took, over all or over what is chosen."""
    tasks, method = tasks_of(caption), row["Method"].text
    means = oracle.means[tasks].dropna(how="all")
    if caption.startswith("Source "):
        sources = oracle.rows.groupby("method")["source"].first().str.replace("_", " ")
        source = caption.removeprefix("Source ").partition(":")[0]
        means = means[sources[means.index] == source]
    values = {m: oracle.normalised(m, tuple(tasks)) for m in means.index}
    failed = set().union(*map(oracle.failed, tasks))
    order = sorted(
        (m for m in values if not math.isnan(values[m])), key=lambda m: (m in failed, -values[m])
    )
    ranked = pd.DataFrame({t: oracle.adjusted(t).reindex(means.index) for t in tasks})
    for task in tasks:
        ranked.loc[ranked.index.isin(oracle.failed(task)), task] -= 10
    if title in tasks:
        return words.score(float(means.loc[method, title]))
    whole = method in order
    return {
        "Rank": lambda: str(order.index(method) + 1) if whole else DASH,
        "Normalised": lambda: words.score(values[method]),
        "Behind": lambda: (
            told(oracle.behind(order[0], method, tasks), 3, signed=False)
            if whole and method != order[0]
            else DASH
        ),
        "Mean rank": lambda: words.number(ranked.rank(ascending=False).mean(axis=1)[method], 1),
        "Training": lambda: words.seconds(
            oracle.rows[(oracle.rows["method"] == method) & oracle.rows["task"].isin(tasks)]
            .groupby("task")["seconds"].median().sum()
        ),
        "Complete": lambda: "{}/{}".format(
            *(
                int(((f["method"] == method) & f["task"].isin(tasks)).sum())
                for f in (oracle.rows, oracle.all)
            )
        ),
    }[title]()  # fmt: skip


def gap(oracle: Oracle, caption: str, row: dict[str, Cell], title: str) -> Any:
    """Means of the parts, and the gap with its interval."""
    rows = oracle.of(row["Task"].text, method=row["Method"].text)
    if title == "Gap":
        interval = interval_of(rows["train_score"] - rows["test_score"], row["Task"].text)
        return told(interval, 1, 100, signed=True)
    return words.score(float(rows[f"{title.lower()}_score"].mean()))


def pareto(oracle: Oracle, caption: str, row: dict[str, Cell], title: str) -> Any:
    """As in the leaderboard."""
    return leaderboard(oracle, caption, row, title)


def timing(oracle: Oracle, caption: str, row: dict[str, Cell], title: str) -> Any:
    """Medians over the splits of a task, summed over the tasks of a kind; memory of the largest."""
    rows = oracle.rows[oracle.rows["task"].isin(tasks_of(caption))]
    by_task = rows[rows["method"] == row["Method"].text].groupby("task")
    if title == "Peak memory":
        return words.memory(float(by_task["peak_rss_mib"].median().max()))
    return words.seconds(float(by_task[PHASES[title]].median().sum()))


def failures(oracle: Oracle, caption: str, row: dict[str, Cell], title: str) -> Any:
    """How many trials of a method and task ended so."""
    rows = oracle.all[oracle.all["state"] == row["State"].text]
    return str(((rows["method"] == row["Method"].text) & (rows["task"] == row["Task"].text)).sum())


def data(oracle: Oracle, caption: str, row: dict[str, Cell], title: str) -> Any:
    """Rows and classes of the made-up tasks."""
    is_class = row["Task"].text != "diabetes"
    return {"Rows": "500", "Classes": "2" if is_class else DASH}[title]


def trials(oracle: Oracle, caption: str, row: dict[str, Cell], title: str) -> Any:
    """Mean of a method on a task, or every metric of one trial."""
    if "Method" in row:
        return words.score(
            float(oracle.of(caption, method=row["Method"].text)["test_score"].mean())
        )
    return None


ORACLES = {
    "winners": winners, "sources": sources, "manual": manual, "leaderboard": leaderboard,
    "gap": gap, "pareto": pareto, "timing": timing, "failures": failures,
    "data": data, "trials": trials,
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, builder: Callable[..., StoredRun]) -> StoredRun:
    """Two kinds, three tasks, eight methods, six repeats, a method that failed once."""
    run = builder(tmp_path_factory.mktemp("run"), learned=True, tasks=TASKS, repeats=6)
    lost = run.trials.index[
        (run.trials["method"] == "raw+xgboost")
        & (run.trials["task"] == "wine")
        & (run.trials["repeat"] == 2)
    ]
    run.trials.loc[lost, ["state", "reason"]] = ["timeout", "longer than 60 s"]
    columns = ["train_score", "validation_score", "test_score", "gap"]
    run.trials.loc[lost, columns] = math.nan
    return run


def test_every_number_equals_what_the_rows_give(run: StoredRun, sections: Registry) -> None:
    """Each cell of a number column in every table of the sections that compare methods."""
    oracle = Oracle(run)
    context = ReportContext.of([run], sections)
    walked: dict[str, int] = {}
    for placed in placed_sections(context, sections.all("report_sections")):
        name = placed.anchor.removeprefix("section-")
        if name not in ORACLES:  # its own test walks it
            continue
        for table in walk(placed.section.blocks):
            if not isinstance(table, Table) or table.caption == "Every metric":
                continue
            titles = [column.title for column in table.columns]
            for cells in table.rows:
                row = dict(zip(titles, cells, strict=True))
                for column in table.columns:
                    if column.align != "number":
                        continue
                    cell = row[column.title]
                    expected = ORACLES[name](oracle, table.caption, row, column.title)
                    below = cell.sub if isinstance(expected, tuple) else None
                    found = (cell.text, below) if isinstance(expected, tuple) else cell.text
                    assert found == expected, (name, table.caption, column.title, cells[0].text)
                    walked[name] = walked.get(name, 0) + 1

    assert set(walked) == set(ORACLES)
    assert sum(walked.values()) > 400


def test_metrics_of_a_trial_are_those_of_the_store(run: StoredRun, sections: Registry) -> None:
    """Every trial's own table."""
    context = ReportContext.of([run], sections)
    (placed,) = placed_sections(context, [sections.get("report_sections", "trials")])
    found = [b for b in walk(placed.section.blocks) if isinstance(b, Table)]
    found = [t for t in found if t.caption == "Every metric"]

    scores = run.scores[run.scores["trial"].isin(context.paged["trial"])]
    assert len(found) == scores["trial"].nunique()
    for table, (_, row) in zip(found, scores.iterrows(), strict=True):
        shown = [cell.text for cell in table.rows[0][1:]]
        assert shown == [words.score(float(row[p])) for p in ("train", "validation", "test")]


def test_a_fixed_part_is_walked_too(
    tmp_path_factory: pytest.TempPathFactory,
    builder: Callable[..., StoredRun],
    sections: Registry,
) -> None:
    """Differences behind the leader have the errors of the paired bootstrap over rows."""
    run = builder(tmp_path_factory.mktemp("fixed"), tasks=TASKS[:1], split="official", repeats=4)
    context = ReportContext.of([run], sections)
    grid = context.score_matrix
    truth = run.truths(run.trials["trial"].iloc[0])["test"]
    labels = {
        method: np.stack([run.predictions(t)["test"].argmax(axis=1) for t in rows["trial"]])
        for method, rows in run.trials.sort_values("repeat").groupby("method")
    }
    error, df = context.pair_errors("digits")
    for i, j in ((1, 2), (3, 5)):
        first, second = labels[grid.methods[i]], labels[grid.methods[j]]

        def statistic(weights: Any, first: Any = first, second: Any = second) -> Any:
            from bakeoff.statistics.bootstrap import weighted_balanced_accuracy as metric

            return metric(weights, truth, first) - metric(weights, truth, second)

        expected = fixed_part_interval(statistic, len(truth))
        assert error[i, j] == pytest.approx(expected.error)
        assert df[i, j] == pytest.approx(expected.df)
