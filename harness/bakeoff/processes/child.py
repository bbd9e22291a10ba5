"""What every process has in common that works for another: it dies with it, and loads metrics."""

from __future__ import annotations

import ctypes
import signal
import sys
from typing import TYPE_CHECKING, Any

from bakeoff.registry.catalogue import MetricComponent
from bakeoff.registry.manager import load_plugins

if TYPE_CHECKING:
    from bakeoff.registry.catalogue import Registry

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Leave no orphan when the parent is killed; Linux alone offers it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def metrics_of(
    problem_type: str, registry: Registry | None = None
) -> list[tuple[MetricComponent, Any]]:
    """Every metric of a problem type that can be had, loaded."""
    registry = registry or load_plugins().registry
    return [
        (component, component.load())
        for component in registry.all("metrics")
        if isinstance(component, MetricComponent)
        and problem_type in component.problems
        and not component.missing
    ]
