"""From a suite to trials: data made ready, methods met with tasks, identities and seeds given."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from bakeoff.errors import SuiteError, UnknownNameError
from bakeoff.plan import estimator_kinds, expand, methods, study_plans
from bakeoff.plan.prefetch import Fetcher
from bakeoff.plan.search_plans import (
    Controls,
    full_names,
    search_of,
    search_of_variant,
    searcher_of,
    seeded,
    seeds_of,
    unused_space,
)
from bakeoff.plan.tasks import PlannedTask, n_fit, plan_tasks
from bakeoff.provenance.environment import gpu_slots
from bakeoff.provenance.hashing import digest, source_hash, versions_of
from bakeoff.records import RECORD_VERSION, Trial, TrialState
from bakeoff.registry.catalogue import is_importable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from bakeoff.interfaces import Fetched, Variant
    from bakeoff.plan.methods import Contender
    from bakeoff.records import Search
    from bakeoff.registry.catalogue import Registry
    from bakeoff.suite.schema import LoadedSuite

NO_GPU = "no GPU found"
"""Why a trial for a GPU is skipped where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will do, in order.

    Args:
        loaded: the suite.
        tasks: by name.
        trials: in the order in which they run: repeats interleave methods. Each stands once, also
            where two studies ask for the same.
        dropped: how many pairs of method and task a glob or `cross` made that don't fit, by reason.
        chosen: ids of the trials that this call may run; None for all.
        fetched: what components need beyond their packages, by component, or why it can't be had.
    """

    loaded: LoadedSuite
    tasks: dict[str, PlannedTask]
    trials: tuple[Trial, ...]
    dropped: dict[str, int] = field(default_factory=dict)
    chosen: frozenset[str] | None = None
    fetched: dict[str, Fetched | str] = field(default_factory=dict)

    def chooses(self, trial: Trial) -> bool:
        """Whether this call may run a trial: it is not skipped, and `--only` lets it through."""
        return not trial.skip and (self.chosen is None or trial.trial in self.chosen)


def make_plan(
    loaded: LoadedSuite,
    registry: Registry,
    on_data: Callable[[str], object] = str,
) -> Plan:
    """Expand a suite.

    Args:
        loaded: the checked suite.
        registry: what plugins offer.
        on_data: told the name of each dataset before it is made ready, for progress.

    Raises:
        BakeoffError: anything in the suite or in the user's data that can't be run.
    """
    entries = expand.expand(loaded, registry)
    studies = study_plans.load(loaded, registry, [entry.name for entry in entries])
    tasks = plan_tasks(loaded, registry, on_data)
    dropped: Counter[str] = Counter()
    fetcher = Fetcher()
    variants: list[_Cell] = []
    for planned in tasks.values():
        for entry in entries:
            contender = _meet(entry, planned, registry)
            foreign = estimator_kinds.is_foreign(entry.names, registry, planned.task.problem_type)
            if contender.unfit and (foreign or not entry.exact):
                dropped[contender.problem] += 1
                continue
            default = _default(planned, contender, loaded, registry, fetcher)
            variants += [default, *_variants(default, contender, studies, fetcher)]
    _check_studies_used(studies, variants, entries)
    if not variants:
        reasons = "; ".join(sorted(dropped))
        raise SuiteError(loaded.where("methods"), f"no method fits any task: {reasons}.")
    found = _trials(variants, loaded, registry)
    trials = tuple({trial.trial: trial for trial in found}.values())
    unused_space(loaded, trials)
    return Plan(
        loaded=loaded,
        tasks=tasks,
        trials=trials,
        dropped=dict(dropped),
        fetched=fetcher.found,
    )


def only(plan: Plan, patterns: Sequence[str]) -> Plan:
    """The plan of a call that runs just those trials whose `task/method` matches a glob.

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
        t.trial
        for t in plan.trials
        if any(fnmatchcase(f"{t.task.name}/{t.method.name}", p) for p in patterns)
    )
    return replace(plan, chosen=chosen)


def with_gpu(plan: Plan, *, has_gpu: bool) -> Plan:
    """The plan for an executor: trials for a GPU are skipped only where it has none."""
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
    """Ids of the trials that a call has to run.

    Args:
        plan: what the run is.
        states: of the trials that are stored.
        retry: try settled failures again too.
        again: ids of trials that have to run again whatever their state.
    """

    def is_open(state: TrialState | None) -> bool:
        if state is None or not state.is_settled:
            return True
        return retry and state is not TrialState.COMPLETE

    return frozenset(
        t.trial
        for t in plan.trials
        if plan.chooses(t) and (t.trial in again or is_open(states.get(t.trial)))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """One variant of one method on one task, before splits."""

    planned: PlannedTask
    contender: Contender
    study: str = "none"
    variant: str = "default"
    control: str = ""
    factor: str = ""
    level: float | None = None
    device: str = ""
    backend: str = ""
    search: Search | None = None
    settled: tuple[str, ...] = ()


def _meet(entry: expand.Entry, planned: PlannedTask, registry: Registry) -> Contender:
    task, prepared = planned.task, planned.prepared
    return methods.meet(
        entry,
        registry,
        input_kind=task.input_kind,
        problem_type=task.problem_type,
        n_rows=n_fit(task.protocol, prepared) if prepared else 0,
        n_classes=task.n_classes,
        loaded=prepared is not None,
    )


def _default(
    planned: PlannedTask,
    contender: Contender,
    loaded: LoadedSuite,
    registry: Registry,
    fetcher: Fetcher,
) -> _Cell:
    """The method itself, searched where the suite says so."""
    if contender.problem or planned.prepared is None:
        return _Cell(planned=planned, contender=contender)
    contender = fetcher.equip(contender)
    search = search_of(contender, planned.task, loaded, registry)
    return _Cell(planned=planned, contender=contender, search=search)


def _variants(
    default: _Cell,
    contender: Contender,
    studies: list[study_plans.PlannedStudy],
    fetcher: Fetcher,
) -> Iterator[_Cell]:
    """What studies make of the method; some may run where it lacks what it fetches."""
    planned = default.planned
    if contender.problem or contender.arms or planned.prepared is None:
        return
    n_rows = n_fit(planned.task.protocol, planned.prepared)
    for item in studies:
        if item.selects(planned.task.name, contender.entry.name):
            subject = study_plans.subject(contender, planned.task, n_rows)
            for variant in item.study.variants(subject):
                if methods.accepts(contender, variant.params):
                    yield _vary(default, contender, item, variant, fetcher)


def _vary(
    default: _Cell,
    contender: Contender,
    item: study_plans.PlannedStudy,
    variant: Variant,
    fetcher: Fetcher,
) -> _Cell:
    """One variant; a control of its own is searched, the others take over what that chooses."""
    task = default.planned.task
    protocol = replace(task.protocol, **variant.protocol)
    method = methods.with_params(contender, variant.params, item.where)
    contender = fetcher.equip(replace(contender, method=method))
    is_control = variant.name == variant.control
    return _Cell(
        planned=replace(default.planned, task=replace(task, protocol=protocol)),
        contender=contender,
        study=item.entry.study,
        variant=variant.name,
        control=variant.control,
        factor=variant.factor,
        level=variant.level,
        device=variant.device,
        backend=variant.backend,
        search=search_of_variant(default.search, contender, variant.params) if is_control else None,
        settled=full_names(contender, variant.params),
    )


def _check_studies_used(
    studies: list[study_plans.PlannedStudy], cells: list[_Cell], entries: Sequence[expand.Entry]
) -> None:
    """A study that changes nothing is a mistake, not an empty answer.

    So is one that names a method itself and changes nothing of it, or a factor that none has.
    """
    if any(cell.contender.problem for cell in cells):
        return
    for item in studies:
        _check_factors_known(item, cells)
        used = {cell.contender.entry.name for cell in cells if cell.study == item.entry.study}
        if not used:
            what = f"study {item.entry.study!r} fits none of the suite's methods and tasks."
            raise SuiteError(item.where, what)
        named = [entry.name for entry in entries if entry.name in item.entry.methods]
        if left := [name for name in named if name not in used]:
            what = f"study {item.entry.study!r} does not apply to {', '.join(left)}."
            raise SuiteError(item.where, what)


def _check_factors_known(item: study_plans.PlannedStudy, cells: list[_Cell]) -> None:
    factors = {cell.factor for cell in cells if cell.study == item.entry.study} - {""}
    params = (methods.addresses(cell.contender.components) for cell in cells)
    known = factors or {name for names in params for name in names if "__" not in name}
    for factor in getattr(item.study, "factors", ()):
        if factor not in known:
            raise UnknownNameError("factor", factor, known, where=item.where)


def _trials(cells: list[_Cell], loaded: LoadedSuite, registry: Registry) -> Iterator[Trial]:
    """Repeats outermost, so that a slow minute hits every method."""
    most = max((cell.planned.task.protocol.repeats for cell in cells), default=0)
    controls = Controls()
    for repeat in range(most):
        for cell in cells:
            protocol = cell.planned.task.protocol
            if repeat >= protocol.repeats:
                continue
            for fold in range(protocol.folds):
                for device, backend in _places(cell, loaded):
                    trial = _trial(
                        cell, loaded, repeat=repeat, fold=fold, device=device, backend=backend
                    )
                    trial = replace(trial, frozen=controls.frozen(trial, cell.settled))
                    trial = replace(trial, trial=_identity(trial, cell.contender, registry))
                    controls.add(trial)
                    yield trial


def _places(cell: _Cell, loaded: LoadedSuite) -> Iterator[tuple[str, str]]:
    """Devices and backends between which the method distinguishes."""
    known = cell.contender
    devices: Sequence[str] = [cell.device] if cell.device else loaded.suite.devices
    backends: Sequence[str] = [cell.backend] if cell.backend else loaded.suite.backends
    for device in devices if "gpu" in known.devices else ["cpu"]:
        for backend in [b for b in backends if b in known.backends] or [""]:
            yield device, backend


def _trial(
    cell: _Cell, loaded: LoadedSuite, *, repeat: int, fold: int, device: str, backend: str
) -> Trial:
    task, method = cell.planned.task, cell.contender.method
    skip = cell.planned.unavailable or cell.contender.problem
    if not skip and backend and not is_importable(backend):
        skip = f"backend {backend} is not installed. Run: pip install {backend}"
    if not skip and device == "gpu" and not gpu_slots():
        skip = NO_GPU
    return Trial(
        trial="",
        task=task,
        method=method,
        study=cell.study,
        variant=cell.variant,
        control=cell.control,
        factor=cell.factor,
        level=cell.level,
        repeat=repeat,
        fold=fold,
        seeds=seeds_of(method, task, repeat, fold),
        device=device,
        backend=backend,
        limits=loaded.suite.budget.limits,
        explain=0 if repeat or fold else loaded.suite.explain,
        search=seeded(cell.search, task, repeat, fold),
        skip=skip,
    )


def _identity(trial: Trial, contender: Contender, registry: Registry) -> str:
    """Hash of all that can change the outcome; the environment beyond that is provenance."""
    facts = asdict(trial)
    for name in ("trial", "skip", "factor", "level"):  # the last two are words for readers
        facts.pop(name)
    facts["task"].pop("equivalence")  # a band for readers
    facts["task"]["protocol"].pop("repeats")  # a further repeat leaves the others as they are
    for name in ("search", "frozen"):
        if facts[name] is None:
            facts.pop(name)  # the rows of a run without one keep their names
    searchers = searcher_of(trial.search, registry) if trial.search else ()
    facts["sources"] = [
        source_hash(package)
        for c in (*contender.components, *contender.inner, *searchers)
        for package in (c.target, *getattr(c, "built_on", ()))
    ]
    components = (*contender.components, *contender.inner, *searchers)
    facts["versions"] = versions_of(n for c in components for n in c.needs if n)
    facts["record"] = RECORD_VERSION
    return digest(facts)
