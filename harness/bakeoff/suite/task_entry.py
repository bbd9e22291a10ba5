"""Model of one task of a suite."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator

from bakeoff.records import PROBLEM_TYPES  # noqa: TC001  pydantic reads annotations
from bakeoff.suite.protocol_entry import ProtocolEntry


class TaskEntry(ProtocolEntry):
    """One task: dataset and protocol settings; all other keys are parameters of the dataset."""

    model_config = ConfigDict(extra="allow")

    dataset: str
    name: str = ""
    metric: str = ""
    problem_type: Literal[PROBLEM_TYPES] | None = None  # type: ignore[valid-type]
    equivalence: float = Field(default=0.02, ge=0, lt=1)

    @model_validator(mode="before")
    @classmethod
    def _bare_name(cls, value: Any) -> Any:
        return {"dataset": value} if isinstance(value, str) else value

    @property
    def params(self) -> dict[str, Any]:
        """Return the parameters of the dataset."""
        return dict(self.model_extra or {})
