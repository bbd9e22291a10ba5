"""Compute feature matrices once for each split, and cache them in the run's scratch folder.

Rows of `stateless` features, which don't depend on the training rows, are computed once for all
splits, repeats and studies of a run: each trial computes those that no earlier one needed. Learners
read the matrices memory-mapped.
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
"""Name of the array in a block with the sorted indices of its rows."""


class FeaturesError(BakeoffError):
    """Features whose `transform` did not return a matrix of their rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrices:
    """Feature matrices of a split's parts, with their timing.

    Args:
        X: matrix by part; None for validation if the split has no such part.
        featurize_s: wall-clock seconds of fitting and transforming, in whichever trial.
        reused: whether an earlier trial computed them.
        compile_s: wall-clock seconds of compilation and warm-up, 0 if reused.
        notes: notes of the features, by name.
        arrays: small arrays that the features record, by name.
        component: the fitted features, to transform further rows; None if matrices are cached.
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
    """Matrices of one folder, with the seconds that their computation took."""

    X: dict[str, Any]
    seconds: float
    notes: dict[str, str]


def featurize(data: Data, split: Split, trial: Trial, scratch: Path, purpose: str = "") -> Matrices:
    """Return the matrices of a trial's features on a split, computed or from the cache.

    Args:
        data: the dataset.
        split: split of the trial, or with a `purpose` another one.
        trial: has the features and everything that they depend on.
        scratch: scratch folder of the run.
        purpose: names a split that is not the trial's own, such as one of inner folds.

    Raises:
        FeaturesError: the component did not return a matrix of its rows.
        DivergedError: the matrix holds values that are not finite.
    """
    part = trial.method.features
    if part is None:
        raise ValueError("expected a method with features; got an end-to-end one.")
    folder = scratch / "features" / _key(part, trial, purpose)
    if part.stateless:
        return _from_blocks(data, split, trial, folder)
    stored = _read(folder, PARTS)
    reused, compile_s = stored is not None, 0.0
    if stored is None:
        component, compile_s = _build(trial)
        X, seconds, notes = _compute(data, split, component)
        record = _examine(component, data, split)
        _write(folder, X, seconds, notes | record.notes, record.arrays)
        stored = _read(folder, PARTS)  # as later trials get it: memory-mapped and read-only
    if stored is None:
        raise _vanished(folder)
    return Matrices(
        X=stored.X,
        featurize_s=stored.seconds,
        reused=reused,
        compile_s=compile_s,
        notes=stored.notes,
        arrays=_arrays(folder),
    )


def featurize_in_memory(data: Data, split: Split, trial: Trial) -> Matrices:
    """Compute matrices without cache, and return them with the fitted features.

    Raises:
        FeaturesError: the component did not return a matrix of its rows.
        DivergedError: the matrix holds values that are not finite.
    """
    component, compile_s = _build(trial)
    X, seconds, notes = _compute(_for_fit(data, trial), split, component)
    return Matrices(
        X=X,
        featurize_s=seconds,
        reused=False,
        compile_s=compile_s,
        notes=notes,
        component=component,
    )


def fit_features(data: Data, split: Split, trial: Trial) -> Any:
    """Fit features as in the trial and return them, to transform rows outside of its split."""
    seed_globals(trial)
    component, _ = _build(trial)
    seen = _for_fit(data, trial)
    y = None if seen.y is None else take(seen.y, split.train)
    component.fit(take(seen.X, split.train), y)
    return component


def _build(trial: Trial) -> tuple[Any, float]:
    """Return unfitted features, and the seconds of their compilation."""
    part = trial.method.features
    if part is None:
        raise ValueError("expected a method with features; got an end-to-end one.")
    component = build(part, trial)
    return component, warm_up(component)


def _for_fit(data: Data, trial: Trial) -> Data:
    """Return the data to fit features on: without targets for stateless features."""
    part = trial.method.features
    return replace(data, y=None) if part is not None and part.stateless else data


def _from_blocks(data: Data, split: Split, trial: Trial, folder: Path) -> Matrices:
    """Gather rows from the cached blocks of all trials; missing rows are computed as a new block.

    A lock lets one process at a time compute rows, so that no row is computed twice.
    """
    rows = split.parts()
    needed = np.unique(np.concatenate([r for r in rows.values() if r is not None]))
    folder.mkdir(parents=True, exist_ok=True)
    compile_s = 0.0
    with _locked(folder):
        blocks = _blocks(folder)
        missing = np.setdiff1d(needed, np.concatenate([[], *(b.X[_ROWS] for b in blocks)]))
        if len(missing):
            component, compile_s = _build(trial)
            X, seconds, notes = _compute_rows(data, missing.astype(np.int64), component)
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
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; the system releases it when the process dies."""
    with (folder / ".lock").open("a") as lock:
        with suppress(OSError):  # without locks on the file system rows may be computed twice
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _blocks(folder: Path) -> list[_Stored]:
    blocks = (_read(path, (_ROWS, "all")) for path in sorted(folder.glob("block-*")))
    return [block for block in blocks if block is not None]


def _gather(blocks: list[_Stored], rows: np.ndarray) -> Any:
    """Return the matrix of some rows, in their order, from the blocks that hold them."""
    stored_rows = np.concatenate([block.X[_ROWS] for block in blocks])
    order = np.argsort(stored_rows, kind="stable")
    positions = order[np.searchsorted(stored_rows[order], rows)]
    ends = np.cumsum([len(block.X[_ROWS]) for block in blocks])
    owners, starts = np.searchsorted(ends, positions, side="right"), np.r_[0, ends[:-1]]
    if len(blocks) == 1:
        return blocks[0].X["all"][positions]
    pieces = [block.X["all"][positions[owners == i] - starts[i]] for i, block in enumerate(blocks)]
    back = np.argsort(np.argsort(owners, kind="stable"), kind="stable")
    if hasattr(pieces[0], "tocsr"):
        from scipy.sparse import vstack

        return vstack(pieces, format="csr")[back]
    return np.concatenate(pieces)[back]


def _vanished(folder: Path) -> OSError:
    return FileNotFoundError(errno.ENOENT, "a feature matrix vanished", str(folder))


def take(X: Any, rows: np.ndarray) -> Any:
    """Return rows of an input of any kind."""
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def _compute_rows(
    data: Data, rows: np.ndarray, component: Any
) -> tuple[dict[str, Any], float, dict[str, str]]:
    """Compute a block of rows of stateless features; return its arrays, seconds and notes."""
    inputs = data.X if len(rows) == len(data.X) else take(data.X, rows)
    started = time.perf_counter()
    matrix = component.fit(inputs, None).transform(inputs)
    seconds = time.perf_counter() - started
    return {_ROWS: rows, "all": as_matrix(matrix, len(rows))}, seconds, _notes(component)


def _compute(
    data: Data, split: Split, component: Any
) -> tuple[dict[str, Any], float, dict[str, str]]:
    """Fit features and transform every part; return matrices by part, seconds and notes."""
    rows = split.parts()
    inputs: dict[str, Any] = {n: None if r is None else take(data.X, r) for n, r in rows.items()}
    y = None if data.y is None else take(data.y, split.train)
    started = time.perf_counter()
    component.fit(inputs["train"], y)
    raw = {name: None if X is None else component.transform(X) for name, X in inputs.items()}
    seconds = time.perf_counter() - started
    matrices = {
        name: None if inputs[name] is None else as_matrix(matrix, len(inputs[name]))
        for name, matrix in raw.items()
    }
    return matrices, seconds, _notes(component)


def _notes(component: Any) -> dict[str, str]:
    notes = component.notes_ if isinstance(component, Noted) else {}
    return {str(name): str(value) for name, value in notes.items()}


def _examine(component: Any, data: Data, split: Split) -> TrainingRecord:
    """Call the `examine` of fitted features, if any, untimed; return what they recorded."""
    record = TrainingRecord()
    if isinstance(component, Examined):
        parts = split.parts().items()
        inputs = {n: None if rows is None else take(data.X, rows) for n, rows in parts}
        component.examine(inputs, record)
    return record


def as_matrix(matrix: Any, n_rows: int) -> Any:
    """Validate a matrix and return it as float32 or float64, contiguous or CSR.

    Raises:
        FeaturesError: it is no matrix of numbers with `n_rows` rows.
        DivergedError: it holds values that are not finite.
    """
    is_sparse = hasattr(matrix, "tocsr")
    shape = np.shape(matrix)  # checked before the values of a huge matrix are copied
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
    """Return a key of all that matrices depend on; for stateless features not split and seed."""
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
    """Write one matrix; return its shape if it is sparse, None if it is dense or absent."""
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
