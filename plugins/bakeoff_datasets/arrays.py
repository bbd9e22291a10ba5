"""Reader of `.npz` files with arrays of any input kind."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError
from bakeoff.fetch.package_archives import file_sha256
from bakeoff.records import INPUT_KINDS
from bakeoff_datasets.files import UserFiles, check_file, user_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bakeoff.interfaces import Data


@dataclass
class Npz(UserFiles):
    """Inputs and targets from two arrays of an `.npz` file; pickled objects are refused.

    Args:
        path: the file.
        kind: `table` (n_samples, n_columns) of numbers; `image` uint8 (n_samples, height, width)
            or (n_samples, height, width, channels) in 0..255; `text` (n_samples,) of strings;
            `sequence` (n_samples, n_timepoints) or (n_samples, n_channels, n_timepoints).
        inputs: name of the inputs' array.
        target: name of the targets' array, (n_samples,).
        problem_type: `binary`, `multiclass` or `regression`; None infers as for tables.
    """

    path: str
    kind: str
    inputs: str = "X"
    target: str = "y"
    problem_type: str | None = None

    def load(self) -> Data:
        """Load both arrays.

        Raises:
            DataError: the file or an array can't be used; says why.
        """
        import pandas as pd

        from bakeoff.interfaces import Data
        from bakeoff_datasets.targets import read_target

        path = user_path(self.path)
        where = str(path)
        if self.kind not in INPUT_KINDS:
            raise DataError(
                where, f"kind {self.kind!r} is unknown; expected one of {', '.join(INPUT_KINDS)}."
            )
        check_file(path)
        arrays = _read(where, (self.inputs, self.target))
        X, y = arrays[self.inputs], arrays[self.target]
        if y.ndim != 1 or X.ndim == 0 or len(X) != len(y):
            raise DataError(
                where,
                f"array {self.target!r} has shape {y.shape} beside {self.inputs!r} of shape "
                f"{X.shape}; expected one target for each sample.",
            )
        column = pd.Series(y, name=self.target)
        target = read_target(column, where=where, problem_type=self.problem_type)
        return Data(
            X=_shaped(X[target.kept], self.kind, self.inputs, where),
            y=target.y,
            input_kind=self.kind,
            problem_type=target.problem_type,
            classes=target.classes,
            target=self.target,
            origin=f"{where}{target.note}",
            sha256=file_sha256(path),
        )


def _read(where: str, names: tuple[str, ...]) -> Mapping[str, Any]:
    import numpy as np

    if not zipfile.is_zipfile(where):
        raise DataError(where, "is no .npz file; expected what numpy.savez writes.")
    try:
        with np.load(where, allow_pickle=False) as archive:
            available = sorted(archive.files)
            arrays = {name: archive[name] for name in names if name in available}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        if "pickle" in str(error):
            message = (
                "holds pickled objects, which are never loaded; save plain arrays, texts with "
                "dtype 'U'."
            )
            raise DataError(where, message) from error
        raise DataError(where, f"can't be read as .npz: {error}.") from error
    for name in names:
        if name not in arrays:
            raise DataError(
                where, f"has no array {name!r}. Arrays: {', '.join(available) or 'none'}."
            )
    return arrays


def _shaped(X: Any, kind: str, name: str, where: str) -> Any:
    """Convert the inputs to the form that `bakeoff.interfaces.Data` requires for their kind."""
    import numpy as np
    import pandas as pd

    if kind == "table" and X.ndim == 2 and X.dtype.kind in "iufb":  # noqa: PLR2004  rows, columns
        return pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])
    if kind == "image" and X.dtype == np.uint8 and X.ndim in (3, 4):
        X = X[..., np.newaxis] if X.ndim == 3 else X  # noqa: PLR2004  grey without channel axis
        if X.shape[-1] in (1, 3):
            return X
    if kind == "text" and X.ndim == 1 and X.dtype.kind == "U":
        return X.astype(object)
    if kind == "sequence" and X.ndim in (2, 3) and X.dtype.kind in "iuf":
        X = X[:, np.newaxis, :] if X.ndim == 2 else X  # noqa: PLR2004  one channel without axis
        return X.astype(np.float32)
    expected = {
        "table": "numbers (n_samples, n_columns)",
        "image": "uint8 (n_samples, height, width, 1 or 3)",
        "text": "strings (n_samples,)",
        "sequence": "numbers (n_samples, n_channels, n_timepoints)",
    }[kind]
    raise DataError(
        where, f"array {name!r} is {X.dtype} {X.shape}; expected {expected} for kind {kind!r}."
    )
