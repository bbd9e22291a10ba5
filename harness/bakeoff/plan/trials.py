"""Plan the trials of a suite: prepare its data, bind its methods to its tasks, enumerate trials."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from bakeoff.errors import SuiteError, UnknownNameError
from bakeoff.plan.cells import bind
from bakeoff.plan.enumeration import NO_GPU, TrialSettings, enumerate_trials
from bakeoff.plan.expand import expand
from bakeoff.plan.search_plans import check_space_used
from bakeoff.plan.study_plans import make_studies
from bakeoff.plan.tasks import PlannedTask, prepare_tasks
from bakeoff.records import Trial, TrialState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from bakeoff.interfaces import Fetched
    from bakeoff.registry.catalogue import Registry
    from bakeoff.suite.schema import LoadedSuite


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Trials of a run in their order, with the tasks that they use.

    Args:
        loaded: the suite.
        tasks: by name.
        trials: in the order in which they run: splits interleave methods. No trial occurs twice,
            even where two studies ask for the same.
        dropped: how many pairs of method and task a glob or `cross` made that don't fit, by reason.
        chosen: ids of the trials that this call may run; None for all.
        fetched: what components need beyond their packages, by component, or why it is unavailable.
    """

    loaded: LoadedSuite
    tasks: dict[str, PlannedTask]
    trials: tuple[Trial, ...]
    dropped: dict[str, int] = field(default_factory=dict)
    chosen: frozenset[str] | None = None
    fetched: dict[str, Fetched | str] = field(default_factory=dict)

    def chooses(self, trial: Trial) -> bool:
        """Return True if this call may run the trial: it isn't skipped, and `--only` selects it."""
        return not trial.skip and (self.chosen is None or trial.id in self.chosen)


def make_plan(
    loaded: LoadedSuite,
    registry: Registry,
    on_data: Callable[[str], object] = str,
) -> Plan:
    """Return the plan of a suite: tasks prepared, methods bound to them, trials enumerated.

    Args:
        loaded: the checked suite.
        registry: what plugins offer.
        on_data: called with the name of each dataset before it is prepared, for progress.

    Raises:
        BakeoffError: anything in the suite or in the user's data that can't be run.
    """
    suite = loaded.suite
    specs = expand(loaded.methods, registry)
    studies = make_studies(loaded.studies, registry, [spec.name for spec in specs])
    tasks = prepare_tasks(loaded.tasks, suite.protocol, registry, on_data)
    bound = bind(specs, tasks.values(), studies, loaded.search, registry)
    if not bound.cells:
        reasons = "; ".join(sorted(bound.dropped))
        raise SuiteError(loaded.where("methods"), f"no method fits any task: {reasons}.")
    settings = TrialSettings(
        devices=suite.devices,
        backends=suite.backends,
        limits=suite.budget.limits,
        explain=suite.explain,
    )
    enumerated = enumerate_trials(bound.cells, settings, registry)
    trials = tuple({trial.id: trial for trial in enumerated}.values())
    check_space_used(loaded.search, trials)
    return Plan(
        loaded=loaded,
        tasks=tasks,
        trials=trials,
        dropped=bound.dropped,
        fetched=bound.fetched,
    )


def only(plan: Plan, patterns: Sequence[str]) -> Plan:
    """Return the plan restricted to trials whose `task/method` matches a glob.

    The others stay part of the run: their rows are shown, and a later call can run them.

    Raises:
        UnknownNameError: a pattern matches nothing.
    """
    if not patterns:
        return plan
    labels = {f"{t.task.name}/{t.method.name}" for t in plan.trials}
    for pattern in patterns:
        if not any(fnmatchcase(label, pattern) for label in labels):
            raise UnknownNameError("task/method", pattern, labels, where="--only")
    chosen = frozenset(
        t.id
        for t in plan.trials
        if any(fnmatchcase(f"{t.task.name}/{t.method.name}", p) for p in patterns)
    )
    return replace(plan, chosen=chosen)


def with_gpu(plan: Plan, *, has_gpu: bool) -> Plan:
    """Return the plan for an executor: GPU trials are skipped only where it has no GPU."""
    trials = []
    for trial in plan.trials:
        if trial.device == "gpu" and trial.skip in ("", NO_GPU):
            trials.append(replace(trial, skip="" if has_gpu else NO_GPU))
        else:
            trials.append(trial)
    return replace(plan, trials=tuple(trials))


def pending(
    plan: Plan,
    states: Mapping[str, TrialState],
    *,
    retry: bool = False,
    again: Collection[str] = (),
) -> frozenset[str]:
    """Return the ids of the trials that a call has to run.

    Args:
        plan: of the run.
        states: of the trials that are stored.
        retry: try settled failures again too.
        again: ids of trials that have to run again whatever their state.
    """

    def is_open(state: TrialState | None) -> bool:
        if state is None or not state.is_settled:
            return True
        return retry and state is not TrialState.COMPLETE

    return frozenset(
        t.id
        for t in plan.trials
        if plan.chooses(t) and (t.id in again or is_open(states.get(t.id)))
    )
