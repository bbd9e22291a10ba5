"""Plugins and sections import from the core what its faces offer, so that its rooms can change."""

from __future__ import annotations

import ast
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import bakeoff

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FOLDERS = ("plugins", "reports", "suites", "tests/demo_plugin")

EVERYBODY = (
    "bakeoff",
    *(f"bakeoff.{name}" for name in bakeoff.__all__),
    "bakeoff.errors.*",
    "bakeoff.fetch.cache.*",
    "bakeoff.fetch.package_archives.*",
    "bakeoff.fetch.sources.*",
    "bakeoff.interfaces.*",
    "bakeoff.problems.boxes.*",
    "bakeoff.problems.table.default_metric",
    "bakeoff.provenance.environment.cpu_count",
    "bakeoff.provenance.hashing.digest",
    "bakeoff.provenance.hashing.source_hash",
    "bakeoff.provenance.hashing.version_of",
    "bakeoff.records.*",
    "bakeoff.spaces.*",
    "bakeoff.testing.*",
    "bakeoff.training.*",
)
TYPES = (
    "bakeoff.registry.catalogue.Component",
    "bakeoff.registry.catalogue.Registry",
    "bakeoff.registry.catalogue.Trainable",
    "bakeoff.registry.manager.Plugins",
)
"""For type hints alone."""

AUTHORS = {
    "bakeoff_dask": ("bakeoff.execution.executors.*",),
    "bakeoff_report": (
        "bakeoff.data.audit.*",
        "bakeoff.problems.ragged.*",
        "bakeoff.statistics.*",
        "bakeoff.store.run_data.*",
    ),
}
"""What authors of executors and of sections import beside."""

EXCEPTIONS = {
    ("bakeoff_embeddings.*", "bakeoff.metrics.clustering.*"): "scores clusters as the core does",
    ("bakeoff_report.*", "bakeoff.data.prepared.find_prepared_task"): "shows examples of the data",
    ("bakeoff_report.*", "bakeoff.metrics.classification.*"): "draws the bins of a metric",
    ("bakeoff_report.*", "bakeoff.registry.catalogue.Trainable"): "tells components by class",
    ("bakeoff_report.*", "bakeoff.store.checksums.rehash_report"): "the core is to renew them",
}
"""By importing module and imported name; to be emptied."""


class Import(NamedTuple):
    """A name of the core that a module imports."""

    module: str
    name: str
    for_types: bool


def _imports(file: Path, module: str) -> Iterator[Import]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    typed = {
        inner
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for inner in ast.walk(block)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.partition(".")[0] == "bakeoff":
                yield Import(module, name, node in typed)


def _is_offered(one: Import) -> bool:
    offered = EVERYBODY + AUTHORS.get(one.module.partition(".")[0], ())
    return any(
        fnmatchcase(one.name, face) for face in (*offered, *(TYPES if one.for_types else ()))
    )


@pytest.fixture(scope="module")
def beyond() -> list[Import]:
    """Imports from the core that its faces do not offer."""
    return [
        one
        for folder in FOLDERS
        for file in sorted((ROOT / folder).glob("bakeoff_*/**/*.py"))
        for one in _imports(file, ".".join(file.relative_to(ROOT / folder).with_suffix("").parts))
        if not _is_offered(one)
    ]


def _excuses(exception: tuple[str, str], one: Import) -> bool:
    return fnmatchcase(one.module, exception[0]) and fnmatchcase(one.name, exception[1])


def test_plugins_import_what_the_faces_offer(beyond: list[Import]) -> None:
    """Or what is listed as an exception."""
    assert [one for one in beyond if not any(_excuses(known, one) for known in EXCEPTIONS)] == []


@pytest.mark.parametrize("exception", EXCEPTIONS, ids=" imports ".join)
def test_every_exception_is_needed(exception: tuple[str, str], beyond: list[Import]) -> None:
    """One that nothing uses any more is deleted."""
    assert any(_excuses(exception, one) for one in beyond)


def test_what_the_package_offers_is_there() -> None:
    """Also what it imports only when it is asked for."""
    assert [name for name in bakeoff.__all__ if not hasattr(bakeoff, name)] == []
