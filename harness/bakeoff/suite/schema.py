"""A suite as written: what YAML may say, checked, with errors that name file and line."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bakeoff.errors import SuiteError
from bakeoff.records import PROBLEM_TYPES, Limits, Protocol
from bakeoff.suite.budget import parse_size
from bakeoff.suite.files import read_suite
from bakeoff.suite.search_entry import SearchEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

    from bakeoff.registry.catalogue import Registry
    from bakeoff.suite.yaml_reader import YamlSource

_MAX_MISTAKES = 10


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ProtocolEntry(_Entry):
    """Fields of `records.Protocol` that a suite or a task sets; None leaves the default."""

    split: Literal["holdout", "kfold", "grouped", "time", "official"] | None = None
    test: float | None = Field(default=None, gt=0, lt=1)
    validation: float | None = Field(default=None, ge=0, lt=1)
    repeats: int | None = Field(default=None, ge=1, le=10_000)
    folds: int | None = Field(default=None, ge=1, le=1_000)
    seed: int | None = Field(default=None, ge=0, lt=2**31)
    threads: int | None = Field(default=None, ge=1, le=1_024)
    train_limit: int | None = Field(default=None, ge=2)
    test_limit: int | None = Field(default=None, ge=1)

    def changes(self) -> dict[str, Any]:
        """The fields that were set."""
        fields = ProtocolEntry.model_fields
        return {name: value for name in fields if (value := getattr(self, name)) is not None}


class TaskEntry(ProtocolEntry):
    """One task. Protocol fields stand beside the dataset's own parameters."""

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
        """Parameters of the dataset."""
        return dict(self.model_extra or {})


class Cross(_Entry):
    """Every features with every learner or clusterer, or several methods, wherever they fit."""

    features: list[str] = Field(default_factory=list)
    learners: list[str] = Field(default_factory=list)
    clusterers: list[str] = Field(default_factory=list)
    methods: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        heads = bool(self.learners) + bool(self.clusterers)
        pair = bool(self.features) and heads == 1
        if pair == bool(self.methods) or (not pair and (self.features or heads)):
            message = "expected 'features' with 'learners' or 'clusterers', or 'methods'"
            raise ValueError(message)
        return self


class MethodEntry(_Entry):
    """One method, with `cross` many, with `choice` whichever of many validation prefers."""

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


class StudyEntry(_Entry):
    """One study; `methods` and `tasks` narrow it, every other key is the study's own."""

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
        """Parameters of the study."""
        return dict(self.model_extra or {})


class Budget(_Entry):
    """Limits of one trial."""

    seconds: float | None = Field(default=None, gt=0)
    memory: str | None = None
    output: str | None = None

    @field_validator("memory", "output")
    @classmethod
    def _size(cls, value: str | None) -> str | None:
        if value is not None:
            parse_size(value)
        return value

    @property
    def limits(self) -> Limits:
        """The same in units."""
        return Limits(
            seconds=self.seconds,
            memory_mib=parse_size(self.memory) if self.memory else None,
            output_mib=parse_size(self.output) if self.output else None,
        )


class Suite(_Entry):
    """A named list of tasks, methods, studies, protocol and budget."""

    name: str = Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    description: str = ""
    tasks: list[TaskEntry] = Field(min_length=1)
    methods: list[MethodEntry] = Field(min_length=1)
    protocol: ProtocolEntry = ProtocolEntry()
    search: SearchEntry | None = None
    studies: list[StudyEntry] = Field(default_factory=list)
    budget: Budget = Budget()
    devices: list[Literal["cpu", "gpu"]] = Field(default=["cpu"], min_length=1)
    backends: list[str] = Field(default=["tensorflow"], min_length=1)
    explain: int = Field(default=0, ge=0, le=100)

    def protocol_of(self, entry: ProtocolEntry) -> Protocol:
        """The suite's protocol with the task's own changes."""
        return Protocol(**{**self.protocol.changes(), **entry.changes()})


class LoadedSuite:
    """A checked suite, what it says as plain data, and where each part of it stands.

    Args:
        source: the suite as read, with what it extends and every override merged in.

    Raises:
        SuiteError: it says something that can't be; tells every mistake, one a line.
    """

    def __init__(self, source: YamlSource) -> None:
        self._source = source
        self.value = source.value
        self.folder = Path(source.path).parent
        try:
            self.suite = Suite.model_validate(source.value)
        except ValidationError as error:
            told = [self._tell(mistake) for mistake in error.errors()]
            where, what = told[0]
            more = [f"{place}: {sentence}" for place, sentence in told[1:_MAX_MISTAKES]]
            raise SuiteError(where, "\n".join([what, *more])) from None

    def where(self, *place: str | int) -> str:
        """File, line and dotted path of a part of the suite."""
        return self._source.where(place)

    def _tell(self, error: ErrorDetails) -> tuple[str, str]:
        place = tuple(key for key in error["loc"] if not _is_type_name(key))
        return self.where(*place), _sentence(error, place)


def load_suite(name: str, registry: Registry, overrides: Sequence[str] = ()) -> LoadedSuite:
    """Read and check a suite.

    Args:
        name: a path, or the name of a suite that ships.
        registry: where suites that ship are found.
        overrides: `protocol.repeats=10` and the like, strongest last.

    Raises:
        SuiteError: the file is missing, broken, or says something that can't be.
        UnknownNameError: neither a file nor a known suite.
    """
    return LoadedSuite(read_suite(name, registry, overrides))


def _is_type_name(key: str | int) -> bool:
    """Whether pydantic put the key into a location by itself."""
    return isinstance(key, str) and key.startswith(("function-", "literal["))


def _model_at(place: Sequence[str | int]) -> type[BaseModel]:
    """The model that owns the last key of a place."""
    models: dict[str, type[BaseModel]] = {
        "protocol": ProtocolEntry,
        "tasks": TaskEntry,
        "methods": MethodEntry,
        "cross": Cross,
        "choice": Cross,
        "search": SearchEntry,
        "studies": StudyEntry,
        "budget": Budget,
    }
    for key in reversed(place[:-1]):
        if isinstance(key, str) and key in models:
            return models[key]
    return Suite


def _sentence(error: ErrorDetails, place: Sequence[str | int]) -> str:
    """What is wrong, in the house's grammar."""
    kind, got = error["type"], error["input"]
    model = _model_at(place)
    if kind == "extra_forbidden":
        key, known = str(place[-1]), sorted({*model.model_fields, *_EXTENDS.get(model, ())})
        close = get_close_matches(key, known, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        return f"unknown key {key!r}{hint} Known: {', '.join(known)}."
    if kind == "missing":
        return f"the key {place[-1]!r} is missing."
    return f"expected {_expectation(error, model, place)}; got {_short(got)}."


def _expectation(error: ErrorDetails, model: type[BaseModel], place: Sequence[str | int]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    bounds = _bounds(model, place)
    if "expected" in context:
        return f"one of {context['expected']}"
    if kind == "value_error":
        return str(context["error"]).removeprefix("expected ").split("; got")[0]
    if kind in {"too_short", "string_too_short"}:
        return "at least one entry"
    if kind == "string_pattern_mismatch":
        return "letters, digits, '_', '.' and '-', starting with a letter or digit"
    plain = {
        "int": "an integer",
        "float": "a number",
        "string": "text",
        "bool": "true or false",
        "list": "a list",
        "dict": "a mapping",
        "model": "a mapping",
        "greater": "a value",
        "less": "a value",
    }
    return plain.get(kind.split("_")[0], error["msg"]) + bounds


def _bounds(model: type[BaseModel], place: Sequence[str | int]) -> str:
    """The declared bounds of a field, as in ` >= 1 and <= 10`."""
    field = model.model_fields.get(str(place[-1])) if place else None
    signs = {"Ge": ">=", "Gt": ">", "Le": "<=", "Lt": "<"}
    found = [
        f"{signs[type(bound).__name__]} {getattr(bound, type(bound).__name__.lower())}"
        for bound in (field.metadata if field else ())
        if type(bound).__name__ in signs
    ]
    return f" {' and '.join(found)}" if found else ""


def _short(value: Any, limit: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}..."


_EXTENDS: dict[type[BaseModel], tuple[str, ...]] = {Suite: ("extends",)}
