"""Requests to evaluate configurations, and the trial they belong to."""

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
"""Name of the folder, in that of the trial, with the predictions of configurations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRequest:
    """Request to evaluate one configuration.

    Args:
        number: number of the configuration.
        method: index of its method among the methods of the search.
        config: parameters that differ from the default.
        deadline: `time.monotonic` value at which the evaluation is stopped.
        leads_above: best score of its method so far, None without one; only a better
            configuration is scored on the test part.
        kept_above: score from which on its predictions are stored; None stores none.
        watched: whether its rounds are reported, so that the searcher can prune it.
        refit: fit on training plus validation rows and predict the test part alone.
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
    """A trial with a search, its data, its folder and the scratch folder."""

    trial: Trial
    prepared: Prepared
    folder: str
    scratch: str


def configured(method: Method, config: Config) -> Method:
    """Return the method with the parameters of a configuration."""
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
    """Return the default values of those parameters whose range in the space contains them."""
    defaults: Config = {}
    is_pipeline = searched.method.features is not None
    for part in searched.method.parts:
        prefix = ("features__" if part.kind == "features" else "learner__") if is_pipeline else ""
        for parameter in inspect.signature(pkgutil.resolve_name(part.target)).parameters.values():
            name, value = prefix + parameter.name, parameter.default
            dimension = searched.space.dimensions.get(name)
            if dimension is not None and dimension.contains(value):
                defaults[name] = value
    return defaults


def _with(part: Part, config: Config) -> Part:
    return replace(part, params={**part.params, **config})
