"""Pages of single trials, beside the report or in it, and what the page says to programs."""

from __future__ import annotations

import itertools
import json
import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis.strategies import floats, lists
from PIL import Image
from sklearn.metrics import confusion_matrix

from bakeoff.metrics.classification import expected_calibration_error
from bakeoff_report.blocks import (
    Code,
    Details,
    Example,
    Examples,
    Facts,
    Figure,
    Table,
    walk,
)
from bakeoff_report.figures import small_svg
from bakeoff_report.figures.examples import Inputs, thumbnail
from bakeoff_report.figures.mistakes import predicted_blocks
from bakeoff_report.figures.trial_blocks import trial_blocks
from bakeoff_report.model.context import ReportContext
from bakeoff_report.model.task_rows import ExampleRows
from bakeoff_report.page.templating import local
from bakeoff_report.page.write import placed_sections, write_report
from bakeoff_report.sections import disagreements

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import StoredRun

    Maker = Callable[..., StoredRun]

ONE = (("digits", "image"),)


def with_details(run: StoredRun) -> StoredRun:
    """The run with epochs, notes and a log for its first trial."""
    trial = run.trials["trial"].iloc[1]
    run.trials.loc[1, ["log", "best_epoch"]] = ["a line of its log", 2]
    epochs = [(trial, e, n, 1 / e) for e in (1, 2, 3) for n in ("train_loss", "validation_loss")]
    notes = [(trial, "parameters", '{"learner": {"C": 3}}'), (trial, "optimizer", "adam: default")]
    return replace(
        run,
        epochs=pd.DataFrame(epochs, columns=["trial", "epoch", "name", "value"]),
        notes=pd.DataFrame(notes, columns=["trial", "name", "value"]),
    )


def test_a_trial_shows_parameters_curves_log_and_command(
    make_run: Maker, registry: Registry
) -> None:
    """Everything that the store has of it."""
    run = with_details(make_run(tasks=ONE))
    context = ReportContext.of([run], registry)
    row = context.trials.iloc[1].to_dict()
    blocks = trial_blocks(context, row)
    text = str(blocks)

    assert dict(next(b for b in blocks if isinstance(b, Facts)).items)["train rows"] == "320"
    (figure,) = [b for b in blocks if isinstance(b, Figure)]
    assert figure.alt.startswith("loss over epochs, best epoch 2: train ends at 0.3333")
    assert '"C": 3' in text
    assert "adam: default" in text
    assert "a line of its log" in text
    assert blocks[-1] == Code(
        label="The command that repeats it alone", text=f"bakeoff replay run-1 {row['trial']}"
    )


def test_confusion_counts_are_scikit_learns(make_run: Maker, registry: Registry) -> None:
    """The table of a stored trial, and its surest mistakes first."""
    run = make_run(tasks=ONE, split="official", repeats=3)
    context = ReportContext.of([run], registry)
    row = context.trials.iloc[1].to_dict()
    confusion, *_ = [b for b in predicted_blocks(context, row) if isinstance(b, Table)]

    truth = run.truths(row["trial"])["test"]
    labels = run.predictions(row["trial"])["test"].argmax(axis=1)
    shown = [[int(cell.sort or 0) for cell in line[1:3]] for line in confusion.rows]
    assert shown == confusion_matrix(truth, labels).tolist()


def test_calibration_of_the_figure_is_that_of_the_metric(
    make_run: Maker, registry: Registry
) -> None:
    """0.68 and 0.72 lie in one of 15 bins, (0.667, 0.733], where ten bins would part them.

    Ten rows at 0.68, all right, and ten at 0.72, two right: 12 of 20 right at a mean of 0.70, which
    is 0.1 off. Twenty rows at 0.95, all right, are 0.05 off: 0.075 in the mean. Ten: 0.235.
    """
    run = make_run(tasks=ONE, repeats=3, split="official")
    trial = run.trials["trial"].iloc[1]
    sure = np.repeat([0.68, 0.72, 0.95], [10, 10, 20])
    wrong = np.repeat([False, True, False], [12, 8, 20])
    truth = np.tile([0, 1], 20)
    proba = np.where((truth == np.arange(2)[:, None]).T ^ wrong[:, None], sure[:, None],
                     1 - sure[:, None]).astype(np.float32)  # fmt: skip
    splits = run.folder / "artifacts" / "splits" / f"{run.trials['split_file'].iloc[1]}.npz"
    np.savez(splits, test=truth, test_rows=np.arange(40))
    np.savez(run.folder / "artifacts" / trial / "predictions.npz", test=proba)
    error = expected_calibration_error(truth, proba, n_classes=2)
    context = ReportContext.of([run], registry)
    (figure,) = [b for b in predicted_blocks(context, context.trials.iloc[1].to_dict())
                 if isinstance(b, Figure)]  # fmt: skip

    assert error == pytest.approx(0.075)
    assert figure.caption.endswith("expected calibration error 0.075")
    assert figure.svg.count("h0") == 2


def test_calibration_has_the_number_of_the_trials_own_table(
    make_run: Maker, registry: Registry
) -> None:
    """The score that the run stored is shown in both places."""
    run = make_run(tasks=ONE, repeats=3, split="official")
    trial = run.trials["trial"].iloc[1]
    stored = {"trial": trial, "metric": "expected_calibration_error", "direction": "minimize",
              "train": 0.1, "validation": 0.2, "test": 0.1234}  # fmt: skip
    scores = pd.concat([run.scores, pd.DataFrame([stored])], ignore_index=True)
    context = ReportContext.of([replace(run, scores=scores)], registry)
    (placed,) = placed_sections(context, [registry.get("report_sections", "trials")])
    captions = [
        b.caption for b in walk(placed.section.blocks)
        if isinstance(b, Figure) and b.caption.startswith("Calibration")
    ]  # fmt: skip
    told = [
        row[3].text for b in walk(placed.section.blocks)
        if isinstance(b, Table) and b.caption == "Every metric"
        for row in b.rows if row[0].text.lower().startswith("expected")
    ]  # fmt: skip

    assert told == ["0.123"]
    assert sum(caption.endswith("error 0.123") for caption in captions) == 1


def test_few_trials_lie_in_the_page_and_links_reach_them(
    tmp_path: Path, make_run: Maker, registry: Registry
) -> None:
    """Nothing beside the page but what programs read."""
    run = make_run(tasks=ONE, repeats=3)
    out = write_report([run], tmp_path / "out" / "report.html", registry)
    text = out.read_text(encoding="utf-8")

    assert sorted(p.name for p in out.parent.iterdir()) == ["report.html", "report.json"]
    assert text.count('<div id="trial-') == len(run.trials)
    assert text.count('<a href="#trial-') == len(run.trials)


def test_many_trials_lie_beside_the_page(
    tmp_path: Path, make_run: Maker, registry: Registry
) -> None:
    """Above 200: a file each, linked both ways; leftovers of an earlier report are removed."""
    run = make_run(repeats=8)
    folder = tmp_path / "report_trials"
    folder.mkdir()
    own, others = folder / "old.html", folder / "mine.html"
    own.write_text("<!doctype html>\n<!-- a trial of bakeoff -->\nold", encoding="utf-8")
    others.write_text("somebody's own page", encoding="utf-8")
    out = write_report([run], tmp_path / "report.html", registry)
    text = out.read_text(encoding="utf-8")

    assert len(run.trials) == 240
    assert text.count('<a href="report_trials/') == 240
    assert {p.name for p in folder.glob("*.html")} - {"mine.html"} == {
        link.split('"')[0] for link in text.split('<a href="report_trials/')[1:]
    }
    assert (others.exists(), own.exists()) == (True, False)
    page = next(p for p in folder.glob("*.html") if p != others).read_text(encoding="utf-8")
    assert '<a href="../report.html">' in page
    assert "bakeoff replay run-1 " in page


def test_report_json_holds_findings_and_tables(
    tmp_path: Path, make_run: Maker, registry: Registry
) -> None:
    """The same sentences as the page, and numbers in full."""
    run = make_run(tasks=ONE)
    out = write_report([run], tmp_path / "report.html", registry)
    told = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    context = ReportContext.of([run], registry)

    page = out.read_text(encoding="utf-8")
    assert told["findings"]
    assert all(f["evidence"] in page for f in told["findings"])
    board = next(s for s in told["sections"] if s["id"] == "section-leaderboard")["tables"][0]
    at = board["columns"].index("digits (balanced accuracy \N{UPWARDS ARROW})")
    means = context.main.groupby("method")["test_score"].mean()
    found = {row[0]["value"]: row[at]["value"] for row in board["rows"]}
    assert found == pytest.approx(dict(means))
    contrasts = next(s for s in told["sections"] if s["id"] == "section-manual")["tables"][0]
    shown = [row[contrasts["columns"].index("Difference")] for row in contrasts["rows"]]
    assert {cell["value"] > 0 for cell in shown if cell.get("tone") == "good"} == {True}


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("#trial-0a", "#trial-0a"),
        ("report_trials/0a.html", "report_trials/0a.html"),
        ("../report.html", "../report.html"),
        ("javascript:alert(1)", "#"),
        ("https://example.org/a.html", "#"),
        ("//example.org/a.html", "#"),
        ("../../etc/passwd.html", "#"),
    ],
)
def test_links_lead_nowhere_else(link: str, expected: str) -> None:
    """An id of the page, or a page beside it."""
    assert local(link) == expected


def test_sketches_put_points_where_the_axes_say() -> None:
    """The lowest point left below, the highest right above; names are text."""
    svg = small_svg.small_chart(
        [small_svg.Series(name="<b>", points=[(0.0, 0.0), (10.0, 1.0)])],
        x="epoch",
        y="loss",
        mark=5,
    )
    start, end = svg.split('<path d="M')[3].split('"')[0].split("L")
    (x0, y0), (x1, y1) = ([float(v) for v in p.split(",")] for p in (start, end))

    assert x0 < x1
    assert y0 > y1
    assert "&lt;b&gt;" in svg
    assert small_svg.small_chart([], x="", y="") == ""


@given(lists(floats(-1e6, 1e6), min_size=1, max_size=8))
def test_names_beside_lines_never_meet(values: list[float]) -> None:
    """Whatever the last points are, each name has a line of its own within the picture."""
    lines = [small_svg.Series(name=f"n{i}", points=[(0.0, v)]) for i, v in enumerate(values)]
    svg = small_svg.small_chart(lines, x="epoch", y="loss")
    heights = sorted(float(y) for y in re.findall(r'y="([\d.]+)" fill="var\(--ink\)">n', svg))
    gaps = [below - above for above, below in itertools.pairwise(heights)]

    assert len(heights) == len(values)
    assert min(gaps, default=math.inf) >= small_svg.TEXT_LINE - 0.11  # written with one digit
    assert 0 < heights[0] <= heights[-1] < small_svg.HEIGHT - small_svg.BOTTOM + 1


def test_disagreements_count_rows_on_which_one_side_was_right(
    make_run: Maker, registry: Registry
) -> None:
    """Shares of both sides add up to one and equal those of the stored answers."""
    run = make_run(tasks=ONE, split="official", repeats=3, learned=True)
    for name in run.trials["split_file"].unique():
        path = run.folder / "artifacts" / "splits" / f"{name}.npz"
        with np.load(path) as stored:
            arrays = {key: stored[key] for key in stored.files}
        np.savez(path, **arrays)
    context = ReportContext.of([run], registry)
    section = disagreements.section(context)
    assert section is not None
    (table,) = [b for b in section.blocks if isinstance(b, Table)]
    shares = [cell.sort for cell in table.rows[0][1:]]

    pairs = context.paired("learned", "manual")["digits"]
    right = []
    for column in ("trial_first", "trial_second"):
        answers = [run.predictions(t)["test"].argmax(axis=1) for t in pairs[column]]
        truth = run.truths(pairs[column].iloc[0])["test"]
        right.append(np.stack(answers) == truth)
    learned, manual = right
    expected = [learned & manual, learned & ~manual, ~learned & manual, ~learned & ~manual]
    assert shares == pytest.approx([float(e.mean()) for e in expected])
    details = next(b for b in section.blocks if isinstance(b, Details))
    examples = [b for b in details.blocks if isinstance(b, Examples)]
    assert [e.caption for e in examples] == [
        "Learned was right where manual was wrong",
        "Manual was right where learned was wrong",
    ]
    assert all("row " in item.text for block in examples for item in block.items)


def test_thumbnails_are_small_pictures(tmp_path: Path) -> None:
    """Grey and coloured, large ones made smaller."""
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8, 1)
    wide = np.zeros((100, 300, 3), dtype=np.uint8)
    sizes = []
    for image in (grey, wide):
        path = tmp_path / "t.png"
        path.write_bytes(thumbnail(image))
        with Image.open(path) as found:
            sizes.append((found.mode, found.size))

    assert sizes == [("L", (8, 8)), ("RGB", (64, 21))]


def test_rows_are_shown_by_their_kind(tmp_path: Path) -> None:
    """Words as words, a series as a drawing, a table's row as names with values."""
    shown = ExampleRows(tmp_path / "examples.json", is_fixed=False)

    def example(X: Any, kind: str, row: int = 0) -> Example:
        return Inputs(X, kind, task=kind, rows=shown).example(row, "c")

    texts = np.array(["<b>hello", "x" * 999], dtype=object)
    assert example(np.ones((2, 1, 5), dtype=np.float32), "sequence").svg
    assert example(np.ones((2, 8, 8, 1), dtype=np.uint8), "image").png
    assert example(texts, "text").text == "<b>hello"
    assert len(example(texts, "text", 1).text) == 281
    row = example(pd.DataFrame({"age": [41.5], "town": ["Ulm"]}), "table")
    assert row.text == "age 41.5, town Ulm"
    assert example(None, "other", 7).text == "row 7"

    shown.path.write_text(shown.to_json(), encoding="utf-8")
    again = ExampleRows(tmp_path / "examples.json", is_fixed=True)
    known = Inputs(None, "table", task="table", rows=again).example(0, "c")
    assert known == row


def test_rows_from_a_file_of_others_are_no_markup(tmp_path: Path) -> None:
    """Whatever a run's folder brings is text, a picture or numbers; the rest is left out."""
    path = tmp_path / "examples.json"
    facts = {"t/0": {"series": "<svg>"}, "t/1": {"png": "no base64!"}, "t/2": {"text": "<b>"}}
    path.write_text(json.dumps(facts), encoding="utf-8")
    inputs = Inputs(None, "text", task="t", rows=ExampleRows(path, is_fixed=True))

    assert [inputs.example(row, "c").text for row in range(3)] == ["row 0", "row 1", "<b>"]
    assert not any(inputs.example(row, "c").svg for row in range(3))


def test_every_section_is_listed_once(make_run: Maker, registry: Registry) -> None:
    """Anchors are unique, whatever the number of sections."""
    context = ReportContext.of([make_run(tasks=ONE)], registry)
    placed = placed_sections(context, registry.all("report_sections"))

    assert len({p.anchor for p in placed}) == len(placed)
    assert any(isinstance(b, Figure) for p in placed for b in walk(p.section.blocks))
