"""What users of networks get wrong."""

from __future__ import annotations

from bakeoff.errors import BakeoffError


class ParameterError(BakeoffError, ValueError):
    """A parameter of a network has a value that it can't have."""

    def __init__(self, name: str, expected: str, got: object) -> None:
        super().__init__(f"{name}: expected {expected}; got {got!r}.")


class LossError(BakeoffError, ValueError):
    """A loss that does not fit the target."""

    def __init__(self, loss: str, target: str, fitting: tuple[str, ...]) -> None:
        known = ", ".join(fitting)
        super().__init__(f"loss {loss!r} does not fit {target}; expected one of {known}.")


class RowsError(BakeoffError, ValueError):
    """Rows that a network can't be trained on, or can't read."""
