"""Audit data before anything is trained on them: findings with a code and a remedy.

Runs once for a dataset and split protocol, on a sample where there are many rows; the findings are
cached with the prepared data.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.data import audit_checks, audit_rows
from bakeoff.data.splits import make_split
from bakeoff.fetch.cache import write_whole
from bakeoff.provenance.hashing import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy.typing as npt

    from bakeoff.data.prepared import Prepared
    from bakeoff.data.splits import Split
    from bakeoff.interfaces import Data
    from bakeoff.records import Task

VERSION = 1
"""Incremented when a check changes, so that cached findings of an older one are not shown."""

MOST_TRAIN, MOST_TEST = 4_000, 1_500
MOST_SUSPECTS = 400
"""Most columns that are tested for leakage, evenly over the table."""

IMBALANCE, STRONG_IMBALANCE = 10.0, 100.0
FEW_ROWS = 10
MISSING, MOSTLY_MISSING = 0.05, 0.5
COPIES = 0.01
NEAR = {"table": 0.01, "image": 0.1, "text": 0.25, "sequence": 0.05}
"""Near is below this share of the median distance between rows. Chosen here."""

LEAK_SHARE = 0.98
DRIFTED = 0.55

SEVERITIES = ("warning", "notice")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding:
    """Problem of a dataset or split that readers of its scores should know.

    Args:
        code: stable, such as `D301`.
        severity: one of `SEVERITIES`; a warning may change what scores mean.
        what: what was found, with numbers.
        why: why it matters.
        remedy: what to do.
    """

    code: str
    severity: str
    what: str
    why: str
    remedy: str


WORDS: dict[str, tuple[str, str]] = {
    "D101": (
        "Accuracy is high for a method that never names the rare classes.",
        "Use balanced_accuracy, and class_weight where a learner has it.",
    ),
    "D102": (
        "Such a class is hardly learned, and its recall rests on a row or two.",
        "Collect more rows of it, merge it with a like class, or leave it out.",
    ),
    "D201": (
        "Methods fill gaps in different ways; a gap that has a reason can itself tell the target.",
        "Find out why values are missing; drop columns that are mostly empty.",
    ),
    "D202": (
        "It tells nothing and may hide an error in the export.",
        "Leave the column out.",
    ),
    "D301": (
        "Rows that are in both parts are remembered, not predicted: test scores are too high.",
        "Remove copies, or name the column that joins them as group and split by it.",
    ),
    "D302": (
        "Rows that are nearly the same in both parts are half remembered.",
        "See whether they come from one source, and split by that as group.",
    ),
    "D303": (
        "No method can be right on both; the best score is below perfect.",
        "Check how the targets were set.",
    ),
    "D401": (
        "A column that predicts the target by itself may have been filled in after it was known.",
        "Ask when the column is known; leave it out if that is after the target.",
    ),
    "D501": (
        "Scores on such a test part speak about other data than the training part holds.",
        "Compare how both parts were collected; read test scores as scores on new conditions.",
    ),
    "D900": (
        "The audit met data that it can't examine; their scores may have faults that nobody told.",
        "Look at copies, gaps and drift by hand.",
    ),
}
"""Why each code matters, and what to do about it."""


def audit(prepared: Prepared, task: Task) -> tuple[AuditFinding, ...]:
    """Return the findings about a task's data and its first split.

    Args:
        prepared: the data.
        task: with the protocol that splits them.

    Raises:
        OSError: the cache can't be written.
    """
    key = digest([VERSION, task.fingerprint, task.name, task.protocol.split_facts])
    file = Path(prepared.folder) / f"audit-{key}.json"
    if (cached := _read(file)) is not None:
        return cached
    try:
        findings = tuple(find_faults(prepared.load(), task))
    except Exception as error:  # noqa: BLE001  data that no check foresaw must not stop a run
        findings = (_finding("D900", f"{type(error).__name__}: {error}", warns=False),)
    with write_whole(file, sync=False) as temporary:
        temporary.write_text(json.dumps([asdict(f) for f in findings]), encoding="utf-8")
    return findings


def as_json(by_task: Mapping[str, Iterable[AuditFinding]]) -> str:
    """Return findings by task as JSON text, as stored with a run."""
    plain = {task: [asdict(finding) for finding in findings] for task, findings in by_task.items()}
    return json.dumps(plain, ensure_ascii=False, indent=1)


def from_json(text: str) -> dict[str, tuple[AuditFinding, ...]]:
    """Return the findings by task that `as_json` wrote.

    Raises:
        ValueError: it is something else.
    """
    try:
        return {
            task: tuple(AuditFinding(**f) for f in findings)
            for task, findings in json.loads(text).items()
        }
    except (TypeError, AttributeError) as error:
        raise ValueError(f"expected findings by task; got {text!r:.80}.") from error


def lines(by_task: Mapping[str, Iterable[AuditFinding]]) -> list[str]:
    """Return one line of text for each finding, warnings first."""
    rows = [(f.severity, task, f) for task, findings in by_task.items() for f in findings]
    rows.sort(key=lambda row: SEVERITIES.index(row[0]))
    return [f"{severity}: {task}: {f.what} ({f.code})." for severity, task, f in rows]


def _read(file: Path) -> tuple[AuditFinding, ...] | None:
    try:
        return tuple(
            AuditFinding(**facts) for facts in json.loads(file.read_text(encoding="utf-8"))
        )
    except (OSError, ValueError, TypeError):
        return None


def find_faults(data: Data, task: Task) -> Iterator[AuditFinding]:
    """Examine data and a task's first split; nothing is cached."""
    if data.input_kind not in NEAR:
        return
    split = _sampled(make_split(data, task.protocol, task=task.name, repeat=0, fold=0), task)
    if task.problem_type in ("binary", "multiclass"):
        yield from _balance(data)
    if data.input_kind == "table":
        yield from _gaps(data)
    rows = np.concatenate([split.train, split.test])
    X = data.X.iloc[rows] if hasattr(data.X, "iloc") else data.X[rows]
    train, test = np.arange(len(split.train)), np.arange(len(split.train), len(rows))
    y = None if data.y is None or task.problem_type not in _FLAT else np.asarray(data.y)[rows]
    yield from _copies(X, y, data.input_kind, train, test)
    if data.input_kind == "table" and y is not None:
        yield from _leaks(X, y, task, train, test)


_FLAT = ("binary", "multiclass", "regression")


def _sampled(split: Split, task: Task) -> Split:
    """Return the split with training and test rows sampled down to a quickly audited size."""
    rng = np.random.default_rng(task.protocol.seed)

    def sample(rows: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
        return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))

    return type(split)(
        train=sample(split.train, MOST_TRAIN),
        validation=split.validation,
        test=sample(split.test, MOST_TEST),
    )


def _finding(code: str, what: str, *, warns: bool) -> AuditFinding:
    why, remedy = WORDS[code]
    severity = SEVERITIES[0] if warns else SEVERITIES[1]
    return AuditFinding(code=code, severity=severity, what=what, why=why, remedy=remedy)


def _balance(data: Data) -> Iterator[AuditFinding]:
    counts = np.bincount(np.asarray(data.y), minlength=len(data.classes))
    largest, smallest = int(counts.max()), int(counts.min())
    if smallest and largest / smallest >= IMBALANCE:
        what = f"the largest class has {largest / smallest:.0f} times the rows of the smallest"
        yield _finding("D101", what, warns=largest / smallest >= STRONG_IMBALANCE)
    if few := [i for i, n in enumerate(counts) if n < FEW_ROWS]:
        names = ", ".join(data.classes[i] for i in few[:3])
        more = f" and {len(few) - 3} more" if len(few) > 3 else ""  # noqa: PLR2004  as above
        yield _finding("D102", f"under {FEW_ROWS} rows of class {names}{more}", warns=True)


def _gaps(data: Data) -> Iterator[AuditFinding]:
    shares = data.X.isna().mean()
    with_gaps = shares[shares > MISSING].sort_values(ascending=False)
    if len(with_gaps):
        worst = f"{with_gaps.index[0]} lacks {with_gaps.iloc[0]:.0%} of its values"
        what = f"{len(with_gaps)} of {len(shares)} columns with gaps: {worst}"
        yield _finding("D201", what, warns=bool(with_gaps.iloc[0] > MOSTLY_MISSING))
    constant = [str(name) for name in data.X.columns if data.X[name].nunique(dropna=False) == 1]
    if constant:
        what = f"{len(constant)} constant columns, first {constant[0]}"
        yield _finding("D202", what, warns=False)


def _copies(
    X: Any,
    y: npt.NDArray[Any] | None,
    kind: str,
    train: npt.NDArray[np.int64],
    test: npt.NDArray[np.int64],
) -> Iterator[AuditFinding]:
    codes = audit_rows.hashes(X, kind)
    copied = np.isin(codes[test], codes[train])
    if copied.any():
        share = float(copied.mean())
        what = f"{share:.1%} of the test rows examined are copies of training rows"
        yield _finding("D301", what, warns=share > COPIES)
    if y is not None and len(conflicts := _conflicts(codes, y)):
        what = f"{len(conflicts)} groups of equal rows have different targets"
        yield _finding("D303", what, warns=False)
    picture = audit_rows.audit_matrix(X, kind)
    distance, median = audit_checks.nearest(picture[test], picture[train])
    near = (distance < NEAR[kind] * median) & ~copied
    if (share := float(near.mean())) > COPIES:
        what = f"{share:.1%} of the test rows examined have a near copy among the training rows"
        yield _finding("D302", what, warns=False)
    drift = audit_checks.drift(picture[train], picture[test])
    if drift.low > DRIFTED:
        what = f"training and test rows are told apart with an AUC of {drift.auc:.2f} "
        yield _finding("D501", f"{what}[{drift.low:.2f}, {drift.high:.2f}]", warns=True)


def _conflicts(codes: npt.NDArray[np.uint64], y: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """Return the hashes of rows that occur with more than one target."""
    names, row = np.unique(codes, return_inverse=True)
    target = np.unique(y, return_inverse=True)[1]
    pairs = np.unique(np.column_stack([row, target]), axis=0)
    return np.asarray(names[np.bincount(pairs[:, 0]) > 1])


def _leaks(
    X: Any,
    y: npt.NDArray[Any],
    task: Task,
    train: npt.NDArray[np.int64],
    test: npt.NDArray[np.int64],
) -> Iterator[AuditFinding]:
    targets = [y.astype(float)]
    if task.problem_type != "regression":
        targets = [(y == label).astype(float) for label in np.unique(y[train])]
    for name, column in audit_rows.columns_of(X, most=MOST_SUSPECTS).items():
        shares = [
            audit_checks.variance_explained(column, target, train, test) for target in targets
        ]
        finite = [share for share in shares if np.isfinite(share)]
        if finite and min(finite) >= LEAK_SHARE:
            what = f"column {name} alone explains {min(finite):.1%} of the target"
            yield _finding("D401", what, warns=True)
