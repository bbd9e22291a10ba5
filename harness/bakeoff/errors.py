"""Errors that users see. Classes take facts and write their own sentence."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class BakeoffError(Exception):
    """A user's mistake, told in one or two sentences without a traceback."""

    exit_code = 2


class UnknownNameError(BakeoffError, LookupError):
    """A name was looked up that no plugin registered."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "") -> None:
        names = sorted(set(known))
        close = get_close_matches(name, names, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        listed = ", ".join(names) or "none"
        prefix = f"{where}: " if where else ""
        super().__init__(f"{prefix}unknown {kind} {name!r}{hint} Known: {listed}.")


class NameClashError(BakeoffError):
    """Two plugins, or one plugin twice, offer the same name for the same input."""

    def __init__(self, kind: str, name: str, owners: tuple[str, str]) -> None:
        super().__init__(
            f"{kind} {name!r} is registered by both {owners[0]!r} and {owners[1]!r}. "
            f"Block one with BAKEOFF_DISABLE={owners[1]}.",
        )


class MissingExtraError(BakeoffError, ImportError):
    """A component needs packages that are not installed."""

    def __init__(self, name: str, missing: tuple[str, ...], install: str) -> None:
        super().__init__(f"{name} needs {', '.join(missing)}. Run: {install}")


class PluginError(BakeoffError):
    """A plugin broke its contract with the core."""

    def __init__(self, plugin: str, what: str) -> None:
        super().__init__(f"plugin {plugin!r}: {what}")


class SuiteError(BakeoffError, ValueError):
    """A suite file says something that can't be run."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")


class DataError(BakeoffError, ValueError):
    """Data that the user named can't be used."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")


class SourceUnavailableError(BakeoffError, OSError):
    """No source of a dataset or of weights could be reached; its trials are skipped.

    Args:
        name: dataset or weights.
        attempts: one sentence for each source that was tried.
    """

    def __init__(self, name: str, attempts: Iterable[str]) -> None:
        self.attempts = tuple(attempts)
        super().__init__(f"{name} could not be had: {'; '.join(self.attempts)}.")


class StoreError(BakeoffError):
    """A run folder can't be read or written."""

    def __init__(self, where: object, what: str) -> None:
        super().__init__(f"{where}: {what}")


class DivergedError(BakeoffError):
    """A method answered, or its training ended, with values that are not finite."""
