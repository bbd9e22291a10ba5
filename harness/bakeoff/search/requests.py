"""What a search asks to be evaluated, and where."""

from __future__ import annotations

import inspect
import pkgutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bakeoff.data.prepared import Prepared
    from bakeoff.records import Method, Part, SearchedMethod, Trial
    from bakeoff.spaces import Config

PREDICTIONS = "search"
"""Folder, in that of the trial, of what configurations predicted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRequest:
    """What to evaluate.

    Args:
        number: of the configuration.
        method: index of it among the methods of the search.
        config: parameters that differ from the default.
        deadline: `time.monotonic` value at which it is stopped.
        leads_above: the best score of its method so far, None for none: only a better one is
            scored on the test part.
        kept_above: score from which its predictions are kept; None keeps none.
        watched: whether rounds are told, so that it can be pruned.
        refit: fit on training plus validation and predict the test part alone.
    """

    number: int
    method: int
    config: Config
    deadline: float
    leads_above: float | None = None
    kept_above: float | None = None
    watched: bool = False
    refit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialContext:
    """Where a search works: the trial, its data, the trial's folder and the scratch folder."""

    trial: Trial
    prepared: Prepared
    folder: str
    scratch: str


def configured(method: Method, config: Config) -> Method:
    """A method with a configuration in place of its defaults."""
    if method.features is None:
        return replace(method, learner=_with(method.learner, config))
    features = {n[10:]: v for n, v in config.items() if n.startswith("features__")}
    learner = {n[9:]: v for n, v in config.items() if n.startswith("learner__")}
    return replace(
        method,
        features=_with(method.features, features),
        learner=_with(method.learner, learner),
    )


def defaults_of(searched: SearchedMethod) -> Config:
    """The default configuration as far as it lies within the method's space."""
    found: Config = {}
    piped = searched.method.features is not None
    for part in searched.method.parts:
        prefix = ("features__" if part.kind == "features" else "learner__") if piped else ""
        for parameter in inspect.signature(pkgutil.resolve_name(part.target)).parameters.values():
            name, value = prefix + parameter.name, parameter.default
            dimension = searched.space.dimensions.get(name)
            if dimension is not None and dimension.contains(value):
                found[name] = value
    return found


def _with(part: Part, config: Config) -> Part:
    return replace(part, params={**part.params, **config})
