"""A clean start for every training, so that a result does not depend on what came before."""

from __future__ import annotations

from functools import cache

import keras


def begin(seed: int) -> None:
    """Forget names and states of earlier networks and seed every generator.

    Args:
        seed: in 0..2**32-1.
    """
    _be_deterministic()
    keras.utils.clear_session(free_memory=False)  # a full collection takes a quarter second
    keras.utils.set_random_seed(seed % 2**32)


@cache
def _be_deterministic() -> None:
    """Ask TensorFlow on CPU for operations that repeat bit by bit; on GPU it costs too much."""
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    if not tf.config.list_physical_devices("GPU"):
        tf.config.experimental.enable_op_determinism()


def backend() -> str:
    """Name of Keras's backend."""
    return str(keras.backend.backend())


def on_gpu() -> bool:
    """Whether the backend computes on a GPU."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return bool(tf.config.list_physical_devices("GPU"))
    if keras.backend.backend() == "jax":
        import jax

        return str(jax.default_backend()) == "gpu"
    return False
