"""Check a suite's limits for each trial, with sizes such as `4GiB`."""

from __future__ import annotations

import re

from pydantic import Field, field_validator

from bakeoff.records import Limits
from bakeoff.suite.entry import Entry

_UNITS_MIB = {"MIB": 1.0, "GIB": 1024.0, "MB": 1e6 / 2**20, "GB": 1e9 / 2**20}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")


def parse_size(text: str) -> float:
    """Return a size in MiB.

    Args:
        text: a number with `MiB`, `GiB`, `MB` or `GB`.

    Raises:
        ValueError: the text is something else, or the size is zero.

    >>> parse_size("4GiB")
    4096.0
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None or match[2].upper() not in _UNITS_MIB or float(match[1]) == 0:
        message = f"expected a size such as '512MiB' or '4GiB'; got {text!r}."
        raise ValueError(message)
    return float(match[1]) * _UNITS_MIB[match[2].upper()]


class Budget(Entry):
    """Limits of one trial."""

    seconds: float | None = Field(default=None, gt=0)
    memory: str | None = None
    output: str | None = None

    @field_validator("memory", "output")
    @classmethod
    def _size(cls, value: str | None) -> str | None:
        if value is not None:
            parse_size(value)
        return value

    @property
    def limits(self) -> Limits:
        """Return the limits in seconds and MiB."""
        return Limits(
            seconds=self.seconds,
            memory_mib=parse_size(self.memory) if self.memory else None,
            output_mib=parse_size(self.output) if self.output else None,
        )
