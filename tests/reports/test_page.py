"""The page as a whole: stands alone, holds hostile text, and makes sense of poor runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from bakeoff_report.blocks import Prose, Section
from bakeoff_report.page.write import write_report

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.registry.catalogue import Registry
    from bakeoff.store.run_data import StoredRun


Builder = Callable[..., "StoredRun"]


ONE = (("digits", "image"),)


VOID = {"meta", "link", "br", "hr", "img", "input", "wbr", "col"}


HOSTILE = (
    "<script>alert(1)</script>",
    "</script></style><b>",
    "\"quoted\" & 'single' {{ 7*7 }} {% raw %}",
    "\u202eright to left\u202c \u200f",
    "x" * 10_000,
    "\uac00\ub098\ub2e4 \U0001f4a5\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "null\x00 bell\x07",
    "datum.x[0]['y'] | line\nbreak",
)


class Page(HTMLParser):
    """A parsed page: its elements, ids, links and visible text; strict about nesting."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.styles: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, {k: v or "" for k, v in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an empty element of a chart."""
        self.elements.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Close an element; it has to be the one opened last."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text outside styles and scripts."""
        inside = self._open[-1] if self._open else ""
        if inside == "style":
            self.styles.append(data)
        elif inside != "script":
            self.text.append(data)

    def values(self, attribute: str) -> list[str]:
        """Every value of an attribute."""
        return [attrs[attribute] for _, attrs in self.elements if attribute in attrs]

    def count(self, tag: str) -> int:
        """How many elements of a tag there are."""
        return sum(1 for name, _ in self.elements if name == tag)


@pytest.fixture
def page(tmp_path: Path, registry: Registry) -> Callable[..., Page]:
    """Write the report of some runs and parse it."""

    def parse(*runs: StoredRun) -> Page:
        out = write_report(runs, tmp_path / "report.html", registry)
        return Page(out.read_text(encoding="utf-8"))

    return parse


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory, sections: Registry, builder: Builder) -> Page:
    """The page of a run that has every section."""
    folder = tmp_path_factory.mktemp("rich")
    run = builder(folder, learned=True, study=True, tasks=(("digits", "image"), ("bbc", "text")))
    run.trials.loc[3, ["state", "traceback"]] = ["failed", "Traceback"]
    out = write_report([run], folder / "report.html", sections)
    return Page(out.read_text(encoding="utf-8"))


def scripts(page: Page) -> int:
    """How many elements run; data for them stand in elements of another type."""
    return sum(1 for tag, attrs in page.elements if tag == "script" and "type" not in attrs)


def titles(page: Page) -> str:
    """All visible text in one line."""
    return " ".join(" ".join(page.text).split())


def test_page_reaches_for_nothing_outside_itself(rich: Page) -> None:
    """No element that loads, no address in any attribute or in the style; links stay inside."""
    loading = {"link", "iframe", "object", "embed", "audio", "video", "source", "image"}
    assert not loading & {tag for tag, _ in rich.elements}
    assert all(v.startswith("data:image/png;base64,") for v in rich.values("src"))
    assert not {"srcset", "data", "action", "xlink:href", "style"} & {
        name for _, attrs in rich.elements for name in attrs
    }
    assert all(link.startswith("#") for link in rich.values("href"))
    assert not [
        v for _, a in rich.elements for n, v in a.items() if "//" in v and n not in ("xmlns", "src")
    ]


def test_style_holds_no_address(rich: Page) -> None:
    """Neither `url()` nor `@import` in the style."""
    (style,) = rich.styles

    assert not re.search(r"url\(|@import", style)


def test_policy_allows_this_style_and_script_alone(rich: Page) -> None:
    """Default none; no inline handlers; one script and one style."""
    policy = next(a["content"] for _, a in rich.elements if "http-equiv" in a)

    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not [n for _, attrs in rich.elements for n in attrs if n.startswith("on")]
    assert (scripts(rich), rich.count("style")) == (1, 1)


def test_ids_are_unique_and_every_link_arrives(rich: Page) -> None:
    """Charts bring ids too."""
    ids = rich.values("id")

    assert len(ids) == len(set(ids))
    assert {link[1:] for link in rich.values("href")} <= set(ids)
    assert set(rich.values("aria-labelledby")) <= set(ids)


def test_tables_name_their_rows_and_columns(rich: Page) -> None:
    """Each has a caption, each header cell a scope."""
    assert rich.count("table") == rich.count("caption") > 5
    assert all("scope" in attrs for tag, attrs in rich.elements if tag == "th")


def test_quickstart_size_stays_small(
    tmp_path: Path, make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """150 trials: under 2 MB."""
    run = make_run()

    assert len(run.trials) == 150
    assert write_report([run], tmp_path / "r.html", registry).stat().st_size < 2_000_000


def hostile_run(make_run: Callable[..., StoredRun]) -> StoredRun:
    """Every name that a user can choose is hostile."""
    sources = ("constant", "raw", "random", "manual", "embedded", "pretrained", "end_to_end", "raw")
    methods = tuple((h, s, h, h) for h, s in zip(HOSTILE, sources, strict=True))
    tasks = tuple((h, k) for h, k in zip(HOSTILE[:4], ("table", "image") * 2, strict=True))
    run = make_run(methods=methods, tasks=tasks, repeats=3, suite=HOSTILE[0], classes=HOSTILE)
    run.trials.loc[:2, "state"] = "failed"
    run.trials.loc[:2, "reason"] = HOSTILE[1]
    run.trials.loc[:2, "traceback"] = HOSTILE[0] + HOSTILE[4]
    for column in ("origin", "licence", "metric"):
        run.tasks[column] = HOSTILE[1]
    run.environment.update(dict.fromkeys(("cpu", "command", "gpu", "platform"), HOSTILE[1]))
    run.environment["python"] = "\ud800 lone"
    run.environment["versions"] = {h: h for h in HOSTILE}
    return run


def test_hostile_text_is_shown_as_text(
    make_run: Callable[..., StoredRun], page: Callable[..., Page]
) -> None:
    """Still one script; the names stand in the text, the long one once in full."""
    parsed = page(hostile_run(make_run))
    text = "".join(parsed.text)

    assert (scripts(parsed), parsed.count("style"), parsed.count("b")) == (
        1,
        1,
        sum(1 for t, a in parsed.elements if t == "b" and a.get("class") == "mark"),
    )
    for name in (*HOSTILE[:4], HOSTILE[5]):
        assert name in text
    assert text.count(HOSTILE[4]) == 1
    assert "(broken)" not in text
    assert not re.search(r"[\x00\x07]", text)


def test_a_run_of_failures_tells_them(
    make_run: Callable[..., StoredRun], page: Callable[..., Page]
) -> None:
    """No score: no leaderboard, but states, reasons, tracebacks and environment."""
    run = make_run(tasks=ONE)
    run.trials["state"] = "crashed"
    run.trials["reason"] = "the worker died with signal 11"
    run.trials["traceback"] = "Traceback of this test"
    run.trials[["train_score", "validation_score", "test_score", "gap"]] = float("nan")

    text = titles(page(run))

    assert "30 of 30 trials ended without a score: 30 crashed." in text
    assert "the worker died with signal 11" in text
    assert "Traceback of this test" in text
    assert "Leaderboard" not in text
    assert "(broken)" not in text


def test_columns_without_any_value_are_no_obstacle(
    make_run: Callable[..., StoredRun], page: Callable[..., Page]
) -> None:
    """Nothing measured, nothing refitted: the columns hold None throughout."""
    run = make_run(tasks=ONE)
    for column in ("peak_rss_mib", "n_refit", "search_s", "reused_featurize", "reason", "gap"):
        run.trials[column] = pd.Series([None] * len(run.trials), dtype=object)
    for column in ("n_rows", "n_classes", "equivalence", "sha256", "origin"):
        run.tasks[column] = pd.Series([None] * len(run.tasks), dtype=object)

    text = titles(page(run))

    assert "Leaderboard" in text
    assert "(broken)" not in text


def test_an_empty_plan_gives_a_page(
    make_run: Callable[..., StoredRun], page: Callable[..., Page]
) -> None:
    """Nothing was planned: the page says so."""
    run = make_run()
    run = replace(run, trials=run.trials.head(0))

    text = titles(page(run))

    assert "no trials" in text
    assert "The data carry no finding" in text
    assert "(broken)" not in text


@pytest.mark.parametrize("n_trials", [1, 6, 7])
def test_few_trials_claim_nothing(
    make_run: Callable[..., StoredRun], page: Callable[..., Page], n_trials: int
) -> None:
    """One trial, one repeat: scores but no interval, and the reason for it."""
    run = make_run(tasks=ONE)
    run = replace(run, trials=run.trials.head(n_trials))

    text = titles(page(run))

    assert "Leaderboard" in text
    assert " beat " not in text
    assert "(broken)" not in text


def test_one_method_has_no_rival(
    make_run: Callable[..., StoredRun], page: Callable[..., Page]
) -> None:
    """No contrast and no front, but its scores and gap."""
    text = titles(page(make_run(methods=(("manual+svm", "manual", "manual", "svm"),))))

    assert "Manual features against" not in text
    assert "Score against cost" not in text
    assert "Train, validation and test" in text
    assert "There are no normalised scores" in text
    assert "(broken)" not in text


def test_an_interrupted_run_says_what_is_left(
    make_run: Callable[..., StoredRun], page: Callable[..., Page]
) -> None:
    """Planned trials without a state are counted as not run."""
    run = make_run(tasks=ONE)
    run.trials.loc[20:, "state"] = ""
    run.trials.loc[20:, ["test_score", "validation_score", "train_score", "gap"]] = float("nan")
    run.environment["finished"] = None

    text = titles(page(run))

    assert "30 trials: 20 complete, 10 pending" in text
    assert "Unfinished This run is not finished: 10 of 30 trials have not run" in text
    assert "not finished" in text
    assert "(broken)" not in text


def test_a_broken_section_leaves_the_rest_standing(
    tmp_path: Path, make_run: Callable[..., StoredRun], registry: Registry
) -> None:
    """One that raises, one that can't be imported, one that has nothing to show, one that works."""
    register = registry.register("report_sections", "demo")
    register("boom", f"{__name__}:no_such_function")
    register("absent", "bakeoff_report.no_such_module:section")
    register("fine", "json:dumps")
    out = write_report([make_run(tasks=ONE)], tmp_path / "r.html", registry)
    text = titles(Page(out.read_text(encoding="utf-8")))

    assert "Boom (broken)" in text
    assert "Absent (broken)" in text
    assert "The section 'absent' of plugin 'demo' failed: PluginError" in text
    assert "Leaderboard" in text


def test_sections_of_others_hand_over_data_not_markup() -> None:
    """A block's text is escaped whatever it holds; `Section` takes no markup."""
    section = Section(title="<b>", order=1, blocks=(Prose(text="<i>"),))

    assert section.blocks[0] == Prose(text="<i>")


def test_two_runs_make_one_page(
    tmp_path: Path, make_run: Callable[..., StoredRun], page: Callable[..., Page]
) -> None:
    """Equal protocols: tasks are one; another protocol: tasks carry the run's name."""
    first = make_run(name="a", tasks=ONE)
    same = make_run(name="b", seed=1, tasks=ONE)
    other = make_run(name="c", tasks=ONE, repeats=4)

    assert "1 task 6 methods 60 trials" in titles(page(first, same))
    assert "digits (c)" in titles(page(first, other))
