"""What the core holds a dataset to before anything runs on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from bakeoff_standins.data import Tiny

from bakeoff.data import prepared as module
from bakeoff.data.prepared import TASK_KEYS, check_data, find_prepared_task, prepare
from bakeoff.errors import DataError, PluginError
from bakeoff.suite.task_entry import TaskEntry

if TYPE_CHECKING:
    from pathlib import Path

TINY = Tiny().load()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (None, "expected Data; got NoneType"),
        (replace(TINY, input_kind="smell"), "unknown kind 'smell' or problem type 'binary'"),
        (replace(TINY, X=TINY.X[:0]), "no rows"),
        (replace(TINY, y=TINY.y[:9]), "expected y of length 60; got 9"),
        (replace(TINY, input_kind="image"), "expected X with 4 dimensions; got 2"),
        (replace(TINY, y=None), "expected y to hold whole numbers, the codes of the classes"),
        (
            replace(TINY, y=np.array(["x"] * 60)),
            "expected y to hold whole numbers, the codes of the classes",
        ),
        (replace(TINY, y=TINY.y + 1), "expected class codes in 0..1; got [1 2]"),
        (replace(TINY, problem_type="regression", y=None), "expected y to hold numbers"),
        (
            replace(TINY, problem_type="regression", y=np.array(["x"] * 60)),
            "expected y to hold numbers",
        ),
        (
            replace(TINY, problem_type="regression", y=np.full(60, np.nan)),
            "the target holds values that are not finite",
        ),
    ],
)
def test_data_that_break_the_contract_name_the_plugin(data: Any, told: str) -> None:
    """With what was expected and what came."""
    with pytest.raises(PluginError) as caught:
        check_data(data, plugin="author", name="novel")

    assert str(caught.value) == f"plugin 'author': dataset 'novel': {told}."


def test_dataset_that_raises_is_named_with_its_plugin(
    plugins: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of a plugin is one line, not a traceback."""

    class Broken(Tiny):
        def load(self) -> Any:
            raise KeyError("lost")

        def fingerprint(self) -> str:
            return "broken"

    monkeypatch.setattr(module, "build_dataset", lambda *_, **__: Broken())
    with pytest.raises(PluginError) as caught:
        prepare(plugins.registry.get("datasets", "tiny"), {}, where="suite.yaml:2")

    assert str(caught.value) == "plugin 'standins': dataset 'tiny' raised KeyError: 'lost'."


def test_damaged_cache_is_laid_out_anew(plugins: Any) -> None:
    """A torn description is no reason to use, or keep, what lies beside it."""
    component = plugins.registry.get("datasets", "tiny")
    folder = module.Path(prepare(component, {"seed": 7}, where="").folder)
    (folder / "meta.json").write_text("{half")
    (folder / "y.npy").write_bytes(b"torn")

    assert prepare(component, {"seed": 7}, where="").load().y.tolist() == TINY.y.tolist()


def test_a_tasks_own_keys_are_no_parameters_of_its_dataset() -> None:
    """What a stored run says of a task is split as its suite was when it was checked."""
    assert set(TaskEntry.model_fields) == TASK_KEYS


def test_prepared_data_of_a_stored_task_are_found_and_never_made(
    plugins: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Keys of the task don't matter, those of the dataset do."""
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path))
    written = {"dataset": "tiny", "name": "small", "metric": "accuracy", "folds": 3}

    assert find_prepared_task(written, plugins.registry) is None
    made = prepare(plugins.registry.get("datasets", "tiny"), {}, where="suite")
    assert find_prepared_task(written, plugins.registry) == made
    assert find_prepared_task({"name": "small"}, plugins.registry) is None
    with pytest.raises(DataError, match="no_such"):
        find_prepared_task({**written, "no_such": 1}, plugins.registry)
