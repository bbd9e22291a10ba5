"""Tables and charts as files, and the comparison of two runs as a page."""

from __future__ import annotations

import io
import json
from argparse import ArgumentParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from PIL import Image
from pluggy import PluginManager

import bakeoff
from bakeoff.records import NAMESPACE
from bakeoff.registry.manager import Plugins
from bakeoff.statistics.compare_runs import compare
from bakeoff_report.blocks import Cell, Column, Table
from bakeoff_report.commands import export, report
from bakeoff_report.page.comparison import write_comparison
from bakeoff_report.page.exports import as_frame, as_latex, escape_latex

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import StoredRun

    Maker = Callable[..., StoredRun]

ONE = (("digits", "image"),)


@pytest.fixture(scope="module")
def exported(
    tmp_path_factory: pytest.TempPathFactory, sections: Registry, builder: Maker
) -> tuple[StoredRun, Path]:
    """A run and the folder with all its files."""
    folder = tmp_path_factory.mktemp("export")
    run = builder(folder / "run", tasks=ONE, learned=True, repeats=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(vars(bakeoff), "read_run", lambda path: run)
        parser = ArgumentParser()
        export.add_arguments(parser)
        args = parser.parse_args(["run", "--out", str(folder / "out")])
        assert export.main(args, Plugins(PluginManager(NAMESPACE), sections)) == 0
    return run, folder / "out"


def test_stored_tables_are_exported_in_full(exported: tuple[StoredRun, Path]) -> None:
    """Parquet gives back every number to its last bit; CSV and JSON have as many rows."""
    run, folder = exported
    found = pd.read_parquet(folder / "run-1-trials.parquet")

    assert found["test_score"].tolist() == run.trials["test_score"].tolist()
    assert len(pd.read_csv(folder / "run-1-trials.csv")) == len(run.trials)
    lines = (folder / "run-1-trials.json").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0])["trial"] == run.trials["trial"].iloc[0]


def test_the_leaderboard_is_exported_with_its_intervals(
    exported: tuple[StoredRun, Path],
) -> None:
    """Means in full in one column, intervals in another, and LaTeX that balances."""
    run, folder = exported
    frame = pd.read_csv(folder / "leaderboard-1.csv").set_index("Method")
    latex = (folder / "leaderboard-1.tex").read_text(encoding="utf-8")

    means = run.trials.groupby("method")["test_score"].mean()
    assert frame["digits"].to_dict() == pytest.approx(means.to_dict())
    assert frame["Behind: below"].str.startswith("[").any()
    assert latex.count(r"\\") == len(frame) + 1
    assert latex.count("{") == latex.count("}")


def test_charts_stand_alone(exported: tuple[StoredRun, Path]) -> None:
    """SVG without a reference to the page, PNG of twice the size."""
    _, folder = exported
    charts = sorted(folder.glob("*.svg"))

    assert len(charts) >= 3
    for chart in charts:
        text = chart.read_text(encoding="utf-8")
        root = ET.fromstring(text)  # noqa: S314  written a moment ago
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "var(" not in text
        with Image.open(io.BytesIO(chart.with_suffix(".png").read_bytes())) as image:
            assert image.size[0] == pytest.approx(2 * float(root.attrib["width"]), abs=2)


def test_latex_takes_hostile_names() -> None:
    """Every special character is set as it is."""
    assert escape_latex("50 % & a_b #1 {x} \\ ~") == (
        r"50 \% \& a\_b \#1 \{x\} \textbackslash{} \textasciitilde{}"
    )


def test_columns_of_one_name_are_told_apart() -> None:
    """Two tasks may be called alike in short."""
    columns = (Column(title="a", align="text"), Column(title="a", align="text"))
    table = Table(caption="t", columns=columns, rows=((Cell(text="1"), Cell(text="2")),))

    assert as_frame(table).to_dict("list") == {"a": ["1"], "a 2": ["2"]}
    assert as_latex(table).startswith(r"\begin{tabular}{ll}")


def worse(run: StoredRun, loss: float) -> StoredRun:
    """The run with one method that scores less."""
    run.trials.loc[run.trials["method"] == "raw+xgboost", "test_score"] -= loss
    return run


@pytest.mark.parametrize(
    ("loss", "threshold", "n_worse"), [(0.1, 0.0, 1), (0.1, 0.2, 0), (0, 0, 0)]
)
def test_a_comparison_counts_regressions_beyond_the_threshold(
    tmp_path: Path, make_run: Maker, loss: float, threshold: float, n_worse: int
) -> None:
    """As `bakeoff compare` counts them; every change stands in the page."""
    a = make_run(name="a", tasks=ONE)
    b = worse(make_run(name="b", tasks=ONE), loss)
    out = tmp_path / "c.html"

    assert write_comparison(a, b, out, threshold=threshold) == n_worse
    found = [c for c in compare(a, b).changes if c.is_regression(threshold)]
    text = out.read_text(encoding="utf-8")
    assert len(found) == n_worse
    assert f"{n_worse} regression" in text
    assert ("\N{MINUS SIGN}0.1000" in text) == (loss > 0)


def test_the_command_compares_and_says_so_by_its_exit_code(
    tmp_path: Path,
    make_run: Maker,
    registry: Registry,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """1 for a regression."""
    runs = {"a": make_run(name="a", tasks=ONE), "b": worse(make_run(name="b", tasks=ONE), 0.1)}
    monkeypatch.setitem(vars(bakeoff), "read_run", lambda folder: runs[str(folder)])
    parser = ArgumentParser()
    report.add_arguments(parser)
    out = tmp_path / "c.html"
    args = parser.parse_args(["b", "--against", "a", "--out", str(out)])

    assert report.main(args, Plugins(PluginManager(NAMESPACE), registry)) == 1
    assert capsys.readouterr().out == f"comparison: {out}\n"
    assert "raw+xgboost" in out.read_text(encoding="utf-8").replace("<wbr>", "")
