"""What a trial may take, as people write it."""

from __future__ import annotations

import re

_UNITS_MIB = {"MIB": 1.0, "GIB": 1024.0, "MB": 1e6 / 2**20, "GB": 1e9 / 2**20}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")


def parse_size(text: str) -> float:
    """Size in MiB.

    Args:
        text: a number with `MiB`, `GiB`, `MB` or `GB`.

    Raises:
        ValueError: the text is something else, or the size is zero.

    >>> parse_size("4GiB")
    4096.0
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None or found[2].upper() not in _UNITS_MIB or float(found[1]) == 0:
        message = f"expected a size such as '512MiB' or '4GiB'; got {text!r}."
        raise ValueError(message)
    return float(found[1]) * _UNITS_MIB[found[2].upper()]


def format_seconds(seconds: float) -> str:
    """Duration for people, from milliseconds to hours.

    >>> format_seconds(0.0042), format_seconds(75), format_seconds(7300)
    ('4.2 ms', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 1:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 60:  # noqa: PLR2004  seconds in a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
