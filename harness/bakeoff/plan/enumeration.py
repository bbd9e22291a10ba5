"""Enumerate the trials of bound methods: repeats, folds, devices and backends; seeds and ids."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from bakeoff.plan.search_plans import Controls, searcher_of, seeded, seeds_of
from bakeoff.provenance.environment import gpu_slots
from bakeoff.provenance.hashing import digest, source_hash, versions_of
from bakeoff.records import RECORD_VERSION, Limits, Trial
from bakeoff.registry.catalogue import is_importable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bakeoff.plan.cells import PlannedCell
    from bakeoff.plan.methods import CandidateMethod
    from bakeoff.registry.catalogue import Registry

NO_GPU = "no GPU found"
"""Why a trial for a GPU is skipped where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSettings:
    """Settings of a suite that apply to all of its trials.

    Args:
        devices: devices of the methods that distinguish them.
        backends: backends of the methods that distinguish them.
        limits: of one trial.
        explain: rows whose prediction is explained.
    """

    devices: Sequence[str]
    backends: Sequence[str]
    limits: Limits
    explain: int


def enumerate_trials(
    cells: Sequence[PlannedCell], settings: TrialSettings, registry: Registry
) -> Iterator[Trial]:
    """Yield the trials of every cell; duplicates where two studies ask for the same trial.

    The outer loop is over splits, so that a temporary slowdown of the machine affects all methods.
    """
    protocols = [cell.planned.task.protocol for cell in cells]
    n_repeats = max((protocol.repeats for protocol in protocols), default=0)
    n_folds = max((protocol.folds for protocol in protocols), default=0)
    controls = Controls()
    for repeat, fold in product(range(n_repeats), range(n_folds)):
        for cell in cells:
            for trial in _of_split(cell, settings, repeat, fold):
                frozen = replace(trial, frozen=controls.frozen(trial, cell.settled))
                named = replace(frozen, id=_identity(frozen, cell.candidate, registry))
                controls.add(named)
                yield named


def _of_split(
    cell: PlannedCell, settings: TrialSettings, repeat: int, fold: int
) -> Iterator[Trial]:
    """Yield the trials of one repeat and fold, without their ids."""
    protocol = cell.planned.task.protocol
    if repeat < protocol.repeats and fold < protocol.folds:
        for device, backend in _devices_and_backends(cell, settings):
            yield _trial(cell, settings, repeat=repeat, fold=fold, device=device, backend=backend)


def _devices_and_backends(cell: PlannedCell, settings: TrialSettings) -> Iterator[tuple[str, str]]:
    """Yield the pairs of device and backend that matter to the method."""
    candidate = cell.candidate
    devices: Sequence[str] = [cell.device] if cell.device else settings.devices
    backends: Sequence[str] = [cell.backend] if cell.backend else settings.backends
    for device in devices if "gpu" in candidate.devices else ["cpu"]:
        for backend in [b for b in backends if b in candidate.backends] or [""]:
            yield device, backend


def _trial(
    cell: PlannedCell, settings: TrialSettings, *, repeat: int, fold: int, device: str, backend: str
) -> Trial:
    task, method = cell.planned.task, cell.candidate.method
    return Trial(
        id="",
        task=task,
        method=method,
        study=cell.study,
        variant=cell.variant,
        control=cell.control,
        factor=cell.factor,
        level=cell.level,
        repeat=repeat,
        fold=fold,
        seeds=seeds_of(method, task, repeat, fold),
        device=device,
        backend=backend,
        limits=settings.limits,
        explain=0 if repeat or fold else settings.explain,
        search=seeded(cell.search, task, repeat, fold),
        skip=_reason_to_skip(cell, device, backend),
    )


def _reason_to_skip(cell: PlannedCell, device: str, backend: str) -> str:
    """Return why a trial can't run here; empty if it can."""
    if problem := cell.planned.unavailable or cell.candidate.problem:
        return problem
    if backend and not is_importable(backend):
        return f"backend {backend} is not installed. Run: pip install {backend}"
    return NO_GPU if device == "gpu" and not gpu_slots() else ""


def _identity(trial: Trial, candidate: CandidateMethod, registry: Registry) -> str:
    """Return the hash of all that can change the outcome; other versions are only recorded."""
    facts = asdict(trial)
    for name in ("id", "skip", "factor", "level"):  # the last two are words for readers
        facts.pop(name)
    facts["task"].pop("equivalence")  # a band for readers
    facts["task"]["protocol"].pop("repeats")  # a further repeat leaves the others as they are
    for name in ("search", "frozen"):
        if facts[name] is None:
            facts.pop(name)  # trials without one keep their ids
    searchers = searcher_of(trial.search, registry) if trial.search else ()
    facts["sources"] = [
        source_hash(package)
        for c in (*candidate.components, *candidate.inner, *searchers)
        for package in (c.target, *getattr(c, "built_on", ()))
    ]
    components = (*candidate.components, *candidate.inner, *searchers)
    facts["versions"] = versions_of(n for c in components for n in c.needs if n)
    facts["record"] = RECORD_VERSION
    return digest(facts)
