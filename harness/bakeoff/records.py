"""Frozen records and constants that all modules share."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from bakeoff.spaces import Config, Space

NAMESPACE = "bakeoff"
"""Entry-point group, hook prefix and pluggy project name."""

RECORD_VERSION = 1
"""Incremented when the meaning of a stored row changes; part of every trial's id."""

INPUT_KINDS = ("table", "image", "text", "sequence")
PROBLEM_TYPES = ("binary", "multiclass", "regression", "clustering", "segmentation", "recognition")
SOURCES = (
    "constant", "raw", "random", "manual", "clustered",
    "embedded", "pretrained", "fine_tuned", "end_to_end",
)  # fmt: skip
LEARNED_SOURCES = ("embedded", "pretrained", "fine_tuned", "end_to_end")
PARTS = ("train", "validation", "test")
CHOICE = "choice"
"""Name of a choice across methods, unless the suite gives it another."""
CONTROL, MORE_DATA = "control", "more_data"
"""Variant and factor of the study `overfitting` with a meaning of their own."""
FIXED_SPLITS = ("official", "time")
"""Protocols whose test part is the same rows in every repeat."""
FOLDED_SPLITS = ("kfold", "grouped")
"""Protocols with several folds unless a suite gives another number."""


class TrialState(StrEnum):
    """State in which a trial ended."""

    COMPLETE = "complete"
    SKIPPED = "skipped"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    DIVERGED = "diverged"
    CRASHED = "crashed"
    FAILED = "failed"
    LOST = "lost"

    @property
    def is_settled(self) -> bool:
        """Return True if a later call does not run the trial again."""
        return self not in (TrialState.LOST, TrialState.SKIPPED)

    @property
    def is_clean(self) -> bool:
        """Return True if the run may still end with exit code 0."""
        return self in (TrialState.COMPLETE, TrialState.SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """Summary of a run for observers, made anew for each call of `bakeoff run`.

    Args:
        folder: of the run.
        suite: name of its suite.
        n_trials: trials of the plan.
        n_pending: trials that this call has to run, or had to.
        states: stored trials of the plan by state.
    """

    folder: Path
    suite: str
    n_trials: int
    n_pending: int = 0
    states: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Resource limits of one trial; None means no limit."""

    seconds: float | None = None
    memory_mib: float | None = None
    output_mib: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How a task is split and repeated; `of` fills in what a suite leaves out.

    Args:
        split: `holdout`, `kfold`, `grouped`, `time` or `official`.
        test: share of the rows in the test part, strictly between 0 and 1; unused by folds.
        validation: share of the training part that becomes the validation part, in [0, 1).
        repeats: passes over all folds, each with a new shuffle, at least 1.
        folds: number of folds of `kfold`; above 1 also for `grouped`, and for `time`, where the
            training part grows from fold to fold; 1 elsewhere.
        seed: root of every seed of the run.
        threads: threads a trial may use, at least 1.
        train_limit: most rows of training plus validation, drawn by class; None keeps all.
        test_limit: most rows of the test part, drawn by class; None keeps all.
        train_fraction: share of training plus validation that is kept, drawn by class after
            `train_limit`, in (0, 1]; a smaller one keeps a subset of a larger one's rows.
        shuffled_labels: whether the targets of the training part and of the validation part are
            shuffled, each part within itself; the test part keeps its own.
        latency: batch sizes at which prediction is timed after the fit; empty times none.
    """

    split: str
    test: float = 0.2
    validation: float = 0.2
    repeats: int
    folds: int
    seed: int = 0
    threads: int = 1
    train_limit: int | None = None
    test_limit: int | None = None
    train_fraction: float = 1.0
    shuffled_labels: bool = False
    latency: tuple[int, ...] = ()

    @classmethod
    def of(
        cls, split: str = "kfold", *, folds: int = 0, repeats: int = 0, **settings: Any
    ) -> Protocol:
        """Return a protocol; where folds or repeats are 0, with their defaults for the split.

        Five trials a method: 5 folds of `kfold` and `grouped`, else 5 repeats of the one fold.
        """
        folds = folds or (5 if split in FOLDED_SPLITS else 1)
        repeats = repeats or (1 if folds > 1 else 5)
        return cls(split=split, folds=folds, repeats=repeats, **settings)

    @property
    def split_facts(self) -> dict[str, Any]:
        """Return the fields that decide the rows of a repeat and fold: not repeats or timing."""
        facts = asdict(self)
        del facts["repeats"], facts["threads"], facts["latency"]
        return facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Component of a method: what to import and with which parameters.

    `fingerprint` identifies fetched files, such as weights; empty where it fetches nothing. `inner`
    holds nested features, by the parameter that takes them.
    """

    kind: str
    name: str
    target: str
    params: dict[str, Any] = field(default_factory=dict)
    stateless: bool = False
    fingerprint: str = ""
    inner: dict[str, Part] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Dataset, target, problem type, split protocol and metric."""

    name: str
    dataset: str
    input_kind: str
    problem_type: str
    metric: str
    direction: str
    protocol: Protocol
    fingerprint: str
    n_classes: int = 0
    equivalence: float = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """Features and a learner, or one end-to-end network."""

    name: str
    source: str
    features: Part | None = None
    learner: Part

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return the components in the order in which data flow through them."""
        return (self.learner,) if self.features is None else (self.features, self.learner)

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the import strings of all components, nested ones included."""
        return tuple(p.target for part in self.parts for p in (part, *part.inner.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedMethod:
    """Method in a search, with its search space and the seeds of its fits."""

    method: Method
    space: Space
    seeds: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Settings of the search that chooses a trial's configuration on validation data.

    Args:
        searcher: name of the component that suggests configurations.
        target: its import string.
        configs: most configurations, None for no limit.
        seconds: wall-clock seconds of the search, a refit included; None for no limit.
        folds: inner folds of the training part that a configuration is scored on; 0 for the
            validation part.
        refit: whether the chosen configuration is fitted again on training plus validation.
        across: whether the methods compete for one budget, and an ensemble may come of them.
        arms: the methods with their search spaces; empty where the method searches by itself.
    """

    searcher: str
    target: str
    configs: int | None = None
    seconds: float | None = None
    folds: int = 0
    refit: bool = False
    across: bool = False
    arms: tuple[SearchedMethod, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """Configuration that is taken over, unchanged, from another trial's search.

    Args:
        control: id of the trial that searches.
        settled: parameters that keep their values whatever the search chose.
        refit: whether the configuration is fitted again on training plus validation.
    """

    control: str
    settled: tuple[str, ...] = ()
    refit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigResult:
    """Result of one configuration that a search has evaluated.

    Args:
        number: from 0, in the order in which configurations were begun.
        method: name of the method.
        config: parameters that differ from the default configuration.
        state: `complete`, `pruned`, `failed`, or `stopped` for lack of time.
        score: primary metric on the validation part, or its mean over inner folds; None without.
        loss: log loss on the validation part, classes weighing the same where the metric says so,
            or mean squared error; only in a choice across methods, where it settles ties.
        test_score: of the same fit, where it was the best of its method so far; not used to
            choose.
        at_s: seconds since the search began, summed over interrupted calls, when it ended.
        fit_s: seconds of fitting.
        wall_s: seconds of the whole evaluation.
        n_rounds: epochs or rounds that were reported; 0 for none.
        reason: why there is no score.
        memo: what the searcher needs to know of it when a search continues.
    """

    number: int
    method: str
    config: Config
    state: str = "complete"
    score: float | None = None
    loss: float | None = None
    test_score: float | None = None
    at_s: float = 0.0
    fit_s: float = 0.0
    wall_s: float = 0.0
    n_rounds: int = 0
    reason: str = ""
    memo: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Unit of work: one method, task, split, seed, variant, device and backend.

    `id` is the hash of all that can change the outcome. For components that know none, `device` is
    `cpu` and `backend` empty. `seeds` holds one seed for each component kind, see
    `bakeoff.plan.search_plans`. `factor` and `level` are those of `interfaces.Variant`. `explain`
    is the number of test images whose occlusion maps are stored. With `frozen` it runs after its
    control, see `bakeoff.execution.dependent_trials`.
    """

    id: str
    task: Task
    method: Method
    study: str = "none"
    variant: str = "default"
    control: str = ""
    factor: str = ""
    level: float | None = None
    repeat: int = 0
    fold: int = 0
    seeds: dict[str, int] = field(default_factory=dict)
    device: str = "cpu"
    backend: str = ""
    limits: Limits = field(default_factory=Limits)
    explain: int = 0
    search: Search | None = None
    frozen: Frozen | None = None
    skip: str = ""

    @property
    def is_refitted(self) -> bool:
        """Return True if the chosen configuration is fitted again on training plus validation."""
        if self.frozen is not None:
            return self.frozen.refit
        return self.search is not None and bool(self.search.arms) and self.search.refit

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the import strings of all components, so that none is imported while timed."""
        arms = self.search.arms if self.search else ()
        methods = (self.method, *(arm.method for arm in arms))
        targets = [target for method in methods for target in method.targets]
        if self.search is not None and arms:
            targets.append(self.search.target)
        return tuple(dict.fromkeys(targets))

    @property
    def label(self) -> str:
        """Return a short name for people."""
        variant = "" if self.variant == "default" else f"/{self.variant}"
        return f"{self.task.name}/{self.method.name}{variant}/r{self.repeat}f{self.fold}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Wall-clock seconds of each phase of a trial."""

    load_s: float = 0.0
    featurize_s: float = 0.0
    search_s: float = 0.0
    compile_s: float = 0.0
    fit_s: float = 0.0
    predict_s: float = 0.0
    reused_featurize: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Sizes of a trial; None where a size does not apply to the method.

    `n_unused` are rows of the data that a limit or a fraction left out of every part.
    """

    n_train: int | None = None
    n_validation: int | None = None
    n_test: int | None = None
    n_refit: int | None = None
    n_unused: int | None = None
    n_features: int | None = None
    n_parameters: int | None = None
    n_epochs: int | None = None
    best_epoch: int | None = None
    updates_per_epoch: int | None = None
    n_updates: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Result of one trial.

    `scores` maps a metric to its values on train, validation and test (None where a part is
    absent). `epochs` holds one mapping for each epoch or boosting round; `notes` are facts about
    the training with the reason for each choice. Memory is in MiB, None where not measured.
    `machine` names the machine on which it ran, empty for this one.
    """

    trial: str
    state: TrialState
    reason: str = ""
    traceback: str = ""
    log: str = ""
    scores: dict[str, tuple[float | None, float | None, float | None]] = field(default_factory=dict)
    timings: Timings = field(default_factory=Timings)
    counts: Counts = field(default_factory=Counts)
    epochs: tuple[dict[str, float], ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    peak_rss_mib: float | None = None
    peak_gpu_mib: float | None = None
    machine: str = ""
    memory_enforced: bool = False
    concurrency: int = 1
    wall_s: float = 0.0
    finished_at: float = 0.0
