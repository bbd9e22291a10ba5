"""Hook implementations of this plugin; nothing heavy is imported here."""

from __future__ import annotations

from bakeoff import Register, hookimpl


@hookimpl
def bakeoff_register_executors(register: Register) -> None:
    """Register the executor for Dask clusters."""
    register(
        "dask",
        "bakeoff_dask.executor:DaskExecutor",
        needs=("distributed",),
        extra="dask",
        summary="supervised processes on a Dask cluster: --scheduler ADDRESS, or on this machine",
    )
