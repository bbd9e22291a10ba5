"""bakeoff from Python: a run as frames, methods as estimators, and an import that stays light."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import bakeoff
from bakeoff.errors import BakeoffError, UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.store.run_data import StoredRun

SUITE = {
    "name": "small",
    "tasks": [{"dataset": "tiny", "name": "<b>tiny</b>"}],
    "methods": ["numbers+majority", "numbers+nearestmean"],
    "protocol": {"split": "holdout", "repeats": 2},
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    """A run from a mapping."""
    return bakeoff.run(SUITE, out=tmp_path_factory.mktemp("api") / "small", workers=1)


def test_a_run_comes_back_as_frames(found: StoredRun) -> None:
    """One row a trial, one a metric."""
    assert set(found.trials["state"]) == {"complete"}
    assert len(found.trials) == 4
    assert set(found.scores["trial"]) == set(found.trials["trial"])


def test_reading_it_gives_the_same(found: StoredRun) -> None:
    """What `run` returns is what `read_run` finds."""
    again = bakeoff.read_run(found.folder)

    assert again.trials.equals(found.trials)
    assert again.scores.equals(found.scores)


def test_it_is_the_run_of_the_command_line(found: StoredRun, bench: Any) -> None:
    """Sealed, with its report."""
    assert (found.folder / "report.html").is_file()
    assert "all as stored" in bench("verify", found.folder).assert_success().out


def test_a_notebook_shows_it_escaped(found: StoredRun) -> None:
    """Names come from a suite, which anybody may have written."""
    page = found._repr_html_()

    assert "4 complete" in page
    assert "numbers+nearestmean" in page
    assert "<b>tiny</b>" not in page
    assert "&lt;b&gt;tiny&lt;/b&gt;" in page


def test_a_second_call_runs_nothing_and_returns_the_same(found: StoredRun) -> None:
    """It goes on where it stopped."""
    again = bakeoff.run(SUITE, out=found.folder, workers=1, report=False)

    assert again.trials.equals(found.trials)


def test_a_mistake_is_an_exception_with_the_known_names(tmp_path: Path) -> None:
    """The same sentence as on the command line."""
    with pytest.raises(UnknownNameError, match="did you mean 'majority'"):
        bakeoff.run(SUITE | {"methods": ["numbers+majorty"]}, out=tmp_path / "out")


def test_a_suite_s_own_estimator_needs_permission(tmp_path: Path) -> None:
    """In Python as on the command line."""
    suite = SUITE | {"methods": [{"estimator": "sklearn.svm:SVC"}]}
    with pytest.raises(BakeoffError, match="allow-imports"):
        bakeoff.run(suite, out=tmp_path / "out")


def test_a_method_is_an_estimator_that_predicts_as_in_a_run(found: StoredRun) -> None:
    """With the trial's seed, on the trial's rows."""
    from bakeoff_standins.data import Tiny

    row = found.trials[found.trials["method"] == "numbers+nearestmean"].iloc[0]
    truths = found.truths(row["trial"])
    data = Tiny().load()
    made = bakeoff.estimator("numbers+nearestmean", problem="binary", random_state=int(row["seed"]))
    made.fit(data.X.iloc[truths["train_rows"]], data.y[truths["train_rows"]])
    proba = made.predict_proba(data.X.iloc[truths["test_rows"]])

    np.testing.assert_allclose(proba, found.predictions(row["trial"])["test"], rtol=1e-6)


def test_scikit_learn_cross_validates_it() -> None:
    """Cloned, fitted and scored by a name of its own."""
    from bakeoff_standins.data import Tiny
    from sklearn.model_selection import cross_val_score

    data = Tiny().load()
    made = bakeoff.estimator("raw+tree", problem="binary", max_depth=1, random_state=0)
    scores = cross_val_score(made, data.X, data.y, scoring="roc_auc", cv=3)

    assert scores.shape == (3,)
    assert made.get_params()["learner__max_depth"] == 1


@pytest.mark.parametrize(
    ("name", "facts", "expected"),
    [
        ("numbers+majorty", {}, "did you mean 'majority'"),
        ("numbers+majority", {"inputs": "image"}, "is not made for image"),
        ("numbers+nearestmean", {"depth": 3}, "unknown parameter 'depth'"),
        ("numbers+needy", {}, "pip install"),
    ],
)
def test_what_can_t_be_made_is_told(name: str, facts: dict[str, Any], expected: str) -> None:
    """As in a suite."""
    with pytest.raises(BakeoffError, match=expected):
        bakeoff.estimator(name, **facts)


def test_importing_bakeoff_stays_light() -> None:
    """Names are found when they are asked for."""
    code = (
        "import sys, bakeoff; dir(bakeoff); "
        "print([m for m in ('numpy', 'pandas', 'sklearn', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
