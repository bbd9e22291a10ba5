"""Classes with few rows in the test part of a split, whose scores rest on single rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff_report.words import number, plural

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff_report.model.context import ReportContext

LEAST_ROWS = 5
"""Fewer test rows of a class are few: one row then moves its recall by over 20 points."""

OF_ROWS = ("accuracy", "top_3_accuracy", "log_loss", "brier", "expected_calibration_error")
"""Metrics in which every row weighs the same, whatever its class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RareClass:
    """Class of a task that has the fewest rows in the test part of some split.

    Args:
        task: name of the task.
        label: name of the class.
        n_rows: its smallest number of test rows in a split.
        n_classes: classes in the test part of that split.
        metric: name of the task's metric.
    """

    task: str
    label: str
    n_rows: int
    n_classes: int
    metric: str

    @property
    def rows(self) -> str:
        """The count as text: `1 test row of class 'b'`."""
        count = plural(self.n_rows, "test row") if self.n_rows else "no test row"
        return f"{count} of class '{self.label}'"

    @property
    def effect(self) -> str:
        """What so few rows do to the score."""
        if not self.n_rows:
            return "that split scores the other classes alone"
        if self.metric == "balanced_accuracy":
            points = _points(100 / (self.n_rows * self.n_classes))
            return f"one row moves the balanced accuracy of that split by {points}"
        return f"one row moves the recall of that class by {_points(100 / self.n_rows)}"


def rare_classes(context: ReportContext) -> dict[str, RareClass]:
    """Return the rarest class of each task where a split tests under `LEAST_ROWS` rows of one.

    From the true classes stored with complete trials; tasks without them are left out, and those
    whose metric weighs all rows alike.
    """
    rows = context.main[context.main["problem_type"].isin(["binary", "multiclass"])]
    rows = rows[~rows["metric"].isin(OF_ROWS)]
    found: dict[str, RareClass] = {}
    for row in rows.drop_duplicates(["run", "task", "split_file"]).to_dict("records"):
        task, truths = str(row["task"]), context.run_of(row).truths_of_split(str(row["split_file"]))
        truth = truths.get("test")
        classes = context.tasks.loc[task, "classes"]
        if truth is None or truth.ndim != 1 or not len(truth) or not isinstance(classes, list):
            continue
        rarest = _rarest(truth, [context.names(name, 32) for name in classes], row)
        if rarest.n_rows < min(LEAST_ROWS, found[task].n_rows if task in found else LEAST_ROWS):
            found[task] = rarest
    return found


def _rarest(truth: npt.NDArray[Any], names: list[str], row: dict[Any, Any]) -> RareClass:
    counts = np.bincount(truth.astype(np.int64), minlength=len(names))
    code = int(counts.argmin())
    return RareClass(
        task=str(row["task"]),
        label=names[code] if code < len(names) else str(code),
        n_rows=int(counts[code]),
        n_classes=int((counts > 0).sum()),
        metric=str(row["metric"]),
    )


def _points(value: float) -> str:
    return f"{number(value, 0 if value == round(value) else 1)} points"
