"""Prepare a dataset once for all trials: check it, hash it, lay it out for memory mapping.

A prepared dataset is a folder of the cache: `meta.json` and one file for each array. Workers map
the files and so share one copy; the arrays are read-only. Nothing in it is pickled.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import shutil
import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakeoff.errors import BakeoffError, DataError, PluginError
from bakeoff.fetch.cache import cache_dir, name_folder
from bakeoff.interfaces import Data
from bakeoff.problems.ragged import pack, unpack
from bakeoff.problems.table import problem_of
from bakeoff.provenance.hashing import digest, source_hash
from bakeoff.records import INPUT_KINDS, PROBLEM_TYPES, RECORD_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import pandas as pd

    from bakeoff.interfaces import Dataset
    from bakeoff.registry.catalogue import Component, Registry

TASK_KEYS = frozenset((
    "dataset", "name", "metric", "problem_type", "equivalence", "split", "test", "validation",
    "repeats", "folds", "seed", "threads", "train_limit", "test_limit",
))  # fmt: skip
"""Keys of a suite's task that are no parameters of its dataset."""

_ARRAYS = ("y", "groups", "times", "official_test")
_NDIM = {"image": 4, "sequence": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Prepared dataset: its folder and the properties that plans and reports need."""

    folder: str
    fingerprint: str
    input_kind: str
    problem_type: str
    n_rows: int
    classes: tuple[str, ...]
    target: str
    origin: str
    licence: str
    sha256: str
    composed: bool
    n_official_test: int = 0
    labelled: bool = True

    def import_readers(self) -> None:
        """Import the libraries that `load` needs, so that no import is timed."""
        import numpy as np  # noqa: F401

        if self.input_kind in {"table", "text"}:
            import pandas as pd  # noqa: F401
            from pyarrow import feather  # noqa: F401

    def load(self) -> Data:
        """Return the data, with their arrays memory-mapped."""
        return self._load(_read_inputs(Path(self.folder), self.input_kind))

    def load_without_inputs(self) -> Data:
        """Return the data that splits depend on, with row numbers in place of X."""
        return self._load(range(self.n_rows))

    def _load(self, X: Any) -> Data:
        folder = Path(self.folder)
        arrays = {name: _read_rows(folder, name) for name in _ARRAYS}
        names = ("input_kind", "problem_type", "classes", "target", "origin", "licence", "sha256")
        return Data(
            X=X,
            **arrays,
            **{name: getattr(self, name) for name in names},
            composed=self.composed,
        )


def build_dataset(component: Component, params: dict[str, Any], *, where: str) -> Dataset:
    """Return the dataset of a task, constructed with its parameters.

    Raises:
        DataError: a parameter is missing or unknown.
        MissingExtraError: a needed package is not installed.
    """
    factory = component.load()
    signature = inspect.signature(factory)
    try:
        signature.bind(**params)
    except TypeError as error:
        parameters = ", ".join(signature.parameters) or "none"
        raise DataError(
            where, f"dataset {component.name!r}: {error}. Known: {parameters}."
        ) from None
    dataset: Dataset = factory(**params)
    return dataset


def prepare(component: Component, params: dict[str, Any], *, where: str) -> Prepared:
    """Return a prepared dataset, from the cache or by loading, checking and writing it.

    Raises:
        DataError: the user's data can't be used.
        SourceUnavailableError: no source could be reached.
        PluginError: the dataset raised, or returned something else than `Data`.
    """
    dataset = build_dataset(component, params, where=where)
    folder = _folder(component, params, dataset)
    cached = read_prepared(folder)
    if cached is not None:
        return cached
    try:
        data = dataset.load()
    except BakeoffError:
        raise
    except Exception as error:
        message = f"dataset {component.name!r} raised {type(error).__name__}: {error}."
        raise PluginError(component.owner, message) from error
    check_data(data, plugin=component.owner, name=component.name)
    return _write(data, folder)


def find_prepared(component: Component, params: dict[str, Any]) -> Prepared | None:
    """Return a dataset that was prepared before, or None; nothing is fetched.

    Raises:
        DataError: a parameter is missing or unknown, or a user's file is gone.
        MissingExtraError: a needed package is not installed.
    """
    dataset = build_dataset(component, params, where=component.name)
    return read_prepared(_folder(component, params, dataset))


def find_prepared_task(task: Mapping[str, Any], registry: Registry) -> Prepared | None:
    """Return the prepared data of a suite's task, or None; nothing is fetched.

    Args:
        task: the task as a suite says it, or as a run has stored it in `suite.json`.
        registry: where the dataset is found.

    Raises:
        UnknownNameError: no plugin offers the dataset.
        DataError: a parameter is missing or unknown, or a user's file is gone.
        MissingExtraError: a needed package is not installed.
    """
    dataset = task.get("dataset")
    if not isinstance(dataset, str):
        return None
    params = {name: value for name, value in task.items() if name not in TASK_KEYS}
    return find_prepared(registry.get("datasets", dataset), params)


def _folder(component: Component, params: dict[str, Any], dataset: Dataset) -> Path:
    inputs = [component.target, source_hash(component.target), params, dataset.fingerprint()]
    return cache_dir("data") / f"{component.name}-{digest([RECORD_VERSION, *inputs])}"


def check_data(data: Data, *, plugin: str, name: str) -> None:
    """Raise an error if a dataset violates `bakeoff.interfaces`.

    Raises:
        PluginError: shape, type or length is not as promised.
    """
    import numpy as np

    def refuse(message: str) -> PluginError:
        return PluginError(plugin, f"dataset {name!r}: {message}.")

    if not isinstance(data, Data):
        raise refuse(f"expected Data; got {type(data).__name__}")
    if data.input_kind not in INPUT_KINDS or data.problem_type not in PROBLEM_TYPES:
        raise refuse(f"unknown kind {data.input_kind!r} or problem type {data.problem_type!r}")
    n_rows = len(data.X)
    if n_rows == 0:
        raise refuse("no rows")
    if (ndim := _NDIM.get(data.input_kind)) and np.ndim(data.X) != ndim:
        raise refuse(f"expected X with {ndim} dimensions; got {np.ndim(data.X)}")
    for part in _ARRAYS:
        value = getattr(data, part)
        if value is not None and len(value) != n_rows:
            raise refuse(f"expected {part} of length {n_rows}; got {len(value)}")
    _check_targets(data, refuse)


def _check_targets(data: Data, refuse: Callable[[str], PluginError]) -> None:
    fault = problem_of(data.problem_type).faults(data.y, data.X, len(data.classes))
    if fault:
        raise refuse(fault)


def _write(data: Data, folder: Path) -> Prepared:
    """Write the dataset under a temporary name and rename it, so that no half of it is seen."""
    work = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder.parent))
    try:
        prepared = _write_parts(data, work, folder)
        (work / "meta.json").write_text(json.dumps(asdict(prepared), ensure_ascii=False))
        if read_prepared(folder) is None:
            shutil.rmtree(folder, ignore_errors=True)  # damaged, or laid out by another version
        name_folder(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return prepared


def _write_parts(data: Data, work: Path, folder: Path) -> Prepared:
    import numpy as np

    total = hashlib.sha256()
    _write_inputs(data, work, total)
    for name in _ARRAYS:
        value = getattr(data, name)
        for file, array in _plain_arrays(name, value).items():
            _hash_array(array, file, total)
            np.save(work / f"{file}.npy", array, allow_pickle=False)
    total.update("\0".join([data.problem_type, *data.classes]).encode())
    return Prepared(
        folder=str(folder),
        fingerprint=total.hexdigest()[:32],
        input_kind=data.input_kind,
        problem_type=data.problem_type,
        n_rows=len(data.X),
        classes=tuple(data.classes),
        target=data.target,
        origin=data.origin,
        licence=data.licence,
        sha256=data.sha256,
        composed=data.composed,
        n_official_test=0 if data.official_test is None else int(data.official_test.sum()),
        labelled=data.y is not None,
    )


def _write_inputs(data: Data, work: Path, total: hashlib._Hash) -> None:
    import numpy as np
    import pandas as pd

    if data.input_kind in {"image", "sequence"}:
        array = np.ascontiguousarray(data.X)
        _hash_array(array, "X", total)
        np.save(work / "X.npy", array, allow_pickle=False)
        return
    frame = data.X if data.input_kind == "table" else pd.DataFrame({"text": data.X})
    frame = _plain_columns(frame.reset_index(drop=True))
    for column in frame.columns:
        total.update(f"{column}\0{frame[column].dtype}\0".encode())
    total.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    frame.to_feather(work / "X.feather", compression="uncompressed")


def _plain_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return columns that Arrow can hold: names as text, columns of mixed types as text."""
    import pandas as pd

    frame = frame.copy(deep=False)
    frame.columns = [str(column) for column in frame.columns]
    for column in frame.columns[[dtype.kind == "O" for dtype in frame.dtypes]]:
        values = frame[column]
        frame[column] = values.where(values.isna(), values.astype(str)).astype(pd.StringDtype())
    return frame


def _plain_arrays(name: str, value: Any) -> dict[str, np.ndarray]:
    """Return the arrays to write for a field, by file; rows of unequal length take two."""
    import numpy as np

    if value is None:
        return {}
    array = np.asarray(value)
    if array.dtype != object:
        return {name: np.ascontiguousarray(array)}
    flat, offsets = pack(array)
    return {name: flat, Path(_offsets(name)).stem: offsets}


def _offsets(name: str) -> str:
    return f"{name}_offsets.npy"


def _hash_array(array: np.ndarray, name: str, total: hashlib._Hash) -> None:
    total.update(f"{name}{array.dtype.str}{array.shape}".encode())
    total.update(array.data if array.size else b"")


def read_prepared(folder: Path) -> Prepared | None:
    """Return the prepared dataset in a folder, or None."""
    try:
        meta = json.loads((folder / "meta.json").read_text())
    except (OSError, ValueError):
        return None
    if set(meta) != {field.name for field in fields(Prepared)}:
        return None
    return Prepared(**{**meta, "classes": tuple(meta["classes"]), "folder": str(folder)})


def _read_array(path: Path) -> Any:
    import numpy as np

    return np.load(path, mmap_mode="r", allow_pickle=False) if path.is_file() else None


def _read_rows(folder: Path, name: str) -> Any:
    """Return a stored array; where it has offsets, as rows of unequal length."""
    array, offsets = _read_array(folder / f"{name}.npy"), _read_array(folder / _offsets(name))
    return array if offsets is None else unpack(array, offsets)


def _read_inputs(folder: Path, input_kind: str) -> Any:
    if input_kind in {"image", "sequence"}:
        return _read_array(folder / "X.npy")
    from pyarrow import feather

    frame: pd.DataFrame = feather.read_table(folder / "X.feather", memory_map=True).to_pandas()
    return frame if input_kind == "table" else frame["text"].to_numpy(dtype=object)
