"""bakeoff compares hand-made with learned features, with intervals and evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

from bakeoff.records import NAMESPACE

if TYPE_CHECKING:
    from bakeoff.store import read_run

__version__ = "0.1.0"

hookimpl = pluggy.HookimplMarker(NAMESPACE)
"""Marks a function of a plugin as the implementation of a hook."""

__all__ = ["__version__", "hookimpl", "read_run"]


def __getattr__(name: str) -> Any:
    """Import what needs pandas only when it is asked for."""
    if name == "read_run":
        from bakeoff.store import read_run

        return read_run
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
