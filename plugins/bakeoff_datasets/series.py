"""Time series datasets: UCR/UEA sets inside the aeon package, and the user's `.ts` files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.errors import DataError
from bakeoff.fetch.sources import from_package, serving
from bakeoff_datasets.files import UserFiles, check_file, decoding, user_path
from bakeoff_datasets.sourced import Sourced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bakeoff.fetch.sources import Source
    from bakeoff.interfaces import Data
    from bakeoff_datasets.tsfile import LabelledSeries

    Parts = tuple[LabelledSeries, LabelledSeries]

_UCR = "BSD-3-Clause (package); UCR/UEA archive, free for research"


class _Bundled(Sourced["Parts"]):
    """Base of UCR/UEA datasets inside the aeon package, with their official split."""

    def _data(self, value: Parts, facts: dict[str, Any]) -> Data:
        return _data(*value, name=self._name, **facts)

    def fingerprint(self) -> str:
        """Return the name and aeon's version."""
        return f"{self._name} {serving(self._sources())}"

    def _sources(self) -> list[Source[Parts]]:
        names = [f"datasets/data/{self._name}/{self._name}_{part}.ts" for part in ("TRAIN", "TEST")]

        def parse(contents: Mapping[str, bytes]) -> Parts:
            from bakeoff_datasets.tsfile import read_ts

            train, test = (
                read_ts(contents[file_name].decode("utf-8", "replace"), file_name)
                for file_name in names
            )
            return train, test

        return [from_package("aeon", names, parse, licence=_UCR)]


class GunPoint(_Bundled):
    """Hand position while drawing a gun or pointing: 200 cases, 1 channel, 150 steps.

    Source:
        Ratanamahatana and Keogh, "Everything you know about dynamic time warping is wrong", 2004.
    """

    _name = "GunPoint"


class ItalyPower(_Bundled):
    """Daily demand for electricity, winter or summer: 1096 cases, 1 channel, 24 steps.

    Source:
        Keogh et al., "Intelligent icons", 2006.
    """

    _name = "ItalyPowerDemand"


class BasicMotions(_Bundled):
    """A smart watch during four activities: 80 cases, 6 channels, 100 steps.

    Source:
        Bagnall et al., "The UEA multivariate time series classification archive, 2018".
    """

    _name = "BasicMotions"


@dataclass
class Ts(UserFiles):
    """A user's `.ts` file in UCR/UEA format, or a pair of training and test file.

    Args:
        path: a `.ts` file, or a folder that holds one `*_TRAIN.ts` and one `*_TEST.ts`, whose
            split is then the official one.
        test: a `.ts` file that is the official test part of `path`.
        encoding: of the text.
    """

    path: str
    test: str | None = None
    encoding: str = "utf-8"

    def load(self) -> Data:
        """Load the file or the pair.

        Raises:
            DataError: a file can't be used; says why.
        """
        from bakeoff_datasets.tsfile import read_ts

        parts: list[LabelledSeries] = []
        for path in self._paths():
            check_file(path)
            with decoding(path, self.encoding):
                parts.append(read_ts(path.read_text(self.encoding), str(path)))
        test = parts[1] if len(parts) > 1 else None
        return _data(parts[0], test, name="label", origin=str(user_path(self.path)))

    def is_cached(self) -> bool:
        """Return whether the path exists."""
        return user_path(self.path).exists()

    def _paths(self) -> Sequence[Path]:
        path = user_path(self.path)
        if not path.is_dir():
            return [path] if self.test is None else [path, user_path(self.test)]
        pair = [sorted(path.glob(f"*_{part}.ts")) for part in ("TRAIN", "TEST")]
        for part, files in zip(("TRAIN", "TEST"), pair, strict=True):
            if len(files) != 1:
                raise DataError(
                    str(path), f"expected one file '*_{part}.ts' in the folder; got {len(files)}."
                )
        return [files[0] for files in pair]


def _data(
    train: LabelledSeries,
    test: LabelledSeries | None,
    *,
    name: str,
    origin: str,
    licence: str = "unknown",
    sha256: str = "",
) -> Data:
    import numpy as np
    import pandas as pd

    from bakeoff.interfaces import Data
    from bakeoff_datasets.targets import read_target
    from bakeoff_datasets.tsfile import stack

    cases = (*train.cases, *(test.cases if test else ()))
    labels = (*train.labels, *(test.labels if test else ()))
    if cases and not labels:
        raise DataError(
            origin, "has no labels; expected '@classLabel true' or '@targetLabel true'."
        )
    if len({case.shape[0] for case in cases}) > 1:
        raise DataError(origin, "training and test file differ in their number of channels.")
    column = pd.Series(
        [label if label != "?" else None for label in labels], name="label", dtype="str"
    )
    problem_type = "regression" if train.is_regression else None
    target = read_target(column, where=origin, problem_type=problem_type)
    is_test = np.arange(len(cases)) >= len(train.cases)
    return Data(
        X=stack(cases)[target.kept],
        y=target.y,
        input_kind="sequence",
        problem_type=target.problem_type,
        classes=target.classes,
        official_test=is_test[target.kept] if test else None,
        target=name,
        origin=f"{origin}{target.note}",
        licence=licence,
        sha256=sha256,
    )
