"""Sections to one HTML file."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import traceback
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from bakeoff.errors import StoreError
from bakeoff.records import SOURCES, TrialState
from bakeoff.statistics import holm
from bakeoff_report.blocks import Code, Details, Finding, Prose, Section
from bakeoff_report.context import PENDING, ReportContext
from bakeoff_report.words import clean, plural, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bakeoff.registry import Component, Registry
    from bakeoff.stored import StoredRun

ALPHA = 0.05
MOST_FINDINGS = 10
BROKEN_ORDER = 95
SCRIPTS = ("student.js", "ranking.js", "board.js", "script.js")
NO_FINDINGS = "The data carry no finding: no two sources were scored on the same splits."


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A finding as it is shown."""

    topic: str
    text: str
    tone: str
    anchor: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A section with the id that links lead to."""

    anchor: str
    section: Section


def write_report(runs: Sequence[StoredRun], out: Path, registry: Registry) -> Path:
    """Write one HTML file over one or more runs; nothing half-written is ever seen.

    Args:
        runs: at least one.
        out: the file to write; its folder is made.
        registry: offers the sections and describes the metrics.

    Returns:
        The path of the file.

    Raises:
        ValueError: there is no run.
        StoreError: the file can't be written.
    """
    if not runs:
        raise ValueError("expected at least one run; got none.")
    html = render(ReportContext.of(runs, registry), registry.all("report_sections"))
    scratch = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(html, encoding="utf-8", newline="\n")
        scratch.replace(out)
    except OSError as error:
        with suppress(OSError):
            scratch.unlink()
        what = f"the report can't be written: {error.strerror or error}."
        raise StoreError(out, what) from error
    return out


def render(context: ReportContext, components: Iterable[Component]) -> str:
    """The page as text."""
    placed = sorted(
        (p for c in components if (p := _place(c, context))), key=lambda p: p.section.order
    )
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bakeoff_report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clean"] = clean
    environment.filters["data"] = _data
    style, script = _resource("style.css"), "\n".join(map(_resource, SCRIPTS))
    return environment.get_template("page.html.j2").render(
        style=Markup(style),  # noqa: S704  our own file
        script=Markup(script),  # noqa: S704  our own file
        policy=_policy(style, script),
        sections=placed,
        findings=_lines(placed),
        no_findings=NO_FINDINGS,
        names=context.names,
        sources=SOURCES,
        **_header(context),
    )


def _place(component: Component, context: ReportContext) -> Placed | None:
    """Make a section; one that raises is shown as broken, so that the rest stands."""
    try:
        section = component.load()(context)
    except Exception as error:  # noqa: BLE001  whatever a plugin raises must not take the page down
        section = _broken(component, error)
    if section is None:
        return None
    return Placed(anchor=f"section-{_slug(component.name)}", section=section)


def _broken(component: Component, error: Exception) -> Section:
    text = f"The section {component.name!r} of plugin {component.owner!r} failed: "
    trace = "".join(traceback.format_exception(error))[-6000:]
    return Section(
        title=f"{spoken(component.name).capitalize()} (broken)",
        order=BROKEN_ORDER,
        blocks=(
            Prose(text=f"{text}{type(error).__name__}: {str(error)[:500]}", tone="bad"),
            Details(summary="Traceback", blocks=(Code(label="Traceback", text=trace),)),
        ),
    )


def _lines(placed: list[Placed]) -> list[Line]:
    """Findings as sentences; all that rest on a test are one Holm family."""
    found = [(p, f) for p in placed for f in p.section.findings]
    found.sort(key=lambda pair: not pair[1].is_urgent)
    nan = float("nan")
    adjusted = holm([f.interval.p if f.interval else nan for _, f in found])
    lines = [_line(p, f, float(a)) for (p, f), a in zip(found, adjusted, strict=True)]
    return lines[:MOST_FINDINGS]


def _line(place: Placed, finding: Finding, adjusted: float) -> Line:
    needs_test = finding.interval is not None and finding.otherwise is not None
    # NaN, for want of an interval, is not below alpha either.
    holds = not needs_test or adjusted <= ALPHA
    return Line(
        topic=finding.topic,
        text=finding.claim if holds else finding.otherwise or finding.claim,
        tone=finding.tone if holds else "open",
        anchor=place.anchor,
        evidence=place.section.title,
    )


def _header(context: ReportContext) -> dict[str, Any]:
    counts = context.trials["state"].value_counts()
    n_trials = int(counts.sum())
    order = [*(str(s) for s in TrialState), PENDING]
    states = [f"{counts[s]:,} {spoken(s)}" for s in order if s in counts.index]
    n_left = sum(max(0, run.n_planned - len(run.trials)) for run in context.runs)
    states += [f"{n_left:,} not run yet"] if n_left else []
    told = f"{plural(n_trials + n_left, 'trial')}: {', '.join(states)}" if states else "no trials"
    first = context.runs[0]
    titles = dict.fromkeys(str(run.suite.get("name") or run.name) for run in context.runs)
    title = " + ".join(titles)
    return {
        "title": title,
        "description": str(first.suite.get("description") or ""),
        "trials": told,
        "tasks": plural(len(context.tasks), "task"),
        "methods": plural(int(context.trials["method"].nunique()), "method"),
        "machines": list(dict.fromkeys(_machine(run) for run in context.runs)),
        "date": _date(first.environment),
    }


def _machine(run: StoredRun) -> str:
    cores = run.environment.get("cores")
    gpu = run.environment.get("gpu") or "no GPU"
    return f"{plural(int(cores), 'core')}, {gpu}" if cores else str(gpu)


def _date(environment: dict[str, Any]) -> str:
    when = str(environment.get("started") or "")
    return when[:10]


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _resource(name: str) -> str:
    return (files("bakeoff_report") / "templates" / name).read_text(encoding="utf-8")


def _data(value: object) -> Markup:
    """JSON that can't end the element it stands in."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704  ASCII without < and >


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
