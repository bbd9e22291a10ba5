"""A pytest plugin for `bakeoff check`: how each test ended, as lines of JSON in a file."""

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
    given = getattr(getattr(item, "callspec", None), "params", {})
    is_about_something = isinstance(given.get("component", None), Component | None)
    if is_about_something and (report.when == "call" or report.outcome != "passed"):
        told = json.dumps(_facts(item, call, report))
        with Path(os.environ[FILE]).open("a", encoding="utf-8") as stream:
            stream.write(told + "\n")
    return report


def _facts(
    item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
) -> dict[str, Any]:
    suite: Any = getattr(item, "cls", None)
    given = getattr(getattr(item, "callspec", None), "params", {})
    component = given.get("component")
    lines = _found(call.excinfo, component) if call.excinfo else []
    if report.outcome == "skipped":
        told = report.longrepr
        reason = str(told[2] if isinstance(told, tuple) else told).removeprefix("Skipped: ")
        lines = [reason]
    return {
        "plugin": getattr(suite, "plugin", "") or getattr(suite, "__name__", "").split("_")[1],
        "kind": component.kind if component else "plugin",
        "name": component.name if component else getattr(suite, "name", ""),
        "case": given.get("case", ""),
        "test": getattr(item, "originalname", item.name),
        "outcome": report.outcome,
        "reason": _reason(call.excinfo, component) if call.excinfo else "",
        "message": "\n".join(lines),
        "traceback": report.longreprtext if report.outcome == "failed" else "",
        "advice": ADVICE.get(getattr(item, "originalname", ""), "see the test of that name"),
    }


def _found(error: pytest.ExceptionInfo[BaseException], component: Component | None) -> list[str]:
    """What went wrong in a few lines: the contract's own words, or what the component raised."""
    lines = [line for line in str(error.value).splitlines() if line.strip()]
    if not error.errisinstance(AssertionError):
        place = _place(error, component)
        return _cut([f"{error.typename}: {' '.join(lines)}".rstrip(": "), *place])
    words = [line for line in lines if not line.strip().startswith(_NOISE)]
    own = next((n for n, line in enumerate(words) if line.startswith(_AFTER)), len(words))
    return _cut(words[:own] or words)


def _reason(error: pytest.ExceptionInfo[BaseException], component: Component | None) -> str:
    """What breaks whatever is asked of a component; empty for the failure of one promise alone."""
    if error.errisinstance(AssertionError):
        return ""
    return " ".join([error.typename, *_place(error, component)])


def _place(error: pytest.ExceptionInfo[BaseException], component: Component | None) -> list[str]:
    """Where in the component's own package an error came from."""
    package = component.target.partition(":")[0].partition(".")[0] if component else ""
    for entry in reversed(error.traceback):
        if entry.frame.f_globals.get("__name__", "").partition(".")[0] == package:
            return [f"at {entry.path}:{entry.lineno + 1}, in {entry.name}"]
    return []


def _cut(lines: list[str]) -> list[str]:
    told = [line.strip() for line in lines[:_MOST_LINES]]
    return [f"{line[:_WIDEST]}..." if len(line) > _WIDEST else line for line in told]
