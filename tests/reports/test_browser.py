"""The page in a real Chromium: silent, self-contained, readable by all, right when filtered."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from bakeoff_standins.browsing import choose, is_scrolling_sideways, open_details, shown_rows

from bakeoff_report import words
from bakeoff_report.blocks import Example, Examples, Placed, Section
from bakeoff_report.charts import Svg
from bakeoff_report.model.context import ReportContext
from bakeoff_report.model.standings import standings
from bakeoff_report.model.subsets import Subset, subsets
from bakeoff_report.page.write import render, write_report

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if not CHROMIUM:
    pytest.skip("Chromium is not installed", allow_module_level=True)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import StoredRun


WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


TASKS = (
    ("breast_cancer", "table"), ("wine", "table"), ("digits", "image"), ("bbc", "text"),
    ("gunpoint", "sequence"), ("diabetes", "table"),
)  # fmt: skip


LONG = "x" * 10_000


HOSTILE = (
    "<script>document.title='run'</script>",
    "</script></style><img src=x onerror=\"document.title='run'\">",
    "\"quoted\" & 'single' {{ 7*7 }} {% raw %} <!-- -->",
    "\u202eright to left\u202c \u200f",
    LONG,
    "\uac00\ub098\ub2e4 \U0001f4a5\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "javascript:alert(1)",
    "null\x00 bell\x07 line\nbreak ]]>",
)


@dataclass
class Opened:
    """A page with everything that it said and asked for while it was open."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of this file."""
    with playwright.sync_playwright() as library:
        browser = library.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def context(
    tmp_path_factory: pytest.TempPathFactory,
    sections: Registry,
    builder: Callable[..., StoredRun],
) -> ReportContext:
    """Every section: six tasks of four kinds and two types, two devices, a study, failures."""
    run = builder(tmp_path_factory.mktemp("rich"), learned=True, study=True, tasks=TASKS)
    again = run.trials[run.trials["method"].isin(["cnn", "raw+logistic"])].copy()
    again["device"], again["trial"] = "gpu", again["trial"] + "-gpu"
    rng = np.random.default_rng(1)
    again["test_score"] += rng.normal(0, 0.01, len(again))
    object.__setattr__(run, "trials", pd.concat([run.trials, again], ignore_index=True))
    failed = run.trials.index[[3, 17, 60]]
    run.trials.loc[failed, ["state", "reason", "traceback"]] = ["failed", "no luck", "Traceback"]
    run.trials.loc[failed, ["train_score", "validation_score", "test_score", "gap"]] = np.nan
    return ReportContext.of([run], sections)


@pytest.fixture(scope="module")
def rich(context: ReportContext, sections: Registry) -> Path:
    """The page of that run."""
    run = context.runs[0]
    return write_report([run], run.folder / "report.html", sections)


@pytest.fixture(scope="module")
def hostile(
    tmp_path_factory: pytest.TempPathFactory,
    sections: Registry,
    builder: Callable[..., StoredRun],
) -> Path:
    """The page of a run in which every text from outside is hostile."""
    sources = ("constant", "raw", "random", "manual", "embedded", "pretrained", "end_to_end", "raw")
    methods = tuple((h, s, h, h) for h, s in zip(HOSTILE, sources, strict=True))
    tasks = tuple((h, k) for h, k in zip(HOSTILE[:4], ("table", "image") * 2, strict=True))
    run = builder(
        tmp_path_factory.mktemp("hostile"),
        methods=methods, tasks=tasks, repeats=3, suite=HOSTILE[0], classes=HOSTILE,
    )  # fmt: skip
    columns = ["state", "reason", "traceback", "log"]
    run.trials.loc[:2, columns] = ["failed", HOSTILE[1], HOSTILE[0] + LONG, HOSTILE[1]]
    for column in ("origin", "licence", "metric"):
        run.tasks[column] = HOSTILE[1]
    run.environment.update(dict.fromkeys(("cpu", "command", "gpu", "platform"), HOSTILE[1]))
    run.environment["versions"] = {h: h for h in HOSTILE}
    return write_report([run], run.folder / "report.html", sections)


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Callable[..., Opened]]:
    """Open a file in a context of its own."""
    contexts = []

    def open_page(path: Path, viewport: dict[str, int] | None = None, **options: Any) -> Opened:
        contexts.append(chromium.new_context(viewport=viewport or WIDE, **options))
        found = Opened(contexts[-1].new_page())
        found.page.on("console", lambda message: found.said.append(message.text))
        found.page.on("pageerror", lambda error: found.said.append(str(error)))
        found.page.on("dialog", lambda dialog: (found.said.append("dialog"), dialog.dismiss()))
        found.page.on("request", lambda request: found.asked.append(request.url))
        found.page.goto(path.as_uri())
        return found

    yield open_page
    for one in contexts:
        one.close()


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", ["rich", "hostile"])
def test_the_page_is_silent_and_asks_for_nothing(
    request: pytest.FixtureRequest,
    opened: Callable[..., Opened],
    name: str,
    viewport: dict[str, int],
) -> None:
    """No console message, no dialog, no request but the file, no sideways scrolling, no script."""
    path = request.getfixturevalue(name)
    found = opened(path, viewport)
    open_details(found.page)

    assert found.said == []
    assert found.asked == [path.as_uri()]
    assert not is_scrolling_sideways(found.page)
    assert found.page.title() != "run"


def test_drawn_rows_shrink_to_a_phone(
    context: ReportContext, opened: Callable[..., Opened], tmp_path: Path
) -> None:
    """A series is drawn wider than a phone; the page does not scroll sideways for it."""
    drawing = Svg('<svg viewBox="0 0 900 90" width="900" height="90"><path d="M0 0H900"/></svg>')
    shown = Examples(caption="Series", items=(Example(caption="a row", svg=drawing),))
    section = Section(title="Rows", order=1, blocks=(shown,))
    file = tmp_path / "rows.html"
    file.write_text(render(context, [Placed(anchor="rows", section=section)]), encoding="utf-8")

    page = opened(file, NARROW).page
    assert page.locator(".examples svg").is_visible()
    assert not is_scrolling_sideways(page)


def expected_rows(context: ReportContext, subset: Subset) -> list[list[str]]:
    """The same from Python's standings."""
    rows = []
    corrected = {"device": subset.device, "n_boards": subset.n_boards}
    for s in standings(context, subset.tasks, subset.methods, **corrected):
        if s.behind is None:
            behind = words.NONE
        else:
            ends = words.ends(s.behind, 3) or "no interval"
            behind = f"{words.number(s.behind.estimate, 3)}|{ends}"
        rows.append(
            [
                f"{s.method}|{words.spoken(s.source)}",
                str(s.rank) if s.is_whole else words.NONE,
                words.score(s.normalised) + ("|=" if s.is_tied else ""),
                behind,
                words.number(s.mean_rank, 1),
                *(words.score(s.means.get(t, float("nan"))) for t in subset.tasks),
                words.seconds(s.train_s),
                f"{s.complete}/{s.planned}"
                + (f"|failed on {s.failed} of {s.planned}" if s.failed else ""),
            ]
        )
    return rows


def label_of(subset: Subset) -> str:
    """What readers choose for a subset."""
    return words.KINDS.get(subset.value, words.spoken(subset.value))


def test_every_choice_shows_what_python_computed(
    context: ReportContext, rich: Path, opened: Callable[..., Opened]
) -> None:
    """Ranks, intervals, ties, times and counts of everything, and of each choice alone."""
    page = opened(rich).page
    found = subsets(context)
    groups = page.locator(".filters optgroup").evaluate_all("all => all.map((g) => g.label)")

    assert groups == ["Problem type", "Input kind", "Device", "Source"]
    assert page.locator(".filters option").count() == len(found)
    for subset in found:
        choose(page, subset.group, label_of(subset))
        assert shown_rows(page) == expected_rows(context, subset), subset
    assert len(found) == 1 + 2 + 4 + 2 + 6


def test_a_search_hides_rows_and_changes_no_number(
    context: ReportContext, rich: Path, opened: Callable[..., Opened]
) -> None:
    """What is left keeps its rank, also on another board; reset brings the first view back."""
    page = opened(rich).page
    whole, *narrower = subsets(context)
    images = next(subset for subset in narrower if subset.value == "image")
    before = shown_rows(page)
    page.locator(".filters [name=search]").fill("LOGISTIC ")

    assert shown_rows(page) == [row for row in before if "logistic" in row[0]]
    told = page.locator(".status").inner_text()
    assert told == "Methods shown: 4 of 8. The search changes no rank."
    choose(page, "Input kind", "Images")
    assert shown_rows(page) == [r for r in expected_rows(context, images) if "logistic" in r[0]]

    page.locator(".filters [type=reset]").click()
    page.wait_for_function("document.querySelector('.status').hidden")

    assert shown_rows(page) == before == expected_rows(context, whole)


def test_a_fixed_test_part_is_ranked_as_python_does(
    tmp_path: Path,
    sections: Registry,
    builder: Callable[..., StoredRun],
    opened: Callable[..., Opened],
) -> None:
    """Errors of every pair of methods come from the bootstrap; the leader may change."""
    tasks = (("digits", "image"), ("fashion", "image"))
    run = builder(tmp_path / "run", tasks=tasks, split="official", repeats=3)
    context = ReportContext.of([run], sections)
    page = opened(write_report([run], tmp_path / "r.html", sections)).page
    choose(page, "Source", "raw")

    raw = next(subset for subset in subsets(context) if subset.value == "raw")
    found = shown_rows(page)
    assert found == expected_rows(context, raw)
    assert "[" in found[1][3]


def test_columns_sort_both_ways(rich: Path, opened: Callable[..., Opened]) -> None:
    """By name, then the other way round."""
    page = opened(rich).page
    button = page.locator(".board thead button:visible", has_text="Method")
    button.click()
    names = [row[0] for row in shown_rows(page)]
    button.click()

    assert names == sorted(names)
    assert [row[0] for row in shown_rows(page)] == names[::-1]


def test_the_keyboard_alone_reaches_everything(rich: Path, opened: Callable[..., Opened]) -> None:
    """Tab walks to every link, button, control, table and chart that is shown."""
    page = opened(rich).page
    page.evaluate("""() => {
        window.wanted = [...document.querySelectorAll(
            'a[href], button, input, select, summary, [tabindex="0"]')]
            .filter((e) => e.checkVisibility());
        window.reached = new Set();
        document.addEventListener('focusin', (event) => window.reached.add(event.target));
    }""")
    n_wanted = page.evaluate("window.wanted.length")
    for _ in range(n_wanted + 5):
        page.keyboard.press("Tab")

    missed = page.evaluate(
        "window.wanted.filter((e) => !window.reached.has(e)).map((e) => e.outerHTML.slice(0, 80))"
    )
    assert n_wanted > 40
    assert missed == []


AA = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


CONTRAST = {"type": "rule", "values": ["color-contrast"]}


@pytest.mark.parametrize(("scheme", "rules"), [("light", AA), ("dark", CONTRAST)])
def test_axe_finds_no_violation(
    rich: Path, opened: Callable[..., Opened], scheme: str, rules: dict[str, Any]
) -> None:
    """WCAG 2.1, level AA, with everything open; in the dark its contrast again."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    script = Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
    page = opened(rich, color_scheme=scheme, bypass_csp=True).page
    open_details(page)
    page.evaluate(script)

    found = page.evaluate("(rules) => axe.run({runOnly: rules})", rules)
    assert [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found["violations"]] == []
    assert found["passes"]


def test_without_scripts_everything_is_there(rich: Path, opened: Callable[..., Opened]) -> None:
    """Findings, leaderboard and charts; no control that would do nothing."""
    page = opened(rich, java_script_enabled=False).page

    assert page.locator(".finding").count() >= 3
    assert page.locator(".board tbody tr:visible").count() == 8
    page.locator(".board summary", has_text="Source raw: 2 methods").click()
    assert page.locator(".board tbody tr:visible").count() == 8 + 2
    assert page.locator("figure svg").count() >= 3
    assert not page.locator(".filters").is_visible()
    assert not page.locator("[data-tool=print]").is_visible()


def darkness(page: Page, path: Path) -> float:
    """Mean of a screenshot's pixels: 0 black, 1 white."""
    from PIL import Image

    page.screenshot(path=path)
    with Image.open(path) as image:
        return float(np.asarray(image.convert("L")).mean() / 255)


def test_dark_mode_is_dark_and_paper_is_white(
    rich: Path, opened: Callable[..., Opened], tmp_path: Path
) -> None:
    """By the reader's system, by the button, and white again in print."""
    page = opened(rich, color_scheme="dark").page
    assert darkness(page, tmp_path / "dark.png") < 0.25
    page.emulate_media(media="print", color_scheme="dark")
    assert darkness(page, tmp_path / "print.png") > 0.85
    assert not page.locator(".tools").is_visible()

    light = opened(rich, color_scheme="light").page
    assert darkness(light, tmp_path / "light.png") > 0.85
    light.locator("[data-tool=theme]").click()
    assert darkness(light, tmp_path / "button.png") < 0.25


def test_printing_to_paper_loses_no_section(rich: Path, opened: Callable[..., Opened]) -> None:
    """A PDF of several pages; what opens on demand is open."""
    page = opened(rich).page
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    pdf = page.pdf(format="A4")

    assert pdf.startswith(b"%PDF")
    assert page.locator("details:not([open]):not([data-screen])").count() == 0


def test_hostile_names_stay_text_when_filtered(
    hostile: Path, opened: Callable[..., Opened]
) -> None:
    """The rows that the script makes hold text alone."""
    found = opened(hostile, NARROW)
    found.page.locator(".filters [name=search]").fill("<script>")

    assert len(shown_rows(found.page)) == 1
    assert found.page.locator(".board tbody script, .board tbody img").count() == 0
    assert found.said == []
    assert found.page.title() != "run"
    assert not is_scrolling_sideways(found.page)
