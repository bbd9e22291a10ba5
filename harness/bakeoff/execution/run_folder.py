"""Write what a run is into its folder, and find what is left to do."""

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
class Started:
    """A run whose folder is ready.

    Args:
        plan: every trial of it.
        pending: ids of the trials that this call has to run.
        is_changed: whether the plan differs from that of the call before.
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
) -> Started:
    """Write suite, plan, audit and environment, and find what is left to do.

    Args:
        plan: the suite, expanded.
        store: the run's folder, open.
        registry: for directions of metrics.
        command: the command line that repeats the run.
        retry: try settled failures again too.
        timing: run trials again that were timed beside others.

    Raises:
        SuiteError: the folder holds a run of another suite.
        StoreError: what the folder holds can't be read.
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
    crowded = store.timed_beside_others() if timing else frozenset()
    left = pending(plan, states, retry=retry, again=crowded)
    if left or is_changed:
        facts = environment(command) | {"dropped": plan.dropped}
        _write_facts(store, facts | {"started": _facts(store).get("started") or _now()})
    return Started(plan=plan, pending=left, is_changed=is_changed)


def finish(store: Store) -> None:
    """Write when the run's last trial ended."""
    _write_facts(store, _facts(store) | {"finished": _now()})


def set_aside(folder: Path) -> Path | None:
    """Rename an earlier run, so that nothing is lost; its new name, None where there was none.

    Raises:
        StoreError: the folder holds no run, or one that somebody is writing to.
    """
    if not folder.exists():
        return None
    if not (folder / DATABASE).is_file():
        raise StoreError(folder, "holds no run of bakeoff; --fresh leaves it alone.")
    Store(folder).close()  # refuses a run that somebody is writing to, or that is another program's
    moment = time.strftime("%Y%m%d-%H%M%S", time.localtime((folder / DATABASE).stat().st_mtime))
    target = folder.with_name(f"{folder.name}-{moment}")
    if target.exists():
        raise StoreError(target, "is in the way of setting the earlier run aside.")
    folder.rename(target)
    return target


def directions(registry: Registry) -> dict[str, str]:
    """Direction of every metric."""
    found = registry.all("metrics")
    return {c.name: c.direction for c in found if isinstance(c, MetricComponent)}


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


def _skip(trial: Trial, now: float) -> Result:
    return Result(trial=trial.id, state=TrialState.SKIPPED, reason=trial.skip, finished_at=now)


def _may_skip(state: TrialState | None, *, anew: bool) -> bool:
    """Whether to write that a trial is skipped: what ended on another machine stays as it is."""
    if state is TrialState.SKIPPED:
        return anew  # its reason may be another
    return state is None or not state.is_settled


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
