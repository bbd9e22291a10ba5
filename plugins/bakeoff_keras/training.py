"""Training loop over epochs, with early stopping and a training record."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bakeoff.errors import DivergedError
from bakeoff_keras.layers import WeightWatch, forward_flops
from bakeoff_keras.notes import Note

if TYPE_CHECKING:
    from bakeoff_keras.program import Program
    from bakeoff_keras.rows import InputRows
    from bakeoff_keras.target import NetworkTarget

MIN_SAMPLE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """Settings of a training: epochs, batches, patience, seed and memory.

    Args:
        epochs: most passes over the training rows, at least 1.
        batch_size: rows of an update, at least 1; a batch larger than the data is cut to them.
        patience: epochs without a lower validation loss after which training stops and the best
            weights are restored; None trains to the end and keeps the last weights.
        seed: of the order of rows.
        shuffle: False keeps the order of rows.
        resident_mib: most memory of training rows on the device; larger data are streamed in
            blocks.
    """

    epochs: int
    batch_size: int
    patience: int | None = None
    seed: int = 0
    shuffle: bool = True
    resident_mib: float = 2048.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedRows:
    """Rows with encoded targets and a weight per row.

    Args:
        rows: inputs.
        y: float32 (n_samples, n_outputs) of `NetworkTarget.encode`.
        weight: float32 (n_samples,); None for 1 each.
    """

    rows: InputRows
    y: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32] | None = None

    def take(self, rows: npt.NDArray[Any] | slice) -> tuple[npt.NDArray[Any], ...]:
        """Return dense inputs, targets and weights of some rows."""
        y = self.y[rows]
        weight = np.ones(len(y), np.float32) if self.weight is None else self.weight[rows]
        return (*self.rows.take(rows), y, weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult:
    """Result of a training: epochs, updates and the reason for the end.

    Args:
        n_epochs: passes made.
        n_updates: updates made.
        updates_per_epoch: updates of a whole pass.
        best_epoch: pass with the lowest validation loss; None without validation.
        stopped: reason for the end.
    """

    n_epochs: int
    n_updates: int
    updates_per_epoch: int
    best_epoch: int | None
    stopped: str


def train(
    program: Program,
    target: NetworkTarget,
    training: EncodedRows,
    plan: TrainingSettings,
    *,
    validation: EncodedRows | None = None,
    record: Any = None,
) -> TrainingResult:
    """Train a compiled network.

    Losses and scores of an epoch are those of its last weights without dropout, penalties left
    out: on every validation row, and on a fixed sample of as many training rows.

    Raises:
        DivergedError: the loss is no longer finite.
    """
    trainer = _Trainer(program, target, plan, record)
    trainer.load(training, validation)
    return trainer.run()


class _Trainer:
    """State of one training."""

    def __init__(
        self, program: Program, target: NetworkTarget, plan: TrainingSettings, record: Any
    ) -> None:
        self._program, self._target, self._plan, self._record = program, target, plan, record
        self._engine = program.engine
        self._note = Note(record)
        self._best = float("inf")
        self._best_epoch: int | None = None
        self._best_weights: list[npt.NDArray[Any]] = []

    def load(self, training: EncodedRows, validation: EncodedRows | None) -> None:
        """Copy rows to the device."""
        self._epochs = Epochs(self._engine, training, self._plan)
        self._samples = self._place_samples(training, validation)

    def _place_samples(
        self, training: EncodedRows, validation: EncodedRows | None
    ) -> dict[str, Any]:
        n_rows = len(training.rows)
        n_sampled = MIN_SAMPLE if validation is None else max(MIN_SAMPLE, len(validation.rows))
        chosen = np.random.default_rng([self._plan.seed, 1]).permutation(n_rows)[:n_sampled]
        parts = {"train": training.take(np.sort(chosen))}
        if validation is not None and len(validation.rows):
            parts["validation"] = validation.take(slice(None))
        return {name: (self._engine.place(part), part[-2]) for name, part in parts.items()}

    def run(self) -> TrainingResult:
        """Run epochs until training stops."""
        self._warm_up()
        watch = WeightWatch(self._program.layers)
        n_epochs, stopped = 0, ""
        while not stopped:
            n_epochs += 1
            values = self._epoch(n_epochs, watch)
            stopped = self._why_stop(n_epochs, values)
        return self._finish(n_epochs, stopped)

    def _warm_up(self) -> None:
        """Compile all functions of an epoch without changing weights, and record the time."""
        started = time.perf_counter()
        self._epochs.warm_up()
        for placed, _ in self._samples.values():
            self._engine.evaluate(placed)
        self._engine.outputs(self._epochs.one_row())
        if self._record is not None:
            self._record.compiled(time.perf_counter() - started)

    def _epoch(self, number: int, watch: WeightWatch) -> dict[str, float]:
        started = time.perf_counter()
        loss, norms = self._epochs.run(number)
        epoch_s = time.perf_counter() - started
        values = {"batch_loss": loss, "learning_rate": self._engine.learning_rate}
        for part, (placed, truth) in self._samples.items():
            values[f"{part}_loss"], outputs = self._engine.evaluate(placed)
            values[f"{part}_score"] = self._target.score(truth, outputs)
        for layer, norm in zip(self._program.layers, norms, strict=True):
            values[f"gradient_norm/{layer.name}"] = norm
        values |= watch.look()
        values |= {"epoch_s": epoch_s, "samples_per_s": self._epochs.n_rows / max(epoch_s, 1e-9)}
        if self._record is not None:
            self._record.epoch(**values)
        if not np.isfinite([loss, *norms, values["train_loss"]]).all():
            self._count(number)
            self._note("stopped", f"after {number} epochs", "the loss is no longer finite")
            raise DivergedError(f"the loss is no longer finite after epoch {number}: {loss}.")
        return values

    def _why_stop(self, number: int, values: dict[str, float]) -> str:
        loss = values.get("validation_loss")
        if loss is not None and loss < self._best:
            self._best, self._best_epoch = loss, number
            if self._plan.patience:
                self._best_weights = self._program.get_weights()
        patience = self._plan.patience
        if patience and self._best_epoch and number - self._best_epoch >= patience:
            return f"no lower validation loss for {patience} epochs"
        if number >= self._plan.epochs:
            return "all epochs done"
        if self._record is not None and self._record.should_stop():
            return "the time limit is near"
        return ""

    def _finish(self, n_epochs: int, stopped: str) -> TrainingResult:
        if self._best_weights:
            self._program.set_weights(self._best_weights)
            self._note("weights", f"of epoch {self._best_epoch}", "lowest validation loss")
        else:
            self._note("weights", f"of epoch {n_epochs}", "the last one")
        self._note("stopped", f"after {n_epochs} epochs", stopped)
        self._count(n_epochs)
        return TrainingResult(
            n_epochs=n_epochs,
            n_updates=self._engine.n_updates,
            updates_per_epoch=self._epochs.updates_per_epoch,
            best_epoch=self._best_epoch,
            stopped=stopped,
        )

    def _count(self, n_epochs: int) -> None:
        if self._record is None:
            return
        model = self._program.model
        best = {} if self._best_epoch is None else {"best_epoch": self._best_epoch}
        self._record.count(
            n_parameters=model.count_params(),
            n_epochs=n_epochs,
            updates_per_epoch=self._epochs.updates_per_epoch,
            n_updates=self._engine.n_updates,
            **best,
        )
        self._record.note("layers", len(self._program.layers), "those with weights")
        self._record.note("forward_flops", forward_flops(model), "of one row")


class Epochs:
    """Passes over the training rows, which are on the device or streamed in blocks.

    Args:
        engine: performs the updates.
        training: rows.
        plan: batch size, order and memory.
    """

    def __init__(self, engine: Any, training: EncodedRows, plan: TrainingSettings) -> None:
        self._engine, self._training, self._plan = engine, training, plan
        self.n_rows = len(training.rows)
        self._batch = min(plan.batch_size, self.n_rows)
        self._n_full, self._rest = divmod(self.n_rows, self._batch)
        self.updates_per_epoch = self._n_full + bool(self._rest)
        self.resident = training.rows.mib <= plan.resident_mib
        if self.resident:
            self._data = engine.place(training.take(slice(None)))
        block_mib = training.rows.row_mib * self._batch
        self._per_block = max(1, min(self._n_full, int(plan.resident_mib / 4 / block_mib)))

    def one_row(self) -> tuple[npt.NDArray[Any], ...]:
        """Return the inputs of the first row."""
        return self._training.rows.take(slice(0, 1))

    def warm_up(self) -> None:
        """Compile every function of a pass without an update."""
        first = np.arange(self._batch, dtype=np.int32)
        if self.resident:
            order = np.tile(first, (self._n_full, 1))
            self._engine.run(self._data, order, 0)
        else:
            n_rows = self._batch * self._per_block
            block = self._engine.place(self._training.take(np.arange(n_rows) % self.n_rows))
            self._engine.run(block, np.tile(first, (self._per_block, 1)), 0)
        if self._rest:
            last = first[: self._rest]
            data = self._data if self.resident else self._block(last)
            self._engine.run(data, last.reshape(1, -1), 0, last=True)

    def run(self, epoch: int) -> tuple[float, npt.NDArray[np.float64]]:
        """Perform one pass over the training rows.

        Args:
            epoch: its number, from 1; the order of rows depends on it and on the seed alone.

        Returns:
            Mean batch loss with penalties, and mean gradient norm of each layer.
        """
        order = np.arange(self.n_rows, dtype=np.int32)
        if self._plan.shuffle:
            order = np.random.default_rng([self._plan.seed, 0, epoch]).permutation(order)
        n_whole = self._n_full * self._batch
        full_batches, last_batch = (
            order[:n_whole].reshape(self._n_full, self._batch),
            order[n_whole:],
        )
        if self.resident:
            total, norms = self._engine.run(self._data, full_batches, self._n_full)
        else:
            total, norms = self._stream(full_batches)
        if self._rest:
            data = self._data if self.resident else self._block(last_batch)
            rows = last_batch if self.resident else np.arange(self._rest, dtype=np.int32)
            last_loss, last_norms = self._engine.run(data, rows.reshape(1, -1), 1, last=True)
            total, norms = total + last_loss, norms + last_norms
        return total / self.updates_per_epoch, norms / self.updates_per_epoch

    def _stream(self, full_batches: npt.NDArray[np.int32]) -> tuple[float, npt.NDArray[np.float64]]:
        """Train on whole batches, streamed in blocks of a fixed size to avoid recompilation."""
        total, norms = 0.0, np.zeros(0)
        size = self._per_block * self._batch
        positions = np.arange(size, dtype=np.int32).reshape(self._per_block, self._batch)
        for start in range(0, self._n_full, self._per_block):
            batches = full_batches[start : start + self._per_block]
            rows = np.resize(
                batches.ravel(), size
            )  # a short last block is padded; the padding is not used
            loss, block_norms = self._engine.run(self._block(rows), positions, len(batches))
            total, norms = total + loss, block_norms + norms if norms.size else block_norms
        return total, norms

    def _block(self, rows: npt.NDArray[np.int32]) -> Any:
        return self._engine.place(self._training.take(rows))
