"""Reset of Keras's global state, so that a result does not depend on earlier trainings."""

from __future__ import annotations

from functools import cache

import keras


def begin(seed: int) -> None:
    """Clear names and states of earlier networks and seed every random generator.

    Args:
        seed: in 0..2**32-1.
    """
    _be_deterministic()
    keras.utils.clear_session(free_memory=False)  # a full collection takes a quarter second
    keras.utils.set_random_seed(seed % 2**32)


@cache
def _be_deterministic() -> None:
    """Enable TensorFlow's deterministic operations on CPU; on GPU they cost too much time."""
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    if not tf.config.list_physical_devices("GPU"):
        tf.config.experimental.enable_op_determinism()


def backend() -> str:
    """Return the name of Keras's backend."""
    return str(keras.backend.backend())


def on_gpu() -> bool:
    """Return whether the backend computes on a GPU."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return bool(tf.config.list_physical_devices("GPU"))
    if keras.backend.backend() == "jax":
        import jax

        return str(jax.default_backend()) == "gpu"
    return False
