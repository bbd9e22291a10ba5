"""Feature matrices: made once for a split, kept in the run's scratch folder, mapped by learners.

A matrix that does not depend on what was fitted (`stateless`) is made once for the whole dataset.
"""

from __future__ import annotations

import errno
import json
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.cache import name_folder
from bakeoff.compose import build, warm_up
from bakeoff.errors import BakeoffError, DivergedError
from bakeoff.provenance import digest
from bakeoff.records import PARTS

if TYPE_CHECKING:
    from bakeoff.interfaces import Data
    from bakeoff.records import Part, Trial
    from bakeoff.splits import Split

_NDIM = 2


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
    """

    X: dict[str, Any]
    featurize_s: float
    reused: bool
    compile_s: float = 0.0


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
    only = "all" if part.stateless else ""
    known = _read(folder, only)
    reused, compile_s = known is not None, 0.0
    if known is None:
        component = build(part, trial)
        compile_s = warm_up(component)
        _write(folder, *_make(data, split, part, component))
        known = _read(folder, only)  # as every later trial meets it: mapped, and read-only
    if known is None:
        raise FileNotFoundError(errno.ENOENT, "a feature matrix vanished", str(folder))
    X, seconds = known
    if part.stateless:
        rows = split.parts()
        X = {name: None if rows[name] is None else X["all"][rows[name]] for name in PARTS}
    return Matrices(X=X, featurize_s=seconds, reused=reused, compile_s=compile_s)


def take(X: Any, rows: np.ndarray) -> Any:
    """Rows of an input of any kind."""
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def _make(data: Data, split: Split, part: Part, component: Any) -> tuple[dict[str, Any], float]:
    if part.stateless:
        started = time.perf_counter()
        found = {"all": component.fit(data.X, None).transform(data.X)}
        seconds = time.perf_counter() - started
        return {"all": _check(found["all"], len(data.X))}, seconds
    rows = split.parts()
    inputs: dict[str, Any] = {n: None if r is None else take(data.X, r) for n, r in rows.items()}
    y = None if data.y is None else take(data.y, split.train)
    started = time.perf_counter()
    component.fit(inputs["train"], y)
    found = {name: None if X is None else component.transform(X) for name, X in inputs.items()}
    seconds = time.perf_counter() - started
    return {
        name: None if inputs[name] is None else _check(matrix, len(inputs[name]))
        for name, matrix in found.items()
    }, seconds


def _check(matrix: Any, n_rows: int) -> Any:
    """Hold a matrix to its shape and to finite numbers, float32 or float64, sparse ones by rows."""
    is_sparse = hasattr(matrix, "tocsr")
    matrix = _by_rows(matrix) if is_sparse else np.ascontiguousarray(matrix)
    if matrix.dtype.kind not in "fiub":
        raise FeaturesError(f"expected a matrix of numbers; got {matrix.dtype}.")
    if matrix.dtype not in (np.float32, np.float64):
        matrix = matrix.astype(np.float32)
    values = matrix.data if is_sparse else matrix
    if matrix.ndim != _NDIM or matrix.shape[0] != n_rows:
        raise FeaturesError(
            f"expected features of shape ({n_rows}, n_features); got {matrix.shape}."
        )
    if not np.isfinite(values).all():
        raise DivergedError("the features hold values that are not finite.")
    return matrix


def _by_rows(matrix: Any) -> Any:
    from scipy.sparse import csr_matrix

    return csr_matrix(matrix)


def _key(part: Part, trial: Trial, purpose: str) -> str:
    """What the matrices and their timing depend on: the split and the seed only where fitted."""
    facts: list[Any] = [part.target, part.params, trial.task.fingerprint]
    facts += [trial.backend, trial.device, trial.task.protocol.threads]
    if not part.stateless:
        facts += [trial.task.name, trial.repeat, trial.fold, trial.seeds[part.kind]]
        facts += [trial.task.protocol.split_facts, purpose]
    return f"{part.name}-{digest(facts)}"


def _write(folder: Path, X: dict[str, Any], seconds: float) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder.parent))
    try:
        shapes = {name: _write_one(work, name, matrix) for name, matrix in X.items()}
        meta = {"seconds": seconds, "shapes": shapes}
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


def _read(folder: Path, only: str) -> tuple[dict[str, Any], float] | None:
    try:
        meta = json.loads((folder / "meta.json").read_text())
    except (OSError, ValueError):
        return None
    names = (only,) if only else PARTS
    X = {name: _read_one(folder, name, meta["shapes"].get(name)) for name in names}
    return X, float(meta["seconds"])


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
