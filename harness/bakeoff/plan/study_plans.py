"""Make the studies of a suite, and describe the methods that each may vary."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from bakeoff.errors import SuiteError, UnknownNameError
from bakeoff.interfaces import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bakeoff.interfaces import Remedies, Study
    from bakeoff.plan.methods import CandidateMethod
    from bakeoff.records import Task
    from bakeoff.registry.catalogue import Registry
    from bakeoff.suite.located import Located
    from bakeoff.suite.study_entry import StudyEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStudy:
    """Study with its entry and location in the suite."""

    entry: StudyEntry
    study: Study
    where: str

    def selects(self, task: str, method: str) -> bool:
        """Return True if the suite lets the study vary that method on that task."""
        return _matches(task, self.entry.tasks) and _matches(method, self.entry.methods)


def make_studies(
    entries: Iterable[Located[StudyEntry]], registry: Registry, methods: Sequence[str]
) -> list[PlannedStudy]:
    """Return the studies of a suite, constructed with their parameters.

    Args:
        entries: the studies of the suite.
        registry: what plugins offer.
        methods: names of the suite's methods, for patterns that match none.

    Raises:
        SuiteError: parameters that the study refuses.
        UnknownNameError: a study that no plugin registers, or a pattern that matches no method.
    """
    studies = []
    for located in entries:
        entry, where = located.entry, located.where()
        factory = registry.get("studies", entry.study, where=where).load()
        for pattern in entry.methods:
            if not any(fnmatchcase(method, pattern) for method in methods):
                raise UnknownNameError("method", pattern, methods, where=where)
        try:
            study = factory(**entry.params)
        except (TypeError, ValueError) as error:
            raise SuiteError(where, f"study {entry.study!r}: {error}") from None
        studies.append(PlannedStudy(entry=entry, study=study, where=where))
    return studies


def subject_of(candidate: CandidateMethod, task: Task, n_rows: int) -> Subject:
    """Return the description of a method on a task that a study gets.

    Raises:
        PluginError: a component's remedies can't be loaded.
    """
    remedies = candidate.components[-1].load_remedies()
    if remedies is not None and len(candidate.components) > 1:
        remedies = _of_learner(remedies)
    return Subject(
        method=candidate.spec.name,
        task=task,
        n_rows=n_rows,
        remedies=remedies,
        devices=candidate.devices,
        backends=candidate.backends,
    )


def _of_learner(remedies: Remedies) -> Remedies:
    """Return the remedies with the learner's prefix on all parameter names."""

    def long(params: Any) -> dict[str, Any]:
        return {f"learner__{name}": value for name, value in params.items()}

    return replace(
        remedies,
        control=long(remedies.control),
        grids={name: [long(p) for p in grid] for name, grid in remedies.grids.items()},
        capacity=long(remedies.capacity),
    )


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
