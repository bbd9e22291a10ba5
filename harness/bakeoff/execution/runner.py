"""Run a plan: do what is left, store each result, write the report, and seal the folder.

Order of a call: `bakeoff_run_started`, trials, scratch files removed, `bakeoff_write_report`, seal,
`bakeoff_report_written`, `bakeoff_run_finished`.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bakeoff.errors import StoreError
from bakeoff.execution.dependent_trials import CHOSEN, in_order
from bakeoff.execution.durations import DurationLog, predict
from bakeoff.execution.executors import Options
from bakeoff.execution.run_folder import Started, directions, finish, set_aside, start
from bakeoff.execution.schedule import ordered
from bakeoff.execution.worker import DISK_FULL
from bakeoff.plan.trials import with_gpu
from bakeoff.records import Result, RunInfo, Trial, TrialState
from bakeoff.registry.manager import notify
from bakeoff.store.checksums import mark_open, write_checksums
from bakeoff.store.database import Store
from bakeoff.store.run_data import REPORT
from bakeoff.trial.evaluate import Job

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from bakeoff.execution.executors import Executor
    from bakeoff.plan.trials import Plan
    from bakeoff.registry.manager import Plugins

Progress = Callable[[RunInfo, Trial | None, Result | None], None]
"""Called once before the first trial, without one, and after each trial is stored."""

MAX_LOST = 3
"""How often a trial that was lost is tried again within one call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a plan is run.

    Args:
        command: the command line that repeats the run.
        executor: name of a registered executor.
        scheduler: address of a cluster, for executors that have one.
        workers: trials at a time; None for as many as the cores allow.
        retry: try settled failures again.
        timing: one trial at a time, and again those that were timed beside others.
        fresh: set an earlier run aside and start anew.
        report: write the report.
    """

    command: str
    executor: str = "local"
    scheduler: str = ""
    workers: int | None = None
    retry: bool = False
    timing: bool = False
    fresh: bool = False
    report: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How a call ended.

    Args:
        folder: of the run.
        states: trials by state, over the whole plan.
        n_ran: trials that this call ran.
        report: path of the report; None where none was asked for, or no plugin writes one.
        set_aside: where the earlier run lies; None where there was none, or it goes on.
    """

    folder: Path
    states: dict[str, int]
    n_ran: int
    report: Path | None = None
    set_aside: Path | None = None

    @property
    def is_clean(self) -> bool:
        """Whether every trial is complete or skipped."""
        return all(TrialState(state).is_clean for state in self.states)


def run_plan(
    plan: Plan,
    folder: Path,
    plugins: Plugins,
    options: RunOptions,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Run what is not done yet of a plan.

    Args:
        plan: the suite, expanded.
        folder: of the run; made if it is missing.
        plugins: who offers executors and the report, and who observes.
        options: how.
        executor: who runs the trials, in place of the one that the options name; closed at the end.
        progress: called before the first trial and after each.

    Raises:
        SuiteError: the folder holds a run of another suite.
        StoreError: the disk is full, or the folder can't be read or written.
        PluginError: an observer raised; what has ended is stored.
        KeyboardInterrupt: the user stopped the run; what has ended is stored.
    """
    trials = run_trials(plan, folder, plugins, options, executor=executor, progress=progress)
    with closing(trials):
        while True:
            try:
                next(trials)
            except StopIteration as ended:
                summary: Summary = ended.value
                return summary


def run_trials(
    plan: Plan,
    folder: Path,
    plugins: Plugins,
    options: RunOptions,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Generator[tuple[Trial, Result], None, Summary]:
    """Do as `run_plan`, and yield each trial with its result once it is stored."""
    kept_as = None
    with closing(executor or _executor(plan, folder, plugins, options)) as chosen:
        plan = with_gpu(plan, has_gpu=chosen.has_gpu)
        if options.fresh:
            kept_as = set_aside(folder)
        with Store(folder) as store:
            mark_open(folder)
            started = start(
                plan,
                store,
                plugins.registry,
                options.command,
                retry=options.retry,
                timing=options.timing,
            )
            yield from _execute(started, store, plugins, chosen, progress)
            shutil.rmtree(folder / "scratch", ignore_errors=True)
            info = _info(started, store.folder, store.states())
    is_new = options.report and _write_report(started, info, plugins)
    write_checksums(folder, rewritten=started.pending)
    report = folder / REPORT
    if is_new:
        notify(plugins, "bakeoff_report_written", path=report)
    notify(plugins, "bakeoff_run_finished", run=info)
    return Summary(
        folder=folder,
        states=info.states,
        n_ran=len(started.pending),
        report=report if options.report and report.is_file() else None,
        set_aside=kept_as,
    )


def _executor(plan: Plan, folder: Path, plugins: Plugins, options: RunOptions) -> Executor:
    factory = plugins.registry.get("executors", options.executor).load()
    made: Executor = factory(
        Options(
            scratch=folder.resolve() / "scratch",
            workers=1 if options.timing else options.workers,
            threads=max((trial.task.protocol.threads for trial in plan.trials), default=1),
            scheduler=options.scheduler,
        )
    )
    return made


def _execute(
    started: Started,
    store: Store,
    plugins: Plugins,
    executor: Executor,
    progress: Progress | None,
) -> Generator[tuple[Trial, Result], None, None]:
    """Run what is pending; every result is stored before the next is taken."""
    folder, known = store.folder, directions(plugins.registry)
    info = _info(started, folder, store.states())
    notify(plugins, "bakeoff_run_started", run=info)
    if progress is not None:
        progress(info, None, None)
    durations = DurationLog()
    with closing(_outcomes(started, store, executor, plugins)) as outcomes:
        for trial, result in outcomes:
            store.add([(trial, result)], known)
            notify(plugins, "bakeoff_trial_finished", trial=trial, result=result)
            durations.add(trial, result)
            if progress is not None:
                progress(info, trial, result)
            _stop_if_disk_full(result, folder)
            yield trial, result
    if started.pending or started.is_changed:
        finish(store)
    durations.save()


def _info(started: Started, folder: Path, states: dict[str, TrialState]) -> RunInfo:
    counted = Counter(states[t.id].value for t in started.plan.trials if t.id in states)
    return RunInfo(
        folder=folder,
        suite=started.plan.loaded.suite.name,
        n_trials=len(started.plan.trials),
        n_pending=len(started.pending),
        states=dict(counted),
    )


def _write_report(started: Started, info: RunInfo, plugins: Plugins) -> bool:
    """Ask for a report where anything has changed since the last one; whether one was written."""
    target = info.folder / REPORT
    if target.is_file() and not started.pending and not started.is_changed:
        return False
    hook = plugins.manager.hook.bakeoff_write_report
    return hook(run=info, target=target, registry=plugins.registry) is not None


def _outcomes(
    started: Started, store: Store, executor: Executor, plugins: Plugins
) -> Generator[tuple[Trial, Result], None, None]:
    """Results as they come; trials lost to the infrastructure are tried again."""

    def begun(trial: Trial) -> None:
        notify(plugins, "bakeoff_trial_started", trial=trial)

    def some(jobs: list[Job]) -> Generator[tuple[Trial, Result], None, None]:
        for attempt in range(MAX_LOST + 1):
            lost = []
            with closing(executor.run(_scheduled(jobs, executor.workers), begun)) as ended:
                for trial, result in ended:
                    is_lost = result.state is TrialState.LOST and not _is_disk_full(result)
                    if is_lost and attempt < MAX_LOST:
                        lost.append(trial.id)
                    else:
                        yield trial, result
            jobs = [job for job in jobs if job.trial.id in lost]
            if not jobs:
                return

    jobs = _jobs(started, store.folder)
    yield from in_order(jobs, some, lambda trial: store.note(trial, CHOSEN))


def _jobs(started: Started, folder: Path) -> list[Job]:
    jobs = []
    for trial in started.plan.trials:
        prepared = started.plan.tasks[trial.task.name].prepared
        if trial.id in started.pending and prepared is not None:
            jobs.append(
                Job(
                    trial=trial,
                    prepared=prepared,
                    artifacts=str((folder / "artifacts").resolve()),
                    scratch=str((folder / "scratch").resolve()),
                )
            )
    return jobs


def _scheduled(jobs: list[Job], workers: int) -> list[Job]:
    """In an order that keeps all workers busy to the end."""
    concurrency = min(workers, len(jobs))
    seconds: dict[str, float | None] = {}
    if concurrency > 1:
        with suppress(StoreError):  # timings of earlier runs are a help, no need
            found = predict([job.trial for job in jobs])
            seconds = {trial: known.seconds if known else None for trial, known in found.items()}
    return [replace(job, concurrency=concurrency) for job in ordered(jobs, seconds, concurrency)]


def _is_disk_full(result: Result) -> bool:
    return result.state is TrialState.LOST and result.reason.startswith(DISK_FULL)


def _stop_if_disk_full(result: Result, folder: Path) -> None:
    if _is_disk_full(result):
        raise StoreError(folder, f"{result.reason}. What has ended is stored; run again to go on.")
