"""pytest plugin of `bakeoff check`: writes how each test ended as lines of JSON to a file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bakeoff.registry.catalogue import Component
from bakeoff.testing.advice import ADVICE

if TYPE_CHECKING:
    from collections.abc import Generator

FILE = "BAKEOFF_CHECK_FILE"
"""Variable of the environment that names the file."""

_MOST_LINES = 4
_WIDEST = 160
_AFTER = ("assert ", "Traceback ")
_NOISE = ("+  where", "+    where", "+  and", "Use -v", "(pytest_assertion plugin")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write a line for each test that ended, and for each that could not begin."""
    report = yield
    params = getattr(getattr(item, "callspec", None), "params", {})
    is_about_something = isinstance(params.get("component", None), Component | None)
    if is_about_something and (report.when == "call" or report.outcome != "passed"):
        line = json.dumps(_facts(item, call, report))
        with Path(os.environ[FILE]).open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
    return report


def _facts(
    item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
) -> dict[str, Any]:
    suite: Any = getattr(item, "cls", None)
    params = getattr(getattr(item, "callspec", None), "params", {})
    component = params.get("component")
    lines = _failure_lines(call.excinfo, component) if call.excinfo else []
    if report.outcome == "skipped":
        skip = report.longrepr
        reason = str(skip[2] if isinstance(skip, tuple) else skip).removeprefix("Skipped: ")
        lines = [reason]
    return {
        "plugin": getattr(suite, "plugin", "") or getattr(suite, "__name__", "").split("_")[1],
        "kind": component.kind if component else "plugin",
        "name": component.name if component else getattr(suite, "name", ""),
        "case": params.get("case", ""),
        "test": getattr(item, "originalname", item.name),
        "outcome": report.outcome,
        "reason": _reason(call.excinfo, component) if call.excinfo else "",
        "message": "\n".join(lines),
        "traceback": report.longreprtext if report.outcome == "failed" else "",
        "advice": ADVICE.get(getattr(item, "originalname", ""), "see the test of that name"),
    }


def _failure_lines(
    error: pytest.ExceptionInfo[BaseException], component: Component | None
) -> list[str]:
    """Return what went wrong in a few lines: the contract's message, or the component's error."""
    lines = [line for line in str(error.value).splitlines() if line.strip()]
    if not error.errisinstance(AssertionError):
        location = _location(error, component)
        return _cut([f"{error.typename}: {' '.join(lines)}".rstrip(": "), *location])
    words = [line for line in lines if not line.strip().startswith(_NOISE)]
    own = next((n for n, line in enumerate(words) if line.startswith(_AFTER)), len(words))
    return _cut(words[:own] or words)


def _reason(error: pytest.ExceptionInfo[BaseException], component: Component | None) -> str:
    """Return the error that breaks every test of a component; empty for a failed assertion."""
    if error.errisinstance(AssertionError):
        return ""
    return " ".join([error.typename, *_location(error, component)])


def _location(error: pytest.ExceptionInfo[BaseException], component: Component | None) -> list[str]:
    """Return where in the component's own package an error came from."""
    package = component.target.partition(":")[0].partition(".")[0] if component else ""
    for entry in reversed(error.traceback):
        if entry.frame.f_globals.get("__name__", "").partition(".")[0] == package:
            return [f"at {entry.path}:{entry.lineno + 1}, in {entry.name}"]
    return []


def _cut(lines: list[str]) -> list[str]:
    shown = [line.strip() for line in lines[:_MOST_LINES]]
    return [f"{line[:_WIDEST]}..." if len(line) > _WIDEST else line for line in shown]
