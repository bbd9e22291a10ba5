"""Writing the page: by the command, with the rights of its folder, the same for the same run."""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pluggy import PluginManager

import bakeoff
from bakeoff.errors import StoreError
from bakeoff.records import NAMESPACE
from bakeoff.registry.manager import Plugins
from bakeoff_report.commands import report
from bakeoff_report.figures import forest
from bakeoff_report.model.context import ReportContext
from bakeoff_report.page.write import placed_sections, write_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import StoredRun

ONE = (("digits", "image"),)


def test_the_command_writes_and_prints_the_path(
    make_run: Callable[..., StoredRun],
    registry: Registry,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without --out the page lands in the run's folder."""
    run = make_run(tasks=ONE)
    run.folder.mkdir(exist_ok=True)
    monkeypatch.setitem(vars(bakeoff), "read_run", lambda folder: run)
    parser = ArgumentParser()
    report.add_arguments(parser)

    code = report.main(
        parser.parse_args([str(run.folder)]), Plugins(PluginManager(NAMESPACE), registry)
    )

    assert code == 0
    assert capsys.readouterr().out == f"report: {run.folder / 'report.html'}\n"
    assert (run.folder / "report.html").is_file()


def test_a_page_that_cant_be_written_is_told_in_a_sentence(
    tmp_path: Path, make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="the report can't be written"):
        write_report([make_run(repeats=1, tasks=ONE)], tmp_path / "file" / "r.html", registry)


def test_a_page_is_for_whoever_may_read_its_folder(
    tmp_path: Path, make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """As open as any new file, with nothing left beside it but the numbers."""
    (tmp_path / "plain").touch()
    page = write_report([make_run(repeats=1, tasks=ONE)], tmp_path / "p" / "r.html", registry)

    assert page.stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert sorted(p.name for p in page.parent.iterdir()) == ["r.html", "r.json"]


def test_hooks_import_nothing_heavy() -> None:
    """In a fresh process, the report's hooks and command bring in no table or chart library."""
    code = (
        "import sys, bakeoff_report.hooks, bakeoff_report.commands.report\n"
        "print({'pandas', 'numpy', 'altair', 'jinja2', 'scipy'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout == "set()\n"


def test_the_same_run_gives_the_same_bytes(
    tmp_path: Path, make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """Nothing in the page depends on the clock or on chance."""
    run = make_run(tasks=ONE)
    pages = [write_report([run], tmp_path / n, registry).read_bytes() for n in ("a", "b")]

    assert pages[0] == pages[1]


def test_run_that_was_interrupted_says_what_is_left(
    make_run: Callable[..., StoredRun], registry: Registry, tmp_path: Path
) -> None:
    """Trials of the plan without a row are counted in the page's first lines."""
    run = make_run(tasks=ONE)
    planned = replace(run, n_planned=len(run.trials) + 7)
    page = write_report([planned], tmp_path / "page.html", registry).read_text(encoding="utf-8")

    assert f"{len(run.trials) + 7} trials: {len(run.trials)} complete, 7 not run yet" in page


def test_a_chart_that_fails_breaks_its_section_alone(
    make_run: Callable[..., StoredRun], registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is drawn with its section for the page, and not at all for `report.json`."""

    def fail(*_: object) -> None:
        raise RuntimeError("no chart")

    monkeypatch.setattr(forest, "to_svg", fail)
    context = ReportContext.of([make_run(tasks=ONE)], registry)
    sections = registry.all("report_sections")
    drawn, undrawn = (
        [p.section.title for p in placed_sections(context, sections, draws=draws)]
        for draws in (True, False)
    )

    assert [title for title in drawn if "(broken)" in title] == ["Manual (broken)"]
    assert not any("(broken)" in title for title in undrawn)
