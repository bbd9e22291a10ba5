"""One invocation of a suite: what is left to do is done, stored and told to whoever watches."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bakeoff.data import audit
from bakeoff.errors import StoreError, SuiteError
from bakeoff.execution.dependent_trials import CHOSEN, in_order
from bakeoff.execution.durations import predict
from bakeoff.execution.schedule import ordered
from bakeoff.execution.worker import DISK_FULL
from bakeoff.plan.trials import pending
from bakeoff.provenance.environment import environment
from bakeoff.records import Result, TrialState
from bakeoff.registry.catalogue import MetricComponent
from bakeoff.registry.manager import notify
from bakeoff.store.database import read_json
from bakeoff.store.run_data import AUDIT
from bakeoff.trial.evaluate import Job

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from bakeoff.execution.executors import Executor
    from bakeoff.plan.tasks import PlannedTask
    from bakeoff.plan.trials import Plan
    from bakeoff.records import Trial
    from bakeoff.registry.manager import Plugins
    from bakeoff.store.database import Store

ENVIRONMENT = "environment.json"
MAX_LOST = 3
"""How often a trial that was lost is tried again within one call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What those who watch a run are told.

    Args:
        folder: where it is kept.
        plan: every trial of it.
        pending: ids of the trials that this call has to run.
        is_changed: whether the plan differs from that of the call before.
    """

    folder: Path
    plan: Plan
    pending: frozenset[str]
    is_changed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How a call ended: trials by state, over the whole plan and over what this call ran."""

    folder: Path
    states: dict[str, int]
    n_ran: int

    @property
    def is_clean(self) -> bool:
        """Whether every trial is complete or skipped."""
        return all(TrialState(state).is_clean for state in self.states)


def start(
    plan: Plan,
    store: Store,
    plugins: Plugins,
    command: str,
    *,
    retry: bool = False,
    timing: bool = False,
) -> Run:
    """Write what the run is, and find what is left to do.

    Args:
        plan: the suite, expanded.
        store: the run's folder, open.
        plugins: for directions of metrics.
        command: the command line that repeats the run.
        retry: try settled failures again too.
        timing: run trials again that were timed beside others.

    Raises:
        SuiteError: the folder holds a run of another suite.
        StoreError: what the folder holds can't be read.
    """
    _check_same_suite(plan, store.folder)
    store.remove_orphans({trial.trial for trial in plan.trials if trial.search})
    suite = _portable(plan.loaded.value, store.folder)
    store.write_text("suite.json", json.dumps(suite, indent=1, ensure_ascii=False))
    store.write_text("suite.yaml", _yaml(suite))
    store.write_text(AUDIT, audit.as_json(audit.audits(plan)))
    states = store.states()
    is_changed = store.set_plan(plan.trials, [_task_row(task) for task in plan.tasks.values()])
    skipped = [t for t in plan.trials if t.skip and _may_skip(states.get(t.trial), anew=is_changed)]
    if skipped:
        now = time.time()
        store.add([(t, _skip(t, now)) for t in skipped], directions(plugins))
        is_changed = True
    crowded = store.timed_beside_others() if timing else frozenset()
    left = pending(plan, states, retry=retry, again=crowded)
    if left or is_changed:
        facts = environment(command) | {"dropped": plan.dropped}
        _write_facts(store, facts | {"started": _facts(store).get("started") or _now()})
    return Run(folder=store.folder, plan=plan, pending=left, is_changed=is_changed)


def execute(run: Run, store: Store, plugins: Plugins, executor: Executor, workers: int) -> Summary:
    """Run what is pending; every result is stored before the next is taken.

    Raises:
        StoreError: the disk is full or the folder can't be written any more.
        PluginError: a plugin that watches the run raised; what has ended is stored.
        KeyboardInterrupt: the user stopped the run; what has ended is stored.
    """
    notify(plugins, "bakeoff_run_started", run=run)
    known = directions(plugins)
    with closing(_outcomes(run, store, executor, plugins, workers)) as outcomes:
        for trial, result in outcomes:
            store.add([(trial, result)], known)
            notify(plugins, "bakeoff_trial_finished", trial=trial, result=result)
            _stop_if_disk_full(result, run.folder)
    if run.pending or run.is_changed:
        _write_facts(store, _facts(store) | {"finished": _now()})
    notify(plugins, "bakeoff_run_finished", run=run)
    return summary(run, store)


def summary(run: Run, store: Store) -> Summary:
    """Count the states of the run's trials."""
    states = store.states()
    counted = Counter(states[t.trial].value for t in run.plan.trials if t.trial in states)
    return Summary(folder=run.folder, states=dict(counted), n_ran=len(run.pending))


def _facts(store: Store) -> dict[str, Any]:
    """What is known of where the run ran; nothing at its very start."""
    try:
        found = json.loads((store.folder / ENVIRONMENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_facts(store: Store, facts: dict[str, Any]) -> None:
    store.write_text(ENVIRONMENT, json.dumps(facts, indent=1, ensure_ascii=False))


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())


def directions(plugins: Plugins) -> dict[str, str]:
    """Direction of every metric."""
    found = plugins.registry.all("metrics")
    return {c.name: c.direction for c in found if isinstance(c, MetricComponent)}


def _outcomes(
    run: Run, store: Store, executor: Executor, plugins: Plugins, workers: int
) -> Generator[tuple[Trial, Result], None, None]:
    """Results as they come; trials lost to the infrastructure are tried again."""

    def started(trial: Trial) -> None:
        notify(plugins, "bakeoff_trial_started", trial=trial)

    def some(jobs: list[Job]) -> Generator[tuple[Trial, Result], None, None]:
        for attempt in range(MAX_LOST + 1):
            lost = []
            with closing(executor.run(_scheduled(jobs, workers), started)) as ended:
                for trial, result in ended:
                    is_lost = result.state is TrialState.LOST and not _is_disk_full(result)
                    if is_lost and attempt < MAX_LOST:
                        lost.append(trial.trial)
                    else:
                        yield trial, result
            jobs = [job for job in jobs if job.trial.trial in lost]
            if not jobs:
                return

    yield from in_order(_jobs(run), some, lambda trial: store.note(trial, CHOSEN))


def _jobs(run: Run) -> list[Job]:
    jobs = []
    for trial in run.plan.trials:
        prepared = run.plan.tasks[trial.task.name].prepared
        if trial.trial in run.pending and prepared is not None:
            jobs.append(
                Job(
                    trial=trial,
                    prepared=prepared,
                    artifacts=str((run.folder / "artifacts").resolve()),
                    scratch=str((run.folder / "scratch").resolve()),
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


def _skip(trial: Trial, now: float) -> Result:
    return Result(trial=trial.trial, state=TrialState.SKIPPED, reason=trial.skip, finished_at=now)


def _may_skip(state: TrialState | None, *, anew: bool) -> bool:
    """Whether to write that a trial is skipped: what ended on another machine stays as it is."""
    if state is TrialState.SKIPPED:
        return anew  # its reason may be another
    return state is None or not state.is_settled


def _is_disk_full(result: Result) -> bool:
    return result.state is TrialState.LOST and result.reason.startswith(DISK_FULL)


def _stop_if_disk_full(result: Result, folder: Path) -> None:
    if _is_disk_full(result):
        raise StoreError(folder, f"{result.reason}. What has ended is stored; run again to go on.")


def _check_same_suite(plan: Plan, folder: Path) -> None:
    known = folder / "suite.json"
    if not known.is_file():
        return
    name = read_json(known).get("name")
    if name != plan.loaded.suite.name:
        what = f"the folder holds a run of suite {name!r}, not of {plan.loaded.suite.name!r}."
        raise SuiteError(str(folder), what)


def _task_row(planned: PlannedTask) -> dict[str, Any]:
    task, prepared = planned.task, planned.prepared
    row = {
        name: getattr(task, name)
        for name in ("dataset", "input_kind", "problem_type", "metric", "direction", "equivalence")
    }
    facts = ("n_rows", "target", "origin", "licence", "sha256", "composed")
    row |= {name: getattr(prepared, name) if prepared else None for name in facts}
    classes = prepared.classes if prepared else ()
    return row | {
        "task": task.name,
        "split": task.protocol.split,
        "n_classes": task.n_classes,
        "classes": json.dumps(classes, ensure_ascii=False),
        "unavailable": planned.unavailable,
    }


def _portable(value: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The suite with paths that start at the run's folder, where it will be read from."""

    def turned(task: Any) -> Any:
        path = task.get("path") if isinstance(task, dict) else None
        if not isinstance(path, str):
            return task
        return {**task, "path": os.path.relpath(path, folder.absolute())}

    return {**value, "tasks": [turned(task) for task in value["tasks"]]}


def _yaml(value: dict[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
