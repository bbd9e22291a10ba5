"""How often a page claims a difference between methods that do not differ, and one that exists.

Run with: pytest -m slow tests/reports/test_claims.py -rP

Environment variables: `BAKEOFF_CLAIMS_OUT` is a folder for the results as JSON,
`BAKEOFF_CLAIMS_STORES` the number of stores of a cell, and `BAKEOFF_CLAIMS_PROCESSES` the number of
processes.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from bakeoff_standins.claims import CONSTANT, Claim, claims_of
from bakeoff_standins.equal_methods import Cell, Page, fill, report_of, sections, simulate
from scipy import stats

import bakeoff
from bakeoff.statistics import significance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bakeoff.store.run_data import StoredRun

N_STORES = int(os.environ.get("BAKEOFF_CLAIMS_STORES", "400"))
N_PROCESSES = int(os.environ.get("BAKEOFF_CLAIMS_PROCESSES", "1"))
N_FEWER, N_REAL, N_QUICK = max(1, N_STORES // 4), max(2, N_STORES // 20), 40
MOST = 0.05
"""Largest share of pages with a false claim."""

CELLS = [Cell(n_methods=k, n_tasks=t) for k in (3, 10, 20) for t in (1, 5, 10)]
OTHERS = [
    Cell(n_methods=6, n_tasks=2, guesses="ridge"),
    Cell(n_methods=6, n_tasks=2, guesses="correlated"),
    Cell(n_methods=6, n_tasks=2, guesses="independent"),
    Cell(n_methods=6, n_tasks=2, split="official", repeats=3),
    Cell(n_methods=6, n_tasks=2, split="official", repeats=5),
    Cell(n_methods=6, n_tasks=2, split="official", repeats=4, guesses="ridge"),
]
UNEQUAL = [
    Cell(n_methods=6, n_tasks=2, gain=0.1),
    Cell(n_methods=6, n_tasks=2, gain=0.1, guesses="independent"),
    Cell(n_methods=6, n_tasks=10, gain=0.1),
]
PLAIN = "page with plain intervals"
PARTS: dict[str, Callable[[Claim], bool]] = {
    "findings": lambda c: c.part == "findings",
    "first screen": lambda c: c.is_on_first_screen and c.kind != "interval",
    "page": lambda c: c.kind != "interval",
    PLAIN: lambda _: True,
}
"""Claims that are counted; the last are intervals without 0 beside a mark of a tie."""


def simulated(cell: Cell, builder: Callable[..., StoredRun], folder: Path, n: int) -> list[Page]:
    """Return pages of simulated stores."""
    run = builder(folder / "plan", **cell.plan())
    return simulate(cell, run, range(n), folder, processes=N_PROCESSES)


def shares(pages: Sequence[Page], claims: Callable[[Page], list[Claim]]) -> dict[str, Any]:
    """Return for each part of the page how many pages have a claim there, with its interval."""
    found = {}
    for part, is_counted in PARTS.items():
        n_claimed = sum(any(map(is_counted, claims(page))) for page in pages)
        interval = stats.binomtest(n_claimed, len(pages)).proportion_ci(0.95, method="exact")
        found[part] = {
            "pages": len(pages),
            "claimed": n_claimed,
            "share": n_claimed / len(pages),
            "low": float(interval.low),
            "high": float(interval.high),
        }
    return found


def tell(what: str, cell: object, found: dict[str, Any], pages: Iterable[Page]) -> None:
    """Print shares, and write them with the first claims where the environment says."""
    for part, row in found.items():
        line = f"{what:8} {cell!s:44} {part:26} {row['claimed']:4} of {row['pages']:4}"
        line += f" {row['share']:6.1%} [{row['low']:.1%}, {row['high']:.1%}]"
        sys.stdout.write(f"{line}\n")
    if folder := os.environ.get("BAKEOFF_CLAIMS_OUT"):
        examples = [str(claim) for page in pages for claim in page.false()][:50]
        content = {"cell": str(cell), "what": what, "shares": found, "false": examples}
        path = Path(folder) / f"{what} {cell}.json".replace(" ", "-")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("cell", [*CELLS, *OTHERS], ids=str)
def test_equal_methods_are_rarely_told_apart(
    cell: Cell, builder: Callable[..., StoredRun], tmp_path: Path
) -> None:
    """No part of the page has false claims on more than 5 % of the pages, as far as counts show."""
    pages = simulated(cell, builder, tmp_path, N_STORES if cell in CELLS else N_FEWER)
    found = shares(pages, Page.false)
    tell("false", cell, found, pages)

    # Plain intervals beside a mark of a tie are told, and claim nothing.
    excessive = {part for part, row in found.items() if row["low"] > MOST}
    assert excessive <= {PLAIN}


@pytest.mark.slow
@pytest.mark.parametrize("cell", UNEQUAL, ids=str)
def test_a_difference_that_exists_is_found_with_its_sign(
    cell: Cell, builder: Callable[..., StoredRun], tmp_path: Path
) -> None:
    """Its power is told; the method that is better is not called worse."""
    pages = simulated(cell, builder, tmp_path, N_FEWER)
    tell("found", cell, shares(pages, Page.true), pages)
    tell("false", cell, shares(pages, Page.false), pages)
    reversed_sign = shares(pages, Page.reversed)
    tell("reversed", cell, reversed_sign, pages)

    assert reversed_sign["page"]["share"] <= 1 / N_FEWER


def real_run(folder: Path, number: int) -> StoredRun:
    """Run three trees whose seed alone differs on fresh rows of the simulated source."""
    rng = np.random.default_rng([number, 9])
    X = rng.normal(size=(200, 6))
    signal = X @ [1.5, -1.0, 0.5, 0, 0, 0] + 0.8 * X[:, 0] * X[:, 1]
    answer = np.where(rng.random(200) < 1 / (1 + np.exp(-signal)), "b", "a")
    folder.mkdir()
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(6)]).assign(answer=answer)
    frame.to_csv(folder / "rows.csv", index=False)
    tree = {"estimator": "sklearn.tree:DecisionTreeClassifier", "features": "raw"}
    seeds = rng.integers(2**31, size=3).tolist()
    suite = {
        "name": f"equal{number}",
        "tasks": [{"dataset": "csv", "path": str(folder / "rows.csv"), "target": "answer"}],
        "methods": [
            "raw+constant",
            *(
                {**tree, "name": f"tree{i}", "params": {"splitter": "random", "random_state": seed}}
                for i, seed in enumerate(seeds)
            ),
        ],
        "protocol": {"split": "kfold", "folds": 5, "repeats": 1},
    }
    return bakeoff.run(suite, out=folder / "run", workers=1, allow_imports=True)


def spread(run: StoredRun) -> dict[str, float]:
    """Return mean scores without the constant, and the variance of methods on the same split."""
    rows = run.trials[run.trials["learner"] != CONSTANT]
    scores = rows.pivot_table(index=["repeat", "fold"], columns="method", values="test_score")
    parts = {part: float(rows[f"{part}_score"].mean()) for part in ("train", "validation", "test")}
    return parts | {"variance": float(scores.var(axis=1, ddof=1).mean())}


@pytest.mark.slow
def test_simulated_stores_look_like_those_of_the_program(
    builder: Callable[..., StoredRun], tmp_path: Path
) -> None:
    """Scores and differences between equal methods spread alike; pages have the same tables."""
    cell = Cell(n_methods=3, n_tasks=1)
    runs = [real_run(tmp_path / f"real{n}", n) for n in range(N_REAL)]
    texts = [(run.folder / "report.json").read_text(encoding="utf-8") for run in runs]
    pages = [Page(claims=tuple(claims_of(json.loads(text)))) for text in texts]
    tell("false", "runs of the program", found := shares(pages, Page.false), pages)
    run = builder(tmp_path / "plan", **cell.plan())
    made_up = [spread(fill(cell, run, number, tmp_path)) for number in range(200)]
    simulated_page = report_of(fill(cell, run, 0, tmp_path), sections())

    real = pd.DataFrame([spread(run) for run in runs]).mean()
    expected = pd.DataFrame(made_up).mean()
    sys.stdout.write(f"{pd.DataFrame({'real': real, 'simulated': expected})}\n")
    assert found["page"]["claimed"] <= 4
    assert real["train":"test"].to_numpy() == pytest.approx(
        expected["train":"test"].to_numpy(), abs=0.04
    )
    assert (real["variance"] / expected["variance"]) ** 0.5 == pytest.approx(1, abs=0.25)
    told = {s["id"]: [t["columns"] for t in s["tables"]] for s in simulated_page["sections"]}
    for section in json.loads(texts[0])["sections"]:
        if section["id"] in ("section-winners", "section-leaderboard"):
            columns = [title.split(" (")[0] for title in section["tables"][0]["columns"]]
            assert len(columns) == len(told[section["id"]][0])


def told_apart(builder: Callable[..., StoredRun], folder: Path, n: int) -> float:
    """Return the share of pages with a false claim on their first screen or leaderboards."""
    cell = Cell(n_methods=20, n_tasks=1, guesses="independent")
    run = builder(folder / "plan", **cell.plan())
    pages = simulate(cell, run, range(n), folder, names=("winners", "leaderboard"))
    return float(shares(pages, Page.false)["page"]["share"])


def test_a_few_pages_claim_little(builder: Callable[..., StoredRun], tmp_path: Path) -> None:
    """Of 40 at most 6, which happens by chance once in 300 times where 5 % have a claim."""
    assert told_apart(builder, tmp_path, N_QUICK) <= 6 / N_QUICK


def test_without_correction_many_pages_claim_something(
    builder: Callable[..., StoredRun], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shows that the simulation can fail: p values of each pair are taken as they are."""
    corrections = [f for name, f in vars(significance).items() if name.startswith("holm")]
    for module in [m for name, m in sys.modules.items() if name.startswith("bakeoff")]:
        for name, value in list(vars(module).items()):
            if any(value is correction for correction in corrections):
                monkeypatch.setattr(module, name, lambda p: np.asarray(list(p), dtype=float))

    assert told_apart(builder, tmp_path, N_QUICK // 2) > 0.2
