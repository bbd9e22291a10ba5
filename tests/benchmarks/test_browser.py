"""How soon a report answers its reader: use within 1 s, a filter within 200 ms, of 50,000 trials.

Run with: pytest tests/benchmarks/test_browser.py --benchmark-only
"""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from bakeoff_standins.synthetic import write_store

import bakeoff
from bakeoff_report.page.write import write_report

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if not CHROMIUM:
    pytest.skip("Chromium is not installed", allow_module_level=True)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from bakeoff.registry.manager import Plugins

SIZES = {
    1_000: {"n_methods": 20, "n_tasks": 10, "n_repeats": 5},
    50_000: {"n_methods": 100, "n_tasks": 50, "n_repeats": 10},
}
SMALL = min(SIZES)
ON_SCREEN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Fulfilled when what was asked for before it has been drawn and the page listens again."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, plugins: Plugins) -> dict[int, Path]:
    """A report by its number of trials."""
    found = {}
    for n_trials, size in SIZES.items():
        folder = tmp_path_factory.mktemp("browser")
        write_store(folder / "run", **size)
        run = bakeoff.read_run(folder / "run")
        found[n_trials] = write_report([run], folder / "r.html", plugins.registry)
    return found


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """One window of a Chromium without a head."""
    with playwright.sync_playwright() as library:
        browser = library.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser.new_page(viewport={"width": 1280, "height": 900})
        browser.close()


@pytest.mark.benchmark(group="opening a report")
@pytest.mark.parametrize("n_trials", SIZES)
def test_opening(
    benchmark: Any, pages: dict[int, Path], page: Page, tell: Callable[..., None], n_trials: int
) -> None:
    """From the address to a page that is drawn and answers."""

    def open_it() -> None:
        page.goto(pages[n_trials].as_uri())
        page.evaluate(ON_SCREEN)

    benchmark.pedantic(open_it, rounds=5, warmup_rounds=1)

    assert page.locator(".board tbody tr").count() > 1
    tell(
        f"opening a report of {n_trials:,} trials",
        benchmark.stats.stats.median,
        baseline="opening a report of 1,000 trials" if n_trials > SMALL else "",
        budget="Budget: 1 s.",
    )


@pytest.mark.benchmark(group="filtering a report")
@pytest.mark.parametrize("n_trials", SIZES)
def test_filtering(
    benchmark: Any, pages: dict[int, Path], page: Page, tell: Callable[..., None], n_trials: int
) -> None:
    """From a letter typed into the search, or taken away, to the rows that are left."""
    page.goto(pages[n_trials].as_uri())
    search = page.locator(".filters [name=search]")
    texts = itertools.cycle(["logistic", ""])
    n_all = page.locator(".board tbody tr:visible").count()

    def narrow() -> None:
        search.fill(next(texts))
        page.evaluate(ON_SCREEN)

    benchmark.pedantic(narrow, rounds=21)

    assert 0 < page.locator(".board tbody tr:visible").count() < n_all
    tell(
        f"filtering a report of {n_trials:,} trials",
        benchmark.stats.stats.median,
        baseline="filtering a report of 1,000 trials" if n_trials > SMALL else "",
        budget="Budget: 200 ms.",
    )


@pytest.mark.benchmark(group="choosing a leaderboard")
@pytest.mark.parametrize("n_trials", SIZES)
def test_choosing(
    benchmark: Any, pages: dict[int, Path], page: Page, tell: Callable[..., None], n_trials: int
) -> None:
    """From a choice to its leaderboard on the screen, one after the other."""
    page.goto(pages[n_trials].as_uri())
    view = page.locator(".filters [name=view]")
    places = page.locator(".filters option").evaluate_all("all => all.map((o) => o.value)")
    turns = itertools.cycle(places)

    def choose() -> None:
        view.select_option(next(turns))
        page.evaluate(ON_SCREEN)

    benchmark.pedantic(choose, rounds=21)

    assert len(places) > 2
    tell(
        f"choosing a leaderboard of {n_trials:,} trials",
        benchmark.stats.stats.median,
        baseline="choosing a leaderboard of 1,000 trials" if n_trials > SMALL else "",
        budget="Budget: 200 ms.",
    )
