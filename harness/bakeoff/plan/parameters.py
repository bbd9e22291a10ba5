"""Assign each parameter of a method to the component that has it."""

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
    """Parameters of one component, with the features nested inside it."""

    params: dict[str, Any] = field(default_factory=dict)
    inner: tuple[Inner, ...] = ()


def assign(
    params: dict[str, Any], components: list[Trainable], lookup: FeatureLookup, where: str
) -> list[Assigned]:
    """Return the parameters of each component; names such as `learner__C` name the component.

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
    owners_by_name = addresses(components) if params else {}
    for name, value in params.items():
        if owner := nested_features.owner_of(name, components):
            index, outer, param = owner
            deeper[index].setdefault(outer, {})[param] = value
        else:
            index, param = _address(name, owners_by_name, where)
            own[index][param] = value
    return [
        Assigned(
            own_params,
            tuple(nested_features.inner_of(component, own_params, inner_params, lookup, where)),
        )
        for component, own_params, inner_params in zip(components, own, deeper, strict=True)
    ]


def _address(
    name: str, owners_by_name: dict[str, list[tuple[int, str]]], where: str
) -> tuple[int, str]:
    """Return the index of the only component with a parameter, and the parameter's own name."""
    owners = owners_by_name.get(name, [])
    if not owners:
        raise UnknownNameError("parameter", name, owners_by_name, where=where)
    if len(owners) > 1:
        message = (
            f"both features and learner have {name!r}; write features__{name} or learner__{name}."
        )
        raise SuiteError(where, message)
    return owners[0]


def accepts(params: Iterable[str], components: Iterable[Trainable]) -> bool:
    """Return True if every parameter belongs to exactly one component."""
    components = list(components)
    owners_by_name = addresses(components)
    return all(
        len(owners_by_name.get(p, ())) == 1 or nested_features.owner_of(p, components)
        for p in params
    )


def addresses(components: Iterable[Trainable]) -> dict[str, list[tuple[int, str]]]:
    """Return the component indices and own names of parameters, by every name that reaches them.

    A component is imported where its parameters can't be read from source.
    """
    components = list(components)
    owners_by_name: dict[str, list[tuple[int, str]]] = {}
    for index, component in enumerate(components):
        prefix = "features" if component.kind == "features" else "learner"
        parameters = parameters_of(component.target)
        for name in (
            inspect.signature(component.load()).parameters if parameters is None else parameters
        ):
            owners_by_name.setdefault(name, []).append((index, name))
            if len(components) > 1:
                owners_by_name.setdefault(f"{prefix}__{name}", []).append((index, name))
    return owners_by_name
