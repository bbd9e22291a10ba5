"""Check what a suite says about search: for all methods, and beside one of them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from bakeoff.spaces import parse
from bakeoff.suite.entry import Entry


class SearchEntry(Entry):
    """How configurations are chosen; `search: false` beside a method leaves it as it is.

    What a method's entry does not say, the suite's own entry decides.
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

    def over(self, other: SearchEntry) -> SearchEntry:
        """This entry, with what it leaves open taken from another."""
        fields = ("searcher", "configs", "seconds", "folds", "refit")
        chosen = {name: getattr(self, name) for name in fields if getattr(self, name) is not None}
        limits = {"configs", "seconds"}
        left = {n: getattr(other, n) for n in fields if not (n in limits and limits & set(chosen))}
        return SearchEntry(**{**left, **chosen}, space={**other.space, **self.space}, on=self.on)
