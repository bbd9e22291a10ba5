"""Expand the methods that a suite writes: names, globs, crosses and choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.errors import SuiteError
from bakeoff.plan import estimator_kinds
from bakeoff.plan.custom_estimators import refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bakeoff.registry.catalogue import Registry
    from bakeoff.suite.method_entry import Cross, MethodEntry
    from bakeoff.suite.schema import LoadedSuite
    from bakeoff.suite.search_entry import SearchEntry

CHOICE = "choice"
"""What a choice across methods is called, unless the suite gives it another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One method of a suite before it meets a task.

    Args:
        name: unique in the suite.
        names: `{"features": ..., "learners": ...}`, with `clusterers` for `learners`, or
            `{"methods": ...}`.
        params: as the suite wrote them.
        exact: named itself, not made by `cross`, a glob or `source:`.
        where: file, line and path, for errors.
        search: what the suite says beside the method; None where it says nothing.
        choice: methods that compete to be this one; `names` is empty then.
    """

    name: str
    names: dict[str, str]
    params: dict[str, Any]
    exact: bool
    where: str
    search: SearchEntry | None = None
    choice: tuple[Entry, ...] = ()


def expand(loaded: LoadedSuite, registry: Registry) -> tuple[Entry, ...]:
    """Every method of the suite, in the order written.

    Raises:
        UnknownNameError: a name that no plugin offers.
        SuiteError: two methods of one name.
    """
    entries: dict[str, Entry] = {}
    for index, written in enumerate(loaded.suite.methods):
        where = loaded.where("methods", index)
        for entry in _expand_one(written, registry, where):
            if entry.name in entries:
                first = entries[entry.name].where
                raise SuiteError(
                    where, f"method {entry.name!r} stands twice, first at {first}; give it a name."
                )
            entries[entry.name] = entry
    return tuple(entries.values())


def _expand_one(written: MethodEntry, registry: Registry, where: str) -> Iterator[Entry]:
    search = written.search
    if written.choice is not None:
        arms = tuple(
            Entry(name="+".join(n.values()), names=n, params={}, exact=False, where=where)
            for n in _pairs(_found(_words(written.choice), registry, where))
        )
        name = written.name or CHOICE
        yield Entry(
            name=name, names={}, params={}, exact=True, where=where, search=search, choice=arms
        )
        return
    if written.estimator:
        if written.estimator not in registry.names("learners"):
            raise refuse(written.estimator, where)
        words = {"features": [written.features or "raw"], "learners": [written.estimator]}
    elif written.method:
        words = {"methods": [written.method]}
    elif written.cross is not None:
        words = _words(written.cross)
    else:
        head = estimator_kinds.kind_of(written.learner, registry)
        words = {"features": [written.features], head: [written.learner]}
    found = _found(words, registry, where)
    exact = written.cross is None and all(list(found[kind]) == words[kind] for kind in words)
    choices = _pairs(found)
    if written.name and len(choices) > 1:
        raise SuiteError(where, f"one name {written.name!r} for {len(choices)} methods.")
    for names in choices:
        yield Entry(
            name=written.name or "+".join(n.rpartition(":")[2] for n in names.values()),
            names=names,
            params=written.params,
            exact=exact,
            where=where,
            search=search,
        )


def _words(cross: Cross) -> dict[str, list[str]]:
    if cross.methods:
        return {"methods": cross.methods}
    if cross.clusterers:
        return {"features": cross.features, "clusterers": cross.clusterers}
    return {"features": cross.features, "learners": cross.learners}


def _found(
    words: dict[str, list[str]], registry: Registry, where: str
) -> dict[str, dict[str, None]]:
    return {kind: _names(registry, kind, patterns, where) for kind, patterns in words.items()}


def _pairs(found: dict[str, dict[str, None]]) -> list[dict[str, str]]:
    if "methods" in found:
        return [{"methods": name} for name in found["methods"]]
    head = next(kind for kind in found if kind != "features")
    return [{"features": f, head: m} for f in found["features"] for m in found[head]]


def _names(registry: Registry, kind: str, patterns: Iterable[str], where: str) -> dict[str, None]:
    """Ordered and without repetition."""
    return dict.fromkeys(n for p in patterns for n in registry.match(kind, p, where=where))
