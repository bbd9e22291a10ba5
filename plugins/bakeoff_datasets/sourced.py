"""Base of datasets with a fixed name, read from the first source that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bakeoff.fetch.sources import first_found, serving

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff.fetch.sources import Source
    from bakeoff.interfaces import Data

T = TypeVar("T")


class Sourced(Generic[T]):
    """Base of datasets with one or several sources of an object that is converted to `Data`."""

    _name: str

    def load(self) -> Data:
        """Load the dataset, fetching it where needed.

        Raises:
            SourceUnavailableError: no source could be reached.
        """
        found = first_found(self._name, self._sources())
        facts = {"origin": found.origin, "licence": found.licence, "sha256": found.sha256}
        return self._data(found.value, facts)

    def is_cached(self) -> bool:
        """Return whether a source is available on this machine."""
        return bool(serving(self._sources()))

    def _sources(self) -> Sequence[Source[T]]:
        """Return the sources in order of preference."""
        raise NotImplementedError

    def _data(self, value: T, facts: dict[str, Any]) -> Data:
        """Convert what a source gave; `facts` are origin, licence and hash."""
        raise NotImplementedError
