"""Find the estimator of a method by name: learner, clusterer or end-to-end method.

Learners and clusterers share their names, since a suite writes `raw+kmeans` as it writes
`raw+logistic`; where both kinds have a name, such as `constant`, the task decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.problems.table import problem_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bakeoff.registry.catalogue import Component, Registry


def kind_of(name: str, registry: Registry) -> str:
    """The kind under which a name behind the plus sign is looked up."""
    is_clusterer = name in registry.names("clusterers") and name not in registry.names("learners")
    return "clusterers" if is_clusterer else "learners"


def known(kind: str, name: str, registry: Registry) -> tuple[Component, ...]:
    """Every component that a name may stand for.

    Raises:
        UnknownNameError: there is none.
    """
    found = registry.find(kind, name)
    if kind == "learners" and name in registry.names("clusterers"):
        found += registry.find("clusterers", name)
    return found


def fits(component: Component, input_kind: str, problem_type: str) -> bool:
    """Whether a component is made for such a task; a task that hides targets must be named."""
    if component.kind != "features" and not _is_for_problem(component, problem_type):
        return False
    return component.fits(input_kind, problem_type)


def is_for_other_problem(names: Mapping[str, str], registry: Registry, problem_type: str) -> bool:
    """Whether a method is for another problem type, as a clusterer is where targets are learned.

    One suite may hold tasks of both sorts, so such a pair is no mistake, even if named. A choice
    across methods has no names of its own and belongs wherever its methods do.
    """
    if not names:
        return False
    *_, (kind, name) = names.items()
    return not any(_is_for_problem(c, problem_type) for c in known(kind, name, registry))


def _is_for_problem(component: Component, problem_type: str) -> bool:
    hides = {problem_of(problem).hides_targets for problem in component.problems} or {False}
    return problem_of(problem_type).hides_targets in hides
