"""What the runner and the cluster tell each other."""

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
"""Top-level modules whose version has to be the same on both sides where the runner has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A trial for the cluster.

    Args:
        pool: name of the plugin in each Dask worker that runs it.
        key: of the Dask task, by which the cluster says that it is no longer wanted.
        job: the trial; its folders are the runner's and mean nothing elsewhere.
        stamp: what `stamp_of` said at the runner.
        has_truths: whether the runner holds the truths of the trial's split already.
    """

    pool: str
    key: str
    job: Job
    stamp: dict[str, str]
    has_truths: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A result, and what the trial wrote: path below the run's artifacts to content."""

    result: Result
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoData:
    """The trial was not begun: the data of this fingerprint don't lie at this Dask worker."""

    worker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlike:
    """The trial was not begun: code or libraries differ from the runner's."""

    worker: str
    what: str


Answer = Ended | NoData | Unlike


def stamp_of(trial: Trial) -> dict[str, str]:
    """Hashes of the trial's code and versions of libraries: what both sides must share."""
    packages = {part.target.partition(":")[0].partition(".")[0] for part in trial.method.parts}
    return _sources(frozenset(packages | {"bakeoff"})) | _versions()


def unlike(stamp: dict[str, str]) -> str:
    """What here differs from the runner's stamp, for people; empty where nothing does."""
    for name, theirs in stamp.items():
        ours = version_of(name) if name in LIBRARIES else source_hash(name)
        if ours != theirs:
            what = f"{name} {ours}" if name in LIBRARIES else f"another {name}"
            return f"{what}, the runner {theirs}" if name in LIBRARIES else what
    return ""


@cache
def _sources(packages: frozenset[str]) -> dict[str, str]:
    return {package: source_hash(package) for package in sorted(packages)}


@cache
def _versions() -> dict[str, str]:
    return {name: version_of(name) for name in LIBRARIES if is_importable(name)}
