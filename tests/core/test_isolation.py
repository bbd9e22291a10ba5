"""A trial alone in a fresh process equals the same one last in a warm process."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from bakeoff.reproduce.isolation import differences

if TYPE_CHECKING:
    from pathlib import Path

METHODS = ["raw+random_forest", "tfidf+naive_bayes", "summary+logistic"]
DIFFERS = "dots/pixels+forgetful/r0f0"


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty texts of two classes."""
    folder = tmp_path_factory.mktemp("texts")
    for number in range(30):
        name, word = ("left", "apple") if number % 2 else ("right", "pear")
        (folder / name).mkdir(exist_ok=True)
        text = " ".join([word] * (number % 5) + ["fruit"] * (number % 7) + ["one"])
        (folder / name / f"{number}.txt").write_text(text)
    return folder


@pytest.mark.slow
def test_every_trial_of_each_input_kind_is_the_same_alone(
    plan_of: Any, plugins: Any, texts: Path, tmp_path: Path
) -> None:
    """Tables, images, texts and sequences with manual features and learners."""
    if not plugins.registry.get("datasets", "italy_power").load()().is_cached():
        pytest.skip("italy_power is not cached")
    tasks = [
        "wine",
        {"dataset": "digits", "train_limit": 150, "test_limit": 50},
        {"dataset": "text_folder", "path": str(texts)},
        {"dataset": "italy_power", "train_limit": 100},
    ]
    plan = plan_of(tasks=tasks, methods=METHODS, protocol={"split": "holdout", "repeats": 1})
    kinds = {t.task.input_kind for t in plan.trials if plan.chooses(t)}

    assert kinds == {"table", "image", "text", "sequence"}
    assert differences(plan, tmp_path) == {}


@pytest.mark.slow
@pytest.mark.skipif(find_spec("keras") is None, reason="needs the extra deep")
def test_network_is_the_same_alone(plan_of: Any, tmp_path: Path) -> None:
    """Bit for bit, every epoch of it."""
    networks = [
        {"method": name, "params": {"epochs": 2}, "name": name} for name in ("mlp", "cnn", "lstm")
    ]
    tasks = ["wine", {"dataset": "digits", "train_limit": 150}]
    plan = plan_of(
        tasks=tasks, methods=[*networks, "raw+mlp"], protocol={"split": "holdout", "repeats": 2}
    )

    assert differences(plan, tmp_path) == {}


def test_trial_that_depends_on_others_is_told(suite_file: Any, bench: Any) -> None:
    """A method that keeps something in its module, and the exit code."""
    suite = suite_file(
        tasks=["dots"],
        methods=["pixels+nearestmean", "pixels+forgetful"],
        protocol={"split": "holdout", "repeats": 1},
    )
    told = bench("isolation", suite)

    assert told.code == 1
    assert told.out.splitlines() == [
        f"{DIFFERS}: scores, test, train, validation differ",
        "2 trials alone and in a warm process: 1 are the same.",
    ]
