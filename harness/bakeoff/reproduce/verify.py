"""Every stored number of a run computed once more from what it rests on."""

from __future__ import annotations

import math
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
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
"""Largest relative difference: other machines add numbers up in another order."""


@dataclass(kw_only=True)
class Verification:
    """What was held against what.

    Args:
        problems: sentences, each names the file or trial and what is wrong.
        unchecked: sentences, each names what could not be held against anything, and why.
        n_files: files whose hash was computed.
        n_scores: scores that were computed again.
        n_lines: lines of the report that were written again.
    """

    problems: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    n_files: int = 0
    n_scores: int = 0
    n_lines: int = 0

    def leave(self, what: str) -> None:
        """Say once that something could not be held against anything."""
        if what not in self.unchecked:
            self.unchecked.append(what)


def verify(folder: Path, plugins: Plugins) -> Verification:
    """Hold a run to its hashes, its scores to its predictions, its report to its scores.

    Raises:
        StoreError: there is no run of bakeoff in the folder.
    """
    found = Verification()
    _check_hashes(folder, found)
    try:
        run = read_run(folder)
    except BakeoffError as error:
        if not found.problems:
            raise
        found.problems.append(f"{error} Nothing else could be checked.")
        return found
    _check_scores(run, plugins, found)
    _check_report(run, plugins, found)
    return found


def _check_hashes(folder: Path, found: Verification) -> None:
    told = checksums.check_files(folder)
    if told is None:
        found.unchecked.append("hashes: the run was not sealed; `bakeoff run` seals it at its end")
        return
    found.n_files = told.n_checked
    found.problems += [f"{name}: its content is not what was written" for name in told.changed]
    found.problems += [f"{name}: it is gone" for name in told.missing]
    if told.is_open:
        found.unchecked.append("hashes: the last call did not end; the same command goes on")
    if told.unhashed:
        some = ", ".join(told.unhashed[:3])
        where = found.unchecked if told.is_open else found.problems
        where.append(f"{len(told.unhashed)} files that no call has written: {some}")


def _check_scores(run: StoredRun, plugins: Plugins, found: Verification) -> None:
    metrics = {c.name: c for c in plugins.registry.all("metrics") if isinstance(c, MetricComponent)}
    n_classes = dict(zip(run.tasks["task"], run.tasks["n_classes"], strict=True))
    scores = {str(t): rows for t, rows in run.scores.groupby("trial", sort=False)}
    for row in run.trials[run.trials["state"] == TrialState.COMPLETE].to_dict("records"):
        trial = str(row["trial"])
        known = scores.get(trial)
        if known is None:
            found.problems.append(f"trial {trial}: complete, and it has no scores")
            continue
        _check_row(row, known, found)
        try:
            arrays, truths = run.predictions(trial), run.truths(trial)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            found.problems.append(f"trial {trial}: its predictions can't be read: {error}")
            continue
        told = _Trial(trial, known, arrays, truths, int(n_classes[row["task"]]))
        for part in PARTS:
            _check_part(told, part, metrics, found)


def _check_row(row: dict[Any, Any], known: pd.DataFrame, found: Verification) -> None:
    """The primary metric stands in two tables, and the gap follows from it."""
    primary = known[known["metric"] == row["metric"]]
    if primary.empty:
        found.problems.append(f"trial {row['trial']}: no score of its metric {row['metric']}")
        return
    values = [_number(primary[part].iloc[0]) for part in PARTS]
    expected = dict(zip((f"{part}_score" for part in PARTS), values, strict=True))
    expected["gap"] = gap(values[0], values[2], str(row["direction"]))
    for name, value in expected.items():
        if not _agree(_number(row[name]), value):
            what = f"{name} is {row[name]}, and follows from the scores as {value}"
            found.problems.append(f"trial {row['trial']}: {what}")


class _Trial(NamedTuple):
    """What is known of a trial."""

    trial: str
    scores: pd.DataFrame
    arrays: dict[str, Any]
    truths: dict[str, Any]
    n_classes: int


def _check_part(
    told: _Trial, part: str, metrics: dict[str, MetricComponent], found: Verification
) -> None:
    """Compute each score of a part again."""
    columns = zip(told.scores["metric"], told.scores[part], strict=True)
    wanted = [(str(metric), _number(value)) for metric, value in columns]
    pair = _pair(part, told.arrays, told.truths)
    if pair is None:
        if any(value is not None for _, value in wanted):
            what = f"trial {told.trial}: {part} scores: predictions are not kept whole"
            found.leave(what)
        return
    truth, predictions = pair
    for name, value in wanted:
        if name not in metrics or metrics[name].missing:
            found.leave(f"metric {name}: no plugin offers it here")
            continue
        if metrics[name].uses == SPACE:
            found.leave(f"metric {name}: the matrix that was clustered is not kept")
            continue
        answer = predictions.get(metrics[name].uses)
        again = None
        if answer is not None:
            again = _number(metrics[name].load()(truth, answer, n_classes=told.n_classes))
        found.n_scores += 1
        if not _agree(value, again):
            what = f"{part} {name} is {value}, and follows from the predictions as {again}"
            found.problems.append(f"trial {told.trial}: {what}")


def _pair(
    part: str, arrays: dict[str, Any], truths: dict[str, Any]
) -> tuple[Any, Predictions] | None:
    """Truths and predictions of a part as metrics take them; None where they are not kept whole."""
    boxes = f"{part}_boxes"
    if boxes in arrays and boxes in truths:
        offsets = f"{part}_offsets"
        true, found = (unpack(a[boxes], a[offsets]) for a in (truths, arrays))
        return true, Predictions(boxes=found)
    if part not in arrays or part not in truths:
        return None
    answer = arrays[part]
    if answer.ndim == 2:  # noqa: PLR2004  probabilities
        proba = answer.astype(float)
        return truths[part], Predictions(labels=proba.argmax(axis=1), proba=proba)
    if answer.dtype.kind == "f":
        return truths[part], Predictions(values=answer.astype(float))
    return truths[part], Predictions(labels=answer, clusters=answer)


def _check_report(run: StoredRun, plugins: Plugins, found: Verification) -> None:
    """Write the report once more and hold all of its files against the stored ones."""
    if not (run.folder / REPORT).is_file():
        found.unchecked.append("report: the run has none; `bakeoff report` writes it")
        return
    with tempfile.TemporaryDirectory(prefix="bakeoff-") as name, _as_sealed(run.folder) as folder:
        again = Path(name)
        info = RunInfo(folder=folder, suite=str(run.suite["name"]), n_trials=run.n_planned)
        hook = plugins.manager.hook.bakeoff_write_report
        if hook(run=info, target=again / REPORT, registry=plugins.registry) is None:
            found.unchecked.append("report: no plugin writes it")
            return
        for path in sorted(p for p in again.rglob("*") if p.is_file()):
            file = path.relative_to(again).as_posix()
            stored = run.folder / file
            one = stored.read_bytes() if stored.is_file() else b""
            _check_lines(file, one.splitlines(), path.read_bytes().splitlines(), found)


@contextmanager
def _as_sealed(folder: Path) -> Iterator[Path]:
    """The run under the name that its report gives it, wherever it was copied or moved to."""
    name = checksums.recorded_name(folder)
    if name == folder.resolve().name:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="bakeoff-") as place:
        alias = Path(place) / name
        alias.mkdir()
        for path in folder.resolve().iterdir():
            (alias / path.name).symlink_to(path)
        yield alias


def _check_lines(file: str, stored: list[bytes], again: list[bytes], found: Verification) -> None:
    """Tell the first line that differs."""
    found.n_lines += len(again)
    for number, (one, other) in enumerate(_longest(stored, again), 1):
        if one != other:
            what = "is not what these scores give"
            found.problems.append(f"{file}: line {number} {what}: {_differing(one, other)}")
            return


def _longest(one: list[bytes], other: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    length = max(len(one), len(other))
    for i in range(length):
        yield (one[i] if i < len(one) else b""), (other[i] if i < len(other) else b"")


def _differing(one: bytes, other: bytes) -> str:
    """Both sides around the first difference."""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    cut = slice(max(0, at - 20), at + 20)
    return f"{one[cut]!r} for {other[cut]!r}"


def _number(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _agree(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
