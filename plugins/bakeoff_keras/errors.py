"""Errors in parameters, losses and rows of networks."""

from __future__ import annotations

from bakeoff.errors import BakeoffError


class NetworkParameterError(BakeoffError, ValueError):
    """A parameter of a network is out of its range."""

    def __init__(self, name: str, expected: str, got: object) -> None:
        super().__init__(f"{name}: expected {expected}; got {got!r}.")


class LossError(BakeoffError, ValueError):
    """A loss does not fit the target."""

    def __init__(self, loss: str, target: str, fitting: tuple[str, ...]) -> None:
        losses = ", ".join(fitting)
        super().__init__(f"loss {loss!r} does not fit {target}; expected one of {losses}.")


class RowsError(BakeoffError, ValueError):
    """Rows can't be used for training or prediction."""
