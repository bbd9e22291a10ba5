"""Fairness: collected only when asked for; the table of all contests is printed at the end.

Run with: pytest tests/fairness -k sms_spam --fairness-out table
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

if TYPE_CHECKING:
    from fair.answers import Store

os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

_ROWS = "fairness row"
_rows: list[tuple[str, ...]] = []
_lines: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the folders of the table and of the answers."""
    group = parser.getgroup("fairness")
    group.addoption("--fairness-out", metavar="FOLDER", help="write fairness.csv and fairness.md")
    group.addoption("--fairness-cache", metavar="FOLDER", help="keep answers for the next call")
    group.addoption("--fairness-fresh", action="store_true", help="compute kept answers again")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the contests out of an ordinary run of the tests."""
    asked = any("fairness" in argument for argument in config.args)
    return None if asked or collection_path.name == "fairness" else True


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect the rows of finished contests, from every worker of a parallel run."""
    if report.when == "call":
        _rows.extend(tuple(value) for name, value in report.user_properties if name == _ROWS)
        _lines.extend(str(value) for name, value in report.user_properties if name == "union")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the table, and write it where the option says."""
    from fair import report

    rows = sorted(_rows)
    for line in [*(report.text(rows) if rows else []), *sorted(_lines)]:
        terminalreporter.write_line(line)
    folder = config.getoption("fairness_out", default=None)
    if folder and rows:
        report.write(rows, Path(folder))


@pytest.fixture(scope="session")
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Folder with answers of both sides, which knows what the selected contests will ask for."""
    from fair.answers import Entry, Store

    options = request.config.option
    kept = options.fairness_cache
    folder = Path(kept) if kept else tmp_path_factory.mktemp("answers")
    wanted = []
    for item in request.session.items:
        asked = item.callspec.params if hasattr(item, "callspec") else {}
        if contest := asked.get("contest"):
            wanted.append(Entry(contest.data, contest.method, contest.params))
        for data in asked.get("data", ()):
            members = ("manual", *asked["members"])
            wanted += [Entry(data, f"{member}+{asked['learner']}") for member in members]
    return Store(folder.resolve(), fresh=options.fairness_fresh, wanted=wanted)
