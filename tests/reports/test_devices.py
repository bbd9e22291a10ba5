"""The report's section on devices: pairs, prediction by batch size, and runs of two machines."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from bakeoff import read_run
from bakeoff_report.blocks import Prose, Table
from bakeoff_report.model.context import ReportContext
from bakeoff_report.sections.devices import section

if TYPE_CHECKING:
    from pathlib import Path

ELSEWHERE = "Another processor, 64 cores (beef)"
SUITE: dict[str, Any] = {
    "methods": ["ongpu"],
    "devices": ["cpu", "gpu"],
    "protocol": {"split": "holdout", "repeats": 3},
    "studies": [{"study": "latency", "batch_sizes": [1, 10]}],
}


@pytest.fixture
def here(bench: Any, suite_file: Any, gpus: Any) -> Path:
    """A run on a machine without a GPU."""
    gpus(0)
    suite = suite_file(**SUITE)
    bench("run", suite, "--out", "here", "--no-report", "--workers", "1").assert_success()
    return suite.parent / "here"


@pytest.fixture
def elsewhere(bench: Any, suite_file: Any, gpus: Any) -> Path:
    """The same suite on another machine, which has one."""
    gpus(1)
    suite = suite_file(**SUITE)
    bench("run", suite, "--out", "elsewhere", "--no-report", "--workers", "1").assert_success()
    folder: Path = suite.parent / "elsewhere"
    with closing(sqlite3.connect(folder / "results.sqlite")) as db, db:
        db.execute("UPDATE trials SET machine = ?", (ELSEWHERE,))
    facts = json.loads((folder / "environment.json").read_text())
    (folder / "environment.json").write_text(json.dumps(facts | {"machine": ELSEWHERE}))
    return folder


def blocks(kind: type, registry: Any, *folders: Path) -> list[Any]:
    """Blocks of a kind that the section shows over some runs."""
    found = section(ReportContext.of([read_run(folder) for folder in folders], registry))
    return [b for b in (found.blocks if found else ()) if isinstance(b, kind)]


def column(table: Table, title: str) -> list[str]:
    """Texts of a column."""
    index = [c.title for c in table.columns].index(title)
    return [row[index].text for row in table.rows]


def test_machine_without_a_gpu_says_so(here: Path, registry: Any) -> None:
    """And times its predictions all the same."""
    (note,) = blocks(Prose, registry, here)
    tables = [table.caption for table in blocks(Table, registry, here)]

    assert note.text == "6 trials for a GPU did not run: no GPU found."
    assert tables == ["Prediction by batch size"]


def test_merged_runs_pair_devices_within_one_machine(
    here: Path, elsewhere: Path, registry: Any
) -> None:
    """Both machines ran the processor's trials; only one can be compared with its GPU."""
    pairs, by_size, even = blocks(Table, registry, here, elsewhere)

    assert pairs.caption == "Devices compared: speed-up over the control"
    assert column(pairs, "Machine") == [ELSEWHERE] * 2
    assert column(pairs, "Splits") == ["3", "3"]
    assert len(set(column(by_size, "Machine"))) == 2
    assert len(by_size.rows) == 3
    assert column(even, "Machine") == [ELSEWHERE]
    assert blocks(Prose, registry, here, elsewhere) == []


def test_report_over_two_runs_keeps_the_machine_of_each_row(
    here: Path, elsewhere: Path, bench: Any, tmp_path: Path
) -> None:
    """The command, and every machine on its page."""
    bench("report", here, elsewhere, "--out", "both.html").assert_success()
    page = (tmp_path / "both.html").read_text(encoding="utf-8")
    ours = set(read_run(here).trials["machine"])

    assert [machine in page for machine in (*ours, ELSEWHERE)] == [True, True]
    assert "Break-even: from which batch size" in page


def test_run_in_one_place_without_timed_calls_has_no_section(
    bench: Any, suite_file: Any, registry: Any, tmp_path: Path
) -> None:
    """Nothing to say is said by nothing."""
    bench("run", suite_file(), "--out", "plain", "--no-report", "--workers", "1").assert_success()

    assert section(ReportContext.of([read_run(tmp_path / "plain")], registry)) is None
