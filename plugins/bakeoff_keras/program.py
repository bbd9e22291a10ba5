"""Compiled networks with loss and optimizer, shared by trainings of equal networks.

Tracing and compiling take seconds, training a small network less. So compiled networks are cached
and reused by the next training of an equal network in this process: all variables are reset to
those of a fresh network and optimizer, so that nothing remains of the earlier training. The compile
time is part of the first training's record.
"""

from __future__ import annotations

import json
import tempfile
import warnings
import weakref
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from bakeoff.errors import UnknownNameError
from bakeoff_keras.layers import rows_of_a_pass, trainable_layers

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff_keras.rows import Arrays

MAX_KEPT = 8
"""Most compiled networks that a process caches."""


class Compiled:
    """A network with its compiled functions.

    Args:
        model: built Keras network.
        loss: Keras loss.
        optimizer: Keras optimizer.
        jit: whether XLA compiles the training loop.
    """

    def __init__(self, model: Any, loss: Any, optimizer: Any, *, jit: bool) -> None:
        self.model = model
        self.layers = trainable_layers(model)
        self.engine = _engine(model, loss, optimizer, self.layers, jit=jit)
        self._optimizer = optimizer
        self._untouched = _values(optimizer.variables)

    def restart(self, fresh: Any) -> None:
        """Reset all variables to those of a fresh network and an unused optimizer."""
        _assign(self.model.variables, _values(fresh.variables))
        _assign(self._optimizer.variables, self._untouched)


class Program:
    """A compiled network in exclusive use by one training, as long as this object exists.

    Args:
        model: built Keras network.
        loss: Keras loss.
        optimizer: Keras optimizer, never used.
        jit: whether XLA compiles the training loop.
    """

    def __init__(self, model: Any, loss: Any, optimizer: Any, *, jit: bool) -> None:
        key = _key(model, loss, optimizer, jit=jit)
        compiled = _KEPT.free(key)
        if compiled is None:
            compiled = Compiled(model, loss, optimizer, jit=jit)
        else:
            compiled.restart(model)
        _KEPT.keep(key, compiled, self)
        self.model, self.layers, self.engine = compiled.model, compiled.layers, compiled.engine
        self.chunk = rows_of_a_pass(self.model)

    def get_weights(self) -> list[npt.NDArray[Any]]:
        """Return a copy of every weight, moving averages included."""
        return _values(self.model.weights)

    def set_weights(self, weights: list[npt.NDArray[Any]]) -> None:
        """Restore weights from copies."""
        _assign(self.model.weights, weights)

    def to_bytes(self) -> bytes:
        """Return the network as the content of a `.keras` file."""
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "__array__", DeprecationWarning)  # Keras on NumPy 2
            path = Path(folder) / "network.keras"
            self.model.save(path)
            return path.read_bytes()

    def outputs(self, inputs: Arrays) -> npt.NDArray[np.float32]:
        """Compute the network's outputs for dense inputs, float32 (n_samples, n_outputs)."""
        outputs: npt.NDArray[np.float32] = self.engine.outputs(inputs)
        return outputs


class _Kept:
    """Cache of compiled networks with the programs that use them, ordered by last use."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[Compiled, weakref.ref[Program]]] = OrderedDict()

    def free(self, key: str) -> Compiled | None:
        """Remove and return the compiled network of a key, unless a program uses it."""
        compiled, holder = self._known.get(key, (None, None))
        if compiled is None or (holder is not None and holder() is not None):
            return None
        del self._known[key]
        return compiled

    def keep(self, key: str, compiled: Compiled, holder: Program) -> None:
        """Store a compiled network and its user; drop the oldest beyond `MAX_KEPT`."""
        self._known[key] = compiled, weakref.ref(holder)
        self._known.move_to_end(key)
        while len(self._known) > MAX_KEPT:
            self._known.popitem(last=False)


_KEPT = _Kept()


def _key(model: Any, loss: Any, optimizer: Any, *, jit: bool) -> str:
    """Return a key that is equal for networks that can share compiled functions."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__", DeprecationWarning)  # Keras on NumPy 2
        facts = [model.get_config(), loss.get_config(), type(loss).__name__]
        facts += [optimizer.get_config(), type(optimizer).__name__, jit]
    return json.dumps(_without_seeds(facts), sort_keys=True, default=str)


def _without_seeds(value: Any) -> Any:
    """Return a configuration without seeds, which are variables or only set initial weights."""
    if isinstance(value, dict):
        return {key: _without_seeds(item) for key, item in value.items() if key != "seed"}
    if isinstance(value, list | tuple):
        return [_without_seeds(item) for item in value]
    return value


def _values(variables: Any) -> list[npt.NDArray[Any]]:
    return [np.asarray(variable.value).copy() for variable in variables]


def _assign(variables: Any, values: list[npt.NDArray[Any]]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _engine(model: Any, loss: Any, optimizer: Any, layers: Any, *, jit: bool) -> Any:
    backend = keras.backend.backend()
    if backend == "tensorflow":
        from bakeoff_keras.tensorflow_engine import TensorflowEngine

        return TensorflowEngine(model, loss, optimizer, layers, jit=jit)
    if backend == "jax":
        from bakeoff_keras.jax_engine import JaxEngine

        return JaxEngine(model, loss, optimizer, layers)
    raise UnknownNameError("backend", backend, ("tensorflow", "jax"))
