"""Feature matrices: made once for a split, kept in the run's scratch folder, mapped by learners.

Rows of a matrix that does not depend on what was fitted (`stateless`) are made once for all splits,
repeats and studies of a run: each trial makes those that no earlier one needed.
"""

from __future__ import annotations

import errno
import fcntl
import json
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.errors import BakeoffError, DivergedError
from bakeoff.fetch.cache import name_folder
from bakeoff.interfaces import Examined, Noted
from bakeoff.provenance.hashing import digest
from bakeoff.records import PARTS
from bakeoff.training import TrainingRecord
from bakeoff.trial.build import build, seed_globals, warm_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bakeoff.data.splits import Split
    from bakeoff.interfaces import Data
    from bakeoff.records import Part, Trial

_NDIM = 2
_EXAMINED = "examined.npz"
_ROWS = "rows"
"""Name under which a block keeps which rows it holds, sorted."""


class FeaturesError(BakeoffError):
    """Features answered with something that is no matrix of their rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrices:
    """One matrix a part, and what their making took.

    Args:
        X: by part; validation is None where the split has none.
        featurize_s: wall-clock seconds of fitting and transforming, whoever did it.
        reused: made by an earlier trial.
        compile_s: wall-clock seconds of compilation and warm-up, 0 if reused.
        notes: what the features tell about themselves, by name.
        arrays: small arrays that they leave, by name.
        component: the fitted features, to transform further rows; None where matrices are stored.
    """

    X: dict[str, Any]
    featurize_s: float
    reused: bool
    compile_s: float = 0.0
    notes: dict[str, str] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    component: Any = None


@dataclass(frozen=True, slots=True)
class _Stored:
    """What one folder holds, with the seconds of its making."""

    X: dict[str, Any]
    seconds: float
    notes: dict[str, str]


def featurize(data: Data, split: Split, trial: Trial, scratch: Path, purpose: str = "") -> Matrices:
    """Matrices of a trial's features on a split.

    Args:
        data: the dataset.
        split: the trial's own, or with a `purpose` another one.
        trial: what the features are and depend on.
        scratch: folder of the run for what can be made again.
        purpose: names a split that is not the trial's own, such as one of inner folds.

    Raises:
        FeaturesError: the component answered with something else than a matrix of its rows.
        DivergedError: the matrix holds values that are not finite.
    """
    part = trial.method.features
    if part is None:
        raise ValueError("expected a method with features; got an end-to-end one.")
    folder = scratch / "features" / _key(part, trial, purpose)
    if part.stateless:
        return _shared(data, split, trial, folder)
    known = _read(folder, PARTS)
    reused, compile_s = known is not None, 0.0
    if known is None:
        component, compile_s = _built(trial)
        X, seconds, notes = _make(data, split, component)
        record = _examined(component, data, split)
        _write(folder, X, seconds, notes | record.notes, record.arrays)
        known = _read(folder, PARTS)  # as every later trial meets it: mapped, and read-only
    if known is None:
        raise _vanished(folder)
    return Matrices(
        X=known.X,
        featurize_s=known.seconds,
        reused=reused,
        compile_s=compile_s,
        notes=known.notes,
        arrays=_arrays(folder),
    )


def featurize_in_memory(data: Data, split: Split, trial: Trial) -> Matrices:
    """The same matrices with the features that made them; nothing is stored or reused.

    Raises:
        FeaturesError: the component answered with something else than a matrix of its rows.
        DivergedError: the matrix holds values that are not finite.
    """
    component, compile_s = _built(trial)
    X, seconds, notes = _make(_for_fit(data, trial), split, component)
    return Matrices(
        X=X,
        featurize_s=seconds,
        reused=False,
        compile_s=compile_s,
        notes=notes,
        component=component,
    )


def fit_features(data: Data, split: Split, trial: Trial) -> Any:
    """Features fitted as in the trial, to transform other inputs than the rows of its split."""
    seed_globals(trial)
    component, _ = _built(trial)
    seen = _for_fit(data, trial)
    y = None if seen.y is None else take(seen.y, split.train)
    component.fit(take(seen.X, split.train), y)
    return component


def _built(trial: Trial) -> tuple[Any, float]:
    """Unfitted features, and the seconds in which they compiled."""
    part = trial.method.features
    if part is None:
        raise ValueError("expected a method with features; got an end-to-end one.")
    component = build(part, trial)
    return component, warm_up(component)


def _for_fit(data: Data, trial: Trial) -> Data:
    """The data that features are fitted on: without targets where they learn nothing."""
    part = trial.method.features
    return replace(data, y=None) if part is not None and part.stateless else data


def _shared(data: Data, split: Split, trial: Trial, folder: Path) -> Matrices:
    """Rows from blocks that any trial of the run made; those missing become a block of their own.

    One process at a time makes rows, so that none is made twice: the next finds them done.
    """
    rows = split.parts()
    needed = np.unique(np.concatenate([r for r in rows.values() if r is not None]))
    folder.mkdir(parents=True, exist_ok=True)
    compile_s = 0.0
    with _alone(folder):
        blocks = _blocks(folder)
        missing = np.setdiff1d(needed, np.concatenate([[], *(b.X[_ROWS] for b in blocks)]))
        if len(missing):
            component, compile_s = _built(trial)
            X, seconds, notes = _make_rows(data, missing.astype(np.int64), component)
            _write(folder / f"block-{len(blocks):04d}", X, seconds, notes)
            blocks = _blocks(folder)
    return Matrices(
        X={name: None if r is None else _gather(blocks, r) for name, r in rows.items()},
        featurize_s=sum(b.seconds * np.isin(b.X[_ROWS], needed).mean() for b in blocks),
        reused=not len(missing),
        compile_s=compile_s,
        notes=blocks[-1].notes,
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process works in a folder; the system frees it when a process dies."""
    with (folder / ".lock").open("a") as lock:
        with suppress(OSError):  # a file system without locks: rows may be made twice, no worse
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _blocks(folder: Path) -> list[_Stored]:
    found = (_read(path, (_ROWS, "all")) for path in sorted(folder.glob("block-*")))
    return [block for block in found if block is not None]


def _gather(blocks: list[_Stored], rows: np.ndarray) -> Any:
    """Matrix of some rows, in their order, from whatever blocks hold them."""
    places = np.concatenate([block.X[_ROWS] for block in blocks])
    order = np.argsort(places, kind="stable")
    found = order[np.searchsorted(places[order], rows)]
    ends = np.cumsum([len(block.X[_ROWS]) for block in blocks])
    owners, starts = np.searchsorted(ends, found, side="right"), np.r_[0, ends[:-1]]
    if len(blocks) == 1:
        return blocks[0].X["all"][found]
    pieces = [block.X["all"][found[owners == i] - starts[i]] for i, block in enumerate(blocks)]
    back = np.argsort(np.argsort(owners, kind="stable"), kind="stable")
    if hasattr(pieces[0], "tocsr"):
        from scipy.sparse import vstack

        return vstack(pieces, format="csr")[back]
    return np.concatenate(pieces)[back]


def _vanished(folder: Path) -> OSError:
    return FileNotFoundError(errno.ENOENT, "a feature matrix vanished", str(folder))


def take(X: Any, rows: np.ndarray) -> Any:
    """Rows of an input of any kind."""
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def _make_rows(
    data: Data, rows: np.ndarray, component: Any
) -> tuple[dict[str, Any], float, dict[str, str]]:
    inputs = data.X if len(rows) == len(data.X) else take(data.X, rows)
    started = time.perf_counter()
    found = component.fit(inputs, None).transform(inputs)
    seconds = time.perf_counter() - started
    return {_ROWS: rows, "all": as_matrix(found, len(rows))}, seconds, _notes(component)


def _make(data: Data, split: Split, component: Any) -> tuple[dict[str, Any], float, dict[str, str]]:
    rows = split.parts()
    inputs: dict[str, Any] = {n: None if r is None else take(data.X, r) for n, r in rows.items()}
    y = None if data.y is None else take(data.y, split.train)
    started = time.perf_counter()
    component.fit(inputs["train"], y)
    found = {name: None if X is None else component.transform(X) for name, X in inputs.items()}
    seconds = time.perf_counter() - started
    made = {
        name: None if inputs[name] is None else as_matrix(matrix, len(inputs[name]))
        for name, matrix in found.items()
    }
    return made, seconds, _notes(component)


def _notes(component: Any) -> dict[str, str]:
    notes = component.notes_ if isinstance(component, Noted) else {}
    return {str(name): str(value) for name, value in notes.items()}


def _examined(component: Any, data: Data, split: Split) -> TrainingRecord:
    """What fitted features leave about themselves, outside every clock."""
    record = TrainingRecord()
    if isinstance(component, Examined):
        parts = split.parts().items()
        inputs = {n: None if rows is None else take(data.X, rows) for n, rows in parts}
        component.examine(inputs, record)
    return record


def as_matrix(matrix: Any, n_rows: int) -> Any:
    """A matrix held to its shape and to finite numbers: float32 or float64, sparse ones by rows.

    Raises:
        FeaturesError: no matrix of numbers with `n_rows` rows.
        DivergedError: values that are not finite.
    """
    is_sparse = hasattr(matrix, "tocsr")
    shape = np.shape(matrix)  # looked at first: the values of a gigantic one take gigantic memory
    if len(shape) != _NDIM or shape[0] != n_rows:
        raise FeaturesError(f"expected features of shape ({n_rows}, n_features); got {shape}.")
    matrix = _by_rows(matrix) if is_sparse else np.ascontiguousarray(matrix)
    if matrix.dtype.kind not in "fiub":
        raise FeaturesError(f"expected a matrix of numbers; got {matrix.dtype}.")
    if matrix.dtype not in (np.float32, np.float64):
        matrix = matrix.astype(np.float32)
    values = matrix.data if is_sparse else matrix
    if not np.isfinite(values).all():
        raise DivergedError("the features hold values that are not finite.")
    return matrix


def _by_rows(matrix: Any) -> Any:
    from scipy.sparse import csr_matrix

    return csr_matrix(matrix)


def _key(part: Part, trial: Trial, purpose: str) -> str:
    """What the matrices and their timing depend on: the split and the seed only where fitted."""
    facts: list[Any] = [part.target, part.params, part.fingerprint, trial.task.fingerprint]
    facts += [trial.backend, trial.device, trial.task.protocol.threads]
    facts += [[name, p.target, p.params, p.fingerprint] for name, p in part.inner.items()]
    if not part.stateless:
        facts += [trial.task.name, trial.repeat, trial.fold, trial.seeds[part.kind]]
        facts += [trial.task.protocol.split_facts, purpose]
    return f"{part.name}-{digest(facts)}"


def _write(
    folder: Path,
    X: dict[str, Any],
    seconds: float,
    notes: dict[str, str],
    arrays: dict[str, np.ndarray] | None = None,
) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder.parent))
    try:
        shapes = {name: _write_one(work, name, matrix) for name, matrix in X.items()}
        meta = {"seconds": seconds, "shapes": shapes, "notes": notes}
        if arrays:
            np.savez(work / _EXAMINED, allow_pickle=False, **arrays)
        (work / "meta.json").write_text(json.dumps(meta))
        name_folder(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _write_one(work: Path, name: str, matrix: Any) -> list[int] | None:
    """Write one matrix; its shape if it is sparse, nothing if it is dense or absent."""
    if matrix is None:
        return None
    if not hasattr(matrix, "indptr"):
        np.save(work / f"{name}.npy", matrix, allow_pickle=False)
        return None
    for array in ("data", "indices", "indptr"):
        np.save(work / f"{name}.{array}.npy", getattr(matrix, array), allow_pickle=False)
    return list(matrix.shape)


def _read(folder: Path, names: tuple[str, ...]) -> _Stored | None:
    try:
        meta = json.loads((folder / "meta.json").read_text())
    except (OSError, ValueError):
        return None
    X = {name: _read_one(folder, name, meta["shapes"].get(name)) for name in names}
    return _Stored(X, float(meta["seconds"]), meta["notes"])


def _arrays(folder: Path) -> dict[str, np.ndarray]:
    if not (folder / _EXAMINED).is_file():
        return {}
    with np.load(folder / _EXAMINED, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def _read_one(folder: Path, name: str, shape: list[int] | None) -> Any:
    if shape is None:
        file = folder / f"{name}.npy"
        return np.load(file, mmap_mode="r", allow_pickle=False) if file.is_file() else None
    from scipy.sparse import csr_matrix

    arrays = [
        np.load(folder / f"{name}.{array}.npy", allow_pickle=False)
        for array in ("data", "indices", "indptr")
    ]
    return csr_matrix(tuple(arrays), shape=(shape[0], shape[1]), copy=False)
