"""Apply the `--set PATH=VALUE` options of the command line to a suite."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from bakeoff.errors import SuiteError
from bakeoff.suite.yaml_reader import (
    MAX_DEPTH,
    KeyPath,
    YamlSource,
    format_key_path,
    kind_of,
    parse_value,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_STEP = re.compile(r"(?:^|(?<=.)\.)(?P<key>[^.\[\]=]+)|\[(?P<index>[0-9]{1,9})\]")


def override(source: YamlSource, options: Iterable[str]) -> YamlSource:
    """Return the suite with `--set` options applied, which `where` names for their values.

    Args:
        source: contents of a suite file; not modified.
        options: each `PATH=VALUE`, such as `tasks[0].metric=accuracy`; later ones win.

    Raises:
        SuiteError: see `apply_overrides`.
    """
    value, origins = source.value, dict(source.origins)
    for option in options:
        value = apply_overrides(value, [option])
        key_path = _parse_key_path(option.partition("=")[0], f"--set {option}")
        origins = {at: origin for at, origin in origins.items() if at[: len(key_path)] != key_path}
        for length in range(1, len(key_path)):
            origins.setdefault(key_path[:length], f"--set {option}")  # mappings made on the way
        origins[key_path] = f"--set {option}"
    return YamlSource(source.path, value, origins)


def apply_overrides(value: dict[str, Any], options: Iterable[str]) -> dict[str, Any]:
    """Return a copy in which each `PATH=VALUE` is set, in order.

    VALUE is read as after a key in a file. Mappings on the way are made where missing; entries of
    lists must exist.

    Raises:
        SuiteError: an option is no `PATH=VALUE`, leads through something else than a mapping or
            list, names an entry that a list lacks, or its value is no YAML.
    """
    changed = copy.deepcopy(value)
    for option in options:
        where = f"--set {option}"
        path, equals, text = option.partition("=")
        if not equals:
            raise SuiteError(where, "expected PATH=VALUE, such as protocol.repeats=10.")
        key_path = _parse_key_path(path, where)
        parent: Any = changed
        for depth, step in enumerate(key_path[:-1]):
            _check_step(parent, key_path[: depth + 1], where)
            missing = isinstance(parent, dict) and parent.get(str(step)) is None
            if missing and isinstance(key_path[depth + 1], str):
                parent[step] = {}
            parent = parent.get(step) if isinstance(parent, dict) else parent[step]
        _check_step(parent, key_path, where)
        parent[key_path[-1]] = parse_value(text, where=where)
    return changed


def _parse_key_path(path: str, where: str) -> KeyPath:
    steps: list[str | int] = []
    end = 0
    while match := _STEP.match(path, end):
        end = match.end()
        steps.append(match["key"] or int(match["index"]))
    if end < len(path) or not steps or isinstance(steps[0], int):
        message = f"expected a path such as protocol.repeats or tasks[0].metric; got {path!r}."
        raise SuiteError(where, message)
    if len(steps) > MAX_DEPTH:
        raise SuiteError(where, f"nested deeper than {MAX_DEPTH} levels.")
    return tuple(steps)


def _check_step(parent: Any, key_path: KeyPath, where: str) -> None:
    """Raise an error if the last key can't be set in its parent."""
    step, parent_name = key_path[-1], format_key_path(key_path[:-1]) or "the suite"
    expected = "a list" if isinstance(step, int) else "a mapping"
    if not isinstance(parent, list if isinstance(step, int) else dict):
        raise SuiteError(
            where, f"expected {parent_name} to be {expected}; it is {kind_of(parent)}."
        )
    if isinstance(step, int) and step >= len(parent):
        message = f"expected an entry of {parent_name}, which holds {len(parent)}; got [{step}]."
        raise SuiteError(where, message)
