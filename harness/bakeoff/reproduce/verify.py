"""Verify a run: compare files with their hashes, recompute scores, and write the report again."""

from __future__ import annotations

import math
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bakeoff.errors import BakeoffError
from bakeoff.problems.predictions import SPACE, Predictions
from bakeoff.problems.ragged import unpack
from bakeoff.records import PARTS, RunInfo, TrialState
from bakeoff.registry.catalogue import MetricComponent
from bakeoff.store import checksums
from bakeoff.store.database import read_run
from bakeoff.store.run_data import REPORT
from bakeoff.store.trial_rows import gap

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bakeoff.registry.manager import Plugins
    from bakeoff.store.run_data import StoredRun

TOLERANCE = 1e-9
"""Tolerance for scores, relative and absolute: machines differ in the order of summation."""


@dataclass(kw_only=True)
class Verification:
    """Result of verifying a run.

    Args:
        problems: one sentence per problem, with the file or trial and what is wrong.
        unchecked: one sentence per item that could not be checked, with the reason.
        n_files: number of files whose hash was computed.
        n_scores: number of scores that were computed again.
        n_lines: number of lines of the report that were written again.
    """

    problems: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    n_files: int = 0
    n_scores: int = 0
    n_lines: int = 0

    def add_unchecked(self, sentence: str) -> None:
        """Add an item that could not be checked, unless it was added before."""
        if sentence not in self.unchecked:
            self.unchecked.append(sentence)


def verify(folder: Path, plugins: Plugins) -> Verification:
    """Check files against their hashes, scores against predictions, and report against scores.

    Raises:
        StoreError: there is no run of bakeoff in the folder.
    """
    result = Verification()
    _check_hashes(folder, result)
    try:
        run = read_run(folder)
    except BakeoffError as error:
        if not result.problems:
            raise
        result.problems.append(f"{error} Nothing else could be checked.")
        return result
    _check_scores(run, plugins, result)
    _check_report(run, plugins, result)
    return result


def _check_hashes(folder: Path, result: Verification) -> None:
    """Compare every file of a run with its stored hash."""
    checked = checksums.check_files(folder)
    if checked is None:
        result.unchecked.append("hashes: the run was not sealed; `bakeoff run` seals it at its end")
        return
    result.n_files = checked.n_checked
    result.problems += [f"{name}: its content is not what was written" for name in checked.changed]
    result.problems += [f"{name}: it is gone" for name in checked.missing]
    if checked.is_open:
        result.unchecked.append("hashes: the last call did not end; the same command goes on")
    if checked.unhashed:
        names = ", ".join(checked.unhashed[:3])
        sentences = result.unchecked if checked.is_open else result.problems
        sentences.append(f"{len(checked.unhashed)} files that no call has written: {names}")


def _check_scores(run: StoredRun, plugins: Plugins, result: Verification) -> None:
    """Compute the scores of every complete trial again from its predictions."""
    metrics = {c.name: c for c in plugins.registry.all("metrics") if isinstance(c, MetricComponent)}
    n_classes = dict(zip(run.tasks["task"], run.tasks["n_classes"], strict=True))
    scores = {str(t): rows for t, rows in run.scores.groupby("trial", sort=False)}
    for row in run.trials[run.trials["state"] == TrialState.COMPLETE].to_dict("records"):
        trial = str(row["trial"])
        trial_scores = scores.get(trial)
        if trial_scores is None:
            result.problems.append(f"trial {trial}: complete, and it has no scores")
            continue
        _check_row(row, trial_scores, result)
        try:
            arrays, truths = run.predictions(trial), run.truths(trial)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            result.problems.append(f"trial {trial}: its predictions can't be read: {error}")
            continue
        stored = _StoredTrial(trial, trial_scores, arrays, truths, int(n_classes[row["task"]]))
        for part in PARTS:
            _check_part(stored, part, metrics, result)


def _check_row(row: dict[Any, Any], trial_scores: pd.DataFrame, result: Verification) -> None:
    """Compare the primary scores and the gap in a trial's row with the table of scores."""
    primary = trial_scores[trial_scores["metric"] == row["metric"]]
    if primary.empty:
        result.problems.append(f"trial {row['trial']}: no score of its metric {row['metric']}")
        return
    values = [_number(primary[part].iloc[0]) for part in PARTS]
    expected = dict(zip((f"{part}_score" for part in PARTS), values, strict=True))
    expected["gap"] = gap(values[0], values[2], str(row["direction"]))
    for name, value in expected.items():
        if not _agree(_number(row[name]), value):
            reason = f"{name} is {row[name]}, and follows from the scores as {value}"
            result.problems.append(f"trial {row['trial']}: {reason}")


class _StoredTrial(NamedTuple):
    """Stored scores, predictions and targets of a trial."""

    trial: str
    scores: pd.DataFrame
    arrays: dict[str, Any]
    truths: dict[str, Any]
    n_classes: int


def _check_part(
    trial: _StoredTrial, part: str, metrics: dict[str, MetricComponent], result: Verification
) -> None:
    """Compute each score of a part again from its predictions."""
    columns = zip(trial.scores["metric"], trial.scores[part], strict=True)
    expected = [(str(metric), _number(value)) for metric, value in columns]
    pair = _truth_and_predictions(part, trial.arrays, trial.truths)
    if pair is None:
        if any(value is not None for _, value in expected):
            reason = f"trial {trial.trial}: {part} scores: predictions are not kept whole"
            result.add_unchecked(reason)
        return
    truth, predictions = pair
    for name, value in expected:
        if name not in metrics or metrics[name].missing:
            result.add_unchecked(f"metric {name}: no plugin offers it here")
            continue
        if metrics[name].uses == SPACE:
            result.add_unchecked(f"metric {name}: the matrix that was clustered is not kept")
            continue
        predicted = predictions.get(metrics[name].uses)
        recomputed = None
        if predicted is not None:
            recomputed = _number(metrics[name].load()(truth, predicted, n_classes=trial.n_classes))
        result.n_scores += 1
        if not _agree(value, recomputed):
            reason = f"{part} {name} is {value}, and follows from the predictions as {recomputed}"
            result.problems.append(f"trial {trial.trial}: {reason}")


def _truth_and_predictions(
    part: str, arrays: dict[str, Any], truths: dict[str, Any]
) -> tuple[Any, Predictions] | None:
    """Return targets and predictions of a part for metrics; None if not all are stored."""
    boxes = f"{part}_boxes"
    if boxes in arrays and boxes in truths:
        offsets = f"{part}_offsets"
        true, predicted = (unpack(a[boxes], a[offsets]) for a in (truths, arrays))
        return true, Predictions(boxes=predicted)
    if part not in arrays or part not in truths:
        return None
    predicted = arrays[part]
    if predicted.ndim == 2:  # noqa: PLR2004  probabilities
        proba = predicted.astype(float)
        return truths[part], Predictions(labels=proba.argmax(axis=1), proba=proba)
    if predicted.dtype.kind == "f":
        return truths[part], Predictions(values=predicted.astype(float))
    return truths[part], Predictions(labels=predicted, clusters=predicted)


def _check_report(run: StoredRun, plugins: Plugins, result: Verification) -> None:
    """Write the report again and compare all of its files with the stored ones."""
    if not (run.folder / REPORT).is_file():
        result.unchecked.append("report: the run has none; `bakeoff report` writes it")
        return
    with (
        tempfile.TemporaryDirectory(prefix="bakeoff-") as temporary,
        _with_original_name(run.folder) as folder,
    ):
        rewritten = Path(temporary)
        info = RunInfo(folder=folder, suite=str(run.suite["name"]), n_trials=run.n_planned)
        hook = plugins.manager.hook.bakeoff_write_report
        if hook(run=info, target=rewritten / REPORT, registry=plugins.registry) is None:
            result.unchecked.append("report: no plugin writes it")
            return
        for path in sorted(p for p in rewritten.rglob("*") if p.is_file()):
            file = path.relative_to(rewritten).as_posix()
            stored = run.folder / file
            content = stored.read_bytes() if stored.is_file() else b""
            _check_lines(file, content.splitlines(), path.read_bytes().splitlines(), result)


@contextmanager
def _with_original_name(folder: Path) -> Iterator[Path]:
    """Yield a path to the run with its original folder name, which its report shows."""
    name = checksums.recorded_name(folder)
    if name == folder.resolve().name:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="bakeoff-") as temporary:
        alias = Path(temporary) / name
        alias.mkdir()
        for path in folder.resolve().iterdir():
            (alias / path.name).symlink_to(path)
        yield alias


def _check_lines(
    file: str, stored: list[bytes], rewritten: list[bytes], result: Verification
) -> None:
    """Compare a file line by line; add the first line that differs to the problems."""
    result.n_lines += len(rewritten)
    pairs = zip_longest(stored, rewritten, fillvalue=b"")
    for number, (line, expected) in enumerate(pairs, 1):
        if line != expected:
            reason = "is not what these scores give"
            result.problems.append(f"{file}: line {number} {reason}: {_excerpts(line, expected)}")
            return


def _excerpts(line: bytes, expected: bytes) -> str:
    """Return excerpts of both lines around their first difference."""
    at = next((i for i, (a, b) in enumerate(zip(line, expected, strict=False)) if a != b), 0)
    cut = slice(max(0, at - 20), at + 20)
    return f"{line[cut]!r} for {expected[cut]!r}"


def _number(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _agree(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
