"""Check a suite against its schema, with errors that name file and line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from pydantic import Field, ValidationError

from bakeoff.errors import SuiteError
from bakeoff.suite.budget import Budget
from bakeoff.suite.entry import Entry
from bakeoff.suite.files import read_suite
from bakeoff.suite.located import Located
from bakeoff.suite.messages import key_path_of, sentence
from bakeoff.suite.method_entry import Cross, MethodEntry
from bakeoff.suite.protocol_entry import ProtocolEntry
from bakeoff.suite.search_entry import SearchEntry
from bakeoff.suite.study_entry import StudyEntry
from bakeoff.suite.task_entry import TaskEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from bakeoff.registry.catalogue import Registry
    from bakeoff.suite.yaml_reader import KeyPath, YamlSource

T = TypeVar("T")

_MAX_MISTAKES = 10


class Suite(Entry):
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


_MODELS: dict[str, type[BaseModel]] = {
    "protocol": ProtocolEntry,
    "tasks": TaskEntry,
    "methods": MethodEntry,
    "cross": Cross,
    "choice": Cross,
    "search": SearchEntry,
    "studies": StudyEntry,
    "budget": Budget,
}
"""Model of the values below a key."""

_READ_BEFORE = ("extends",)
"""Keys of a suite that `files` has taken out before the suite is checked."""


class LoadedSuite:
    """Checked suite, with its plain data and the location of each part.

    Args:
        source: the suite as read, with what it extends and every override merged in.

    Raises:
        SuiteError: it is not valid; lists the mistakes, one on each line.
    """

    def __init__(self, source: YamlSource) -> None:
        self._source = source
        self.value = source.value
        self.folder = Path(source.path).parent
        try:
            self.suite = Suite.model_validate(source.value)
        except ValidationError as error:
            raise _suite_error(map(self._located_message, error.errors())) from None
        if mistakes := self._protocol_mistakes():
            raise _suite_error(mistakes.items())

    @property
    def tasks(self) -> tuple[Located[TaskEntry], ...]:
        """Return the tasks with their locations."""
        return self._located("tasks", self.suite.tasks)

    @property
    def methods(self) -> tuple[Located[MethodEntry], ...]:
        """Return the methods as written, with their locations."""
        return self._located("methods", self.suite.methods)

    @property
    def studies(self) -> tuple[Located[StudyEntry], ...]:
        """Return the studies with their locations."""
        return self._located("studies", self.suite.studies)

    @property
    def search(self) -> Located[SearchEntry] | None:
        """Return the search of all methods with its location; None where the suite has none."""
        entry = self.suite.search
        return None if entry is None else Located(entry, ("search",), self._source.where)

    def where(self, *key_path: str | int) -> str:
        """Return file, line and dotted path of a part of the suite."""
        return self._source.where(key_path)

    def _located(self, key: str, entries: Sequence[T]) -> tuple[Located[T], ...]:
        return tuple(Located(e, (key, i), self._source.where) for i, e in enumerate(entries))

    def _protocol_mistakes(self) -> dict[str, str]:
        """Return a message for each protocol setting without effect, by its location."""
        mistakes = {}
        for index, task in enumerate(self.suite.tasks):
            for is_own, key, message in self.suite.protocol.mistakes(task):
                level = ("tasks", index) if is_own else ("protocol",)
                mistakes[self.where(*level, key)] = message
        return mistakes

    def _located_message(self, error: ErrorDetails) -> tuple[str, str]:
        key_path = key_path_of(error)
        model = _model_at(key_path)
        more_keys = _READ_BEFORE if model is Suite else ()
        return self.where(*key_path), sentence(error, key_path, model, more_keys)


def load_suite(name: str, registry: Registry, overrides: Sequence[str] = ()) -> LoadedSuite:
    """Read and check a suite.

    Args:
        name: a path, or the name of a suite that ships.
        registry: where suites that ship are found.
        overrides: `protocol.repeats=10` and the like; later ones win.

    Raises:
        SuiteError: the file is missing, broken or not valid.
        UnknownNameError: neither a file nor a known suite.
    """
    return LoadedSuite(read_suite(name, registry, overrides))


def _suite_error(mistakes: Iterable[tuple[str, str]]) -> SuiteError:
    """Return an error that lists mistakes: pairs of location and message."""
    (where, first), *others = mistakes
    more = [f"{location}: {message}" for location, message in others[: _MAX_MISTAKES - 1]]
    return SuiteError(where, "\n".join([first, *more]))


def _model_at(key_path: KeyPath) -> type[BaseModel]:
    """Return the model that owns the last key of a key path."""
    for key in reversed(key_path[:-1]):
        if isinstance(key, str) and key in _MODELS:
            return _MODELS[key]
    return Suite
