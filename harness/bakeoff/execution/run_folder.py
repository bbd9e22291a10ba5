"""Write suite, plan, audit and environment of a run to its folder, and find its pending trials."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.data import audit
from bakeoff.errors import StoreError, SuiteError
from bakeoff.plan.task_audits import audit_tasks
from bakeoff.plan.trials import pending
from bakeoff.provenance.environment import environment
from bakeoff.records import Result, TrialState
from bakeoff.registry.catalogue import MetricComponent
from bakeoff.store.database import DATABASE, Store, read_json
from bakeoff.store.run_data import AUDIT, ENVIRONMENT

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.plan.tasks import PlannedTask
    from bakeoff.plan.trials import Plan
    from bakeoff.records import Trial
    from bakeoff.registry.catalogue import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedRun:
    """A run whose folder is written, with its pending trials.

    Args:
        plan: all trials of the run.
        pending: ids of the trials that are left to run.
        is_changed: whether the plan differs from that of the previous call.
    """

    plan: Plan
    pending: frozenset[str]
    is_changed: bool


def start(
    plan: Plan,
    store: Store,
    registry: Registry,
    command: str,
    *,
    retry: bool = False,
    timing: bool = False,
) -> StartedRun:
    """Write suite, plan, audit and environment, and find the pending trials.

    Args:
        plan: the expanded suite.
        store: open store of the run's folder.
        registry: names the directions of metrics.
        command: the command line that repeats the run.
        retry: run trials with settled failures again.
        timing: run trials again that ran at the same time as others.

    Raises:
        SuiteError: the folder holds a run of another suite.
        StoreError: the content of the folder can't be read.
    """
    _check_same_suite(plan, store.folder)
    store.remove_orphans({trial.id for trial in plan.trials if trial.search})
    suite = _portable(plan.loaded.value, store.folder)
    store.write_text("suite.json", json.dumps(suite, indent=1, ensure_ascii=False))
    store.write_text("suite.yaml", _yaml(suite))
    store.write_text(AUDIT, audit.as_json(audit_tasks(plan.tasks)))
    states = store.states()
    is_changed = store.set_plan(plan.trials, [_task_row(task) for task in plan.tasks.values()])
    skipped = [t for t in plan.trials if t.skip and _may_skip(states.get(t.id), anew=is_changed)]
    if skipped:
        now = time.time()
        store.add([(t, _skip(t, now)) for t in skipped], directions(registry))
        is_changed = True
    concurrent = store.timed_beside_others() if timing else frozenset()
    pending_ids = pending(plan, states, retry=retry, again=concurrent)
    if pending_ids or is_changed:
        facts = environment(command) | {"dropped": plan.dropped}
        _write_facts(store, facts | {"started": _facts(store).get("started") or _now()})
    return StartedRun(plan=plan, pending=pending_ids, is_changed=is_changed)


def finish(store: Store) -> None:
    """Write the time at which the run ended."""
    _write_facts(store, _facts(store) | {"finished": _now()})


def set_aside(folder: Path) -> Path | None:
    """Rename the folder of an earlier run; return its new path, None if there is no such folder.

    Raises:
        StoreError: the folder holds no run, or one that another process is writing to.
    """
    if not folder.exists():
        return None
    if not (folder / DATABASE).is_file():
        raise StoreError(folder, "holds no run of bakeoff; --fresh leaves it alone.")
    Store(folder).close()  # raises for a run that is being written to, or of another program
    timestamp = time.strftime("%Y%m%d-%H%M%S", time.localtime((folder / DATABASE).stat().st_mtime))
    target = folder.with_name(f"{folder.name}-{timestamp}")
    if target.exists():
        raise StoreError(target, "is in the way of setting the earlier run aside.")
    folder.rename(target)
    return target


def directions(registry: Registry) -> dict[str, str]:
    """Return the direction of each metric, by name."""
    metrics = registry.all("metrics")
    return {c.name: c.direction for c in metrics if isinstance(c, MetricComponent)}


def _facts(store: Store) -> dict[str, Any]:
    """Read the stored environment of the run; empty before it is first written."""
    try:
        facts = json.loads((store.folder / ENVIRONMENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _write_facts(store: Store, facts: dict[str, Any]) -> None:
    store.write_text(ENVIRONMENT, json.dumps(facts, indent=1, ensure_ascii=False))


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())


def _skip(trial: Trial, now: float) -> Result:
    return Result(trial=trial.id, state=TrialState.SKIPPED, reason=trial.skip, finished_at=now)


def _may_skip(state: TrialState | None, *, anew: bool) -> bool:
    """Return True if the state `skipped` may be written; results of other machines are kept."""
    if state is TrialState.SKIPPED:
        return anew  # its reason may have changed
    return state is None or not state.is_settled


def _check_same_suite(plan: Plan, folder: Path) -> None:
    path = folder / "suite.json"
    if not path.is_file():
        return
    name = read_json(path).get("name")
    if name != plan.loaded.suite.name:
        reason = f"the folder holds a run of suite {name!r}, not of {plan.loaded.suite.name!r}."
        raise SuiteError(str(folder), reason)


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
    """Return the suite with the paths of its tasks relative to the run's folder."""

    def with_relative_path(task: Any) -> Any:
        path = task.get("path") if isinstance(task, dict) else None
        if not isinstance(path, str):
            return task
        return {**task, "path": os.path.relpath(path, folder.absolute())}

    return {**value, "tasks": [with_relative_path(task) for task in value["tasks"]]}


def _yaml(value: dict[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
