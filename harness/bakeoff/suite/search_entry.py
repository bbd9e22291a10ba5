"""Model of search settings, for all methods of a suite or for one of them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from bakeoff.spaces import parse
from bakeoff.suite.entry import Entry


class SearchEntry(Entry):
    """Settings of a search; `search: false` in a method turns its search off.

    Settings that a method's entry leaves out are taken from the suite's entry.
    """

    searcher: str | None = Field(default=None, min_length=1)
    configs: int | None = Field(default=None, ge=1, le=1_000_000)
    seconds: float | None = Field(default=None, gt=0)
    folds: int | None = Field(default=None, ge=2, le=100)
    refit: bool | None = None
    space: dict[str, Annotated[Any, BeforeValidator(parse)]] = Field(default_factory=dict)
    on: bool = True

    @model_validator(mode="before")
    @classmethod
    def _switch(cls, value: Any) -> Any:
        return {"on": value} if isinstance(value, bool) else value

    def over(self, fallback: SearchEntry) -> SearchEntry:
        """Return this entry, with the settings that it leaves out taken from another."""
        fields = ("searcher", "configs", "seconds", "folds", "refit")
        chosen = {name: getattr(self, name) for name in fields if getattr(self, name) is not None}
        limits = {"configs", "seconds"}
        inherited = {
            n: getattr(fallback, n) for n in fields if not (n in limits and limits & set(chosen))
        }
        return SearchEntry(
            **{**inherited, **chosen}, space={**fallback.space, **self.space}, on=self.on
        )
