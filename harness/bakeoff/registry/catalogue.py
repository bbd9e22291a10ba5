"""What plugins offer, by kind and name. Holds import strings; imports no component."""

from __future__ import annotations

import importlib.util
import pkgutil
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from bakeoff.errors import MissingExtraError, NameClashError, PluginError, UnknownNameError
from bakeoff.interfaces import Remedies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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
    """What a register hook is handed: call it once for each component."""

    def __call__(self, name: str, target: str, /, **facts: Any) -> None:
        """Offer a component.

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
    """Whether a top-level module can be found; imports nothing."""
    return importlib.util.find_spec(module) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A named import string with the facts that a plan needs.

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
        """Modules from `needs` that can't be found; imports nothing."""
        return tuple(name for name in self.needs if not is_importable(name))

    @property
    def install(self) -> str:
        """The command that adds what is missing."""
        what = f"'bakeoff[{self.extra}]'" if self.extra else " ".join(self.missing)
        return f"pip install {what}"

    def fits(self, input_kind: str, problem_type: str) -> bool:
        """Whether the component is made for such a task."""
        return (not self.inputs or input_kind in self.inputs) and (
            not self.problems or problem_type in self.problems
        )

    def overlaps(self, other: Component) -> bool:
        """Whether some task fits both."""
        return _meet(self.inputs, other.inputs) and _meet(self.problems, other.problems)

    def check(self) -> None:
        """Hold the facts to their types.

        Raises:
            TypeError: one text stands where a tuple of texts belongs.
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
            what = f"{self.kind} {self.name!r}: {self.target!r} can't be loaded: {error}."
            raise PluginError(self.owner, what) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainable(Component):
    """Features, a learner, a clusterer or a method.

    Args:
        source: where the features come from, one of `records.SOURCES`; empty for learners that
            leave it to their features.
        stateless: a row's features depend on nothing that was fitted.
        devices: devices between which the component distinguishes; empty means CPU only.
        backends: backends between which it distinguishes.
        max_rows: most training rows it is meant for.
        max_classes: most classes it is meant for.
        built_on: further import packages whose source can change its results.
        searches: it chooses its configuration by itself, within the budget that a suite's `search`
            grants and the training record tells.
        remedies: import string of a function without arguments that returns the component's
            `interfaces.Remedies`. A plan calls it, so its module imports nothing heavy.
        takes: parameters that name features; the core hands over such features, unfitted.
        fetches: it has `prepare()`, see `bakeoff.interfaces`: what it needs is not all in packages.
            Names of parameters: only where one of them is set.
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
        """Whether it needs something beyond its packages with these parameters."""
        if isinstance(self.fetches, bool):
            return self.fetches
        return any(params.get(name) for name in self.fetches)

    def load_remedies(self) -> Remedies | None:
        """How the component is regularised; None where it does not say.

        Raises:
            PluginError: the function is missing, raises, or returns something else.
        """
        if not self.remedies:
            return None
        try:
            found = pkgutil.resolve_name(self.remedies)()
        except Exception as error:
            what = f"{self.kind} {self.name!r}: remedies {self.remedies!r} raised {error!r}."
            raise PluginError(self.owner, what) from error
        if not isinstance(found, Remedies):
            what = f"{self.kind} {self.name!r}: expected Remedies; got {found!r}."
            raise PluginError(self.owner, what)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricComponent(Component):
    """A metric.

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
    """A dataset. `n_rows` and `n_classes` are 0 where they depend on the user's file."""

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
    """Every component of every plugin, found by kind and name.

    One name may stand for several components of a kind if no task fits two of them: `manual`
    exists for each input kind, `xgboost` for classification and for regression.
    """

    def __init__(self) -> None:
        self._components: dict[str, dict[str, list[Component]]] = {kind: {} for kind in KINDS}

    def register(self, kind: str, owner: str) -> Register:
        """Return the callback that a register hook of `owner` is handed."""

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
        known = self._components[component.kind].setdefault(component.name, [])
        for other in known:
            if component.overlaps(other):
                raise NameClashError(component.kind, component.name, (other.owner, component.owner))
        known.append(component)

    def all(self, kind: str) -> Iterator[Component]:
        """Every component of a kind, by name."""
        for name in sorted(self._components[kind]):
            yield from self._components[kind][name]

    def in_order(self, kind: str) -> Iterator[Component]:
        """Every component of a kind, as registered."""
        for components in self._components[kind].values():
            yield from components

    def names(self, kind: str) -> tuple[str, ...]:
        """Every name of a kind, sorted."""
        return tuple(sorted(self._components[kind]))

    def find(self, kind: str, name: str, *, where: str = "") -> tuple[Component, ...]:
        """Every component of that name.

        Raises:
            UnknownNameError: there is none; suggests the nearest.
        """
        if name not in self._components[kind]:
            raise UnknownNameError(_singular(kind), name, self._components[kind], where=where)
        return tuple(self._components[kind][name])

    def get(self, kind: str, name: str, *, where: str = "") -> Component:
        """The only component of that name, for kinds whose names don't depend on the task."""
        return self.find(kind, name, where=where)[0]

    def match(self, kind: str, pattern: str, *, where: str = "") -> tuple[str, ...]:
        """Names that a suite's word stands for: a name, a glob, or `source:NAME`.

        Raises:
            UnknownNameError: nothing matches.
        """
        if pattern.startswith("source:"):
            source = pattern.removeprefix("source:")
            found = {c.name for c in self.all(kind) if getattr(c, "source", "") == source}
        elif _is_glob(pattern):
            found = {name for name in self._components[kind] if fnmatchcase(name, pattern)}
        else:
            return (self.find(kind, pattern, where=where)[0].name,)
        if not found:
            raise UnknownNameError(_singular(kind), pattern, self._components[kind], where=where)
        return tuple(sorted(found))


def _is_glob(pattern: str) -> bool:
    return any(mark in pattern for mark in "*?[")


def _singular(kind: str) -> str:
    return {"features": "features", "studies": "study"}.get(kind, kind.removesuffix("s"))


def _meet(one: Iterable[str], other: Iterable[str]) -> bool:
    first, second = set(one), set(other)
    return not first or not second or bool(first & second)
