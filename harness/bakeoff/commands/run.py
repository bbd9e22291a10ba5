"""Plan a suite, run what is not done yet, and write the report."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakeoff.commands.common import (
    add_only_argument,
    add_suite_arguments,
    format_seconds,
    load_chosen,
    out,
    repeating,
    say,
)

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from bakeoff.execution.runner import RunOptions, RunSummary
    from bakeoff.plan.trials import Plan
    from bakeoff.registry.manager import Plugins


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `bakeoff run`."""
    add_suite_arguments(parser)
    add_only_argument(parser)
    parser.add_argument("--out", help="folder of the run; default ./runs/NAME")
    parser.add_argument("--workers", default="auto", help="processes at a time; default: all cores")
    parser.add_argument("--executor", default="local", help="who runs trials; default: local")
    parser.add_argument(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help="of a Dask cluster, as tcp://host:8786; default: a cluster on this machine",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="keep the earlier run aside, start anew"
    )
    parser.add_argument("--retry", action="store_true", help="try failed trials again")
    parser.add_argument(
        "--timing",
        action="store_true",
        help="one trial at a time, for timings; again if timed beside others",
    )
    parser.add_argument("--json", action="store_true", help="a line of JSON for each trial")
    parser.add_argument("--no-report", action="store_true", help="write no report")


def main(args: Namespace, plugins: Plugins) -> int:
    """Plan a suite, run it, and print the results."""
    started = time.monotonic()
    plan = load_chosen(args, plugins)
    folder = Path(args.out or Path("runs") / plan.loaded.suite.name)
    options = _options(args, plan)
    return run_and_show(plan, folder, plugins, options, started=started, as_json=args.json)


def run_and_show(
    plan: Plan,
    folder: Path,
    plugins: Plugins,
    options: RunOptions,
    *,
    started: float | None = None,
    as_json: bool = False,
) -> int:
    """Run a plan, and show its progress and its results.

    Args:
        plan: the expanded suite.
        folder: folder of the run.
        plugins: installed plugins.
        options: options of the run.
        started: `time.monotonic` value at which the time starts; now by default.
        as_json: print a line of JSON for each trial instead of a table.

    Returns:
        The exit code: 0 if every trial is complete or skipped, else 1.
    """
    from bakeoff.commands._progress import Progress
    from bakeoff.execution.runner import run_plan

    started = time.monotonic() if started is None else started
    with Progress(as_json=as_json) as progress:
        summary = run_plan(plan, folder, plugins, options, progress=progress)
    _print_summary(summary, plan, time.monotonic() - started, as_json=as_json)
    return 0 if summary.is_clean else 1


def _options(args: Namespace, plan: Plan) -> RunOptions:
    """Return the command's arguments as `RunOptions`.

    Raises:
        WorkersError: the number of workers is no number from 1.
    """
    from bakeoff.execution.executors import WorkersError
    from bakeoff.execution.runner import RunOptions
    from bakeoff.provenance.environment import cpu_count

    asked = args.workers
    if asked != "auto" and not (asked.isdecimal() and int(asked)):
        threads = max((trial.task.protocol.threads for trial in plan.trials), default=1)
        raise WorkersError(asked, max(1, cpu_count() // threads), threads)
    return RunOptions(
        command=repeating(args.words),
        executor=args.executor,
        scheduler=args.scheduler,
        workers=None if asked == "auto" else int(asked),
        retry=args.retry,
        timing=args.timing,
        fresh=args.fresh,
        report=not args.no_report,
    )


def _print_summary(summary: RunSummary, plan: Plan, seconds: float, *, as_json: bool) -> None:
    """Print leaderboard, counts, audit and path of the report; or one line of JSON."""
    from bakeoff.commands._leaderboard import leaderboard, reasons
    from bakeoff.data.audit import lines
    from bakeoff.plan.task_audits import audit_tasks
    from bakeoff.store.database import read_run

    if summary.set_aside is not None:
        say(f"The earlier run was kept as {summary.set_aside}.")
    if as_json:
        facts: dict[str, Any] = {"event": "run_finished", "folder": str(summary.folder)}
        out(json.dumps(facts | {"states": summary.states, "n_ran": summary.n_ran}))
        return
    counted = ", ".join(f"{n} {state}" for state, n in sorted(summary.states.items()))
    done = (
        f"ran {summary.n_ran} trials in {format_seconds(seconds)}"
        if summary.n_ran
        else f"nothing left to do ({format_seconds(seconds)})"
    )
    trials = read_run(summary.folder).trials
    out(leaderboard(trials))
    n_left = len(plan.trials) - sum(summary.states.values())
    left = f", {n_left} not run yet" if n_left else ""
    out(f"\n{len(plan.trials)} trials: {counted or 'none'}{left}; {done}.")
    for line in lines(audit_tasks(plan.tasks)):
        out(line)
    if plan.dropped:
        out(f"{sum(plan.dropped.values())} pairs of method and task do not apply and were dropped.")
    for line in reasons(trials):
        out(line)
    if summary.report is not None:
        out(f"report: {summary.report}")
