"""Messages between the runner and the cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from bakeoff import is_importable
from bakeoff.provenance.hashing import source_hash, version_of

if TYPE_CHECKING:
    from bakeoff.execution.executors import Job
    from bakeoff.records import Result, Trial

LIBRARIES = (
    "numpy",
    "scipy",
    "pandas",
    "sklearn",
    "skimage",
    "skrub",
    "aeon",
    "xgboost",
    "gensim",
    "keras",
    "tensorflow",
    "jax",
)
"""Top-level modules whose version must be equal on both sides if the runner has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Request to run a trial on the cluster.

    Args:
        pool: name of the plugin in each Dask worker that runs it.
        key: of the Dask task, by which the cluster cancels it.
        job: the trial; its folders exist on the runner's machine only.
        stamp: result of `stamp_of` on the runner's machine.
        has_truths: whether the runner has the true targets of the trial's split already.
    """

    pool: str
    key: str
    job: Job
    stamp: dict[str, str]
    has_truths: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Result of a trial with its files: path relative to the run's artifacts, and content."""

    result: Result
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoData:
    """Answer if the trial's data are missing at the Dask worker; the trial was not started."""

    worker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlike:
    """Answer if code or libraries differ from the runner's; the trial was not started."""

    worker: str
    what: str


Answer = Ended | NoData | Unlike


def stamp_of(trial: Trial) -> dict[str, str]:
    """Return hashes of the trial's code and versions of libraries, equal on both sides."""
    packages = {part.target.partition(":")[0].partition(".")[0] for part in trial.method.parts}
    return _sources(frozenset(packages | {"bakeoff"})) | _versions()


def unlike(stamp: dict[str, str]) -> str:
    """Describe the first difference from the runner's stamp; empty if there is none."""
    for name, runner_version in stamp.items():
        own_version = version_of(name) if name in LIBRARIES else source_hash(name)
        if own_version != runner_version:
            difference = f"{name} {own_version}" if name in LIBRARIES else f"another {name}"
            return f"{difference}, the runner {runner_version}" if name in LIBRARIES else difference
    return ""


@cache
def _sources(packages: frozenset[str]) -> dict[str, str]:
    return {package: source_hash(package) for package in sorted(packages)}


@cache
def _versions() -> dict[str, str]:
    return {name: version_of(name) for name in LIBRARIES if is_importable(name)}
