"""Contract of datasets: data as registered, and cheap `is_cached` and `fingerprint`."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from bakeoff.data.prepared import build_dataset, check_data
from bakeoff.errors import BakeoffError
from bakeoff.registry.catalogue import DatasetComponent
from bakeoff.testing import samples
from bakeoff.testing.base import Contract, fresh_process

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.interfaces import Data
    from bakeoff.registry.catalogue import Component

_LOOK = """
import json, pkgutil, socket, sys
def refuse(*_, **__):
    raise OSError("a dataset reached for the network before it was loaded")
socket.socket.connect = socket.create_connection = refuse
factory = pkgutil.resolve_name(sys.argv[1])
factory.load = refuse
datasets = [factory(**json.loads(sys.argv[2])) for _ in range(2)]
answers = {
    "cached": [dataset.is_cached() for dataset in datasets],
    "fingerprints": [dataset.fingerprint() for dataset in datasets],
    "modules": sorted({name.partition(".")[0] for name in sys.modules}),
}
print(json.dumps(answers))
"""
_DTYPES = {"binary": "int64", "multiclass": "int64", "regression": "float64"}


class DatasetContract(Contract):
    """Contract tests for every dataset of a plugin.

    A dataset that needs a user's file gets one by `arguments`; one that would need the network is
    skipped with the command that fetches it.

    Args:
        heavy: top-level modules that `is_cached` and `fingerprint` must not import.
    """

    kinds = ("datasets",)
    heavy: ClassVar[tuple[str, ...]] = ("numpy", "pandas", "sklearn", "tensorflow")

    def arguments(self, component: Component, folder: Path) -> dict[str, Any]:  # noqa: ARG002  same
        """Return what a suite would write beside the dataset; may write files into `folder`."""
        return self.params.get(component.name, {})

    def _given(self, component: Component, folder: Path) -> dict[str, Any]:
        arguments = self.arguments(component, folder)
        parameters = inspect.signature(component.load()).parameters.values()
        lacking = [p.name for p in parameters if p.default is p.empty and p.name not in arguments]
        if lacking:
            pytest.skip(f"{component.name} needs {', '.join(lacking)}: override `arguments`")
        try:
            build_dataset(component, arguments, where="test")
        except BakeoffError as error:  # it needs one of several, say
            pytest.skip(f"{error} Override `arguments`")
        return arguments

    def _load(self, component: Component, folder: Path) -> Data:
        dataset = build_dataset(component, self._given(component, folder), where="test")
        if not dataset.is_cached():
            pytest.skip(f"{component.name} is not cached; a suite's `bakeoff prepare` fetches it")
        return dataset.load()

    def _look(self, component: Component, folder: Path) -> list[dict[str, Any]]:
        """Return the answers of two fresh processes about the same dataset."""
        arguments = json.dumps(self._given(component, folder))
        return [
            fresh_process(_LOOK, component.target, arguments, PYTHONHASHSEED=seed) for seed in "12"
        ]

    def test_data_are_what_the_interface_says(self, component: Component, tmp_path: Path) -> None:
        """The core's own check of shapes, types and codes."""
        data = self._load(component, tmp_path)
        check_data(data, plugin=self.plugin, name=component.name)

        assert data.origin, "origin is empty"
        assert data.licence, "licence is empty"
        assert data.y is not None, "y is None"
        assert str(np.asarray(data.y).dtype) == _DTYPES.get(data.problem_type, str(data.y.dtype))

    def test_data_are_what_the_registration_says(
        self, component: Component, tmp_path: Path
    ) -> None:
        """Rows, classes, input kind and problem type; a user's own file has no number of rows."""
        assert isinstance(component, DatasetComponent)
        data = self._load(component, tmp_path)

        is_registered = component.fits(data.input_kind, data.problem_type)
        assert is_registered, f"load returns {data.input_kind}, {data.problem_type}"
        if component.n_rows:
            registered, loaded = (
                f"{n_rows} rows and {n_classes} classes"
                for n_rows, n_classes in (
                    (component.n_rows, component.n_classes),
                    (len(data.X), len(data.classes)),
                )
            )
            assert registered == loaded, f"registered are {registered}, load returns {loaded}"

    def test_loading_twice_gives_the_same(self, component: Component, tmp_path: Path) -> None:
        """Equal fingerprints promise equal data, in the same order."""
        first, second = (self._load(component, tmp_path) for _ in range(2))

        assert len(first.X) == len(second.X)
        np.testing.assert_array_equal(samples.flat(first.y), samples.flat(second.y))

    def test_asking_is_light(self, component: Component, tmp_path: Path) -> None:
        """Whether it is cached, and of which version, takes no network and no heavy import."""
        answers = self._look(component, tmp_path)

        imported = sorted(set(self.heavy) & set(answers[0]["modules"]))

        assert not imported, f"asking imports {', '.join(imported)}"

    def test_the_fingerprint_is_stable(self, component: Component, tmp_path: Path) -> None:
        """Between objects and between processes, whatever seeds Python's hashes."""
        fingerprints = {
            fingerprint
            for answer in self._look(component, tmp_path)
            for fingerprint in answer["fingerprints"]
        }

        assert len(fingerprints) == 1, (
            f"four calls in two processes gave {len(fingerprints)} fingerprints"
        )
        assert all(fingerprints), "the fingerprint is empty"
