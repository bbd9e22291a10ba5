"""Fine-tuning of a backbone with a new head in two phases: head first, then the backbone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from bakeoff.errors import UnknownNameError
from bakeoff_keras import checks
from bakeoff_keras.errors import RowsError
from bakeoff_keras.notes import Note
from bakeoff_keras.target import NetworkTarget
from bakeoff_keras.training import EncodedRows, TrainingSettings, train
from bakeoff_pretrained import images, weights
from bakeoff_pretrained.backbones import Backbone, backbone_of
from bakeoff_pretrained.cuts import NONE, TOP, cut
from bakeoff_pretrained.network import LoadedBackbone, build, check_size
from bakeoff_pretrained.phases import Phase, Phases

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff.interfaces import Fetched

AUTO, FROZEN, TRAINED = "auto", "frozen", "trained"
FINE_RATE, SCRATCH_RATE = 1e-4, 1e-3
CHUNK = 64
MOMENTUM = 0.9
"""Largest momentum of batch normalisation's moving averages where they are trained."""

EPSILON = 1e-7
"""Epsilon of the standardising layer."""


@dataclass(kw_only=True, eq=False, repr=False)
class FineTune(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Transfer learning: a new head on a backbone, then the backbone itself at a lower rate.

    The first phase trains the head on the frozen backbone's features, which are computed once. The
    second continues with the layers that `unfreeze` names as well; outputs of the layers below are
    computed once. With validation rows each phase keeps its best epoch, and the second phase is
    undone if its validation loss is never below the first one's.

    Args:
        backbone: a short name or one of `keras.applications`.
        weights: `imagenet`, `random` (a control: frozen it is of source `random`, trained it is
            end to end), or the path of a file.
        unfreeze: `none` for the head alone, `top` for the last blocks, `all`, or the name of the
            layer after which all is trained.
        size: height and width in pixels to which images are resized; None for the network's own.
        layer: input of the head; None for the last layer, or one that suits altered weights.
        batch_norm: `frozen` keeps statistics, scale and shift of batch normalisation; `trained`
            updates them; `auto` freezes them unless the weights are random.
        dropout: share of features left out in training, in [0, 1).
        l2: L2 penalty on the head's weights, at least 0.
        batch_size: rows of an update, at least 1.
        head_epochs: most passes of the first phase; 0 skips it, and so does `trained` batch
            normalisation, whose initial statistics a head should not be trained on.
        epochs: most passes of the second phase, at least 1.
        head_rate: learning rate of the first phase, above 0.
        learning_rate: of the second phase; None for 0.0001, or 0.001 with random weights.
        early_stopping: passes without a lower validation loss after which a phase ends; 0 or None
            trains to the end.
        random_state: seed of the head, of random weights, order and dropout.

    Source:
        Yosinski, Clune, Bengio and Lipson, "How transferable are features in deep neural
        networks?", 2014; Chollet, "Transfer learning and fine-tuning", Keras guides, for the two
        phases and frozen statistics. Rates and numbers of passes are chosen here.
    """

    backbone: str = "mobilenet"
    weights: str = weights.IMAGENET
    unfreeze: str = TOP
    size: int | None = None
    layer: str | None = None
    batch_norm: str = AUTO
    dropout: float = 0.2
    l2: float = 0.0
    batch_size: int = 32
    head_epochs: int = 60
    epochs: int = 10
    head_rate: float = 0.003
    learning_rate: float | None = None
    early_stopping: int | None = 8
    random_state: int | None = None

    @staticmethod
    def source_of(params: dict[str, Any]) -> str:
        """Return the feature source by weights and unfrozen layers."""
        is_random = params.get("weights") == weights.RANDOM
        if params.get("unfreeze") == NONE:
            return "random" if is_random else "pretrained"
        return "end_to_end" if is_random else "fine_tuned"

    def prepare(self) -> Fetched:
        """Check parameters, and fetch or check the weights.

        Raises:
            NetworkParameterError: a parameter out of its range.
            SourceUnavailableError: no source of published weights could be reached.
            WeightsError: the user's file can't be used.
        """
        return weights.prepare(self._check(), self.weights, 0).fetched

    def fit(self, X: Any, y: Any, *, validation: Any = None, record: Any = None) -> Self:
        """Train the head, then the unfrozen part of the backbone.

        Args:
            X: uint8 (n_samples, height, width, 1 or 3).
            y: class codes or values, (n_samples,).
            validation: pair (X, y) on which the best epoch is chosen.
            record: training record.

        Raises:
            NetworkParameterError: a parameter out of its range.
            ImagesError: X holds something else than images that a network can read.
            RowsError: rows that can't be trained on.
            WeightsError: weights of another network.
            ProbeError: the backbone's outputs for known images are wrong.
            DivergedError: the loss is no longer finite.
        """
        from bakeoff_keras import session

        backbone, checked_images = self._check(), images.check(X)
        if len(y) != len(checked_images):
            raise RowsError(
                f"expected as many targets as rows; got {len(y)} for {len(checked_images)}."
            )
        seed = 0 if self.random_state is None else int(self.random_state)
        session.begin(seed)
        self.target_ = self._target(y)
        size = check_size(backbone, self.size)
        network = build(backbone, self.weights, size=size, seed=seed)
        self._tell(network, checked_images, record)
        parts = self._parts(checked_images, y, validation)
        phases = Phases(record)
        self._train_head(network, parts, phases, seed)
        if self.unfreeze != NONE:
            self._train_below(network, parts, phases, seed)
        self.n_parameters_ = int(network.model.count_params() + self._head_size)
        if record is not None:
            record.count(n_parameters=self.n_parameters_)
        return self

    def _check(self) -> Backbone:
        backbone = backbone_of(self.backbone)
        check_size(backbone, self.size)
        modes = (AUTO, FROZEN, TRAINED)
        if self.batch_norm not in modes:
            raise UnknownNameError("batch_norm", str(self.batch_norm), modes)
        checks.not_negative("dropout", self.dropout, below=1.0)
        checks.not_negative("l2", self.l2)
        checks.positive("head_rate", self.head_rate)
        if self.learning_rate is not None:
            checks.positive("learning_rate", self.learning_rate)
        checks.counting("batch_size", self.batch_size)
        checks.counting("epochs", self.epochs)
        checks.counting("head_epochs", self.head_epochs, least=0 if self.unfreeze != NONE else 1)
        if self.early_stopping is not None:
            checks.counting("early_stopping", self.early_stopping, least=0)
        return backbone

    def _tell(self, network: LoadedBackbone, X: npt.NDArray[np.uint8], record: Any) -> None:
        note = Note(record)
        note("backbone", network.backbone.application, f"unfrozen: {self.unfreeze}")
        note("batch_norm", FROZEN if self._is_frozen else TRAINED, "statistics of normalisation")
        for name, value in network.facts(X).items():
            note(name, value, "")

    @property
    def _is_frozen(self) -> bool:
        """Whether statistics of batch normalisation are frozen."""
        if self.batch_norm == AUTO:
            return self.weights != weights.RANDOM
        return self.batch_norm == FROZEN

    def _parts(self, X: Any, y: Any, validation: Any) -> dict[str, tuple[Any, Any]]:
        """Return images and encoded targets of the training and the validation part."""
        parts = {"train": (X, self.target_.encode(y))}
        if validation is not None:
            is_known = self.target_.known(validation[1])
            if is_known.any():
                checked_images = images.check(validation[0])[is_known]
                encoded = self.target_.encode(np.asarray(validation[1])[is_known])
                parts["validation"] = checked_images, encoded
        return parts

    def _train_head(
        self, network: LoadedBackbone, parts: dict[str, Any], phases: Phases, seed: int
    ) -> None:
        """Train the head on features of the frozen backbone (first phase)."""
        import keras

        self.cut_ = piece = cut(network, NONE, self.layer)
        width = int(piece.below.output.shape[-1])
        self._head_size = (width + 1) * self.target_.n_outputs
        self._head: dict[str, list[npt.NDArray[Any]]] = {}
        self._best_loss = float("inf")
        if self.unfreeze != NONE and not (self.head_epochs and self._is_frozen):
            return  # statistics will change, so a head trained on the initial ones would be useless
        rows = {name: EncodedRows(rows=piece.rows(X), y=y) for name, (X, y) in parts.items()}
        source = keras.Input((width,), name="features")
        model = keras.Model(source, self._on_top(source))
        _standardise(model, rows["train"].rows.all()[0])
        phase = phases.begin("head")
        self._run(model, rows, phase, plan=self._plan(self.head_epochs, seed), rate=self.head_rate)
        self._best_loss = phase.best_loss
        self._head = {name: model_weights(self.program_.model, name) for name in HEAD}

    def _train_below(
        self, network: LoadedBackbone, parts: dict[str, Any], phases: Phases, seed: int
    ) -> None:
        """Train the backbone above the cut together with the head (second phase)."""
        import keras

        self.cut_ = piece = cut(network, self.unfreeze, self.layer)
        rows = {name: EncodedRows(rows=piece.rows(X), y=y) for name, (X, y) in parts.items()}
        source = keras.Input(piece.above.input.shape[1:], name="maps")
        _set_normalisation(piece.above, frozen=self._is_frozen)
        pooled = keras.layers.GlobalAveragePooling2D(name="pool")(piece.above(source))
        model = keras.Model(source, self._on_top(pooled))
        for name, values in self._head.items():
            model.get_layer(name).set_weights(values)
        phase = phases.begin("below")
        phase.note("cut", piece.name, "what is below stays as it is")
        rate = self.learning_rate or (FINE_RATE if self.weights != weights.RANDOM else SCRATCH_RATE)
        previous_weights = [np.asarray(variable.value).copy() for variable in model.weights]
        self._run(model, rows, phase, plan=self._plan(self.epochs, seed + 1), rate=rate)
        if self._head and "validation" in rows and phase.best_loss >= self._best_loss:
            self.program_.set_weights(previous_weights)
            phase.note("undone", "weights of the first phase", "no lower validation loss")

    def _on_top(self, tensor: Any) -> Any:
        """Build the head: standardised features, dropout, one dense layer."""
        import keras

        from bakeoff_keras import choices

        units, activation = choices.choose_output(self.target_, Note(None))
        scale = keras.layers.BatchNormalization(
            epsilon=EPSILON, trainable=False, name="standardise"
        )
        dropped = keras.layers.Dropout(self.dropout, name="dropout")(scale(tensor))
        penalty = keras.regularizers.L2(self.l2) if self.l2 else None
        head = keras.layers.Dense(
            units, activation=activation, kernel_regularizer=penalty, name="output"
        )
        return head(dropped)

    def _plan(self, epochs: int, seed: int) -> TrainingSettings:
        patience = self.early_stopping or None
        return TrainingSettings(
            epochs=epochs, batch_size=self.batch_size, patience=patience, seed=seed
        )

    def _run(
        self,
        model: Any,
        rows: dict[str, EncodedRows],
        phase: Phase,
        *,
        plan: TrainingSettings,
        rate: float,
    ) -> None:
        from bakeoff_keras import choices
        from bakeoff_keras.program import Program

        loss = choices.choose_loss(self.target_, None, Note(phase))
        n_rows = len(rows["train"].rows)
        optimizer = choices.choose_optimizer(
            "adam",
            rate,
            "constant",
            n_updates=plan.epochs * -(-n_rows // self.batch_size),
            clip_norm=None,
            note=Note(phase),
        )
        self.program_ = Program(model, loss, optimizer, jit=False)
        held_out = rows.get("validation")
        train(self.program_, self.target_, rows["train"], plan, validation=held_out, record=phase)

    def _target(self, y: Any) -> NetworkTarget:
        """Return the encoder of the target."""
        raise NotImplementedError

    def _outputs(self, X: Any) -> npt.NDArray[np.float32]:
        check_is_fitted(self, "program_")
        checked_images = images.check(X)
        chunks = [
            self.program_.outputs(self.cut_.rows(checked_images[start : start + CHUNK]).all())
            for start in range(0, len(checked_images), CHUNK)
        ]
        return np.concatenate(chunks)


HEAD: tuple[str, ...] = ("standardise", "output")
"""Layers of the head that have weights."""


def model_weights(model: Any, layer: str) -> list[npt.NDArray[Any]]:
    """Return copies of a layer's weights."""
    return [np.asarray(variable.value).copy() for variable in model.get_layer(layer).weights]


def _standardise(model: Any, features: npt.NDArray[np.float32]) -> None:
    """Set the head's standardising layer to mean and variance of the training rows.

    Scale and shift are set instead of the layer's moving statistics: features of random networks
    are so small that their variance would be negligible compared with the layer's epsilon.
    """
    features64 = features.astype(np.float64)
    mean, spread = features64.mean(axis=0), features64.std(axis=0)
    spread[~(spread > np.finfo(np.float32).tiny)] = 1.0
    ones = np.ones_like(spread)
    model.get_layer("standardise").set_weights([1 / spread, -mean / spread, 0 * ones, ones])


def _set_normalisation(model: Any, *, frozen: bool) -> None:
    """Freeze batch normalisation, or limit its momentum for a short training.

    A non-trainable normalisation layer runs in inference mode in Keras; `training=False` alone is
    overridden by the outer call. Keras's momentum of 0.99 needs hundreds of updates to forget the
    initial statistics, more than a small task makes.
    """
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = not frozen
            layer.momentum = min(layer.momentum, MOMENTUM)


class FineTuneClassifier(ClassifierMixin, FineTune):  # type: ignore[misc]  # scikit-learn has no types
    """Fine-tuned backbone for classification. Parameters are `FineTune`'s."""

    def _target(self, y: Any) -> NetworkTarget:
        self.classes_: npt.NDArray[Any] = np.unique(np.asarray(y))
        return NetworkTarget.of_classes(y)

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict probabilities, float64 (n_samples, n_classes), in the order of `classes_`."""
        return self.target_.probabilities(self._outputs(X))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Predict class codes, (n_samples,)."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])


class FineTuneRegressor(RegressorMixin, FineTune):  # type: ignore[misc]  # scikit-learn has no types
    """Fine-tuned backbone for regression. Parameters are `FineTune`'s."""

    def _target(self, y: Any) -> NetworkTarget:
        return NetworkTarget.of_values(y)

    def predict(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict values, float64 (n_samples,), in the target's own units."""
        return self.target_.values(self._outputs(X))
