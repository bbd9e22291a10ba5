"""Building a trial's components: parameters from the suite, seeds and threads from the trial."""

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
    """An unfitted component, with unfitted features inside where it takes them.

    `random_state`, `n_jobs` and `device` are set from the trial where the constructor has them
    and the suite did not.
    """
    seed = trial.seeds.get(part.kind, 0)
    inner = {
        n: _made(p, trial, trial.seeds.get(f"{part.kind}.{n}", 0)) for n, p in part.inner.items()
    }
    return _made(part, trial, seed, inner)


def _made(part: Part, trial: Trial, seed: int, inner: dict[str, Any] | None = None) -> Any:
    factory = pkgutil.resolve_name(part.target)
    granted = {
        "random_state": seed,
        "n_jobs": trial.task.protocol.threads,
        "device": trial.device,
    }
    known = inspect.signature(factory).parameters
    params = {name: value for name, value in granted.items() if name in known}
    return factory(**{**params, **part.params, **(inner or {})})


def seed_globals(trial: Trial) -> None:
    """Let methods that use the global generators repeat as well."""
    import numpy as np

    seed = max(trial.seeds.values(), default=0)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  the very generator that such methods use


def warm_up(component: Any) -> float:
    """Let a component compile what it compiles on first use; wall-clock seconds that it took."""
    if not isinstance(component, WarmedUp):
        return 0.0
    started = time.perf_counter()
    component.warm_up()
    return time.perf_counter() - started


def takes(method: Any, argument: str) -> bool:
    """Whether a bound method has an argument of that name."""
    return argument in inspect.signature(method).parameters
