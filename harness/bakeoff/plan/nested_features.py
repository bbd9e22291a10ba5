"""Resolve nested features: a parameter that names features gets them, unfitted.

A registration lists these parameters as `takes`: a network's `embedding: word2vec`, or `over: hog`
of features that are made of others. The outer component fits the inner one on the same rows as
itself, so that only the training part is learned from.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.errors import SuiteError, UnknownNameError
from bakeoff.plan.static_signatures import defaults_of
from bakeoff.records import LEARNED_SOURCES, Part
from bakeoff.registry.catalogue import Trainable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bakeoff.registry.catalogue import Registry

MARK = "__"


@dataclass(frozen=True, slots=True)
class FeatureLookup:
    """Lookup of registered features by name, for one input kind and problem type."""

    registry: Registry
    input_kind: str
    problem_type: str

    def find(self, name: str, param: str, where: str) -> Trainable:
        """Return the features that a parameter names.

        Args:
            name: of the features.
            param: the parameter, for errors.
            where: file, line and path, for errors.

        Raises:
            UnknownNameError: no features of that name.
            SuiteError: they are not made for such a task, or take features themselves.
        """
        for component in self.registry.find("features", name, where=where):
            if component.fits(self.input_kind, self.problem_type):
                if not isinstance(component, Trainable):
                    break
                if component.takes:
                    message = f"{name} can't stand inside another component; got {param}: {name}."
                    raise SuiteError(where, message)
                return component
        message = (
            f"{name} is not made for {self.input_kind} with {self.problem_type}; got as {param}."
        )
        raise SuiteError(where, message)


@dataclass(frozen=True, slots=True)
class Inner:
    """Nested features of a component, with the parameters that the suite gives them."""

    name: str
    component: Trainable
    params: dict[str, Any]

    def part(self, where: str) -> Part:
        """Return the record from which a trial builds the features.

        Raises:
            UnknownNameError: a parameter that the features lack.
        """
        accepted = inspect.signature(self.component.load()).parameters
        for param in self.params:
            if param not in accepted:
                kind = f"parameter of {self.component.name}"
                raise UnknownNameError(kind, param, accepted, where=where)
        return Part(
            kind=self.component.kind,
            name=self.component.name,
            target=self.component.target,
            params=self.params,
        )


def owner_of(param: str, components: list[Trainable]) -> tuple[int, str, str] | None:
    """Split a name such as `embedding__dim` into component index, `embedding` and `dim`."""
    head, mark, rest = param.partition(MARK)
    if not mark:
        return None
    return next(((i, head, rest) for i, c in enumerate(components) if head in c.takes), None)


def inner_of(
    component: Trainable,
    params: dict[str, Any],
    inner_params: dict[str, dict[str, Any]],
    lookup: FeatureLookup,
    where: str,
) -> Iterator[Inner]:
    """Yield the nested features of a component; none for a parameter that is empty.

    Args:
        component: the outer one.
        params: its own parameters as the suite wrote them.
        inner_params: parameters of the inner ones, by the outer parameter's name.
        lookup: finds features by name.
        where: file, line and path, for errors.

    Raises:
        UnknownNameError: no features of that name.
        SuiteError: they don't support the task, or parameters are given for none.
    """
    if not component.takes or component.missing:
        return
    defaults = defaults_of(component.target)  # from source: a plan imports no learning library
    if not defaults.keys() | params.keys() >= set(component.takes):
        parameters = inspect.signature(component.load()).parameters.values()
        defaults = {parameter.name: parameter.default for parameter in parameters}
    for name in component.takes:
        value = params[name] if name in params else defaults[name]
        if not value:
            if name in inner_params:
                raise SuiteError(where, f"{name}{MARK}... needs {name!r}, the features' name.")
            continue
        yield Inner(name, lookup.find(str(value), name, where), inner_params.get(name, {}))


def source_within(component: Trainable, inner: Iterable[Inner]) -> str:
    """Return the source of nested features where it is a learned one, else the component's own."""
    learned = [i.component.source for i in inner if i.component.source in LEARNED_SOURCES]
    return learned[0] if learned and component.kind == "features" else component.source
