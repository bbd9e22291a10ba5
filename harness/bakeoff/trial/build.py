"""Instantiate a trial's components with parameters of the suite, and seeds and threads."""

from __future__ import annotations

import inspect
import pkgutil
import random
import time
from typing import TYPE_CHECKING, Any

from bakeoff.interfaces import WarmedUp

if TYPE_CHECKING:
    from bakeoff.records import Part, Trial


def build(part: Part, trial: Trial) -> Any:
    """Return an unfitted component, with unfitted nested features if it has any.

    `random_state`, `n_jobs` and `device` are set from the trial if the constructor has them and
    the suite does not set them.
    """
    seed = trial.seeds.get(part.kind, 0)
    inner = {
        n: _create(p, trial, trial.seeds.get(f"{part.kind}.{n}", 0)) for n, p in part.inner.items()
    }
    return _create(part, trial, seed, inner)


def _create(part: Part, trial: Trial, seed: int, inner: dict[str, Any] | None = None) -> Any:
    """Call the factory of a component with the arguments that its signature has."""
    factory = pkgutil.resolve_name(part.target)
    from_trial = {
        "random_state": seed,
        "n_jobs": trial.task.protocol.threads,
        "device": trial.device,
    }
    signature = inspect.signature(factory).parameters
    params = {name: value for name, value in from_trial.items() if name in signature}
    return factory(**{**params, **part.params, **(inner or {})})


def seed_globals(trial: Trial) -> None:
    """Seed the global random generators of Python and NumPy."""
    import numpy as np

    seed = max(trial.seeds.values(), default=0)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  some methods use this global generator


def warm_up(component: Any) -> float:
    """Call the component's `warm_up`, if any; return its duration in wall-clock seconds."""
    if not isinstance(component, WarmedUp):
        return 0.0
    started = time.perf_counter()
    component.warm_up()
    return time.perf_counter() - started


def takes(method: Any, argument: str) -> bool:
    """Return True if a bound method has an argument of that name."""
    return argument in inspect.signature(method).parameters
