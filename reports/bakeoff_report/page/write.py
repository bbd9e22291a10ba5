"""Write the report: sections to one HTML file."""

from __future__ import annotations

import gc
import re
import traceback
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bakeoff.records import TrialState
from bakeoff_report.blocks import Code, Details, Figure, Placed, Prose, Section, walk
from bakeoff_report.model.context import PENDING, ReportContext
from bakeoff_report.model.findings import shown_findings
from bakeoff_report.page.files import write_file
from bakeoff_report.page.report_json import as_json
from bakeoff_report.page.templating import fill
from bakeoff_report.page.trial_files import write_trials
from bakeoff_report.words import plural, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from bakeoff.registry.catalogue import Component, Registry
    from bakeoff.store.run_data import StoredRun

MOST_CHARACTERS = 1_900_000
"""A longer page has the pages of its trials beside it, even if they are few."""

BROKEN_ORDER = 95
NO_FINDINGS = "The data carry no finding: no two sources were scored on the same splits."


def write_report(
    runs: Sequence[StoredRun], out: Path, registry: Registry, *, imputes: bool = False
) -> Path:
    """Write the report of one or more runs as one HTML file, atomically.

    Args:
        runs: at least one.
        out: the file to write; its folder is made.
        registry: offers the sections and describes the metrics.
        imputes: whether ranks include scores imputed for failed trials, see
            `bakeoff.statistics.imputation`.

    Returns:
        The path of the file.

    Raises:
        ValueError: there is no run.
        StoreError: a file can't be written.
    """
    if not runs:
        raise ValueError("expected at least one run; got none.")
    with _without_collector():
        return _write(runs, out, registry, imputes=imputes)


def _write(runs: Sequence[StoredRun], out: Path, registry: Registry, *, imputes: bool) -> Path:
    context = replace(ReportContext.of(runs, registry, out=out), imputes=imputes)
    placed = placed_sections(context, registry.all("report_sections"))
    html = render(context, placed)
    if len(html) > MOST_CHARACTERS and not context.beside:
        context = replace(context, beside=f"{out.stem}_trials")
        placed = placed_sections(context, registry.all("report_sections"))
        html = render(context, placed)
    write_file(out, html)
    if context.is_own:
        write_file(context.example_rows.path, context.example_rows.to_json())
    write_file(out.with_suffix(".json"), as_json(shown_findings(placed), placed))
    write_trials(context, out)
    return out


@contextmanager
def _without_collector() -> Iterator[None]:
    """Switch off garbage collection, which would take an eighth of a report's time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def placed_sections(
    context: ReportContext, components: Iterable[Component], *, draws: bool = True
) -> list[Placed]:
    """Build the sections that have something to show, in the order of the page.

    Args:
        context: the runs.
        components: the sections' functions.
        draws: whether to draw every chart now, so that one that fails breaks its section alone;
            `report.json` needs none.
    """
    sections = (placed for c in components if (placed := _placed(c, context, draws=draws)))
    return sorted(sections, key=lambda p: p.section.order)


def render(context: ReportContext, placed: Sequence[Placed]) -> str:
    """Return the page as HTML."""
    values = {
        "sections": placed,
        "findings": shown_findings(placed),
        "no_findings": NO_FINDINGS,
        "names": context.names,
    }
    return fill("page.html.j2", values | _header(context))


def _placed(component: Component, context: ReportContext, *, draws: bool) -> Placed | None:
    """Build a section; show one that raises as broken, and keep the rest of the page."""
    try:
        section = component.load()(context)
        if draws and section is not None:
            _draw(section)
    except Exception as error:  # noqa: BLE001  whatever a plugin raises must not take the page down
        section = _broken(component, error)
    if section is None:
        return None
    return Placed(anchor=f"section-{_slug(component.name)}", section=section)


def _draw(section: Section) -> None:
    for block in walk(section.blocks):
        if isinstance(block, Figure):
            str(block.svg)


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


def _header(context: ReportContext) -> dict[str, Any]:
    counts = context.trials["state"].value_counts()
    n_trials = int(counts.sum())
    order = [*(str(s) for s in TrialState), PENDING]
    states = [f"{counts[s]:,} {spoken(s)}" for s in order if s in counts.index]
    n_left = context.n_unstored
    states += [f"{n_left:,} not run yet"] if n_left else []
    trials = f"{plural(n_trials + n_left, 'trial')}: {', '.join(states)}" if states else "no trials"
    first = context.runs[0]
    titles = dict.fromkeys(str(run.suite.get("name") or run.name) for run in context.runs)
    title = " + ".join(titles)
    return {
        "title": title,
        "description": str(first.suite.get("description") or ""),
        "trials": trials,
        "tasks": _tasks(context),
        "methods": plural(int(context.trials["method"].nunique()), "method"),
        "machines": list(dict.fromkeys(_machine(run) for run in context.runs)),
        "date": _date(first.environment),
    }


def _tasks(context: ReportContext) -> str:
    n, n_planned = context.complete["task"].nunique(), plural(len(context.tasks), "task")
    return f"results on {n} of {n_planned}" if n < len(context.tasks) else n_planned


def _machine(run: StoredRun) -> str:
    cores = run.environment.get("cores")
    gpu = run.environment.get("gpu") or "no GPU"
    return f"{plural(int(cores), 'core')}, {gpu}" if cores else str(gpu)


def _date(environment: dict[str, Any]) -> str:
    when = str(environment.get("started") or "")
    return when[:10]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
