"""Fetch files that components need beyond their packages, such as weights, while planning."""

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
    """Cache of fetched files: one fetch for each component and parameters, whatever uses them."""

    def __init__(self) -> None:
        self._by_key: dict[str, Fetched | str] = {}
        self.fetched: dict[str, Fetched | str] = {}

    def equip(self, candidate: CandidateMethod) -> CandidateMethod:
        """Return the candidate with fingerprints of its files, or with why it can't run.

        Raises:
            SuiteError: a parameter or a file that the user named can't be used.
        """
        if candidate.arms:
            return with_arms(candidate, [self.equip(arm) for arm in candidate.arms])
        parts = []
        for component, part in zip(candidate.components, candidate.method.parts, strict=True):
            fetched = self._fetch(component, part, candidate.spec.where)
            if isinstance(fetched, str):
                return replace(candidate, problem=fetched)
            parts.append(
                part if fetched is None else replace(part, fingerprint=fetched.fingerprint)
            )
        inner_components = iter(candidate.inner)
        for index, part in enumerate(parts):
            inner = {}
            for name, inner_part in part.inner.items():
                fetched = self._fetch(next(inner_components), inner_part, candidate.spec.where)
                if isinstance(fetched, str):
                    return replace(candidate, problem=fetched)
                fingerprint = inner_part.fingerprint if fetched is None else fetched.fingerprint
                inner[name] = replace(inner_part, fingerprint=fingerprint)
            parts[index] = replace(part, inner=inner)
        features = parts[0] if candidate.method.features is not None else None
        method = replace(candidate.method, features=features, learner=parts[-1])
        return replace(candidate, method=method)

    def _fetch(self, component: Trainable, part: Part, where: str) -> Fetched | str | None:
        if not component.must_fetch(part.params):
            return None
        key = digest([part.target, part.params])
        if key not in self._by_key:
            self._by_key[key] = _prepare(component, part, where)
            label = " ".join([component.name, *(f"{k}={v}" for k, v in part.params.items())])
            self.fetched[label] = self._by_key[key]
        return self._by_key[key]


def _prepare(component: Trainable, part: Part, where: str) -> Fetched | str:
    try:
        fetched: Fetched = component.load()(**part.params).prepare()
    except SourceUnavailableError as error:
        return str(error)
    except BakeoffError as error:
        raise SuiteError(where, f"{component.name}: {error}") from error
    return fetched
