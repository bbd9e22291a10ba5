"""Base of the models that check a suite."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Entry(BaseModel):
    """A mapping of a suite: a key that it doesn't declare is refused, and no value is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
