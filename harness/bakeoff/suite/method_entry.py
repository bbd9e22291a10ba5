"""Models of the methods of a suite: one method, or several in a `cross` or `choice`."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, model_validator

from bakeoff.suite.entry import Entry
from bakeoff.suite.search_entry import SearchEntry  # noqa: TC001  pydantic reads annotations


class Cross(Entry):
    """Pairs of all features with all learners or clusterers, or a list of methods."""

    features: list[str] = Field(default_factory=list)
    learners: list[str] = Field(default_factory=list)
    clusterers: list[str] = Field(default_factory=list)
    methods: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        n_kinds = bool(self.learners) + bool(self.clusterers)
        pair = bool(self.features) and n_kinds == 1
        if pair == bool(self.methods) or (not pair and (self.features or n_kinds)):
            message = "expected 'features' with 'learners' or 'clusterers', or 'methods'"
            raise ValueError(message)
        return self


class MethodEntry(Entry):
    """One method; with `cross` several; with `choice` the best of several on validation data."""

    name: str = ""
    method: str = ""
    features: str = ""
    learner: str = ""
    estimator: str = ""
    cross: Cross | None = None
    choice: Cross | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    search: SearchEntry | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare_name(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        features, plus, learner = value.partition("+")
        return {"features": features, "learner": learner} if plus else {"method": value}

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        pair = bool(self.features) and bool(self.learner)
        several = (self.cross is not None) + (self.choice is not None)
        forms = bool(self.method) + pair + bool(self.estimator) + several
        is_half = not pair and (self.learner or (self.features and not self.estimator))
        if forms != 1 or is_half:
            message = (
                "expected either 'method', or 'features' with 'learner', or 'estimator', or "
                "'cross', or 'choice'"
            )
            raise ValueError(message)
        if self.cross is not None and self.name:
            message = "expected no 'name' beside 'cross'; write the one method out"
            raise ValueError(message)
        if self.choice is not None and self.params:
            message = "'choice' takes no 'params'; narrow its 'search: {space: ...}' instead"
            raise ValueError(message)
        return self
