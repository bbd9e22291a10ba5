"""`bakeoff new`: what it writes is built, installed and passes its own tests, untouched."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bakeoff.scaffold import KINDS

ROOT = Path(__file__).parents[2]
NAMES = {kind: f"my_{kind}" for kind in KINDS}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a new plugin of each kind, and all of them installed in `site`."""
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("needs hatchling, which builds the wheels")
    place = tmp_path_factory.mktemp("new")
    for kind, name in NAMES.items():
        words = [sys.executable, "-m", "bakeoff.cli", "new", name, "--kind", kind]
        subprocess.run(words, cwd=place, check=True, stdout=subprocess.DEVNULL)
        words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
        subprocess.run(words, cwd=place / name, check=True, stdout=subprocess.DEVNULL)
        (wheel,) = (place / name / "dist").glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(place / "site")
    return place


def run(made: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A module of Python where the new plugins are installed."""
    paths = [str(made / "site"), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=made,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_kind_passes_its_own_tests_unedited(made: Path) -> None:
    """Without a warning."""
    words = ["-q", "-W", "error", "-p", "no:cacheprovider", "--import-mode=importlib"]
    done = run(made, "pytest", *words, *(f"{name}/tests" for name in NAMES.values()))

    assert done.returncode == 0, done.stdout


def test_the_readme_s_learner_is_checked_and_gets_rows_in_a_report(made: Path) -> None:
    """With the README's own commands; what it installs is installed here as a wheel."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    steps = [line.split() for line in lines if line.startswith("bakeoff ") and "my_learner" in line]
    done = {words[1]: run(made, "bakeoff.cli", *words[1:]) for words in steps if words[1] != "new"}

    assert done.keys() == {"check", "run"}
    assert [one.stdout for one in done.values() if one.returncode] == []
    assert "raw+my_learner" in (made / "runs/my_learner/report.html").read_text(encoding="utf-8")
    assert (made / "runs/my_learner/results.sqlite").is_file()


@pytest.mark.slow
def test_every_kind_passes_the_check_unedited(made: Path) -> None:
    """With a count for each, and the times of those that fit."""
    done = run(made, "bakeoff.cli", "check", *NAMES.values())

    assert done.returncode == 0, done.stdout
    assert all(f"{name}: " in done.stdout for name in NAMES.values())
    assert "my_learner-MyLearner-multiclass" in done.stdout


@pytest.mark.parametrize("kind", ["method", "metric", "study"])
def test_its_suite_can_be_planned(made: Path, kind: str) -> None:
    """The first thing that its author will try."""
    done = run(made, "bakeoff.cli", "plan", f"{NAMES[kind]}/suite.yaml")

    assert done.returncode == 0, done.stderr
    assert NAMES[kind] in (made / NAMES[kind] / "suite.yaml").read_text(encoding="utf-8")


def test_its_metadata_name_the_entry_point(made: Path) -> None:
    """Under the name that was asked for."""
    text = (made / "my_learner" / "pyproject.toml").read_text(encoding="utf-8")

    assert tomllib.loads(text)["project"]["entry-points"] == {
        "bakeoff": {"my_learner": "bakeoff_my_learner"}
    }


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("My-Plugin",), "expected a name of lower-case letters"),
        (("class",), "expected a name of lower-case letters"),
        (("nearestmean",), "learners 'nearestmean' is taken by plugin 'standins'"),
        (("fine", "--out", "full"), "full: is not empty"),
    ],
)
def test_a_name_or_folder_that_can_t_be_had_is_refused(
    bench: Any, tmp_path: Path, words: tuple[str, ...], expected: str
) -> None:
    """Before anything is written."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept.txt").write_text("kept", encoding="utf-8")
    outcome = bench("new", *words, "--kind", "learner")

    assert outcome.code == 2
    assert expected in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["full"]
