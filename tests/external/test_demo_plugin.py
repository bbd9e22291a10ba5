"""A plugin of another distribution, used as its users would: through the command line."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytest.importorskip("bakeoff_demo")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a run of the demo suite in it."""
    place = tmp_path_factory.mktemp("demo")
    call("run", "demo", folder=place).check_returncode()
    return place


def call(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, without the stand-ins of other tests."""
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [path for path in [*paths, environment.pop("PYTHONPATH", "")] if path]
    paths = [path for path in paths if not path.endswith("standins")]
    return subprocess.run(
        [sys.executable, "-m", "bakeoff.cli", *words],
        cwd=folder,
        env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def plugin(tmp_path: Path) -> Callable[[str, str], dict[str, str]]:
    """Write a plugin as a folder with metadata; returns the environment that finds it."""

    def write(name: str, code: str) -> dict[str, str]:
        site = tmp_path / "site"
        info = site / f"bakeoff_{name}-0.1.dist-info"
        info.mkdir(parents=True)
        (site / f"bakeoff_{name}.py").write_text(code, encoding="utf-8")
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: bakeoff-{name}\nVersion: 0.1\n", encoding="utf-8"
        )
        (info / "entry_points.txt").write_text(
            f"[bakeoff]\n{name} = bakeoff_{name}\n", encoding="utf-8"
        )
        return {"PYTHONPATH": str(site)}

    return write


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[dict[str, str]]:
    """The stored rows, as a user gets them."""
    done = call("results", "runs/demo", "--format", "csv", folder=folder)
    done.check_returncode()
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_every_trial_of_its_suite_completes(rows: list[dict[str, str]]) -> None:
    """Two tasks, three folds, three methods and two variants of one of them."""
    assert {"complete"} == {row["state"] for row in rows}
    assert len(rows) == 2 * 3 * (3 + 2)


def test_its_method_wins_where_it_must(rows: list[dict[str, str]]) -> None:
    """Slopes tell the ramps apart; the constant can't."""
    found = [row for row in rows if row["task"] == "ramps" and row["study"] == "none"]
    scores: dict[str, list[float]] = {}
    for row in found:
        scores.setdefault(row["method"], []).append(float(row["test_score"]))
    means = {method: sum(values) / len(values) for method, values in scores.items()}

    assert means["slope+midpoint"] > 0.9
    assert means["raw+constant"] == 0.5


def test_its_metric_is_primary_where_a_task_says_so(rows: list[dict[str, str]]) -> None:
    """With the registered direction."""
    found = [row for row in rows if row["task"] == "other_ramps"]

    assert {("specificity", "maximize")} == {(row["metric"], row["direction"]) for row in found}


def test_its_study_has_two_variants(rows: list[dict[str, str]]) -> None:
    """Beside the unchanged method."""
    found = {row["variant"] for row in rows if row["study"] == "softness"}

    assert {"softness=1.0", "softness=4.0"} == found


def test_its_iterative_method_tells_epochs(rows: list[dict[str, str]]) -> None:
    """The record of a method from outside is stored like any other."""
    found = {row["n_epochs"] for row in rows if row["method"] == "last_column"}

    assert {"5"} == found


def test_its_observer_saw_every_trial(folder: Path, rows: list[dict[str, str]]) -> None:
    """In the parent process, once each."""
    lines = (folder / "runs" / "demo" / "diary.txt").read_text(encoding="utf-8").splitlines()

    assert len(rows) == len(lines)
    assert all(line.endswith(": complete") for line in lines)


def test_its_section_is_in_the_report_escaped(folder: Path) -> None:
    """Sections hand over words, and the page makes them safe."""
    page = (folder / "runs" / "demo" / "report.html").read_text(encoding="utf-8")

    assert "The demo plugin counted 30 trials &amp; &lt;b&gt;escaped&lt;/b&gt; this." in page


def test_its_command_runs(folder: Path) -> None:
    """With the arguments that it declares."""
    assert "Hello Ada, meet " in call("greet", "Ada", folder=folder).stdout


def test_it_is_listed_with_its_distribution(folder: Path) -> None:
    """Name and version are those of its own package."""
    lines = call("list", "plugins", "--json", folder=folder).stdout.splitlines()
    (found,) = (one for one in map(json.loads, lines) if one["plugin"] == "demo")

    assert (found["distribution"], found["version"]) == ("bakeoff-demo", "1.2.3")
    assert "trial_finished" in found["hooks"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("suites", "demo"),
        ("datasets", "ramps"),
        ("features", "slope"),
        ("learners", "midpoint"),
        ("methods", "last_column"),
        ("metrics", "specificity"),
        ("studies", "softness"),
        ("report_sections", "tally"),
        ("commands", "greet"),
    ],
)
def test_each_kind_is_listed_under_its_owner(folder: Path, kind: str, name: str) -> None:
    """Beside those that ship."""
    lines = call("list", kind, "--json", folder=folder).stdout.splitlines()
    owners = {one["name"]: one["plugin"] for one in map(json.loads, lines)}

    assert owners[name] == "demo"


def test_what_it_lacks_is_named_with_a_remedy(folder: Path) -> None:
    """A library of its own is installed by its own name."""
    told = call("list", "learners", folder=folder).stdout

    assert "needs no_such_library: pip install no_such_library" in told


def test_disabled_it_is_gone_and_the_others_stay(folder: Path) -> None:
    """`BAKEOFF_DISABLE=demo` blocks all of it."""
    told = call("list", "learners", folder=folder, BAKEOFF_DISABLE="demo").stdout
    run = call("plan", "demo", folder=folder, BAKEOFF_DISABLE="demo")

    assert "midpoint" not in told
    assert "xgboost" in told
    assert run.returncode == 2
    assert "'demo'" in run.stderr


def test_a_plugin_that_fails_to_import_is_reported_and_the_others_go_on(
    folder: Path, plugin: Callable[[str, str], dict[str, str]]
) -> None:
    """Its own name and error are told."""
    done = call("greet", "Ada", folder=folder, **plugin("broken", "import no_such_library\n"))

    assert done.returncode == 0
    assert "Hello Ada" in done.stdout
    assert "'broken'" in done.stderr
    assert "no_such_library" in done.stderr


@pytest.mark.parametrize(
    ("name", "hook", "words", "expected"),
    [
        (
            "rival",
            "register_learners(register): register('midpoint', 'bakeoff_rival:Midpoint')",
            ("list", "learners"),
            ("'demo'", "'rival'", "BAKEOFF_DISABLE="),
        ),
        (
            "typo",
            "register_lerners(register): ...",
            ("list", "learners"),
            ("'typo'", "bakeoff_register_lerners"),
        ),
        (
            "angry",
            "trial_finished(trial, result): raise RuntimeError('not like this')",
            ("run", "demo", "--out", "angry"),
            ("'angry'", "not like this"),
        ),
    ],
    ids=["a clash names both owners", "a misspelt hook is not ignored", "an observer that raises"],
)
def test_a_plugin_s_mistake_stops_the_program_with_its_name(
    folder: Path,
    plugin: Callable[[str, str], dict[str, str]],
    *,
    name: str,
    hook: str,
    words: tuple[str, ...],
    expected: tuple[str, ...],
) -> None:
    """And how to go on; silent plugins hide wrong numbers."""
    code = f"from bakeoff import hookimpl\n\n@hookimpl\ndef bakeoff_{hook}\n"
    done = call(*words, folder=folder, **plugin(name, code))

    assert done.returncode == 2
    assert [text for text in expected if text not in done.stderr] == []
    assert "Traceback" not in done.stderr
