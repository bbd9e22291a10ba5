"""Table of problem types: all that the core knows about each, in one place.

An entry defines which targets are valid, how rows are stratified, how an estimator predicts and how
its answer is checked, what is stored on disk, and the metric of a task that names none. A new
problem type is a subclass of `problems.base.Problem`, a field of `predictions.Predictions` for its
answers, and a line here; nothing else in the core asks for a problem type by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.errors import UnknownNameError
from bakeoff.problems.base import Classes, Clusters, Values
from bakeoff.problems.vision import Boxes, Masks

if TYPE_CHECKING:
    from bakeoff.problems.base import Problem

PROBLEMS: dict[str, Problem] = {
    "binary": Classes(),
    "multiclass": Classes(),
    "regression": Values(),
    "clustering": Clusters(),
    "segmentation": Masks(),
    "recognition": Boxes(),
}


def problem_of(problem_type: str) -> Problem:
    """Return the problem type of that name.

    Raises:
        UnknownNameError: there is no such problem type.
    """
    if problem_type not in PROBLEMS:
        raise UnknownNameError("problem type", problem_type, PROBLEMS)
    return PROBLEMS[problem_type]


def default_metric(problem_type: str, *, is_labelled: bool = True) -> str:
    """Return the name of the metric of a task that names none.

    Raises:
        UnknownNameError: there is no such problem type.
    """
    problem = problem_of(problem_type)
    return problem.default_metric if is_labelled else problem.unlabelled_metric
