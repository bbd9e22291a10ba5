"""A pytest plugin for `bakeoff check`: how each test ended, as lines of JSON in a file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bakeoff.registry import Component
from bakeoff.testing.advice import ADVICE

if TYPE_CHECKING:
    from collections.abc import Generator

FILE = "BAKEOFF_CHECK_FILE"
"""Variable of the environment that names the file."""

_LONGEST = 600


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
    message = call.excinfo.exconly(tryshort=True) if call.excinfo else ""
    if report.outcome == "skipped":
        told = report.longrepr
        message = str(told[2] if isinstance(told, tuple) else told).removeprefix("Skipped: ")
    return {
        "plugin": getattr(suite, "plugin", "") or getattr(suite, "__name__", "").split("_")[1],
        "kind": component.kind if component else "plugin",
        "name": component.name if component else getattr(suite, "name", ""),
        "case": given.get("case", ""),
        "test": getattr(item, "originalname", item.name),
        "outcome": report.outcome,
        "message": str(message)[:_LONGEST],
        "advice": ADVICE.get(getattr(item, "originalname", ""), "see the test of that name"),
    }
