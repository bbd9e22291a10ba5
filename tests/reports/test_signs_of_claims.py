"""Claims of a report have the sign of their data: failures, scales, ties and wording."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from bakeoff.store.run_data import StoredRun

    Make = Callable[..., StoredRun]
    Read = Callable[..., Any]

TASK = (("digits", "image"),)
PAIR = (
    ("constant", "constant", "", "constant"),
    ("a", "manual", "manual", "a"),
    ("b", "raw", "raw", "b"),
)
COLUMNS = ["train_score", "validation_score", "test_score", "gap"]


def scored(run: StoredRun, **scores: list[float]) -> StoredRun:
    """The run with these test scores of methods, by repeat; NaN is a trial that timed out."""
    trials = run.trials.copy()
    for method, values in scores.items():
        for repeat, value in enumerate(values):
            line = (trials["method"] == method) & (trials["repeat"] == repeat)
            trials.loc[line, ["test_score", "validation_score"]] = value
            if math.isnan(value):
                trials.loc[line, COLUMNS] = math.nan
                trials.loc[line, ["state", "reason"]] = ["timeout", "longer than 60 s"]
    return replace(run, trials=trials)


def test_a_method_that_fails_on_the_hardest_split_never_leads(
    make_run: Make, json_of: Read
) -> None:
    """B is better on each split that both have; the mean of A is higher without the hardest."""
    run = make_run(tasks=TASK, methods=PAIR)
    a, b = [0.90, 0.91, 0.92, 0.90, math.nan], [0.93, 0.95, 0.95, 0.94, 0.60]
    assert np.nanmean(a) > np.mean(b)
    content = json_of(scored(run, a=a, b=b))

    (best, guessing, failed) = content.rows("leaderboard")
    order = [row["Method"]["value"] for row in (best, guessing, failed)]
    assert order == ["b", "constant", "a"]
    assert failed["Complete (of planned)"]["note"] == "failed on 1 of 5"
    # What b leads by on the four splits that both have, on the scale from 0.5 to b's median.
    assert failed["Behind (the leader)"]["value"] == pytest.approx(0.0350 / (0.94 - 0.5))
    assert not [f for f in content.findings if f["topic"] in {"Winner", "Leader"}]
    assert not [f for f in content.findings if "a scores highest" in f["text"]]
    sources = content.rows("sources")[0]
    assert sources["manual"]["note"] == "a, 4 of 5 splits"
    assert "mark" not in sources["manual"]
    (glance,) = content.rows("winners")
    assert glance["Highest"]["value"] == "b"


def test_a_split_that_was_lost_is_no_failure_and_gives_no_lead(
    make_run: Make, json_of: Read
) -> None:
    """The machine stopped during the hardest split: means are compared on equal splits."""
    run = scored(
        make_run(tasks=TASK, methods=PAIR),
        a=[0.90, 0.91, 0.92, 0.90, math.nan],
        b=[0.93, 0.95, 0.95, 0.94, 0.60],
    )
    run.trials.loc[run.trials["state"] == "timeout", "state"] = "lost"
    content = json_of(run)

    (best, second, _) = content.rows("leaderboard")
    assert (best["Method"]["value"], second["Method"]["value"]) == ("b", "a")
    assert "note" not in second["Complete (of planned)"]
    # b: 0.874 over five splits; a: 0.035 less.
    assert second["Normalised (mean, higher is better)"]["value"] == pytest.approx(
        (0.874 - 0.035 - 0.5) / (0.94 - 0.5)
    )
    assert second["Behind (the leader)"]["value"] == pytest.approx(0.035 / (0.94 - 0.5))


def test_a_lead_is_claimed_only_above_0(make_run: Make, json_of: Read) -> None:
    """No text of the page has a lead that its own interval denies."""
    run = make_run(tasks=TASK, repeats=6)
    lost = (run.trials["method"] == "manual+xgboost") & (run.trials["repeat"] == 0)
    run.trials.loc[lost, [*COLUMNS]] = math.nan
    run.trials.loc[lost, "state"] = "diverged"
    content = json_of(run)

    for finding in content.findings:
        for lead, low, high in re.findall(
            r"([\d.]+) \[(\N{MINUS SIGN}?[\d.]+), (\N{MINUS SIGN}?[\d.]+)\]", finding["text"]
        ):
            ends = [float(end.replace("\N{MINUS SIGN}", "-")) for end in (low, high)]
            assert ends[0] <= float(lead) <= ends[1], finding["text"]


def test_a_task_without_a_scale_is_left_out_and_named(make_run: Make, json_of: Read) -> None:
    """On wine the reference beats the constant by 0.0014: its span would decide the board."""
    run = make_run(tasks=(*TASK, ("wine", "table")), methods=PAIR)
    trials = run.trials
    on_wine = trials["task"] == "wine"
    noise = np.random.default_rng(0).normal(0, 0.02, 5)
    for method, level in (("constant", 0.5), ("a", 0.5014), ("b", 0.5090)):
        line = on_wine & (trials["method"] == method)
        values = level + (noise if method != "constant" else 0.0)
        trials.loc[line, "test_score"] = values
        trials.loc[line, "validation_score"] = 0.6 if method == "a" else 0.5
    content = json_of(scored_on(run, "digits", a=[0.9, 0.91, 0.9, 0.92, 0.9], b=[0.8] * 5))

    (best, *_) = content.rows("leaderboard", "All kinds")
    assert best["Method"]["value"] == "a"
    assert best["Normalised (mean, higher is better)"]["value"] == pytest.approx(
        (0.906 - 0.5) / (0.9 - 0.5)
    )
    text = str(content.content["sections"])
    assert "4.391" not in text


def scored_on(run: StoredRun, task: str, **scores: list[float]) -> StoredRun:
    """As `scored`, on one task alone."""
    others = run.trials[run.trials["task"] != task]
    part = scored(replace(run, trials=run.trials[run.trials["task"] == task].copy()), **scores)
    return replace(run, trials=part.trials.combine_first(others)[list(run.trials.columns)])


def test_one_diverged_split_leaves_the_scale_as_it_is(make_run: Make, json_of: Read) -> None:
    """R\N{SUPERSCRIPT TWO} of what validation chose falls to a million below 0 on one of six."""
    run = make_run(tasks=(("diabetes", "table"),), methods=PAIR, repeats=6)
    trials = run.trials
    trials.loc[trials["method"] == "constant", "test_score"] = 0.0
    values = [0.40, 0.42, 0.41, 0.43, 0.39, -1e6]
    content = json_of(scored(run, a=values, b=[0.30, 0.31, 0.29, 0.32, 0.3, 0.3]))

    rows = {row["Method"]["value"]: row for row in content.rows("leaderboard")}
    # The median of 0.40, 0.42, 0.41, 0.43, 0.39 and a diverged one, or b there.
    normalised = rows["b"]["Normalised (mean, higher is better)"]
    assert normalised["value"] == pytest.approx(np.mean([0.30, 0.31, 0.29, 0.32, 0.3, 0.3]) / 0.405)


def renamed(run: StoredRun, names: dict[str, str]) -> StoredRun:
    """The run with other names of its methods."""
    return replace(run, trials=run.trials.replace({"method": names}))


def numbers_of(content: Any, *, but: str = "") -> list[str]:
    """Every number of a report.json but those of one section, sorted; names have none."""
    found: list[str] = []
    for section in content.content["sections"]:
        if section["id"] == but:
            continue
        for table in section["tables"]:
            found += re.findall(r"-?\d+\.\d+", str(table["rows"]))
    return sorted(f"{float(number):.9g}" for number in found)


@pytest.mark.parametrize("is_timed", [True, False])
def test_names_of_methods_change_no_number(
    make_run: Make, json_of: Read, *, is_timed: bool
) -> None:
    """Validation scores of few rows tie often; the faster is chosen, or the mean of all."""
    methods = (PAIR[0], *((f"m{i}", "manual" if i % 2 else "raw", f"f{i}", "l") for i in range(6)))
    run = make_run(tasks=(*TASK, ("wine", "table")), methods=methods)
    run.trials["validation_score"] = run.trials["validation_score"].round(1)
    if not is_timed:
        run.trials[["fit_s", "featurize_s", "compile_s"]] = 1.0
    # Of methods that are equal in all the one shown in detail has to be some one of them.
    but = "" if is_timed else "section-gap"
    before = numbers_of(json_of(run), but=but)
    rng = np.random.default_rng(4)
    for _ in range(3):
        order = rng.permutation(6)
        names = {f"m{i}": f"m{order[i]}" for i in range(6)}
        assert numbers_of(json_of(renamed(run, names)), but=but) == before


def test_of_equal_validation_scores_the_faster_is_chosen(make_run: Make, json_of: Read) -> None:
    """Then the mean of those that are equal in both, such as 0.8 and 0.9."""
    run = scored(make_run(tasks=TASK, methods=PAIR), a=[0.8] * 5, b=[0.9] * 5)
    trials: pd.DataFrame = run.trials
    trials.loc[trials["method"] != "constant", "validation_score"] = 0.85
    trials[["featurize_s", "compile_s"]] = 0.0
    trials["fit_s"] = trials["method"].map({"constant": 0.1, "a": 1.0, "b": 2.0})
    (row,) = json_of(run).rows("winners")
    assert row["Validation chose (test score)"]["value"] == pytest.approx(0.8)

    trials["fit_s"] = 1.0
    (row,) = json_of(run).rows("winners")
    assert row["Validation chose (test score)"]["value"] == pytest.approx(0.85)


def test_too_little_to_matter_is_said_before_who_is_ahead(make_run: Make, json_of: Read) -> None:
    """A hundredth of a point, clear of 0 and within the band of 0.02 of the scale."""
    run = make_run(tasks=TASK, methods=PAIR, repeats=8)
    run.trials[["n_train", "n_validation", "n_test"]] = [320_000, 80_000, 100_000]
    base = np.random.default_rng(5).normal(0.9, 0.01, 8)
    content = json_of(scored(run, a=list(base + 0.002), b=list(base)))

    text = content.finding("Images")["text"]
    assert text.startswith("Manual and raw features score alike: 0.2 points")
    assert "beat" not in text
    (row,) = content.rows("manual")
    assert row["What it says"]["value"].startswith("alike: too little to matter")
    assert "manual ahead by less" in row["What it says"]["value"]


def test_the_headline_is_what_validation_chose(make_run: Make, json_of: Read) -> None:
    """Twenty equal methods: their highest is above, what validation chose is not."""
    methods = (PAIR[0], *((f"m{i}", "raw", f"f{i}", "l") for i in range(20)))
    run = make_run(tasks=TASK, methods=methods, noise=0.05)
    plain = run.trials[run.trials["source"] == "raw"]
    chosen = plain.loc[plain.groupby("repeat")["validation_score"].idxmax(), "test_score"].mean()
    highest = plain.groupby("method")["test_score"].mean().max()
    content = json_of(run)

    text = content.finding("Leader")["text"]
    assert f"what validation chose has a balanced accuracy of {chosen:.3f}" in text
    assert "Highest of 20 methods" in text
    assert "expect less on new data" in text
    (row,) = content.rows("winners")
    assert row["Validation chose (test score)"]["value"] == pytest.approx(chosen)
    assert row["Test score"]["value"] == pytest.approx(highest)
    assert row["Test score"]["note"] == "highest of 20"


def test_clustering_is_in_no_board_with_other_tasks(make_run: Make, json_of: Read) -> None:
    """A board of wine's classes, and one of wine's clusters."""
    run = make_run(tasks=(*TASK, ("wine", "table"), ("wine_clusters", "table")), methods=PAIR)
    on_clusters = run.tasks["task"] == "wine_clusters"
    run.tasks.loc[on_clusters, "problem_type"] = "clustering"
    run.trials.loc[run.trials["task"] == "wine_clusters", "problem_type"] = "clustering"
    content = json_of(run)

    (section,) = [s for s in content.content["sections"] if s["id"] == "section-leaderboard"]
    boards = [set(t["columns"]) for t in section["tables"]]
    with_clusters = [b for b in boards if any("wine_clusters" in c for c in b)]
    assert with_clusters
    assert not any("wine (" in c or "digits (" in c for b in with_clusters for c in b)
    kinds = {t["caption"].split(":")[0] for t in section["tables"]}
    assert "Clustering" in kinds
