"""What this plugin offers. Imports nothing heavy: see `executor` for the code."""

from __future__ import annotations

from bakeoff import Register, hookimpl


@hookimpl
def bakeoff_register_executors(register: Register) -> None:
    """Offer the executor for a Dask cluster."""
    register(
        "dask",
        "bakeoff_dask.executor:DaskExecutor",
        needs=("distributed",),
        extra="dask",
        summary="supervised processes on a Dask cluster: --scheduler ADDRESS, or on this machine",
    )
