"""Hold installed plugins to bakeoff's contracts, and say what to mend."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakeoff.commands._tables import table
from bakeoff.commands.common import out, say
from bakeoff.errors import BakeoffError, MissingExtraError, UnknownNameError
from bakeoff.registry.catalogue import is_importable
from bakeoff.suite.overrides import apply_overrides

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable

    from bakeoff.registry.manager import Plugins

_MODULE = """
import json
from bakeoff.testing.checks import contract_suites

globals().update(contract_suites(*json.loads({arguments!r})))
"""
_LIMIT_S = 3600
_EXIT_CODES = (0, 1)
"""Exit codes of pytest if the tests ran: all passed, some failed."""


_MOST_OTHERS = 4
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Limits as in trials; more threads are slower on small samples."""


class CheckError(BakeoffError):
    """Contract tests that could not be run."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `bakeoff check`."""
    parser.add_argument("plugins", nargs="+", metavar="PLUGIN", help="name of an entry point")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PARAM=VALUE",
        dest="settings",
        help="give a parameter to every component that has it, as in epochs=3",
    )
    parser.add_argument("--verbose", action="store_true", help="tracebacks, and what is skipped")
    parser.add_argument("--benchmark-json", metavar="FILE", help="times, for pytest-benchmark")


def main(args: Namespace, plugins: Plugins) -> int:
    """Run the contract tests of plugins and print the results; 1 if any failed."""
    installed = {name for name, _ in plugins.manager.list_name_plugin()} | plugins.broken.keys()
    for name in args.plugins:
        if name not in installed:
            raise UnknownNameError("plugin", name, installed)
    broken = {name: plugins.broken[name] for name in args.plugins if name in plugins.broken}
    for name, reason in broken.items():
        out(f"{name}: could not be imported\n  found: {reason}\n  to mend: {_IMPORT}\n")
    importable = [name for name in args.plugins if name not in broken]
    if not importable:
        return 1
    with tempfile.TemporaryDirectory(prefix="bakeoff-") as folder:
        tests, times = _run_pytest(importable, args, Path(folder))
    for name in importable:
        _print_results(name, [t for t in tests if t["plugin"] == name], verbose=args.verbose)
    _print_times(times)
    return 1 if broken or any(test["outcome"] == "failed" for test in tests) else 0


_IMPORT = (
    "import optional libraries in the modules that components name, and declare them in `needs`"
)


def _run_pytest(
    names: list[str], args: Namespace, folder: Path
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Run the contract tests; return their outcomes, and the times of pytest-benchmark.

    Raises:
        MissingExtraError: pytest is not installed.
        CheckError: pytest did not get to run the tests.
    """
    lacking = tuple(name for name in ("pytest", "pytest_benchmark") if not is_importable(name))
    if lacking:
        raise MissingExtraError("bakeoff check", lacking, "pip install 'bakeoff[check]'")
    arguments = json.dumps([names, apply_overrides({}, args.settings)])
    module = _MODULE.format(arguments=arguments)
    (folder / "test_contracts.py").write_text(module, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    report, times = folder / "ended.jsonl", folder / "times.json"
    if sys.stderr.isatty():
        say(f"checking {', '.join(names)} ...")
    words = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "bakeoff.testing.reporter",
    ]
    done = subprocess.run(  # noqa: S603  our own interpreter and arguments
        [sys.executable, "-m", "pytest", *words, "--tb=short", f"--benchmark-json={times}"],
        cwd=folder,
        env={**_ONE_THREAD, **os.environ, "BAKEOFF_CHECK_FILE": str(report)},
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    if done.returncode not in _EXIT_CODES or not report.is_file():
        lines = f"{done.stdout}\n{done.stderr}".splitlines()
        errors = [line for line in lines if "Error" in line or line.startswith("ERROR")]
        reason = (errors or lines)[-1].strip() or f"pytest ended with {done.returncode}"
        raise CheckError(f"the contracts could not be tried: {reason}")
    if args.benchmark_json and times.is_file():
        Path(args.benchmark_json).write_bytes(times.read_bytes())
    tests = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    text = times.read_text(encoding="utf-8") if times.is_file() else ""
    return tests, json.loads(text)["benchmarks"] if text else []


def _print_results(name: str, tests: list[dict[str, Any]], *, verbose: bool) -> None:
    """Print the failures of a plugin, grouped by cause, and the number of tests by outcome."""
    for first, *others in _by_reason(test for test in tests if test["outcome"] == "failed"):
        component = f"{first['kind']} {first['name']!r}" if first["name"] else "plugin"
        out(f"{name}: {component}: not so: {_promise(first)}")
        out("  found: " + "\n         ".join(first["message"].splitlines()))
        out(f"  to mend: {first['advice']}.")
        if others:
            promises = [_promise(test) for test in others[:_MOST_OTHERS]]
            n_more = len(others) - len(promises)
            more = f" and {n_more} more" if n_more else ""
            out(f"  not so for the same reason: {', '.join(promises)}{more}")
        out(f"\n{first['traceback']}\n" if verbose else "")
    if verbose:
        reasons = Counter(test["message"] for test in tests if test["outcome"] == "skipped")
        for reason, number in reasons.items():
            out(f"{name}: {number} skipped: {reason}")
    counted = Counter(test["outcome"] for test in tests)
    parts = [f"{counted[o]} {o}" for o in ("passed", "failed", "skipped") if counted[o]]
    hint = "; --verbose shows tracebacks" if counted["failed"] and not verbose else ""
    out(f"{name}: {', '.join(parts) or 'nothing to check'}{hint}")


def _promise(test: dict[str, Any]) -> str:
    """Return the contract that a test checks, in words, with the kind of data."""
    words = str(test["test"]).removeprefix("test_").replace("_", " ")
    return f"{words} ({test['case']})" if test["case"] else words


def _by_reason(failed: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Group failed tests by component and cause, each group in the order of the tests.

    An exception of a component fails many tests: the first of them explains what to fix. A test
    that fails for several kinds of data is one group.
    """
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for test in failed:
        key = (test["kind"], test["name"], test["reason"] or test["test"])
        groups.setdefault(key, []).append(test)
    return list(groups.values())


def _print_times(times: list[dict[str, Any]]) -> None:
    """Print median times of fit and predict, one line per component and kind of data."""
    medians: dict[str, dict[str, float]] = {}
    for benchmark in times:
        test = benchmark["name"].partition("[")[0]
        medians.setdefault(benchmark["param"], {})[test] = benchmark["stats"]["median"]
    if medians:
        rows = [
            (label, *(f"{1e3 * s.get(f'test_time_of_{w}', 0):.2f}" for w in ("fit", "predict")))
            for label, s in medians.items()
        ]
        out("\n" + table(("time on small samples", "fit ms", "predict ms"), rows))
