"""Range checks of numeric parameters; Keras is not imported, so that planning can use them."""

from __future__ import annotations

import math
from typing import Any

from bakeoff_keras.errors import NetworkParameterError


def positive(name: str, value: Any) -> None:
    """Raise if a value is no finite number above 0.

    Raises:
        NetworkParameterError: it is not.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or value <= 0:
        raise NetworkParameterError(name, "a finite number above 0", value)


def not_negative(name: str, value: Any, *, below: float = math.inf) -> None:
    """Raise unless 0 <= value < below.

    Raises:
        NetworkParameterError: it is not.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value < below:
        upper_limit = f" and < {below:g}" if math.isfinite(below) else ""
        raise NetworkParameterError(name, f"a number >= 0{upper_limit}", value)


def counting(name: str, value: Any, *, least: int = 1) -> None:
    """Raise if a value is no integer of at least `least`.

    Raises:
        NetworkParameterError: it is not.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise NetworkParameterError(name, f"an integer >= {least}", value)
