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
    """Return the component kind of the name after the plus sign, `learners` or `clusterers`."""
    is_clusterer = name in registry.names("clusterers") and name not in registry.names("learners")
    return "clusterers" if is_clusterer else "learners"


def find_components(kind: str, name: str, registry: Registry) -> tuple[Component, ...]:
    """Return every component that a name may refer to.

    Raises:
        UnknownNameError: there is none.
    """
    components = registry.find(kind, name)
    if kind == "learners" and name in registry.names("clusterers"):
        components += registry.find("clusterers", name)
    return components


def fits(component: Component, input_kind: str, problem_type: str) -> bool:
    """Return True if a component supports the task; clustering must be declared explicitly."""
    if component.kind != "features" and not _is_for_problem(component, problem_type):
        return False
    return component.fits(input_kind, problem_type)


def is_for_other_problem(names: Mapping[str, str], registry: Registry, problem_type: str) -> bool:
    """Return True if a method is for other problem types, such as a clusterer for classification.

    One suite may have tasks of both sorts, so such a pair is no mistake, even if named. A choice
    across methods has no names of its own and belongs wherever its methods do.
    """
    if not names:
        return False
    *_, (kind, name) = names.items()
    return not any(_is_for_problem(c, problem_type) for c in find_components(kind, name, registry))


def _is_for_problem(component: Component, problem_type: str) -> bool:
    hides = {problem_of(problem).hides_targets for problem in component.problems} or {False}
    return problem_of(problem_type).hides_targets in hides
