"""Read YAML safely, and record the line of every value.

No code and no objects: a file holds mappings, lists, strings, numbers, true, false and null. Only
`true` and `false` are booleans, so that a name such as `on` or `no` stays a name, and dates stay
text. Depth, size and what aliases expand to are bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from bakeoff.errors import SuiteError

if TYPE_CHECKING:
    from collections.abc import Callable

KeyPath = tuple[str | int, ...]
"""Keys and indices that lead from the top of a document to a value."""

MAX_DEPTH = 32
MAX_NODES = 10_000
MAX_BYTES = 2**20
MAX_SHOWN = 60

_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class YamlSource:
    """Contents of a YAML file, with the location of every value.

    Args:
        path: the file as the user named it.
        value: dict, list, str, int, float, bool or None, nested; the keys of dicts are str.
        origins: `file:line`, or the `--set` option, that gave the value at each key path.
    """

    path: str
    value: dict[str, Any]
    origins: dict[KeyPath, str] = field(default_factory=dict, repr=False)

    def where(self, key_path: KeyPath = ()) -> str:
        """Return file, line and path of a value: `suites/smoke.yaml:14: tasks[2].folds`.

        A key path that is not in the file, such as that of a missing key, gets its parent's line.
        """
        ancestor = key_path
        while ancestor and ancestor not in self.origins:
            ancestor = ancestor[:-1]
        origin = self.origins.get(ancestor, self.path)
        return f"{origin}: {format_key_path(key_path)}" if key_path else origin


def format_key_path(key_path: KeyPath) -> str:
    """Return a key path as people write it.

    >>> format_key_path(("tasks", 2, "folds"))
    'tasks[2].folds'
    """
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in key_path)
    return text.removeprefix(".")


def read_yaml(path: str | Path) -> YamlSource:
    """Read a file whose top level is a mapping.

    Raises:
        SuiteError: the file can't be read, is too large, is not UTF-8 or no YAML, or holds what a
            suite may not: objects, duplicate keys, keys that are no text, merge keys, aliases that
            contain themselves or expand too far, nesting that is too deep.
    """
    name = str(path)
    reader = _Reader(name)
    value = reader.read(_text(Path(path)))
    if value is None:
        raise SuiteError(name, "the file is empty; expected a mapping such as 'name: my_suite'.")
    if not isinstance(value, dict):
        message = f"expected a mapping such as 'name: my_suite'; got {kind_of(value)}."
        raise SuiteError(reader.origins[()], message)
    return YamlSource(name, value, reader.origins)


def parse_value(text: str, *, where: str) -> Any:
    """Read one value, as written after a key in a file.

    Raises:
        SuiteError: as `read_yaml`, at `where`.
    """
    return _Reader(where, has_lines=False).read(text)


def kind_of(value: Any) -> str:
    """Return what a value is, as text for messages."""
    names = {dict: "a mapping", list: "a list", type(None): "nothing"}
    return names.get(type(value)) or shown(value)


def shown(value: Any) -> str:
    """Return a value as text for messages: quoted, cut after 60 characters."""
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SuiteError(str(path), f"can't be read: {reason}.") from error
    if len(raw) > MAX_BYTES:
        message = f"larger than {MAX_BYTES // 2**20} MiB; a suite is a short text."
        raise SuiteError(str(path), message)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8: byte 0x{raw[error.start]:02x}. Save the file as UTF-8."
        raise SuiteError(f"{path}:{line}", message) from error


class _RefusedError(yaml.MarkedYAMLError):
    """Raised for valid YAML that is not allowed in a suite."""

    def __init__(self, message: str, mark: Any) -> None:
        super().__init__(problem=message, problem_mark=mark)


class _Loader(yaml.SafeLoader):
    """YAML loader with limits on depth and size, and with the scalars of YAML 1.2."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012  the base class has it so

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._n_nodes = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose a node after checking the limits on depth and number."""
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        self._depth += 1
        self._n_nodes += 1
        if self._depth > MAX_DEPTH:
            raise _RefusedError(f"nested deeper than {MAX_DEPTH} levels", mark)
        if self._n_nodes > 2 * MAX_NODES:  # a mapping's keys are nodes as well
            raise _RefusedError(f"holds more than {MAX_NODES} values", mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _Reader:
    """Reader that turns one text into plain values and records their lines."""

    def __init__(self, name: str, *, has_lines: bool = True) -> None:
        self.origins: dict[KeyPath, str] = {}
        self._name = name
        self._has_lines = has_lines
        self._n_values = 0
        self._open: set[int] = set()

    def read(self, text: str) -> Any:
        try:
            node = _Loader(text).get_single_node()
            return None if node is None else self._value(node, ())
        except yaml.MarkedYAMLError as error:
            raise SuiteError(self._at(error.problem_mark), _sentence(error)) from None
        except yaml.reader.ReaderError as error:
            line = f":{text.count(chr(10), 0, error.position) + 1}" if self._has_lines else ""
            message = f"character #x{error.character:04x} is not allowed in YAML."
            raise SuiteError(f"{self._name}{line}", message) from None

    def _at(self, mark: Any) -> str:
        if mark is None or not self._has_lines:
            return self._name
        return f"{self._name}:{mark.line + 1}:{mark.column + 1}"

    def _value(self, node: yaml.Node, key_path: KeyPath) -> Any:
        self._n_values += 1
        if self._n_values > MAX_NODES:
            self._refuse(f"holds more than {MAX_NODES} values, aliases expanded", node)
        if len(key_path) > MAX_DEPTH:
            self._refuse(f"nested deeper than {MAX_DEPTH} levels, aliases expanded", node)
        if id(node) in self._open:
            self._refuse("an alias must not contain itself", node)
        self.origins.setdefault(key_path, f"{self._name}:{node.start_mark.line + 1}")
        self._open.add(id(node))
        value = self._built(node, key_path)
        self._open.discard(id(node))
        return value

    def _built(self, node: yaml.Node, key_path: KeyPath) -> Any:
        name = node.tag.removeprefix(_TAG)
        if isinstance(node, yaml.MappingNode) and name == "map":
            return self._mapping(node, key_path)
        if isinstance(node, yaml.SequenceNode) and name == "seq":
            return [self._value(n, (*key_path, i)) for i, n in enumerate(node.value)]
        if not isinstance(node, yaml.ScalarNode) or name not in _SCALARS:
            tag = node.tag.replace(_TAG, "!!")
            self._refuse(
                f"tag {shown(tag)} is refused; a suite holds plain values, no objects", node
            )
        try:
            return _SCALARS[name](node.value)
        except ValueError:
            self._refuse(f"expected a value of type {name}; got {shown(node.value)}", node)

    def _mapping(self, node: yaml.MappingNode, key_path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            key, line = self._key(key_node), key_node.start_mark.line + 1
            if key in lines:
                first = f", first in line {lines[key]}" if self._has_lines else ""
                self._refuse(f"key {shown(key)} is given twice{first}", key_node)
            lines[key] = line
            self.origins[*key_path, key] = f"{self._name}:{line}"
            values[key] = self._value(value_node, (*key_path, key))
        return values

    def _key(self, node: yaml.Node) -> str:
        if node.tag != _TAG + "str":
            got = shown(node.value) if isinstance(node, yaml.ScalarNode) else "a collection"
            self._refuse(f"expected text as key; got {got}; quotes make it text", node)
        if node.value == "<<":
            self._refuse("merge keys ('<<') are not supported; write the keys out", node)
        return str(node.value)

    def _refuse(self, message: str, node: yaml.Node) -> NoReturn:
        raise _RefusedError(message, node.start_mark)


def _sentence(error: yaml.MarkedYAMLError) -> str:
    """Return the parser's message, with a hint about unquoted `*` patterns."""
    if isinstance(error, _RefusedError):
        return f"{error.problem}."
    problem = ", ".join(part for part in (error.context, error.problem) if part)
    hint = " Put a pattern with '*' in quotes." if "alias" in problem else ""
    return f"broken YAML: {problem}.{hint}"


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _integer(text: str) -> int:
    return int(text, 0) if text[:2].lower() in ("0x", "0o") else int(text)


def _real(text: str) -> float:
    return float(re.sub(r"\.(?=[iInN])", "", text))


_SCALARS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": _integer,
    "float": _real,
    "bool": _boolean,
    "null": lambda _: None,
}
_DIGITS = "-+.0123456789"
for _name, _pattern, _starts in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", _DIGITS),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", _DIGITS),
    ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", _DIGITS),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), [*_starts, ""])
