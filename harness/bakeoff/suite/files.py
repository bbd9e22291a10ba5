"""Read suite files: find them, merge what they extend, make the paths in them absolute."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakeoff.errors import SuiteError, UnknownNameError
from bakeoff.suite.overrides import override
from bakeoff.suite.yaml_reader import YamlSource, read_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff.registry.catalogue import Registry

_MAX_EXTENDS = 8
_LONGEST_PATH = 1_000
"""Length from which a text is not taken for a path; the system's own limit is higher."""


def read_suite(name: str, registry: Registry, overrides: Sequence[str] = ()) -> YamlSource:
    """Return a suite's contents, merged with the suites it extends and with the overrides.

    Args:
        name: a path, or the name of a suite that ships.
        registry: where suites that ship are found.
        overrides: `protocol.repeats=10` and the like; later ones win.

    Raises:
        SuiteError: a file is missing or broken.
        UnknownNameError: neither a file nor a known suite.
    """
    path = find_suite(name, registry)
    return _anchored(override(_read(path, registry), overrides), path.parent.absolute())


def _anchored(source: YamlSource, folder: Path) -> YamlSource:
    """Return the suite with its paths made absolute, from the folder of the file."""
    changed = {
        key: [change(entry, folder) for entry in entries]
        for key, change in (("tasks", _task_at), ("methods", _method_at))
        if isinstance(entries := source.value.get(key), list)
    }
    return YamlSource(source.path, {**source.value, **changed}, source.origins)


def _task_at(task: Any, folder: Path) -> Any:
    """Return a task with the path of its data made absolute; other tasks as they are."""
    path = task.get("path") if isinstance(task, dict) else None
    return {**task, "path": str(folder / path)} if isinstance(path, str) else task


def _method_at(method: Any, folder: Path) -> Any:
    """Return a method whose parameters that name files beside the suite are absolute paths."""
    params = method.get("params") if isinstance(method, dict) else None
    if not isinstance(params, dict):
        return method
    files = {n: str(folder / v) for n, v in params.items() if _is_file(v, folder)}
    return {**method, "params": {**params, **files}}


def _is_file(value: Any, folder: Path) -> bool:
    """Return True if a value looks like a path, with a suffix or folder, and names a file."""
    is_path = isinstance(value, str) and bool("/" in value or Path(value).suffix)
    return is_path and len(value) < _LONGEST_PATH and (folder / value).is_file()


def _read(path: Path, registry: Registry, depth: int = 0) -> YamlSource:
    """Return a file's contents, merged with what it extends."""
    source = _anchored(read_yaml(path), path.parent.absolute())
    if "extends" not in source.value:
        return source
    where, base = source.where(("extends",)), source.value["extends"]
    if not isinstance(base, str):
        raise SuiteError(where, f"expected the name or path of a suite; got {base!r}.")
    if depth >= _MAX_EXTENDS:
        raise SuiteError(where, f"suites extend one another more than {_MAX_EXTENDS} deep.")
    extended = _read(find_suite(base, registry, folder=path.parent), registry, depth + 1)
    value = _merge(extended.value, {k: v for k, v in source.value.items() if k != "extends"})
    return YamlSource(source.path, value, {**extended.origins, **source.origins})


def find_suite(name: str, registry: Registry, *, folder: Path | None = None) -> Path:
    """Return the path of a suite, given by path or by name; relative paths start at `folder`."""
    path = Path(name) if folder is None else folder / name
    looks_like_path = "/" in name or Path(name).suffix in {".yaml", ".yml"}
    if looks_like_path:
        if not path.is_file():
            raise SuiteError(name, "no such file.")
        return path
    if name not in registry.names("suites"):
        raise UnknownNameError("suite", name, registry.names("suites"))
    return suite_path(registry.get("suites", name).target)


def suite_path(target: str) -> Path:
    """Return the path of a suite that ships, from its registration `"package:file.yaml"`."""
    from importlib.resources import files

    package, _, file = target.partition(":")
    return Path(str(files(package) / file))


def _merge(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = value
    return merged
