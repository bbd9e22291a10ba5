"""The command line: quick to start, complete in its help, and clear about its end."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from bakeoff.records import NAMESPACE
from bakeoff.registry.catalogue import KINDS

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = ("numpy", "pandas", "sklearn", "scipy", "xgboost", "tensorflow", "keras", "jax", "torch")
COMMANDS = (
    "run",
    "plan",
    "prepare",
    "list",
    "show",
    "results",
    "compare",
    "doctor",
    "report",
    "new",
    "check",
)


CORE = {
    "bakeoff",
    "bakeoff.cli",
    "bakeoff.errors",
    "bakeoff.records",
    "bakeoff.registry",
    "bakeoff.registry.builtin",
    "bakeoff.registry.catalogue",
    "bakeoff.registry.hookspecs",
    "bakeoff.registry.manager",
}
"""What the program imports of itself to know its commands and components."""

MOST_RATIO = 20
"""CPU time of a start at most, in starts of an interpreter that does nothing: it takes 5 to 12 on
machines idle and busy, and 26 to 45 with pandas."""


def imported_by(*words: str) -> set[str]:
    """Modules outside the standard library that a call of the program imports."""
    code = f"""
import sys
before = set(sys.modules)
from bakeoff.cli import main
assert main({words!r}) == 0
print(*sorted(set(sys.modules) - before), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {m for m in done.stderr.split() if m.partition(".")[0] not in sys.stdlib_module_names}


@pytest.mark.parametrize("words", [("--help",), ("list", "methods")], ids=str)
def test_start_imports_the_registry_and_the_hooks_of_plugins_alone(words: tuple[str, ...]) -> None:
    """And the modules of the command; of other packages pluggy alone."""
    hooks = {entry.module for entry in metadata.entry_points(group=NAMESPACE)}
    expected = CORE | hooks | {module.partition(".")[0] for module in hooks}
    others = {m for m in imported_by(*words) if m.partition(".")[0] != "pluggy"} - expected

    assert {m for m in others if not m.startswith("bakeoff.commands")} == set()


def test_start_costs_a_few_starts_of_the_interpreter(tmp_path: Path) -> None:
    """CPU time, the least of five rounds in turn, is the same on a busy machine."""
    calls = {
        "nothing": ("-c", "pass"),
        "help": ("-m", "bakeoff.cli", "--help"),
        "list": ("-m", "bakeoff.cli", "list", "methods"),
    }
    rounds = [{name: _cpu_s(words, tmp_path) for name, words in calls.items()} for _ in range(5)]
    least = {name: min(seconds[name] for seconds in rounds) for name in calls}

    assert max(least["help"], least["list"]) < MOST_RATIO * least["nothing"], least


def _cpu_s(words: tuple[str, ...], folder: Path) -> float:
    """CPU time of a call of the interpreter, with compiled modules kept in a folder."""
    env = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, check=True, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_help_and_lists_import_nothing_heavy(program: Any) -> None:
    """In a fresh process, after the help and every list."""
    code = f"""
import sys
from bakeoff.cli import main
for words in [["--help"], *(["list", kind] for kind in {[*KINDS, "plugins"]!r})]:
    assert main(words) == 0, words
    found = [name for name in {HEAVY!r} if name in sys.modules]
    assert not found, (words, found)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With its usage, and exit code 0."""
    from bakeoff.cli import main

    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])

    assert caught.value.code == 0
    assert f"usage: bakeoff {command}" in capsys.readouterr().out


def test_every_registered_command_is_tested(plugins: Any) -> None:
    """The table of this module is the registry's."""
    assert set(COMMANDS) <= set(plugins.registry.names("commands"))


def test_overview_names_every_command(bench: Any, plugins: Any) -> None:
    """With its summary."""
    told = bench("--help").assert_success().out

    assert all(
        f"  {c.name} " in told and c.summary in told for c in plugins.registry.all("commands")
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["rnu"], "bakeoff: unknown command 'rnu'; did you mean 'run'? Known: "),
        (["--rnu"], "bakeoff: expected a command before '--rnu'. See bakeoff --help.\n"),
        (["list"], "bakeoff list: the following arguments are required: KIND. See bakeoff list"),
        (["list", "mthods"], "bakeoff list: argument KIND: invalid choice: 'mthods'"),
        (
            ["show", "nearestmaen"],
            "bakeoff: unknown component 'nearestmaen'; did you mean 'nearestmean'",
        ),
        (
            ["results", "nowhere"],
            "bakeoff: nowhere: no run of bakeoff (it has no results.sqlite).\n",
        ),
        (
            ["prepare", "quickstart", "--only", "digits/*"],
            "bakeoff prepare: unrecognized arguments: --only digits/*. See bakeoff prepare",
        ),
        (["compare", "a", "b"], "bakeoff: a: no run of bakeoff (it has no results.sqlite).\n"),
    ],
)
def test_mistake_is_one_line_and_exit_code_two(bench: Any, words: list[str], expected: str) -> None:
    """Without a traceback or the whole usage."""
    outcome = bench(*words)

    assert (outcome.code, outcome.out, outcome.err[: len(expected)]) == (2, "", expected)
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    "name", ["nearestmean", "numbers", "tiny", "accuracy", "vary", "quickstart"]
)
def test_show_tells_of_any_kind(bench: Any, name: str) -> None:
    """What it is and who offers it."""
    told = bench("show", name).assert_success().out

    assert told.startswith(f"{name}: ")
    assert "  plugin: " in told


def test_show_lists_parameters_with_their_defaults(bench: Any) -> None:
    """What a suite may set."""
    told = bench("show", "nearestmean").assert_success().out

    assert "    power = 1.0\n    noise = 0.1\n" in told


def test_show_tells_what_is_missing_with_the_command(bench: Any) -> None:
    """Instead of a traceback of an import."""
    assert "not installed: no_such. Run: pip install no_such" in bench("show", "needy").out


def test_doctor_tells_what_is_there_and_what_is_missing(bench: Any) -> None:
    """Versions, and the command for what lacks something."""
    told = bench("doctor").assert_success().out

    assert "needy needs no_such. Run: pip install no_such" in told
    assert all(word in told for word in ("python", "processor", "GPU", "cache", "memory limits"))


@pytest.mark.parametrize("kind", [*KINDS, "plugins"])
def test_list_as_json_is_a_row_a_line(bench: Any, kind: str) -> None:
    """The same rows as the table."""
    rows = [
        json.loads(line) for line in bench("list", kind, "--json").assert_success().out.splitlines()
    ]
    names = [row.get("name", row.get("plugin")) for row in rows]

    assert len(rows) == len(names)
    assert all(names)


def test_version_is_told(bench: Any) -> None:
    """One line."""
    import bakeoff

    assert bench("--version").out == f"bakeoff {bakeoff.__version__}\n"


def test_closed_pipe_is_no_failure(program: Any) -> None:
    """`bakeoff list metrics | head -1` prints no traceback."""
    command = f"{sys.executable} -m bakeoff.cli list metrics | true"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_interrupt_while_planning_ends_with_130(tmp_path: Path, write_suite: Any) -> None:
    """At any moment, not only while trials run."""
    slow = write_suite(methods=["numbers+sleeper"])
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "bakeoff.cli",
            "run",
            slow,
            "--out",
            tmp_path / "run",
            "--no-report",
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("run/scratch/*.log")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)

    assert (process.returncode, told) == (
        130,
        "bakeoff: interrupted; the same command goes on from here.\n",
    )
