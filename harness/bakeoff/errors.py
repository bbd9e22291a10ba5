"""Errors that users see. Each class takes facts and writes its own message."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class BakeoffError(Exception):
    """Base of users' errors, which are shown in one or two sentences without a traceback."""

    exit_code = 2


class UnknownNameError(BakeoffError, LookupError):
    """Raised for a name that no plugin registered."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "") -> None:
        names = sorted(set(known))
        close = get_close_matches(name, names, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        listed = ", ".join(names) or "none"
        prefix = f"{where}: " if where else ""
        super().__init__(f"{prefix}unknown {kind} {name!r}{hint} Known: {listed}.")


class NameClashError(BakeoffError):
    """Raised when two plugins, or one plugin twice, register a name for the same input."""

    def __init__(self, kind: str, name: str, owners: tuple[str, str]) -> None:
        super().__init__(
            f"{kind} {name!r} is registered by both {owners[0]!r} and {owners[1]!r}. "
            f"Block one with BAKEOFF_DISABLE={owners[1]}.",
        )


class MissingExtraError(BakeoffError, ImportError):
    """Raised when a component needs packages that are not installed."""

    def __init__(self, name: str, missing: tuple[str, ...], install: str) -> None:
        super().__init__(f"{name} needs {', '.join(missing)}. Run: {install}")


class PluginError(BakeoffError):
    """Raised when a plugin breaks its contract with the core."""

    def __init__(self, plugin: str, message: str) -> None:
        super().__init__(f"plugin {plugin!r}: {message}")


class SuiteError(BakeoffError, ValueError):
    """Raised for a suite that can't be run."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")


class DataError(BakeoffError, ValueError):
    """Raised for data of the user that can't be used."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")


class SourceUnavailableError(BakeoffError, OSError):
    """Raised when no source of a dataset or of weights is reachable; its trials are skipped.

    Args:
        name: dataset or weights.
        attempts: one sentence for each source that was tried.
    """

    def __init__(self, name: str, attempts: Iterable[str]) -> None:
        self.attempts = tuple(attempts)
        super().__init__(f"{name} could not be had: {'; '.join(self.attempts)}.")


class StoreError(BakeoffError):
    """Raised when a run folder can't be read or written."""

    def __init__(self, where: object, message: str) -> None:
        super().__init__(f"{where}: {message}")


class DivergedError(BakeoffError):
    """Raised when predictions or losses are not finite."""
