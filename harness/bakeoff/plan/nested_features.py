"""Find features inside components: a parameter that names features is handed them, unfitted.

A registration says with `takes` which parameters these are: a network's `embedding: word2vec`, or
`over: hog` of features that are made of others. The outer component fits the inner one on the very
rows that it is fitted on itself, so that nothing but the training part is ever learned from.
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
    """Finds features by name among those that plugins offer for one kind of task."""

    registry: Registry
    input_kind: str
    problem_type: str

    def find(self, name: str, param: str, where: str) -> Trainable:
        """The features that a parameter names.

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
                    what = f"{name} can't stand inside another component; got {param}: {name}."
                    raise SuiteError(where, what)
                return component
        what = f"{name} is not made for {self.input_kind} with {self.problem_type}; got as {param}."
        raise SuiteError(where, what)


@dataclass(frozen=True, slots=True)
class Inner:
    """Features that a component takes, with the parameters that the suite wrote for them."""

    name: str
    component: Trainable
    params: dict[str, Any]

    def part(self, where: str) -> Part:
        """The part to build.

        Raises:
            UnknownNameError: a parameter that the features lack.
        """
        known = inspect.signature(self.component.load()).parameters
        for param in self.params:
            if param not in known:
                kind = f"parameter of {self.component.name}"
                raise UnknownNameError(kind, param, known, where=where)
        return Part(
            kind=self.component.kind,
            name=self.component.name,
            target=self.component.target,
            params=self.params,
        )


def owner_of(param: str, chosen: list[Trainable]) -> tuple[int, str, str] | None:
    """Whose inner parameter a name such as `embedding__dim` is: index, `embedding` and `dim`."""
    head, mark, rest = param.partition(MARK)
    if not mark:
        return None
    return next(((i, head, rest) for i, c in enumerate(chosen) if head in c.takes), None)


def inner_of(
    component: Trainable,
    params: dict[str, Any],
    deeper: dict[str, dict[str, Any]],
    lookup: FeatureLookup,
    where: str,
) -> Iterator[Inner]:
    """Features that a component takes; none where a parameter is empty.

    Args:
        component: the outer one.
        params: its own parameters as the suite wrote them.
        deeper: parameters of the inner ones, by the outer parameter's name.
        lookup: finds features by name.
        where: file, line and path, for errors.

    Raises:
        UnknownNameError: no features of that name.
        SuiteError: they are not made for such a task, or parameters stand for none.
    """
    if not component.takes or component.missing:
        return
    known = defaults_of(component.target)  # from source: a plan imports no learning library
    if not known.keys() | params.keys() >= set(component.takes):
        parameters = inspect.signature(component.load()).parameters.values()
        known = {parameter.name: parameter.default for parameter in parameters}
    for name in component.takes:
        value = params[name] if name in params else known[name]
        if not value:
            if name in deeper:
                raise SuiteError(where, f"{name}{MARK}... needs {name!r}, the features' name.")
            continue
        yield Inner(name, lookup.find(str(value), name, where), deeper.get(name, {}))


def source_within(component: Trainable, inner: Iterable[Inner]) -> str:
    """Source of features made of others: theirs where it is a learned one, else its own."""
    learned = [i.component.source for i in inner if i.component.source in LEARNED_SOURCES]
    return learned[0] if learned and component.kind == "features" else component.source
