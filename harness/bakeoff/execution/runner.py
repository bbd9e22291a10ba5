"""Run the pending trials of a plan, store each result, write the report, and seal the folder.

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
from bakeoff.execution.dependent_trials import CHOSEN, run_controls_first
from bakeoff.execution.durations import DurationLog, predict
from bakeoff.execution.executors import Options
from bakeoff.execution.run_folder import StartedRun, directions, finish, set_aside, start
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

ProgressCallback = Callable[[RunInfo, Trial | None, Result | None], None]
"""Called once before the first trial, with None for trial and result, and after each result is
stored."""

MAX_LOST = 3
"""Maximum number of times that a lost trial is run again within one call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Options of running a plan.

    Args:
        command: the command line that repeats the run.
        executor: name of a registered executor.
        scheduler: address of a cluster, for executors that have one.
        workers: number of trials at a time; None for as many as the cores allow.
        retry: run trials with settled failures again.
        timing: run one trial at a time, and again those that ran at the same time as others.
        fresh: rename an earlier run and start a new one.
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
class RunSummary:
    """Outcome of one call of `run_plan`.

    Args:
        folder: folder of the run.
        states: number of trials by state, over the whole plan.
        n_ran: number of trials that this call ran.
        report: path of the report; None if none was requested, or no plugin writes one.
        set_aside: new path of the earlier run; None if no run was renamed.
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
    progress: ProgressCallback | None = None,
) -> RunSummary:
    """Run the pending trials of a plan and write the report.

    Args:
        plan: the expanded suite.
        folder: folder of the run; created if it is missing.
        plugins: plugins that offer executors and the report, and observe the run.
        options: options of the run.
        executor: executor to use instead of the one that the options name; closed at the end.
        progress: called before the first trial and after each.

    Raises:
        SuiteError: the folder holds a run of another suite.
        StoreError: the disk is full, or the folder can't be read or written.
        PluginError: a hook raised; results so far are stored.
        KeyboardInterrupt: the user stopped the run; results so far are stored.
    """
    trials = run_trials(plan, folder, plugins, options, executor=executor, progress=progress)
    with closing(trials):
        while True:
            try:
                next(trials)
            except StopIteration as ended:
                summary: RunSummary = ended.value
                return summary


def run_trials(
    plan: Plan,
    folder: Path,
    plugins: Plugins,
    options: RunOptions,
    *,
    executor: Executor | None = None,
    progress: ProgressCallback | None = None,
) -> Generator[tuple[Trial, Result], None, RunSummary]:
    """Run as `run_plan` does, and yield each trial with its result once it is stored."""
    renamed_to = None
    with closing(executor or _executor(plan, folder, plugins, options)) as chosen:
        plan = with_gpu(plan, has_gpu=chosen.has_gpu)
        if options.fresh:
            renamed_to = set_aside(folder)
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
    return RunSummary(
        folder=folder,
        states=info.states,
        n_ran=len(started.pending),
        report=report if options.report and report.is_file() else None,
        set_aside=renamed_to,
    )


def _executor(plan: Plan, folder: Path, plugins: Plugins, options: RunOptions) -> Executor:
    factory = plugins.registry.get("executors", options.executor).load()
    executor: Executor = factory(
        Options(
            scratch=folder.resolve() / "scratch",
            workers=1 if options.timing else options.workers,
            threads=max((trial.task.protocol.threads for trial in plan.trials), default=1),
            scheduler=options.scheduler,
        )
    )
    return executor


def _execute(
    started: StartedRun,
    store: Store,
    plugins: Plugins,
    executor: Executor,
    progress: ProgressCallback | None,
) -> Generator[tuple[Trial, Result], None, None]:
    """Run the pending trials; each result is stored before the next is taken."""
    folder, metric_directions = store.folder, directions(plugins.registry)
    info = _info(started, folder, store.states())
    notify(plugins, "bakeoff_run_started", run=info)
    if progress is not None:
        progress(info, None, None)
    durations = DurationLog()
    with closing(_outcomes(started, store, executor, plugins)) as outcomes:
        for trial, result in outcomes:
            store.add([(trial, result)], metric_directions)
            notify(plugins, "bakeoff_trial_finished", trial=trial, result=result)
            durations.add(trial, result)
            if progress is not None:
                progress(info, trial, result)
            _stop_if_disk_full(result, folder)
            yield trial, result
    if started.pending or started.is_changed:
        finish(store)
    durations.save()


def _info(started: StartedRun, folder: Path, states: dict[str, TrialState]) -> RunInfo:
    counted = Counter(states[t.id].value for t in started.plan.trials if t.id in states)
    return RunInfo(
        folder=folder,
        suite=started.plan.loaded.suite.name,
        n_trials=len(started.plan.trials),
        n_pending=len(started.pending),
        states=dict(counted),
    )


def _write_report(started: StartedRun, info: RunInfo, plugins: Plugins) -> bool:
    """Write a report if results changed since the last one; return True if one was written."""
    target = info.folder / REPORT
    if target.is_file() and not started.pending and not started.is_changed:
        return False
    hook = plugins.manager.hook.bakeoff_write_report
    return hook(run=info, target=target, registry=plugins.registry) is not None


def _outcomes(
    started: StartedRun, store: Store, executor: Executor, plugins: Plugins
) -> Generator[tuple[Trial, Result], None, None]:
    """Yield each pending trial with its result; lost trials are run again."""

    def notify_started(trial: Trial) -> None:
        notify(plugins, "bakeoff_trial_started", trial=trial)

    def run(jobs: list[Job]) -> Generator[tuple[Trial, Result], None, None]:
        for attempt in range(MAX_LOST + 1):
            lost = []
            scheduled = _scheduled(jobs, executor.workers)
            with closing(executor.run(scheduled, notify_started)) as ended:
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
    yield from run_controls_first(jobs, run, lambda trial: store.note(trial, CHOSEN))


def _jobs(started: StartedRun, folder: Path) -> list[Job]:
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
    """Sort jobs so that all workers stay busy to the end; set the concurrency of each."""
    concurrency = min(workers, len(jobs))
    seconds: dict[str, float | None] = {}
    if concurrency > 1:
        with suppress(StoreError):  # durations of earlier runs are optional
            estimates = predict([job.trial for job in jobs])
            seconds = {trial: e.seconds if e else None for trial, e in estimates.items()}
    return [replace(job, concurrency=concurrency) for job in ordered(jobs, seconds, concurrency)]


def _is_disk_full(result: Result) -> bool:
    return result.state is TrialState.LOST and result.reason.startswith(DISK_FULL)


def _stop_if_disk_full(result: Result, folder: Path) -> None:
    if _is_disk_full(result):
        raise StoreError(folder, f"{result.reason}. What has ended is stored; run again to go on.")
