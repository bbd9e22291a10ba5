"""What components need beyond their packages, such as weights: made ready while planning."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bakeoff.errors import BakeoffError, SourceUnavailableError, SuiteError
from bakeoff.plan.methods import with_arms
from bakeoff.provenance.hashing import digest

if TYPE_CHECKING:
    from bakeoff.interfaces import Fetched
    from bakeoff.plan.methods import Contender
    from bakeoff.records import Part
    from bakeoff.registry.catalogue import Trainable


class Fetcher:
    """Asks each component once, whatever the number of tasks and variants that use it."""

    def __init__(self) -> None:
        self._known: dict[str, Fetched | str] = {}
        self.found: dict[str, Fetched | str] = {}

    def equip(self, contender: Contender) -> Contender:
        """The contender with what was fetched for it, or with the reason why it can't run.

        Raises:
            SuiteError: a parameter or a file that the user named can't be used.
        """
        if contender.arms:
            return with_arms(contender, [self.equip(arm) for arm in contender.arms])
        parts = []
        for component, part in zip(contender.components, contender.method.parts, strict=True):
            found = self._ask(component, part, contender.entry.where)
            if isinstance(found, str):
                return replace(contender, problem=found)
            parts.append(part if found is None else replace(part, fingerprint=found.fingerprint))
        within = iter(contender.inner)
        for index, part in enumerate(parts):
            inner = {}
            for name, each in part.inner.items():
                found = self._ask(next(within), each, contender.entry.where)
                if isinstance(found, str):
                    return replace(contender, problem=found)
                mark = each.fingerprint if found is None else found.fingerprint
                inner[name] = replace(each, fingerprint=mark)
            parts[index] = replace(part, inner=inner)
        features = parts[0] if contender.method.features is not None else None
        method = replace(contender.method, features=features, learner=parts[-1])
        return replace(contender, method=method)

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
