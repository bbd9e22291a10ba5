"""Hash what results depend on: values, source code and versions of packages."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_DIGEST_CHARS = 16


def digest(value: Any) -> str:
    """Return a short hash of plain data, equal for equal data on every machine."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARS]


@cache
def source_hash(package: str) -> str:
    """Return the hash of every Python file of an import package; imports nothing.

    Args:
        package: top-level name, or the whole target of a component.
    """
    spec = importlib.util.find_spec(package.partition(":")[0].partition(".")[0])
    if spec is None or spec.origin is None:
        return ""
    origin = Path(spec.origin)
    files = sorted(origin.parent.rglob("*.py")) if spec.submodule_search_locations else [origin]
    total = hashlib.sha256()
    for file in files:
        total.update(file.relative_to(origin.parent).as_posix().encode())
        total.update(file.read_bytes())
    return total.hexdigest()[:_DIGEST_CHARS]


@cache
def _distributions() -> dict[str, list[str]]:
    return dict(metadata.packages_distributions())


@cache
def version_of(module: str) -> str:
    """Return the version of the distribution that installs a module; imports nothing."""
    for candidate in (module, *_distributions().get(module, [])):
        try:
            return metadata.version(candidate)
        except metadata.PackageNotFoundError:
            continue
    return "unknown"


def versions_of(modules: Iterable[str]) -> dict[str, str]:
    """Return the versions of several top-level modules."""
    return {module: version_of(module) for module in sorted(set(modules))}
