"""Registry of components by kind and name. Holds import strings; imports no component."""

from __future__ import annotations

import importlib.util
import pkgutil
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from bakeoff.errors import MissingExtraError, NameClashError, PluginError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bakeoff.interfaces import Remedies

KINDS = (
    "suites",
    "datasets",
    "features",
    "learners",
    "clusterers",
    "methods",
    "metrics",
    "searchers",
    "studies",
    "executors",
    "report_sections",
    "commands",
)


class Register(Protocol):
    """Callback that a register hook gets; called once for each component."""

    def __call__(self, name: str, target: str, /, **facts: Any) -> None:
        """Register a component.

        Args:
            name: what people type.
            target: import string, `"module:attribute"`; for suites `"package:file.yaml"`.
            **facts: fields of `Component` or of its subclass for the kind.

        Raises:
            NameClashError: the name is taken for the same inputs and problem types.
            PluginError: a fact is unknown for the kind.
        """


@cache
def is_importable(module: str) -> bool:
    """Return True if a top-level module can be found; imports nothing."""
    return importlib.util.find_spec(module) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """Registered component: its import string with the properties that a plan needs.

    Args:
        needs: top-level modules that must be importable.
        extra: bakeoff's extra that installs them; empty for other distributions.
        summary: one line for `bakeoff list`.
        inputs: input kinds; empty means any.
        problems: problem types; empty means any.
    """

    kind: str
    name: str
    target: str
    owner: str
    needs: tuple[str, ...] = ()
    extra: str = ""
    summary: str = ""
    inputs: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the modules from `needs` that can't be found; imports nothing."""
        return tuple(name for name in self.needs if not is_importable(name))

    @property
    def install(self) -> str:
        """Return the command that installs what is missing."""
        packages = f"'bakeoff[{self.extra}]'" if self.extra else " ".join(self.missing)
        return f"pip install {packages}"

    def fits(self, input_kind: str, problem_type: str) -> bool:
        """Return True if the component supports the input kind and the problem type."""
        return (not self.inputs or input_kind in self.inputs) and (
            not self.problems or problem_type in self.problems
        )

    def overlaps(self, other: Component) -> bool:
        """Return True if some task fits both components."""
        return _may_share(self.inputs, other.inputs) and _may_share(self.problems, other.problems)

    def check(self) -> None:
        """Raise an error if a property has the wrong type.

        Raises:
            TypeError: a string in place of a tuple of strings.
        """
        for name in ("needs", "inputs", "problems"):
            if isinstance(value := getattr(self, name), str):
                raise TypeError(f"expected {name} as a tuple; got {value!r}")

    def load(self) -> Any:
        """Import and return what `target` names.

        Raises:
            MissingExtraError: a needed package is not installed.
            PluginError: the target names nothing, or its module can't be imported.
        """
        if missing := self.missing:
            raise MissingExtraError(self.name, missing, self.install)
        try:
            return pkgutil.resolve_name(self.target)
        except (ImportError, AttributeError, ValueError) as error:
            message = f"{self.kind} {self.name!r}: {self.target!r} can't be loaded: {error}."
            raise PluginError(self.owner, message) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainable(Component):
    """Component that is fitted: features, a learner, a clusterer or a method.

    Args:
        source: where the features come from, one of `records.SOURCES`; empty for learners that
            leave it to their features.
        stateless: a row's features depend on nothing that was fitted.
        devices: devices between which the component distinguishes; empty means CPU only.
        backends: backends between which it distinguishes.
        max_rows: most training rows it is meant for.
        max_classes: most classes it is meant for.
        built_on: further import packages whose source can change its results.
        searches: whether it chooses its configuration by itself, within the budget of a suite's
            `search`, which the training record holds.
        remedies: import string of a function without arguments that returns the component's
            `interfaces.Remedies`. A plan calls it, so its module imports nothing heavy.
        takes: parameters that name features; the core passes such features, unfitted.
        fetches: whether it has `prepare()`, see `bakeoff.interfaces`, for files beyond its
            packages; or names of parameters: only where one of them is set.
    """

    source: str = ""
    stateless: bool = False
    devices: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    max_rows: int | None = None
    max_classes: int | None = None
    built_on: tuple[str, ...] = ()
    searches: bool = False
    remedies: str = ""
    takes: tuple[str, ...] = ()
    fetches: bool | tuple[str, ...] = False

    def must_fetch(self, params: Mapping[str, Any]) -> bool:
        """Return True if it needs files beyond its packages with these parameters."""
        if isinstance(self.fetches, bool):
            return self.fetches
        return any(params.get(name) for name in self.fetches)

    def load_remedies(self) -> Remedies | None:
        """Return how the component is regularised; None where it does not declare it.

        Raises:
            PluginError: the function is missing, raises, or returns something else.
        """
        if not self.remedies:
            return None
        from bakeoff.interfaces import Remedies

        try:
            remedies = pkgutil.resolve_name(self.remedies)()
        except Exception as error:
            message = f"{self.kind} {self.name!r}: remedies {self.remedies!r} raised {error!r}."
            raise PluginError(self.owner, message) from error
        if not isinstance(remedies, Remedies):
            message = f"{self.kind} {self.name!r}: expected Remedies; got {remedies!r}."
            raise PluginError(self.owner, message)
        return remedies


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricComponent(Component):
    """Registered metric, with its direction, range and inputs.

    Args:
        direction: `maximize` or `minimize`.
        low: smallest possible value.
        high: largest possible value.
        uses: `labels`, `proba`, `values`, `masks`, `boxes`, `clusters` or `space`.
    """

    direction: str = "maximize"
    low: float = float("-inf")
    high: float = float("inf")
    uses: str = "labels"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetComponent(Component):
    """Registered dataset. `n_rows` and `n_classes` are 0 where they depend on the user's file."""

    n_rows: int = 0
    n_classes: int = 0
    licence: str = "unknown"
    origin: str = ""


FACTS: dict[str, type[Component]] = {
    "datasets": DatasetComponent,
    "features": Trainable,
    "learners": Trainable,
    "clusterers": Trainable,
    "methods": Trainable,
    "metrics": MetricComponent,
}


class Registry:
    """Components of all plugins, by kind and name.

    One name may stand for several components of a kind if no task fits two of them: `manual`
    exists for each input kind, `xgboost` for classification and for regression.
    """

    def __init__(self) -> None:
        self._components: dict[str, dict[str, list[Component]]] = {kind: {} for kind in KINDS}

    def register(self, kind: str, owner: str) -> Register:
        """Return the callback for the register hooks of the plugin `owner`."""

        def register(name: str, target: str, /, **facts: Any) -> None:
            try:
                component = FACTS.get(kind, Component)(
                    kind=kind, name=name, target=target, owner=owner, **facts
                )
                component.check()
            except TypeError as error:
                raise PluginError(owner, f"{kind} {name!r}: {error}.") from error
            self._add(component)

        return register

    def _add(self, component: Component) -> None:
        registered = self._components[component.kind].setdefault(component.name, [])
        for other in registered:
            if component.overlaps(other):
                raise NameClashError(component.kind, component.name, (other.owner, component.owner))
        registered.append(component)

    def all(self, kind: str) -> Iterator[Component]:
        """Yield every component of a kind, sorted by name."""
        for name in sorted(self._components[kind]):
            yield from self._components[kind][name]

    def in_order(self, kind: str) -> Iterator[Component]:
        """Yield every component of a kind, in the order of registration."""
        for components in self._components[kind].values():
            yield from components

    def names(self, kind: str) -> tuple[str, ...]:
        """Return every name of a kind, sorted."""
        return tuple(sorted(self._components[kind]))

    def find(self, kind: str, name: str, *, where: str = "") -> tuple[Component, ...]:
        """Return every component of that name.

        Raises:
            UnknownNameError: there is none; suggests the nearest.
        """
        if name not in self._components[kind]:
            raise UnknownNameError(_singular(kind), name, self._components[kind], where=where)
        return tuple(self._components[kind][name])

    def get(self, kind: str, name: str, *, where: str = "") -> Component:
        """Return the only component of that name, for kinds with names for all tasks alike."""
        return self.find(kind, name, where=where)[0]

    def match(self, kind: str, pattern: str, *, where: str = "") -> tuple[str, ...]:
        """Return the names that a suite's entry stands for: a name, a glob, or `source:NAME`.

        Raises:
            UnknownNameError: nothing matches.
        """
        if pattern.startswith("source:"):
            source = pattern.removeprefix("source:")
            names = {c.name for c in self.all(kind) if getattr(c, "source", "") == source}
        elif _is_glob(pattern):
            names = {name for name in self._components[kind] if fnmatchcase(name, pattern)}
        else:
            return (self.find(kind, pattern, where=where)[0].name,)
        if not names:
            raise UnknownNameError(_singular(kind), pattern, self._components[kind], where=where)
        return tuple(sorted(names))


def _is_glob(pattern: str) -> bool:
    return any(mark in pattern for mark in "*?[")


def _singular(kind: str) -> str:
    return {"features": "features", "studies": "study"}.get(kind, kind.removesuffix("s"))


def _may_share(values: Iterable[str], other_values: Iterable[str]) -> bool:
    """Return True if two restrictions have a value in common; an empty one allows all values."""
    first, second = set(values), set(other_values)
    return not first or not second or bool(first & second)
