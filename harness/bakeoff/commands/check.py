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

globals().update(contract_suites(*json.loads({told!r})))
"""
_LATE = 3600
_DONE = (0, 1)
"""Exit codes of pytest after which the tests have run: all passed, some failed."""


_MOST_OTHERS = 4
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""As in a trial; threads that wait for each other make small samples slow."""


class CheckError(BakeoffError):
    """The contracts could not be tried."""


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
    """Run the contracts and tell what they found."""
    known = {name for name, _ in plugins.manager.list_name_plugin()} | plugins.broken.keys()
    for name in args.plugins:
        if name not in known:
            raise UnknownNameError("plugin", name, known)
    broken = {name: plugins.broken[name] for name in args.plugins if name in plugins.broken}
    for name, reason in broken.items():
        out(f"{name}: could not be imported\n  found: {reason}\n  to mend: {_IMPORT}\n")
    whole = [name for name in args.plugins if name not in broken]
    if not whole:
        return 1
    with tempfile.TemporaryDirectory(prefix="bakeoff-") as folder:
        ended, times = _run_pytest(whole, args, Path(folder))
    for name in whole:
        _tell(name, [one for one in ended if one["plugin"] == name], verbose=args.verbose)
    _tell_times(times)
    return 1 if broken or any(one["outcome"] == "failed" for one in ended) else 0


_IMPORT = (
    "import optional libraries in the modules that components name, and declare them in `needs`"
)


def _run_pytest(
    names: list[str], args: Namespace, folder: Path
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """How every test ended, and the times of pytest-benchmark.

    Raises:
        MissingExtraError: pytest is not installed.
        CheckError: pytest did not get to run the tests.
    """
    lacking = tuple(name for name in ("pytest", "pytest_benchmark") if not is_importable(name))
    if lacking:
        raise MissingExtraError("bakeoff check", lacking, "pip install 'bakeoff[check]'")
    told = json.dumps([names, apply_overrides({}, args.settings)])
    (folder / "test_contracts.py").write_text(_MODULE.format(told=told), encoding="utf-8")
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
        timeout=_LATE,
        check=False,
    )
    if done.returncode not in _DONE or not report.is_file():
        lines = f"{done.stdout}\n{done.stderr}".splitlines()
        errors = [line for line in lines if "Error" in line or line.startswith("ERROR")]
        what = (errors or lines)[-1].strip() or f"pytest ended with {done.returncode}"
        raise CheckError(f"the contracts could not be tried: {what}")
    if args.benchmark_json and times.is_file():
        Path(args.benchmark_json).write_bytes(times.read_bytes())
    ended = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    text = times.read_text(encoding="utf-8") if times.is_file() else ""
    return ended, json.loads(text)["benchmarks"] if text else []


def _tell(name: str, ended: list[dict[str, Any]], *, verbose: bool) -> None:
    for first, *others in _by_reason(one for one in ended if one["outcome"] == "failed"):
        place = f"{first['kind']} {first['name']!r}" if first["name"] else "plugin"
        out(f"{name}: {place}: not so: {_promise(first)}")
        out("  found: " + "\n         ".join(first["message"].splitlines()))
        out(f"  to mend: {first['advice']}.")
        if others:
            told = [_promise(one) for one in others[:_MOST_OTHERS]]
            more = f" and {len(others) - len(told)} more" if len(others) > len(told) else ""
            out(f"  not so for the same reason: {', '.join(told)}{more}")
        out(f"\n{first['traceback']}\n" if verbose else "")
    if verbose:
        reasons = Counter(one["message"] for one in ended if one["outcome"] == "skipped")
        for reason, number in reasons.items():
            out(f"{name}: {number} skipped: {reason}")
    counted = Counter(one["outcome"] for one in ended)
    parts = [f"{counted[o]} {o}" for o in ("passed", "failed", "skipped") if counted[o]]
    hint = "; --verbose shows tracebacks" if counted["failed"] and not verbose else ""
    out(f"{name}: {', '.join(parts) or 'nothing to check'}{hint}")


def _promise(one: dict[str, Any]) -> str:
    """What a test asks for, in words: its name, and of which kind of data."""
    what = str(one["test"]).removeprefix("test_").replace("_", " ")
    return f"{what} ({one['case']})" if one["case"] else what


def _by_reason(failed: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Failures of one component that have one reason, the first that was met in front.

    What a component raises breaks whatever is asked of it: only the test that met it first says
    what to mend. A promise that is broken for several kinds of data is told once.
    """
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for one in failed:
        key = (one["kind"], one["name"], one["reason"] or one["test"])
        found.setdefault(key, []).append(one)
    return list(found.values())


def _tell_times(times: list[dict[str, Any]]) -> None:
    """Medians of fit and predict, one line a component and case."""
    found: dict[str, dict[str, float]] = {}
    for one in times:
        test = one["name"].partition("[")[0]
        found.setdefault(one["param"], {})[test] = one["stats"]["median"]
    if found:
        rows = [
            (label, *(f"{1e3 * s.get(f'test_time_of_{w}', 0):.2f}" for w in ("fit", "predict")))
            for label, s in found.items()
        ]
        out("\n" + table(("time on small samples", "fit ms", "predict ms"), rows))
