"""Hand each parameter of a method to the component that has it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bakeoff.errors import SuiteError, UnknownNameError
from bakeoff.plan import nested_features
from bakeoff.plan.static_signatures import parameters_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bakeoff.plan.nested_features import FeatureLookup, Inner
    from bakeoff.registry.catalogue import Trainable


@dataclass(frozen=True, slots=True)
class Assigned:
    """What the suite gave one component: parameters, and features inside it."""

    params: dict[str, Any] = field(default_factory=dict)
    inner: tuple[Inner, ...] = ()


def assign(
    params: dict[str, Any], components: list[Trainable], lookup: FeatureLookup, where: str
) -> list[Assigned]:
    """Split the parameters of a method among its components; long names first name the component.

    Args:
        params: as the suite wrote them.
        components: of the method, features first.
        lookup: finds features that parameters name.
        where: file, line and path, for errors.

    Raises:
        UnknownNameError: no component has a parameter.
        SuiteError: two have it.
    """
    own: list[dict[str, Any]] = [{} for _ in components]
    deeper: list[dict[str, dict[str, Any]]] = [{} for _ in components]
    known = addresses(components) if params else {}
    for name, value in params.items():
        if owner := nested_features.owner_of(name, components):
            index, outer, param = owner
            deeper[index].setdefault(outer, {})[param] = value
        else:
            index, param = _address(name, known, where)
            own[index][param] = value
    return [
        Assigned(given, tuple(nested_features.inner_of(component, given, deep, lookup, where)))
        for component, given, deep in zip(components, own, deeper, strict=True)
    ]


def _address(name: str, known: dict[str, list[tuple[int, str]]], where: str) -> tuple[int, str]:
    """The only component, by index, that has a parameter, and the parameter's name there."""
    owners = known.get(name, [])
    if not owners:
        raise UnknownNameError("parameter", name, known, where=where)
    if len(owners) > 1:
        what = (
            f"both features and learner have {name!r}; write features__{name} or learner__{name}."
        )
        raise SuiteError(where, what)
    return owners[0]


def accepts(params: Iterable[str], components: Iterable[Trainable]) -> bool:
    """Whether every parameter belongs to exactly one of the components."""
    components = list(components)
    known = addresses(components)
    return all(
        len(known.get(p, ())) == 1 or nested_features.owner_of(p, components) for p in params
    )


def addresses(components: Iterable[Trainable]) -> dict[str, list[tuple[int, str]]]:
    """Every name under which a parameter can be reached: index of its component, own name.

    A component whose source does not tell is imported, as the price of checking before the run.
    """
    components = list(components)
    found: dict[str, list[tuple[int, str]]] = {}
    for index, component in enumerate(components):
        prefix = "features" if component.kind == "features" else "learner"
        known = parameters_of(component.target)
        for name in inspect.signature(component.load()).parameters if known is None else known:
            found.setdefault(name, []).append((index, name))
            if len(components) > 1:
                found.setdefault(f"{prefix}__{name}", []).append((index, name))
    return found
