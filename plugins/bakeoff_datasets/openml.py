"""Tables from OpenML by name or number, in scikit-learn's cache."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakeoff.errors import DataError
from bakeoff.fetch.cache import cache_dir, write_whole
from bakeoff.fetch.sources import first_found, from_service
from bakeoff_datasets.frames import Roles, table_data

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from bakeoff.interfaces import Data


@dataclass
class OpenMl:
    """A table from OpenML, identified by `name` and `version` or by `data_id`.

    Args:
        name: the set's name there.
        version: its version; a name alone may change its meaning, so it is asked for.
        data_id: its number.
        target: column to predict; None takes OpenML's default target.
        drop: columns to leave out.
        problem_type: `binary`, `multiclass` or `regression`; None infers as for CSV.

    Raises:
        DataError: neither or both ways to name the set were used.
    """

    name: str | None = None
    version: int | None = None
    data_id: int | None = None
    target: str | None = None
    drop: Sequence[str] = ()
    problem_type: str | None = None

    def __post_init__(self) -> None:
        """Check that exactly one way to identify the table is used."""
        by_name = self.name is not None and self.version is not None
        if by_name == (self.data_id is not None):
            raise DataError("openml", "expected name and version, or data_id alone.")

    def load(self) -> Data:
        """Load the table, fetching it where needed.

        Raises:
            SourceUnavailableError: OpenML can't be reached, or has no such set.
            DataError: the target can't be used.
        """
        source = from_service(
            self._label, self._fetch, at_hand=self.is_cached, licence="see OpenML's page of the set"
        )
        fetched = first_found(self._label, [source])
        frame, target = fetched.value
        with write_whole(self._marker) as temporary:
            temporary.write_text(self._label)
        drop = (self.drop,) if isinstance(self.drop, str) else tuple(self.drop)
        roles = Roles(target=target, drop=drop, problem_type=self.problem_type)
        return table_data(frame, roles, where=fetched.origin, licence=fetched.licence)

    def is_cached(self) -> bool:
        """Return whether an earlier `load` fetched the table."""
        return self._marker.is_file()

    def fingerprint(self) -> str:
        """Return the parameters; a version on OpenML never changes."""
        return repr(self)

    @property
    def _label(self) -> str:
        if self.data_id is not None:
            return f"OpenML {self.data_id}"
        return f"OpenML {self.name} version {self.version}"

    @property
    def _marker(self) -> Path:
        name = hashlib.sha256(self._label.encode()).hexdigest()[:16]
        return cache_dir("openml") / f"{name}.fetched"

    def _fetch(self) -> tuple[pd.DataFrame, str]:
        from sklearn.datasets import fetch_openml

        bunch = fetch_openml(
            name=self.name,
            version=self.version if self.version is not None else "active",
            data_id=self.data_id,
            data_home=str(cache_dir("openml")),
            as_frame=True,
            parser="auto",
        )
        target = self.target or (bunch.target_names or [""])[0]
        if not target:
            raise DataError(self._label, "has no default target; name one, as in target: class.")
        return bunch.frame, str(target)
