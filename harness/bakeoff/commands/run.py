"""Plan a suite, run what is not done yet, and write the report."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakeoff.commands.common import (
    add_only_argument,
    add_suite_arguments,
    load_chosen,
    out,
    repeating,
    say,
)
from bakeoff.errors import StoreError
from bakeoff.suite.budget import format_seconds

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from bakeoff.execution.executors import Options
    from bakeoff.execution.runner import Run, Summary
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
    """Run the suite."""
    from bakeoff.commands._progress import Progress
    from bakeoff.execution.durations import Historian
    from bakeoff.execution.runner import execute, start
    from bakeoff.plan.trials import with_gpu
    from bakeoff.store.checksums import seal, unseal
    from bakeoff.store.database import Store

    started = time.monotonic()
    plan = load_chosen(args, plugins)
    factory = plugins.registry.get("executors", args.executor).load()
    folder = Path(args.out or Path("runs") / plan.loaded.suite.name)
    with closing(factory(_options(args, plan, folder))) as executor:
        plan = with_gpu(plan, has_gpu=executor.has_gpu)
        if args.fresh:
            _set_aside(folder)
        with Store(folder) as store:
            unseal(folder)
            command = repeating(args.words)
            run = start(plan, store, plugins, command, retry=args.retry, timing=args.timing)
            progress = Progress(run, as_json=args.json)
            plugins.manager.register(progress, name="progress")
            plugins.manager.register(Historian(), name="history")
            with progress:
                summary = execute(run, store, plugins, executor, executor.workers)
            shutil.rmtree(folder / "scratch", ignore_errors=True)
    _tell(summary, plan, time.monotonic() - started, as_json=args.json)
    if not args.no_report:
        _report(run, plugins, quiet=args.json)
    seal(folder, rewritten=run.pending)
    return 0 if summary.is_clean else 1


def _options(args: Namespace, plan: Plan, folder: Path) -> Options:
    """What the executor is made with; `--timing` is one trial at a time.

    Raises:
        WorkersError: the number of workers is no number from 1.
    """
    from bakeoff.execution.executors import Options, WorkersError
    from bakeoff.provenance.environment import cpu_count

    asked = "1" if args.timing else args.workers
    threads = max((trial.task.protocol.threads for trial in plan.trials), default=1)
    if asked != "auto" and not (asked.isdecimal() and int(asked)):
        raise WorkersError(asked, max(1, cpu_count() // threads), threads)
    return Options(
        scratch=folder.resolve() / "scratch",
        workers=None if asked == "auto" else int(asked),
        threads=threads,
        scheduler=args.scheduler,
    )


def _set_aside(folder: Path) -> None:
    """Rename an earlier run, so that nothing is lost; refuses folders that are no run."""
    from bakeoff.store.database import DATABASE, Store

    if not folder.exists():
        return
    if not (folder / DATABASE).is_file():
        raise StoreError(folder, "holds no run of bakeoff; --fresh leaves it alone.")
    Store(folder).close()  # refuses a run that somebody is writing to, or that is another program's
    moment = time.strftime("%Y%m%d-%H%M%S", time.localtime((folder / DATABASE).stat().st_mtime))
    target = folder.with_name(f"{folder.name}-{moment}")
    if target.exists():
        raise StoreError(target, "is in the way of setting the earlier run aside.")
    folder.rename(target)
    say(f"The earlier run was kept as {target}.")


def _tell(summary: Summary, plan: Plan, seconds: float, *, as_json: bool) -> None:
    from bakeoff.commands._leaderboard import leaderboard, reasons
    from bakeoff.data.audit import audits, lines
    from bakeoff.store.database import read_run

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
    for line in lines(audits(plan)):
        out(line)
    if plan.dropped:
        out(f"{sum(plan.dropped.values())} pairs of method and task do not apply and were dropped.")
    for line in reasons(trials):
        out(line)


def _report(run: Run, plugins: Plugins, *, quiet: bool) -> None:
    """Write the report with the command that a plugin offers for it, if anything has changed."""
    from bakeoff.reporting import REPORT, write_report

    known = run.folder / REPORT
    is_old = known.is_file() and not run.pending and not run.is_changed
    if (is_old or write_report(run.folder, plugins)) and not quiet:
        out(f"report: {known}")
