"""Bind the methods of a suite to tasks: choose components that fit, check parameters and limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bakeoff.interfaces import SourceOfParams
from bakeoff.plan import estimator_kinds, nested_features, parameters
from bakeoff.plan.nested_features import FeatureLookup
from bakeoff.plan.parameters import Assigned
from bakeoff.plan.static_signatures import offers
from bakeoff.records import CHOICE, SOURCES, Method, Part
from bakeoff.registry.catalogue import Trainable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bakeoff.plan.expand import MethodSpec
    from bakeoff.registry.catalogue import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """Properties of a task that decide whether a method can run on it.

    Args:
        input_kind: one of `records.INPUT_KINDS`.
        problem_type: one of `records.PROBLEM_TYPES`.
        n_rows: rows of training plus validation, for declared limits.
        n_classes: classes of the target, for declared limits.
        has_data: False leaves parameters unchecked, for tasks whose data are unavailable.
    """

    input_kind: str
    problem_type: str
    n_rows: int = 0
    n_classes: int = 0
    has_data: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateMethod:
    """Method bound to a task, or the reason why it can't run on it.

    Args:
        spec: the method as the suite has it.
        method: the method with the parameters of the suite.
        components: features, if it has any, and estimator.
        inner: features nested inside the components.
        lookup: finds nested features by name; None if the method can't run.
        problem: why it can't run.
        unfit: whether the method does not support such a task, rather than missing a package.
        arms: methods of a choice that fit the task.
    """

    spec: MethodSpec
    method: Method
    components: tuple[Trainable, ...]
    inner: tuple[Trainable, ...] = ()
    lookup: FeatureLookup | None = None
    problem: str = ""
    unfit: bool = False
    arms: tuple[CandidateMethod, ...] = ()

    @property
    def devices(self) -> tuple[str, ...]:
        """Return the devices that some component distinguishes, in the order of registration."""
        return tuple(dict.fromkeys(d for c in self.components for d in c.devices))

    @property
    def backends(self) -> tuple[str, ...]:
        """Return the backends that some component distinguishes."""
        return tuple(dict.fromkeys(b for c in self.components for b in c.backends))


def bind_to_task(spec: MethodSpec, task: TaskFacts, registry: Registry) -> CandidateMethod:
    """Return the method bound to a task: components that fit, with checked parameters.

    Raises:
        SuiteError: a parameter that the method lacks.
    """
    if spec.choice:
        return _choice(spec, [bind_to_task(arm, task, registry) for arm in spec.choice])
    components: list[Trainable] = []
    for kind, name in spec.names.items():
        component, problem = _component(kind, name, task, registry)
        components.append(component)
        if problem:
            return _without(spec, components, registry, problem, unfit=True)
    lookup = FeatureLookup(registry, task.input_kind, task.problem_type)
    assigned: list[Assigned] = []
    if task.has_data and not any(c.missing for c in components):
        assigned = parameters.assign(spec.params, components, lookup, spec.where)
    inner = [nested.component for assignment in assigned for nested in assignment.inner]
    if lacking := [c for c in (*components, *inner) if c.missing]:
        reason = (
            f"{lacking[0].name} needs {', '.join(lacking[0].missing)}. Run: {lacking[0].install}"
        )
        return _without(spec, components, registry, reason, unfit=False)
    return CandidateMethod(
        spec=spec,
        method=_method(spec, components, assigned),
        components=tuple(components),
        inner=tuple(inner),
        lookup=lookup,
    )


def with_arms(choice: CandidateMethod, arms: list[CandidateMethod]) -> CandidateMethod:
    """Return the choice among other methods, such as those whose files are available."""
    return _choice(choice.spec, arms)


def with_params(candidate: CandidateMethod, params: dict[str, Any], where: str) -> Method:
    """Return the candidate's method with a variant's parameters on top.

    Raises:
        SuiteError: a parameter that the method lacks.
    """
    spec = replace(candidate.spec, params={**candidate.spec.params, **params}, where=where)
    components, lookup = list(candidate.components), candidate.lookup
    assigned = parameters.assign(spec.params, components, lookup, where) if lookup else []
    return _method(spec, components, assigned)


def accepts(candidate: CandidateMethod, params: Iterable[str]) -> bool:
    """Return True if the candidate's method has all of these parameters."""
    return not candidate.arms and parameters.accepts(params, candidate.components)


def _component(kind: str, name: str, task: TaskFacts, registry: Registry) -> tuple[Trainable, str]:
    """Return the component of a name that fits the task; else the first one, and the reason."""
    components = estimator_kinds.find_components(kind, name, registry)
    fitting = [c for c in components if estimator_kinds.fits(c, task.input_kind, task.problem_type)]
    component = (fitting or list(components))[0]
    if not isinstance(component, Trainable):
        raise TypeError(f"expected a Trainable; got {component!r}.")
    if not fitting:
        return component, f"{name} is not made for {task.input_kind} with {task.problem_type}"
    return component, _limit(component, task.n_rows, task.n_classes)


def _limit(component: Trainable, n_rows: int, n_classes: int) -> str:
    """Return a message about the declared limit that a task exceeds; empty if it exceeds none."""
    if component.max_rows is not None and n_rows > component.max_rows:
        return f"{component.name} takes at most {component.max_rows} rows; the task has {n_rows}"
    if component.max_classes is not None and n_classes > component.max_classes:
        limit = component.max_classes
        return f"{component.name} takes at most {limit} classes; the task has {n_classes}"
    return ""


def _choice(spec: MethodSpec, arms: list[CandidateMethod]) -> CandidateMethod:
    """Return the choice among the methods that can run; its source is their most learned one."""
    able = tuple(arm for arm in arms if not arm.problem)
    sources = {arm.method.source for arm in able}
    source = next((s for s in reversed(SOURCES) if s in sources), "raw")
    part = Part(kind="methods", name=CHOICE, target="bakeoff.search.loop:search")
    return CandidateMethod(
        spec=spec,
        method=Method(name=spec.name, source=source, learner=part),
        components=tuple(dict.fromkeys(c for arm in able for c in arm.components)),
        inner=tuple(dict.fromkeys(c for arm in able for c in arm.inner)),
        problem="" if able else f"none of its methods fits: {arms[0].problem}",
        unfit=not able and all(arm.unfit for arm in arms),
        arms=able,
    )


def _without(
    spec: MethodSpec, components: list[Trainable], registry: Registry, problem: str, *, unfit: bool
) -> CandidateMethod:
    """Return a candidate that can't run, with its remaining components looked up by name."""
    for kind, name in list(spec.names.items())[len(components) :]:
        component = registry.find(kind, name)[0]
        if isinstance(component, Trainable):
            components.append(component)
    method = _method(spec, components, [])
    return CandidateMethod(
        spec=spec, method=method, components=tuple(components), problem=problem, unfit=unfit
    )


def _method(spec: MethodSpec, components: list[Trainable], assigned: list[Assigned]) -> Method:
    """Return the method with its assigned parameters; without any where they are unknown."""
    assigned = assigned or [Assigned() for _ in components]
    sources = [_source(c, g) for c, g in zip(components, assigned, strict=True)]
    parts = [_part(c, g, spec.where) for c, g in zip(components, assigned, strict=True)]
    return Method(
        name=spec.name,
        source=sources[-1] or (sources[0] if len(sources) > 1 else "end_to_end"),
        features=parts[0] if len(parts) > 1 else None,
        learner=parts[-1],
    )


def _source(component: Trainable, assigned: Assigned) -> str:
    """Return the source of a component's features, which may depend on its parameters."""
    source = nested_features.source_within(component, assigned.inner)
    if not assigned.params or component.missing or offers(component.target, "source_of") is False:
        return source
    factory = component.load()
    return (
        str(factory.source_of(assigned.params)) if isinstance(factory, SourceOfParams) else source
    )


def _part(component: Trainable, assigned: Assigned, where: str) -> Part:
    return Part(
        kind=component.kind,
        name=component.name,
        target=component.target,
        params=assigned.params,
        stateless=component.stateless,
        inner={nested.name: nested.part(where) for nested in assigned.inner},
    )
