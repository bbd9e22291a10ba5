"""Expand the methods that a suite writes: names, globs, crosses and choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.errors import SuiteError
from bakeoff.plan import estimator_kinds
from bakeoff.plan.custom_estimators import refuse
from bakeoff.records import CHOICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bakeoff.registry.catalogue import Registry
    from bakeoff.suite.located import Located
    from bakeoff.suite.method_entry import Cross, MethodEntry
    from bakeoff.suite.search_entry import SearchEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodSpec:
    """Method of a suite, before it is bound to a task.

    Args:
        name: unique in the suite.
        names: `{"features": ..., "learners": ...}`, with `clusterers` for `learners`, or
            `{"methods": ...}`.
        params: as the suite wrote them.
        exact: named itself, not made by `cross`, a glob or `source:`.
        where: file, line and path, for errors.
        search: search settings of the method's entry; None where it has none.
        choice: methods that compete to be this one; `names` is empty then.
    """

    name: str
    names: dict[str, str]
    params: dict[str, Any]
    exact: bool
    where: str
    search: SearchEntry | None = None
    choice: tuple[MethodSpec, ...] = ()


def expand(methods: Sequence[Located[MethodEntry]], registry: Registry) -> tuple[MethodSpec, ...]:
    """Return the methods of a suite in its order, with globs, crosses and choices expanded.

    Raises:
        UnknownNameError: a name that no plugin offers.
        SuiteError: two methods of one name.
    """
    specs: dict[str, MethodSpec] = {}
    for method in methods:
        where = method.where()
        for spec in _expand_one(method.entry, registry, where):
            if spec.name in specs:
                first = specs[spec.name].where
                raise SuiteError(
                    where, f"method {spec.name!r} stands twice, first at {first}; give it a name."
                )
            specs[spec.name] = spec
    return tuple(specs.values())


def _expand_one(entry: MethodEntry, registry: Registry, where: str) -> Iterator[MethodSpec]:
    if entry.choice is not None:
        yield _choice(entry, entry.choice, registry, where)
        return
    patterns = _patterns(entry, registry, where)
    names = _resolved(patterns, registry, where)
    exact = entry.cross is None and all(list(names[k]) == patterns[k] for k in patterns)
    pairs = _pairs(names)
    if entry.name and len(pairs) > 1:
        raise SuiteError(where, f"one name {entry.name!r} for {len(pairs)} methods.")
    for pair in pairs:
        yield MethodSpec(
            name=entry.name or "+".join(n.rpartition(":")[2] for n in pair.values()),
            names=pair,
            params=entry.params,
            exact=exact,
            where=where,
            search=entry.search,
        )


def _choice(entry: MethodEntry, among: Cross, registry: Registry, where: str) -> MethodSpec:
    pairs = _pairs(_resolved(_patterns_of_cross(among), registry, where))
    return MethodSpec(
        name=entry.name or CHOICE,
        names={},
        params={},
        exact=True,
        where=where,
        search=entry.search,
        choice=tuple(
            MethodSpec(name="+".join(n.values()), names=n, params={}, exact=False, where=where)
            for n in pairs
        ),
    )


def _patterns(entry: MethodEntry, registry: Registry, where: str) -> dict[str, list[str]]:
    """Return the names and glob patterns of a `cross` or `choice`, by component kind."""
    if entry.estimator:
        if entry.estimator not in registry.names("learners"):
            raise refuse(entry.estimator, where)
        return {"features": [entry.features or "raw"], "learners": [entry.estimator]}
    if entry.method:
        return {"methods": [entry.method]}
    if entry.cross is not None:
        return _patterns_of_cross(entry.cross)
    kind = estimator_kinds.kind_of(entry.learner, registry)
    return {"features": [entry.features], kind: [entry.learner]}


def _patterns_of_cross(cross: Cross) -> dict[str, list[str]]:
    if cross.methods:
        return {"methods": cross.methods}
    if cross.clusterers:
        return {"features": cross.features, "clusterers": cross.clusterers}
    return {"features": cross.features, "learners": cross.learners}


def _resolved(
    patterns: dict[str, list[str]], registry: Registry, where: str
) -> dict[str, dict[str, None]]:
    """Return the registered names that the patterns of each kind match."""
    return {kind: _names(registry, kind, globs, where) for kind, globs in patterns.items()}


def _pairs(names: dict[str, dict[str, None]]) -> list[dict[str, str]]:
    """Return each pair of features and estimator, or each end-to-end method."""
    if "methods" in names:
        return [{"methods": name} for name in names["methods"]]
    kind = next(kind for kind in names if kind != "features")
    return [{"features": f, kind: m} for f in names["features"] for m in names[kind]]


def _names(registry: Registry, kind: str, patterns: Iterable[str], where: str) -> dict[str, None]:
    """Return the names that any of the patterns matches, in order and without repetition."""
    return dict.fromkeys(n for p in patterns for n in registry.match(kind, p, where=where))
