"""Entries of a suite with their location in the YAML file, for messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.suite.yaml_reader import KeyPath

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Located(Generic[T]):
    """Entry of a suite with its location in the YAML file.

    Args:
        entry: the checked entry.
        key_path: keys and indices that lead to it, such as `("tasks", 2)`.
        locate: returns file, line and dotted path of a key path.
    """

    entry: T
    key_path: KeyPath
    locate: Callable[[KeyPath], str] = field(repr=False)

    def where(self, *keys: str | int) -> str:
        """Return file, line and dotted path of the entry, or of a key inside it."""
        return self.locate((*self.key_path, *keys))
