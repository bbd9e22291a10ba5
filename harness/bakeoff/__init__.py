"""bakeoff compares hand-made with learned features, with intervals and evidence."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pluggy

from bakeoff.records import NAMESPACE

if TYPE_CHECKING:
    from bakeoff.api import estimator, predict, run
    from bakeoff.registry.catalogue import Register, is_importable
    from bakeoff.store.database import read_run

__version__ = "0.1.0"

hookimpl = pluggy.HookimplMarker(NAMESPACE)
"""Marks a function of a plugin as the implementation of a hook."""

__all__ = [
    "Register",
    "__version__",
    "estimator",
    "hookimpl",
    "is_importable",
    "predict",
    "read_run",
    "run",
]

_LATER = {
    "Register": "bakeoff.registry.catalogue",
    "estimator": "bakeoff.api",
    "is_importable": "bakeoff.registry.catalogue",
    "predict": "bakeoff.api",
    "read_run": "bakeoff.store.database",
    "run": "bakeoff.api",
}


def __getattr__(name: str) -> Any:
    """Import names that need pandas only when they are used."""
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
