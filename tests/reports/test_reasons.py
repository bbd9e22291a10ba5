"""Where the page has no interval it says why, and it is the true reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.store.run_data import StoredRun

    Make = Callable[..., StoredRun]
    Report = Callable[..., dict[str, Any]]

WINE = (("wine", "table"),)
TWO = (("wine", "table"), ("digits", "image"))
SAME = "no interval: every one of 3 repeats gave the same value"
FEW = "no interval: 2 of at least 3 repeats"


def kept(run: StoredRun, *sources: str) -> StoredRun:
    """The run with trials of some sources alone."""
    run.trials.drop(run.trials.index[~run.trials["source"].isin(sources)], inplace=True)
    return run


def table(content: dict[str, Any], section: str) -> dict[str, Any]:
    """The first table of a section."""
    (found,) = [s for s in content["sections"] if s["id"] == f"section-{section}"]
    first: dict[str, Any] = found["tables"][0]
    return first


def test_a_single_source_has_no_other_to_be_compared_with(
    make_run: Make, report_json: Report
) -> None:
    """Three repeats were done, so that their number is not the reason."""
    content = report_json(kept(make_run(tasks=WINE, repeats=3), "manual"))

    assert table(content, "sources")["note"] == "Not tested: there is no other source."


def test_repeats_that_all_agree_are_the_reason(make_run: Make, report_json: Report) -> None:
    """R² has no smallest step: a difference of 0.1 in each of three repeats has no spread."""
    run = kept(make_run(tasks=(("diabetes", "table"),), repeats=3), "raw", "manual")
    scores = {"raw": 0.5, "manual": 0.625}
    run.trials["test_score"] = run.trials["source"].map(scores)
    content = report_json(run)
    contrast = table(content, "manual")["rows"][0][2]

    assert table(content, "sources")["note"] == f"Not tested: {SAME}."
    assert (contrast["value"], contrast["note"]) == (0.125, SAME)


def test_too_few_repeats_are_the_reason_where_they_are(make_run: Make, report_json: Report) -> None:
    """The same words in the table of sources, the contrast, the first table and the headline."""
    content = report_json(make_run(tasks=WINE, repeats=2))
    winner = table(content, "winners")["rows"][0]

    assert table(content, "sources")["note"] == f"Not tested: {FEW}."
    assert table(content, "manual")["rows"][0][2]["note"] == FEW
    assert winner[2]["note"] == f"how surely is not known ({FEW})"
    assert winner[4]["note"] == FEW
    assert f"how surely is not known ({FEW})" in content["findings"][0]["text"]


def test_reasons_name_the_tasks_they_are_about(make_run: Make, report_json: Report) -> None:
    """Wine lost its third repeat, digits did not."""
    run = make_run(tasks=TWO, repeats=3)
    late = (run.trials["task"] == "wine") & (run.trials["repeat"] == 2)
    run.trials.drop(run.trials.index[late], inplace=True)
    note = table(report_json(run), "sources")["note"]

    assert note.endswith(f" Not tested on wine: {FEW}.")


@pytest.mark.parametrize("lost", [0, 1])
def test_sources_without_a_common_split_say_so(
    make_run: Make, report_json: Report, lost: int
) -> None:
    """Each ran on the repeats that the other lacks."""
    run = kept(make_run(tasks=WINE, repeats=4), "raw", "manual")
    is_even = run.trials["repeat"] % 2 == lost
    run.trials.drop(run.trials.index[is_even == (run.trials["source"] == "raw")], inplace=True)
    note = table(report_json(run), "sources")["note"]

    assert note == "Not tested: a source lacks a split."
