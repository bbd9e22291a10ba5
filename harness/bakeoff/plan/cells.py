"""Bind every method of a suite to every task: one cell for each method and each of its variants."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bakeoff.errors import SuiteError, UnknownNameError
from bakeoff.plan import estimator_kinds, methods
from bakeoff.plan.methods import TaskFacts
from bakeoff.plan.parameters import addresses
from bakeoff.plan.prefetch import Fetcher
from bakeoff.plan.search_plans import full_names, search_of, search_of_variant
from bakeoff.plan.study_plans import subject_of
from bakeoff.plan.tasks import n_fit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bakeoff.interfaces import Fetched, Variant
    from bakeoff.plan.expand import MethodSpec
    from bakeoff.plan.methods import CandidateMethod
    from bakeoff.plan.study_plans import PlannedStudy
    from bakeoff.plan.tasks import PlannedTask
    from bakeoff.records import Search
    from bakeoff.registry.catalogue import Registry
    from bakeoff.suite.located import Located
    from bakeoff.suite.search_entry import SearchEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCell:
    """Variant of a method on a task, before it is split into repeats and folds.

    Args:
        planned: the task, with the variant's protocol.
        candidate: the method, with the variant's parameters.
        study: name of the study that made the variant; `none` for the method itself.
        variant: name of the variant.
        control: name of the variant that it is compared with.
        factor: what the variant changes.
        level: how much, where that is a number.
        device: where it runs; empty where the suite decides.
        backend: on which it runs; empty where the suite decides.
        search: how its configuration is chosen.
        settled: parameters that the variant sets itself.
    """

    planned: PlannedTask
    candidate: CandidateMethod
    study: str = "none"
    variant: str = "default"
    control: str = ""
    factor: str = ""
    level: float | None = None
    device: str = ""
    backend: str = ""
    search: Search | None = None
    settled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundMethods:
    """Cells of all methods and tasks, with the pairs that were dropped.

    Args:
        cells: tasks outermost, then methods as the suite lists them, then variants.
        dropped: pairs of method and task that a glob or `cross` made and that don't fit, by reason.
        fetched: what components need beyond their packages, by component, or why it is unavailable.
    """

    cells: tuple[PlannedCell, ...]
    dropped: dict[str, int]
    fetched: dict[str, Fetched | str]


def bind(
    specs: Sequence[MethodSpec],
    tasks: Iterable[PlannedTask],
    studies: Sequence[PlannedStudy],
    search: Located[SearchEntry] | None,
    registry: Registry,
) -> BoundMethods:
    """Return the cells of every method on every task, with the variants of the studies.

    Args:
        specs: the methods of the suite.
        tasks: with their data.
        studies: of the suite.
        search: search settings of the whole suite.
        registry: what plugins offer.

    Raises:
        BakeoffError: a method, a search or a study that can't be planned.
    """
    binder = _Binder(registry=registry, studies=studies, search=search)
    cells = tuple(cell for task in tasks for spec in specs for cell in binder.cells(spec, task))
    _check_studies_used(studies, cells, specs)
    return BoundMethods(cells=cells, dropped=dict(binder.dropped), fetched=binder.fetcher.fetched)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Binder:
    """Registry, studies and search settings that all pairs of method and task share."""

    registry: Registry
    studies: Sequence[PlannedStudy]
    search: Located[SearchEntry] | None
    fetcher: Fetcher = field(default_factory=Fetcher)
    dropped: Counter[str] = field(default_factory=Counter)

    def cells(self, spec: MethodSpec, planned: PlannedTask) -> Iterator[PlannedCell]:
        """Yield the cell of the method itself, then of its variants; nothing for a dropped pair."""
        candidate = methods.bind_to_task(spec, _facts(planned), self.registry)
        if candidate.unfit and (not spec.exact or self._is_for_other_problem(spec, planned)):
            self.dropped[candidate.problem] += 1
            return
        default = self._default(planned, candidate)
        yield default
        yield from self._variants(default, candidate)

    def _is_for_other_problem(self, spec: MethodSpec, planned: PlannedTask) -> bool:
        problem_type = planned.task.problem_type
        return estimator_kinds.is_for_other_problem(spec.names, self.registry, problem_type)

    def _default(self, planned: PlannedTask, candidate: CandidateMethod) -> PlannedCell:
        """Return the cell of the unvaried method, with a search where the suite asks for one."""
        if candidate.problem or planned.prepared is None:
            return PlannedCell(planned=planned, candidate=candidate)
        candidate = self.fetcher.equip(candidate)
        search = search_of(candidate, planned.task, self.search, self.registry)
        return PlannedCell(planned=planned, candidate=candidate, search=search)

    def _variants(self, default: PlannedCell, candidate: CandidateMethod) -> Iterator[PlannedCell]:
        """Yield a cell for each variant, also where the method's own files are unavailable."""
        planned = default.planned
        if candidate.problem or candidate.arms or planned.prepared is None:
            return
        n_rows = n_fit(planned.task.protocol, planned.prepared)
        for study in self.studies:
            if study.selects(planned.task.name, candidate.spec.name):
                subject = subject_of(candidate, planned.task, n_rows)
                for variant in study.study.variants(subject):
                    if methods.accepts(candidate, variant.params):
                        yield self._vary(default, candidate, study, variant)

    def _vary(
        self,
        default: PlannedCell,
        candidate: CandidateMethod,
        study: PlannedStudy,
        variant: Variant,
    ) -> PlannedCell:
        """Return the cell of a variant; only the study's own control is searched."""
        task = default.planned.task
        protocol = replace(task.protocol, **variant.protocol)
        method = methods.with_params(candidate, variant.params, study.where)
        candidate = self.fetcher.equip(replace(candidate, method=method))
        search = None
        if variant.name == variant.control:
            search = search_of_variant(default.search, candidate, variant.params)
        return PlannedCell(
            planned=replace(default.planned, task=replace(task, protocol=protocol)),
            candidate=candidate,
            study=study.entry.study,
            variant=variant.name,
            control=variant.control,
            factor=variant.factor,
            level=variant.level,
            device=variant.device,
            backend=variant.backend,
            search=search,
            settled=full_names(candidate, variant.params),
        )


def _facts(planned: PlannedTask) -> TaskFacts:
    task, prepared = planned.task, planned.prepared
    return TaskFacts(
        input_kind=task.input_kind,
        problem_type=task.problem_type,
        n_rows=n_fit(task.protocol, prepared) if prepared else 0,
        n_classes=task.n_classes,
        has_data=prepared is not None,
    )


def _check_studies_used(
    studies: Sequence[PlannedStudy], cells: Sequence[PlannedCell], specs: Sequence[MethodSpec]
) -> None:
    """Raise an error for a study that varies no method.

    The same goes for a study that names a method and varies nothing of it, and for a factor that
    no method has.
    """
    if any(cell.candidate.problem for cell in cells):
        return
    for study in studies:
        _check_factors_known(study, cells)
        used = {cell.candidate.spec.name for cell in cells if cell.study == study.entry.study}
        if not used:
            message = f"study {study.entry.study!r} fits none of the suite's methods and tasks."
            raise SuiteError(study.where, message)
        named = [spec.name for spec in specs if spec.name in study.entry.methods]
        if unused := [name for name in named if name not in used]:
            message = f"study {study.entry.study!r} does not apply to {', '.join(unused)}."
            raise SuiteError(study.where, message)


def _check_factors_known(study: PlannedStudy, cells: Sequence[PlannedCell]) -> None:
    factors = {cell.factor for cell in cells if cell.study == study.entry.study} - {""}
    params = (addresses(cell.candidate.components) for cell in cells)
    known_factors = factors or {name for names in params for name in names if "__" not in name}
    for factor in getattr(study.study, "factors", ()):
        if factor not in known_factors:
            raise UnknownNameError("factor", factor, known_factors, where=study.where)
