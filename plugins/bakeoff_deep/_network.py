"""Base of this plugin's networks: parameters, training and prediction."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from bakeoff_deep import defaults
from bakeoff_deep.bodies import LayerOptions
from bakeoff_keras import checks, choices, session
from bakeoff_keras.errors import NetworkParameterError, RowsError
from bakeoff_keras.notes import Note
from bakeoff_keras.program import Program
from bakeoff_keras.target import NetworkTarget
from bakeoff_keras.training import EncodedRows, TrainingSettings, train

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bakeoff_deep.fronts import Front, Opening
    from bakeoff_keras.rows import InputRows


@dataclass(kw_only=True, eq=False, repr=False)
class BaseNetwork(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Base of networks: a front for one input kind, a body, and an output layer for the target.

    Args:
        hidden_layers: number of hidden layers or blocks, at least 1; None for the default.
        activation: of hidden layers, one of `choices.ACTIVATIONS`.
        l1: L1 penalty on the weights of hidden layers, at least 0.
        l2: L2 penalty on the same, at least 0.
        dropout: share of units left out in training, in [0, 1).
        batch_norm: whether to normalise each hidden layer over the batch.
        augment: whether to augment the training rows, in a way that depends on the input kind.
        optimizer: one of `choices.OPTIMIZERS`.
        learning_rate: above 0; None for the optimizer's default.
        schedule: `constant`, `cosine` or `exponential`.
        clip_norm: largest norm of one update's gradient, above 0; None for no limit.
        batch_size: rows of an update, cut to the training rows; None for 32, 64 or 128 by size.
        epochs: most passes; None for about 4000 updates, within 10 passes and a limit by network.
        early_stopping: passes without a lower validation loss after which training stops and the
            best weights are restored; `auto` for as many as make 400 updates and at least 10, None
            or 0 trains to the end. Needs validation rows.
        loss: one that fits the target; None for the target's default.
        class_weight: `balanced` weighs classes by the inverse of their frequency; None doesn't.
        jit: whether XLA compiles the training loop; None decides by expected run time.
        mixed_precision: whether layers compute in bfloat16, with weights, output and loss in
            float32; faster on GPUs with bfloat16 units, slower on CPU.
        keep_model: whether to keep the trained network beside the trial's predictions, as
            `network.keras`, which `keras.models.load_model` reads.
        random_state: seed of weights, order, dropout and augmentation.
    """

    hidden_layers: int | None = None
    activation: str = "relu"
    l1: float = 0.0
    l2: float = 0.0
    dropout: float = 0.0
    batch_norm: bool = False
    augment: bool = False
    optimizer: str = "adam"
    learning_rate: float | None = None
    schedule: str = "constant"
    clip_norm: float | None = None
    batch_size: int | None = None
    epochs: int | None = None
    early_stopping: int | str | None = "auto"
    loss: str | None = None
    class_weight: str | None = None
    jit: bool | None = None
    mixed_precision: bool = False
    keep_model: bool = False
    random_state: int | None = None

    kind: ClassVar[str] = "dense"
    """Kind of network, see `defaults.jit_pays`."""

    most_epochs: ClassVar[int] = 200
    """Default limit on epochs."""

    def _front(self, X: Any) -> Front:
        """Return an unfitted front for the input kind of X."""
        raise NotImplementedError

    def _body(self, opening: Opening, options: LayerOptions, note: Note) -> Any:
        """Build the hidden layers; return the tensor that the output layer reads."""
        raise NotImplementedError

    def _target(self, X: Any, y: Any) -> NetworkTarget:
        """Return the encoder of the target."""
        raise NotImplementedError

    def _output(self, body: Any, units: int, activation: str) -> Any:
        """Build the output layer; return its tensor."""
        import keras

        return keras.layers.Dense(units, activation=activation, name="output")(body)

    def fit(self, X: Any, y: Any, *, validation: Any = None, record: Any = None) -> Self:
        """Train the network.

        Args:
            X: training rows, as `bakeoff.interfaces` says for the input kind.
            y: class codes or values, (n_samples,).
            validation: pair (X, y) for curves and early stopping; rows of classes that training
                lacks are left out.
            record: training record.

        Raises:
            NetworkParameterError: a parameter out of its range.
            RowsError: rows that can't be trained on.
            LossError: a loss that does not fit the target.
            UnknownNameError: an unknown activation, loss, optimizer or schedule.
            DivergedError: the loss is no longer finite.
        """
        self._check()
        seed = 0 if self.random_state is None else int(self.random_state)
        session.begin(seed)
        note = Note(record)
        if len(y) != _n_rows(X):
            raise RowsError(f"expected as many targets as rows; got {len(y)} for {_n_rows(X)}.")
        self.target_ = self._target(X, y)
        self.front_ = self._front(X).fit(X)
        training = EncodedRows(
            rows=self.front_.rows(X), y=self.target_.encode(y), weight=self._weights(y, note)
        )
        plan = self._plan(training, seed, note)
        self.program_ = self._compile(plan, training, note)
        self.n_parameters_ = int(self.program_.model.count_params())
        held_out = self._validation(validation)
        self._look("start", training, record)
        self.trained_ = train(
            self.program_, self.target_, training, plan, validation=held_out, record=record
        )
        self._look("end", training, record)
        if self.keep_model and record is not None:
            record.file("network.keras", self.program_.to_bytes())
        self.n_features_in_ = int(X.shape[1]) if np.ndim(X) > 1 else 1
        return self

    def _look(self, when: str, training: EncodedRows, record: Any) -> None:
        """Measure the network before and after training; nothing by default."""

    def _check(self) -> None:
        if self.hidden_layers is not None:
            checks.counting("hidden_layers", self.hidden_layers)
        choices.check_activation(self.activation)
        checks.not_negative("l1", self.l1)
        checks.not_negative("l2", self.l2)
        checks.not_negative("dropout", self.dropout, below=1.0)
        if self.class_weight not in (None, "balanced"):
            raise NetworkParameterError("class_weight", "'balanced' or nothing", self.class_weight)
        for name in ("batch_size", "epochs"):
            if getattr(self, name) is not None:
                checks.counting(name, getattr(self, name))
        if self.early_stopping not in (None, "auto"):
            checks.counting("early_stopping", self.early_stopping, least=0)

    def _plan(self, training: EncodedRows, seed: int, note: Note) -> TrainingSettings:
        n_rows = len(training.rows)
        requested = self.batch_size or defaults.batch_size(n_rows)
        batch = min(requested, n_rows)
        reason = "asked for" if self.batch_size else f"default for {n_rows} rows"
        if batch < requested:
            reason = f"{requested} {reason}, cut to the training rows"
        note("batch_size", batch, reason)
        epochs = self.epochs or defaults.epochs(n_rows, batch, most=self.most_epochs)
        note("epochs", epochs, "asked for" if self.epochs else f"default for {n_rows} rows")
        stopping = defaults.patience(-(-n_rows // batch))
        if self.early_stopping != "auto":
            stopping = int(self.early_stopping or 0)
        note("early_stopping", stopping, "epochs without a lower validation loss, 0 for no end")
        return TrainingSettings(
            epochs=epochs, batch_size=batch, patience=stopping or None, seed=seed
        )

    def _compile(self, plan: TrainingSettings, training: EncodedRows, note: Note) -> Program:
        """Build the network, then choose loss and optimizer."""
        import keras

        options = LayerOptions(
            activation=self.activation,
            l1=self.l1,
            l2=self.l2,
            dropout=self.dropout,
            batch_norm=self.batch_norm,
        )
        reason = f"initial weights {choices.initial_weights(self.activation)}"
        note("activation", self.activation, reason)
        if self.augment:
            note("augment", self.front_.augmentation, "asked for")
        with self._precision(note):
            opening = self.front_.open(augment=self.augment)
            body = self._body(opening, options, note)
        units, activation = choices.choose_output(self.target_, note)
        output = self._output(body, units, activation)
        inputs = opening.inputs[0] if len(opening.inputs) == 1 else opening.inputs
        model = keras.Model(inputs, output, name="network")
        self.loss_ = loss = choices.choose_loss(self.target_, self.loss, note)
        n_updates = plan.epochs * -(-len(training.rows) // plan.batch_size)
        optimizer = choices.choose_optimizer(
            self.optimizer,
            self.learning_rate,
            self.schedule,
            n_updates=n_updates,
            clip_norm=self.clip_norm,
            note=note,
        )
        return Program(model, loss, optimizer, jit=self._jit(n_updates, note))

    @contextmanager
    def _precision(self, note: Note) -> Iterator[None]:
        """Set Keras's dtype policy for layers built inside; the output layer is built outside."""
        if not self.mixed_precision:
            yield
            return
        import keras

        previous_policy = keras.config.dtype_policy()
        keras.config.set_dtype_policy("mixed_bfloat16")
        try:
            yield
        finally:
            keras.config.set_dtype_policy(previous_policy)
        note("precision", "bfloat16", "asked for; weights, output and loss stay float32")

    def _jit(self, n_updates: int, note: Note) -> bool:
        if self.jit is not None:
            note("jit", self.jit, "asked for")
            return self.jit
        if session.backend() == "jax":
            note("jit", True, "JAX compiles everything")
            return True
        if session.on_gpu():
            note("jit", False, "XLA is not chosen on GPU")
            return False
        steps = int(getattr(self.front_, "n_steps_", 1)) if self.kind == "recurrent" else 1
        is_worthwhile, reason = defaults.jit_pays(self.kind, n_updates, steps)
        note("jit", is_worthwhile, reason)
        return is_worthwhile

    def _weights(self, y: Any, note: Note) -> npt.NDArray[np.float32] | None:
        """Return the weight of each row, mean 1, or None."""
        if self.class_weight is None or self.target_.classes is None:
            return None
        _, codes, counts = np.unique(np.asarray(y), return_inverse=True, return_counts=True)
        note("class_weight", self.class_weight, "inverse of each class's frequency")
        return np.asarray(len(codes) / (len(counts) * counts[codes]), np.float32)

    def _validation(self, validation: Any) -> EncodedRows | None:
        if validation is None:
            return None
        X, y = validation
        is_known = self.target_.known(y)
        if not is_known.any():
            return None
        if not is_known.all():
            X, y = (
                (X.iloc[is_known] if hasattr(X, "iloc") else X[is_known]),
                np.asarray(y)[is_known],
            )
        return EncodedRows(rows=self.front_.rows(X), y=self.target_.encode(y))

    def _outputs(self, X: Any) -> npt.NDArray[np.float32]:
        return self._chunked(self._rows(X), self.program_.outputs)

    def _rows(self, X: Any) -> InputRows:
        check_is_fitted(self, "program_")
        return self.front_.rows(X)

    def _chunked(self, rows: InputRows, outputs: Any) -> npt.NDArray[Any]:
        """Compute outputs for all rows in chunks that fit into memory."""
        return in_chunks(rows, outputs, self.program_.chunk)


class NetworkClassifier(ClassifierMixin, BaseNetwork):  # type: ignore[misc]  # scikit-learn has no types
    """Base of networks for classification."""

    def _target(self, X: Any, y: Any) -> NetworkTarget:  # noqa: ARG002  see the base
        target = NetworkTarget.of_classes(y)
        self.classes_: npt.NDArray[Any] = np.unique(np.asarray(y))
        return target

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict probabilities, float64 (n_samples, n_classes), in the order of `classes_`."""
        outputs = self._outputs(X)
        return self.target_.probabilities(outputs)

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Predict class codes, (n_samples,)."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])


class NetworkRegressor(RegressorMixin, BaseNetwork):  # type: ignore[misc]  # scikit-learn has no types
    """Base of networks for regression."""

    def _target(self, X: Any, y: Any) -> NetworkTarget:  # noqa: ARG002  see the base
        return NetworkTarget.of_values(y)

    def predict(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict values, float64 (n_samples,), in the target's own units."""
        outputs = self._outputs(X)
        return self.target_.values(outputs)


def in_chunks(rows: InputRows, outputs: Any, chunk: int) -> npt.NDArray[Any]:
    """Compute outputs for all rows, a chunk at a time."""
    chunks = [
        outputs(rows.take(slice(start, min(start + chunk, len(rows)))))
        for start in range(0, len(rows), chunk)
    ]
    return np.concatenate(chunks)


def _n_rows(X: Any) -> int:
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)
