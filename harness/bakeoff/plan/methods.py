"""From the methods of a suite to what competes on each task."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bakeoff.errors import SuiteError, UnknownNameError
from bakeoff.plan import estimator_kinds, nested_features
from bakeoff.plan.expand import CHOICE, Entry
from bakeoff.plan.nested_features import Place
from bakeoff.plan.static_signatures import offers, parameters_of
from bakeoff.records import SOURCES, Method, Part
from bakeoff.registry.catalogue import Trainable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bakeoff.plan.nested_features import Inner
    from bakeoff.registry.catalogue import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A method on one task, or the reason why it can't run there.

    `inner` are features that components take, `place` is where they were looked up. `unfit` tells a
    method that is not made for such a task from one that lacks something. `arms` are the methods of
    a choice that fit the task.
    """

    entry: Entry
    method: Method
    components: tuple[Trainable, ...]
    inner: tuple[Trainable, ...] = ()
    place: Place | None = None
    problem: str = ""
    unfit: bool = False
    arms: tuple[Contender, ...] = ()

    @property
    def devices(self) -> tuple[str, ...]:
        """Devices between which some component distinguishes, in the order of its registration."""
        return tuple(dict.fromkeys(d for c in self.components for d in c.devices))

    @property
    def backends(self) -> tuple[str, ...]:
        """Backends between which some component distinguishes."""
        return tuple(dict.fromkeys(b for c in self.components for b in c.backends))


def meet(
    entry: Entry,
    registry: Registry,
    *,
    input_kind: str,
    problem_type: str,
    n_rows: int,
    n_classes: int,
    loaded: bool = True,
) -> Contender:
    """Put a method to a task.

    Args:
        entry: the method.
        registry: what plugins offer.
        input_kind: of the task.
        problem_type: of the task.
        n_rows: rows of training plus validation, for declared limits.
        n_classes: classes of the task.
        loaded: False leaves parameters unchecked, for tasks whose data can't be had.

    Raises:
        SuiteError: a parameter that the method lacks.
    """
    if entry.choice:
        arms = [
            meet(
                arm,
                registry,
                input_kind=input_kind,
                problem_type=problem_type,
                n_rows=n_rows,
                n_classes=n_classes,
                loaded=loaded,
            )
            for arm in entry.choice
        ]
        return _choice(entry, arms)
    chosen: list[Trainable] = []
    for kind, name in entry.names.items():
        known = estimator_kinds.known(kind, name, registry)
        fitting = [c for c in known if estimator_kinds.fits(c, input_kind, problem_type)]
        component = (fitting or list(known))[0]
        if not isinstance(component, Trainable):
            raise TypeError(f"expected a Trainable; got {component!r}.")
        chosen.append(component)
        if not fitting:
            what = f"{name} is not made for {input_kind} with {problem_type}"
            return _without(entry, chosen, registry, what, unfit=True)
        if problem := _limit(component, n_rows, n_classes):
            return _without(entry, chosen, registry, problem, unfit=True)
    place = Place(registry, input_kind, problem_type)
    given = _given(entry, chosen, place) if loaded and not any(c.missing for c in chosen) else []
    inner = [within.component for each in given for within in each.inner]
    lacking = [c for c in (*chosen, *inner) if c.missing]
    if lacking:
        what = f"{lacking[0].name} needs {', '.join(lacking[0].missing)}. Run: {lacking[0].install}"
        return _without(entry, chosen, registry, what, unfit=False)
    return Contender(
        entry=entry,
        method=_method(entry, chosen, given),
        components=tuple(chosen),
        inner=tuple(inner),
        place=place,
    )


def with_arms(choice: Contender, arms: list[Contender]) -> Contender:
    """The choice among other arms, such as those that lack nothing."""
    return _choice(choice.entry, arms)


def _choice(entry: Entry, arms: list[Contender]) -> Contender:
    """A choice among the methods that fit; its source is theirs, or the most that one learned."""
    able = tuple(arm for arm in arms if not arm.problem)
    sources = {arm.method.source for arm in able}
    source = next((s for s in reversed(SOURCES) if s in sources), "raw")
    part = Part(kind="methods", name=CHOICE, target="bakeoff.search.loop:search")
    return Contender(
        entry=entry,
        method=Method(name=entry.name, source=source, learner=part),
        components=tuple(dict.fromkeys(c for arm in able for c in arm.components)),
        inner=tuple(dict.fromkeys(c for arm in able for c in arm.inner)),
        problem="" if able else f"none of its methods fits: {arms[0].problem}",
        unfit=not able and all(arm.unfit for arm in arms),
        arms=able,
    )


def with_params(contender: Contender, params: dict[str, Any], where: str) -> Method:
    """The contender's method with a variant's parameters on top.

    Raises:
        SuiteError: a parameter that the method lacks.
    """
    entry = replace(contender.entry, params={**contender.entry.params, **params}, where=where)
    chosen = list(contender.components)
    given = _given(entry, chosen, contender.place) if contender.place else []
    return _method(entry, chosen, given)


def accepts(contender: Contender, params: Iterable[str]) -> bool:
    """Whether the contender's method has every one of these parameters."""
    known = addresses(contender.components)
    chosen = list(contender.components)
    return not contender.arms and all(
        len(known.get(p, ())) == 1 or nested_features.owner_of(p, chosen) for p in params
    )


def _limit(component: Trainable, n_rows: int, n_classes: int) -> str:
    if component.max_rows is not None and n_rows > component.max_rows:
        return f"{component.name} takes at most {component.max_rows} rows; the task has {n_rows}"
    if component.max_classes is not None and n_classes > component.max_classes:
        limit = component.max_classes
        return f"{component.name} takes at most {limit} classes; the task has {n_classes}"
    return ""


def _without(
    entry: Entry, chosen: list[Trainable], registry: Registry, problem: str, *, unfit: bool
) -> Contender:
    """A contender that can't run; the rest of its components stand in by name."""
    for kind, name in list(entry.names.items())[len(chosen) :]:
        component = registry.find(kind, name)[0]
        if isinstance(component, Trainable):
            chosen.append(component)
    method = _method(entry, chosen, [])
    return Contender(
        entry=entry, method=method, components=tuple(chosen), problem=problem, unfit=unfit
    )


def _method(entry: Entry, chosen: list[Trainable], given: list[_Given]) -> Method:
    """The method with what the suite gave, or with nothing where that can't be told."""
    given = given or [_Given() for _ in chosen]
    sources = [_source(c, g) for c, g in zip(chosen, given, strict=True)]
    parts = [_part(c, g, entry.where) for c, g in zip(chosen, given, strict=True)]
    return Method(
        name=entry.name,
        source=sources[-1] or (sources[0] if len(sources) > 1 else "end_to_end"),
        features=parts[0] if len(parts) > 1 else None,
        learner=parts[-1],
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """What the suite gave one component: parameters, and features inside it."""

    params: dict[str, Any] = field(default_factory=dict)
    inner: tuple[Inner, ...] = ()


def _source(component: Trainable, given: _Given) -> str:
    """Where its features come from, which parameters may change: random weights learn nothing."""
    source = nested_features.source_within(component, given.inner)
    if not given.params or component.missing or offers(component.target, "source_of") is False:
        return source
    told = getattr(component.load(), "source_of", None)
    return source if told is None else str(told(given.params))


def _part(component: Trainable, given: _Given, where: str) -> Part:
    return Part(
        kind=component.kind,
        name=component.name,
        target=component.target,
        params=given.params,
        stateless=component.stateless,
        inner={within.name: within.part(where) for within in given.inner},
    )


def _given(entry: Entry, chosen: list[Trainable], place: Place) -> list[_Given]:
    """Hand each parameter to the component that has it; long names first name the component."""
    params: list[dict[str, Any]] = [{} for _ in chosen]
    deeper: list[dict[str, dict[str, Any]]] = [{} for _ in chosen]
    known = addresses(chosen) if entry.params else {}
    for name, value in entry.params.items():
        if owner := nested_features.owner_of(name, chosen):
            index, outer, param = owner
            deeper[index].setdefault(outer, {})[param] = value
            continue
        places = known.get(name, [])
        if not places:
            raise UnknownNameError("parameter", name, known, where=entry.where)
        if len(places) > 1:
            what = (
                f"both features and learner have {name!r}; "
                f"write features__{name} or learner__{name}."
            )
            raise SuiteError(entry.where, what)
        index, param = places[0]
        params[index][param] = value
    return [
        _Given(own, tuple(nested_features.inner_of(component, own, deep, place, entry.where)))
        for component, own, deep in zip(chosen, params, deeper, strict=True)
    ]


def addresses(chosen: Iterable[Trainable]) -> dict[str, list[tuple[int, str]]]:
    """Every name under which a parameter can be reached, with its places.

    A component whose source does not tell is imported, as the price of checking before the run.
    """
    chosen = list(chosen)
    found: dict[str, list[tuple[int, str]]] = {}
    for index, component in enumerate(chosen):
        prefix = "features" if component.kind == "features" else "learner"
        known = parameters_of(component.target)
        for name in inspect.signature(component.load()).parameters if known is None else known:
            found.setdefault(name, []).append((index, name))
            if len(chosen) > 1:
                found.setdefault(f"{prefix}__{name}", []).append((index, name))
    return found
