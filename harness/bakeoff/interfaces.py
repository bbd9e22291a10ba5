"""Interfaces of components, and the shapes of X and y: read this before writing a plugin.

X for each input kind, always with `n_samples` first:

* `table`: `pandas.DataFrame` (n_samples, n_columns). Columns are numbers, booleans, strings,
  categories or datetimes; missing values are normal data.
* `image`: uint8 (n_samples, height, width, channels) in 0..255, channels 1 (grey) or 3 (RGB).
* `text`: object (n_samples,), each a `str`; an empty string is allowed.
* `sequence`: float32 (n_samples, n_channels, n_timepoints); shorter series and gaps hold NaN,
  shorter ones at their end.

What features return for a learner, whatever the input kind: a float matrix (n_samples, n_features),
a `numpy.ndarray` or a `scipy.sparse.csr_matrix`, without NaN.

y for each problem type:

* `binary`, `multiclass`: int64 (n_samples,), codes in 0..n_classes-1. Codes that the training
  part lacks simply don't occur in it: the core lines `predict_proba` up by `classes_`.
* `regression`: float64 (n_samples,), in the target's own units.
* `clustering`: int64 (n_samples,) of known labels for scoring alone, or None.
* `segmentation`: uint8 (n_samples, height, width), one class code a pixel.
* `recognition`: object (n_samples,), each float32 (n_boxes, 5): x, y, width, height in pixels
  (upper left corner) and the class code. Predicted boxes have a sixth column, the score.

A component follows scikit-learn: the constructor stores its parameters unchanged, `fit` returns
self, learned attributes end in `_`, `get_params` and `set_params` work. Where a constructor has
`random_state`, `n_jobs` or `device`, the core sets them from the trial. An iterative learner may
take `fit(X, y, *, validation=None, record=None)`: `validation` is a pair (X, y), `record` a
`bakeoff.training.TrainingRecord`. A component whose registration says that a parameter `takes`
features gets such features there, unfitted, where the suite writes their name:
`embedding: word2vec`. Nothing is called from two threads at once, a component is used for one trial
and thrown away, and it must not change the arrays that it is given.

Members that a component may have, each with the protocol that describes it:

| protocol         | member                    | for                                               |
|------------------|---------------------------|---------------------------------------------------|
| `Tunable`        | `space()`                 | a search over its parameters                      |
| `WarmedUp`       | `warm_up()`               | compilation, timed apart from fitting             |
| `Examined`       | `examine(inputs, record)` | notes and small arrays about what was fitted      |
| `Noted`          | `notes_`                  | facts about fitted features, text by name         |
| `SourceOfParams` | `source_of(params)`       | features whose source depends on their parameters |
| `Embedder`       | `embedding()`             | words with their vectors                          |
| `Fetching`       | `prepare()`               | files that it needs beyond its packages           |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from bakeoff.records import Task
    from bakeoff.spaces import Config, Space
    from bakeoff.training import TrainingRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Dataset in memory, with X and y as in this module's docstring.

    Args:
        X: inputs, (n_samples, ...).
        y: targets, or None for clustering without labels.
        input_kind: one of `records.INPUT_KINDS`.
        problem_type: one of `records.PROBLEM_TYPES`.
        classes: name of each class code, in code order; empty for regression.
        groups: int64 (n_samples,), rows of one group stay in one part of the split `grouped`, and
            are resampled together in a fixed test part; None where there are none.
        times: float64 (n_samples,), sortable moment of each row; None where there is none.
        official_test: bool (n_samples,), True for rows of the published test part; None where
            the publisher gave no split.
        target: name of the target column or quantity.
        origin: which source served the data, for people: "scikit-learn 1.9.1", a path.
        licence: licence of the data as its publisher states it, or "unknown".
        sha256: hash of the file that was read, empty where there was none.
        composed: True for synthetic data.
    """

    X: Any
    y: Any
    input_kind: str
    problem_type: str
    classes: tuple[str, ...] = ()
    groups: npt.NDArray[np.int64] | None = None
    times: npt.NDArray[np.float64] | None = None
    official_test: npt.NDArray[np.bool_] | None = None
    target: str = ""
    origin: str = ""
    licence: str = "unknown"
    sha256: str = ""
    composed: bool = False


@dataclass(frozen=True, slots=True)
class Embedding:
    """Word vectors that features may return from `embedding()`.

    Args:
        words: (n_words,), each once, the most frequent first where that is known.
        vectors: float32 (n_words, dim), a row for each word.
    """

    words: tuple[str, ...]
    vectors: npt.NDArray[np.float32]


@runtime_checkable
class Dataset(Protocol):
    """Source of data. The module that defines it imports nothing heavy at its top.

    The constructor's keyword arguments are the keys that a suite may write beside `dataset:`.
    """

    def load(self) -> Data:
        """Return the data, fetched and parsed.

        Raises:
            DataError: the user's file can't be used; the message says what is wrong with it.
            SourceUnavailableError: no source could be reached.
        """

    def is_cached(self) -> bool:
        """Return True if `load` needs no network. Takes milliseconds, imports nothing heavy."""

    def fingerprint(self) -> str:
        """Return what `load` depends on, without loading: versions, paths, sizes, file times.

        Two equal fingerprints promise equal data.
        """


@runtime_checkable
class Features(Protocol):
    """Transformer from an input kind to a matrix, fitted on the training part alone."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit on training rows; stateless features learn nothing."""

    def transform(self, X: Any) -> Any:
        """Return a matrix (n_samples, n_features); no row depends on other rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Files that a component needs beyond its packages, available on this machine.

    Args:
        fingerprint: equal ones promise equal content; part of the identity of trials.
        origin: which source served it, for people.
        licence: as its publisher states it, or "unknown".
    """

    fingerprint: str
    origin: str
    licence: str = "unknown"


@runtime_checkable
class Fetching(Protocol):
    """Component that needs files beyond its packages, registered with `fetches`."""

    def prepare(self) -> Fetched:
        """Fetch files that are missing. Called while planning; imports nothing heavy.

        Raises:
            SourceUnavailableError: no source could be reached; its trials are skipped.
            BakeoffError: the user's parameters or file can't be used.
        """


@runtime_checkable
class Tunable(Protocol):
    """Component with a search space."""

    @classmethod
    def space(cls) -> Space:
        """Return the constructor's parameters that a search may vary, with their ranges."""


@runtime_checkable
class WarmedUp(Protocol):
    """Component that compiles on its first use."""

    def warm_up(self) -> None:
        """Compile; called once before fitting, and timed apart."""


@runtime_checkable
class Examined(Protocol):
    """Fitted features, learner or clusterer that reports what it learned."""

    def examine(self, inputs: Mapping[str, Any], record: TrainingRecord) -> None:
        """Add notes and small arrays to the record; called once after fitting, untimed.

        Args:
            inputs: what it was fitted on and what it will transform or predict, by part; None for
                a part that the split lacks.
            record: of the trial.
        """


@runtime_checkable
class Noted(Protocol):
    """Features that record facts about themselves."""

    notes_: Mapping[str, str]
    """Facts by name, kept with each trial; set by `fit`."""


@runtime_checkable
class SourceOfParams(Protocol):
    """Features whose source depends on their parameters."""

    @staticmethod
    def source_of(params: Mapping[str, Any]) -> str:
        """Return one of `records.SOURCES`."""


@runtime_checkable
class Embedder(Protocol):
    """Fitted features with a table of words and their vectors."""

    def embedding(self) -> Embedding:
        """Return the vocabulary and its vectors."""


@runtime_checkable
class Learner(Protocol):
    """Estimator; classifiers offer `predict_proba` and `classes_` where they can."""

    def fit(self, X: Any, y: Any) -> Self:
        """Fit on training rows."""

    def predict(self, X: Any) -> Any:
        """Return class codes (n_samples,) or values (n_samples,)."""


class Metric(Protocol):
    """Metric of one part. The registration declares direction, range and what it uses."""

    def __call__(self, y_true: Any, y_pred: Any, /, *, n_classes: int) -> float:
        """Return the score.

        Args:
            y_true: targets as in this module's docstring.
            y_pred: what the registration's `uses` says: `labels` int64 (n_samples,), `proba`
                float64 (n_samples, n_classes) with rows that sum to 1, `values` float64
                (n_samples,), `masks` or `boxes` shaped as their y, boxes with a score,
                `clusters` int64 (n_samples,) with -1 for noise. With `space` y_pred holds clusters,
                and in place of y_true comes the matrix that was clustered.
            n_classes: number of classes of the task, 0 for regression.
        """


class Searcher(Protocol):
    """Optimizer that suggests configurations of one method, from one thread of the trial's process.

    Made as `factory(space, direction=..., seed=...)`: a `bakeoff.spaces.Space`, `maximize` or
    `minimize`, and an integer. It sees configurations and validation scores alone. Several may be
    evaluated at a time. The core evaluates the default configuration and the space's starts first
    and passes their scores to `tell`, as it does those of an interrupted search that continues.
    """

    watches: bool
    """Whether `prune` is called after each round."""

    def ask(self, number: int) -> Config:
        """Return a configuration to evaluate, identified by its number from now on."""

    def tell(
        self, number: int, config: Config, score: float | None, memo: dict[str, Any]
    ) -> dict[str, Any]:
        """Record how a configuration ended, whether `ask` suggested it or not.

        Args:
            number: of the configuration.
            config: the same, defaults filled in as far as they lie within the space.
            score: primary metric on validation rows; None where there is none.
            memo: what an earlier call returned, for configurations of an interrupted search.

        Returns:
            Plain data to store for a search that continues; empty where nothing is needed.
        """

    def prune(self, number: int, step: int, value: float) -> bool:
        """Return True to stop a configuration after a round.

        Args:
            number: of the configuration.
            step: epochs or rounds so far, from 1.
            value: its validation loss, signed so that `direction` holds for it too.
        """


class Study(Protocol):
    """Set of variants that answers a question; a suite gives the constructor's arguments.

    It may have `factors`, the names of what the suite asked it to change: one that no variant of
    the plan changes is reported as a mistake of the suite.
    """

    def variants(self, subject: Subject) -> tuple[Variant, ...]:
        """Return changes of the method, the control first; empty where the study does not apply.

        Variants with a parameter that the method lacks are dropped afterwards.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedies:
    """How a component is regularised, returned by the function that its `remedies` names.

    Args:
        control: parameters that switch every remedy off and train long.
        grids: for each remedy its strengths, weakest first: parameters on top of `control`.
        capacity: parameters that set how much the component can express, each with its values,
            smallest first.
        interpolates: the component fits its training rows perfectly by design, such as a forest
            or a nearest neighbour, so that its gap alone says nothing.
    """

    control: Mapping[str, Any] = field(default_factory=dict)
    grids: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    capacity: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    interpolates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Method on a task, as passed to a study.

    Args:
        method: name of the method in its suite.
        task: the task, with its protocol.
        n_rows: rows of training plus validation, near enough to plan with.
        remedies: of the method's learner or network, with parameters as in a suite's `params`;
            None where it declares none.
        devices: between which the method distinguishes; empty for a processor's alone.
        backends: between which it distinguishes.
    """

    method: str
    task: Task
    n_rows: int = 0
    remedies: Remedies | None = None
    devices: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Named change of a method's parameters or of the protocol.

    Args:
        name: unique in its study.
        params: parameters of the method, as a suite would write them.
        protocol: fields of `records.Protocol`.
        control: name of the variant that this one is compared with; its own name for the control,
            `default` for the method as it is outside any study.
        factor: what is changed: validation chooses among the variants of one factor, and a curve
            joins them. Empty for a control that belongs to all factors.
        level: how much of it, where that is a number.
        device: where it runs; empty for every device of the suite.
        backend: on which it runs; empty for every backend of the suite.
    """

    name: str
    params: dict[str, Any]
    protocol: dict[str, Any]
    control: str
    factor: str = ""
    level: float | None = None
    device: str = ""
    backend: str = ""
