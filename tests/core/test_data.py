"""What the core holds a dataset to before anything runs on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from bakeoff_standins.data import Tiny

from bakeoff.data import prepared as module
from bakeoff.data.prepared import check_data, prepare
from bakeoff.errors import PluginError

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
