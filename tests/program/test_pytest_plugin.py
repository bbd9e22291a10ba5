"""`pytest suite.yaml` runs each trial as a test, and leaves other YAML files alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytest.importorskip("pytest_benchmark")


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Pytest in a folder without settings of its own, and unaware of the one around it."""
    around = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", ".", *words],
        cwd=folder,
        env=around,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, write_suite: Callable[..., Path]
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A folder with a suite in which one method fails, and pytest's account of it."""
    folder = tmp_path_factory.mktemp("suites")
    source = write_suite(methods=["numbers+majority", "numbers+raiser", "numbers+needy"])
    (folder / "suite.yaml").write_bytes(source.read_bytes())
    (folder / "docker.yaml").write_text("services: [web]\n", encoding="utf-8")
    done = run(folder, "suite.yaml", "-v", "--benchmark-json", "times.json")
    return folder, done


def test_each_trial_is_a_test(place: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """Complete ones pass, others fail or are skipped, each with its label."""
    told = place[1].stdout

    assert "2 passed" in told
    assert "2 failed" in told
    assert "2 skipped" in told
    assert "suite.yaml::tiny/numbers+majority/r0f0 PASSED" in told


def test_a_failure_shows_the_reason_of_the_trial(
    place: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """And the method's traceback, not the plugin's."""
    told = place[1].stdout

    assert "failed: " in told
    assert "raiser" in told.lower()
    assert "pytest_plugin.py" not in told


def test_pytest_benchmark_compares_its_times(
    place: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """One benchmark a method, one round a split, read by `pytest-benchmark compare`."""
    folder, _ = place
    stored = json.loads((folder / "times.json").read_text(encoding="utf-8"))["benchmarks"]
    rounds = {one["name"]: one["stats"]["rounds"] for one in stored}
    words = [sys.executable, "-m", "pytest_benchmark", "compare", "times.json", "--csv=times.csv"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    table = (folder / "times.csv").read_text(encoding="utf-8")

    assert rounds == {f"{what}[tiny/numbers+majority/cpu]": 2 for what in ("fit", "predict")}
    assert done.returncode == 0, done.stderr
    assert all(name in table for name in rounds)


def test_yaml_files_are_left_alone_unless_asked_for(
    place: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """A folder is searched for suites with `--bakeoff` alone, and other files are never suites."""
    folder, _ = place
    plain = run(folder, "--collect-only", "-q")
    asked = run(folder, "--collect-only", "-q", "--bakeoff", "--bakeoff-set", "protocol.repeats=1")

    assert "no tests" in plain.stdout
    assert "3 tests collected" in asked.stdout
    assert "docker" not in asked.stdout


def test_a_mistake_in_a_suite_is_told_without_a_traceback(
    place: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """With file, line and the nearest name."""
    folder, _ = place
    text = (folder / "suite.yaml").read_text(encoding="utf-8").replace("majority", "majorty")
    (folder / "typo.yml").write_text(text, encoding="utf-8")
    told = run(folder, "typo.yml", "--collect-only").stdout
    (folder / "typo.yml").unlink()

    assert "did you mean 'majority'?" in told
    assert "Traceback" not in told


def test_loading_the_plugin_imports_nothing_heavy(imported: Callable[[str], set[str]]) -> None:
    """Every pytest session pays for it."""
    assert imported("import bakeoff.pytest_plugin").isdisjoint({"numpy", "pandas", "yaml"})
