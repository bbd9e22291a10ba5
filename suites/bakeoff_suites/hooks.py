"""Offer every suite of this folder under its file's name."""

from __future__ import annotations

from pathlib import Path

from bakeoff import Register, hookimpl


@hookimpl
def bakeoff_register_suites(register: Register) -> None:
    """Offer the suites that ship."""
    for file in sorted(Path(__file__).parent.glob("*.yaml")):
        register(file.stem, f"bakeoff_suites:{file.name}")
