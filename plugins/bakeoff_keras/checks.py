"""What numbers parameters may be. Keras is not imported, so that a plan can ask soon."""

from __future__ import annotations

import math
from typing import Any

from bakeoff_keras.errors import ParameterError


def positive(name: str, value: Any) -> None:
    """Hold a number to being finite and above 0.

    Raises:
        ParameterError: it is not.
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value <= 0:
        raise ParameterError(name, "a finite number above 0", value)


def not_negative(name: str, value: Any, *, below: float = math.inf) -> None:
    """Hold a number to 0 <= value < below.

    Raises:
        ParameterError: it is not.
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value < below:
        upper = f" and < {below:g}" if math.isfinite(below) else ""
        raise ParameterError(name, f"a number >= 0{upper}", value)


def counting(name: str, value: Any, *, least: int = 1) -> None:
    """Hold a number to being an integer of at least `least`.

    Raises:
        ParameterError: it is not.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ParameterError(name, f"an integer >= {least}", value)
