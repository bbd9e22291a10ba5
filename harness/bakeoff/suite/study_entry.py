"""Model of one study of a suite."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field, model_validator

from bakeoff.suite.entry import Entry


class StudyEntry(Entry):
    """One study; `methods` and `tasks` narrow it, all other keys are its parameters."""

    model_config = ConfigDict(extra="allow")

    study: str
    methods: list[str] = Field(default_factory=lambda: ["*"])
    tasks: list[str] = Field(default_factory=lambda: ["*"])

    @model_validator(mode="before")
    @classmethod
    def _bare_name(cls, value: Any) -> Any:
        return {"study": value} if isinstance(value, str) else value

    @property
    def params(self) -> dict[str, Any]:
        """Return the parameters of the study."""
        return dict(self.model_extra or {})
