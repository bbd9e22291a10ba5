"""Fetch what components need beyond their packages, such as weights, while planning."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bakeoff.errors import BakeoffError, SourceUnavailableError, SuiteError
from bakeoff.plan.methods import with_arms
from bakeoff.provenance.hashing import digest

if TYPE_CHECKING:
    from bakeoff.interfaces import Fetched
    from bakeoff.plan.methods import CandidateMethod
    from bakeoff.records import Part
    from bakeoff.registry.catalogue import Trainable


class Fetcher:
    """Asks each component once, whatever the number of tasks and variants that use it."""

    def __init__(self) -> None:
        self._known: dict[str, Fetched | str] = {}
        self.found: dict[str, Fetched | str] = {}

    def equip(self, candidate: CandidateMethod) -> CandidateMethod:
        """The candidate with what was fetched for it, or with the reason why it can't run.

        Raises:
            SuiteError: a parameter or a file that the user named can't be used.
        """
        if candidate.arms:
            return with_arms(candidate, [self.equip(arm) for arm in candidate.arms])
        parts = []
        for component, part in zip(candidate.components, candidate.method.parts, strict=True):
            found = self._ask(component, part, candidate.spec.where)
            if isinstance(found, str):
                return replace(candidate, problem=found)
            parts.append(part if found is None else replace(part, fingerprint=found.fingerprint))
        within = iter(candidate.inner)
        for index, part in enumerate(parts):
            inner = {}
            for name, each in part.inner.items():
                found = self._ask(next(within), each, candidate.spec.where)
                if isinstance(found, str):
                    return replace(candidate, problem=found)
                mark = each.fingerprint if found is None else found.fingerprint
                inner[name] = replace(each, fingerprint=mark)
            parts[index] = replace(part, inner=inner)
        features = parts[0] if candidate.method.features is not None else None
        method = replace(candidate.method, features=features, learner=parts[-1])
        return replace(candidate, method=method)

    def _ask(self, component: Trainable, part: Part, where: str) -> Fetched | str | None:
        if not component.must_fetch(part.params):
            return None
        key = digest([part.target, part.params])
        if key not in self._known:
            self._known[key] = _prepare(component, part, where)
            label = " ".join([component.name, *(f"{k}={v}" for k, v in part.params.items())])
            self.found[label] = self._known[key]
        return self._known[key]


def _prepare(component: Trainable, part: Part, where: str) -> Fetched | str:
    try:
        found: Fetched = component.load()(**part.params).prepare()
    except SourceUnavailableError as error:
        return str(error)
    except BakeoffError as error:
        raise SuiteError(where, f"{component.name}: {error}") from error
    return found
