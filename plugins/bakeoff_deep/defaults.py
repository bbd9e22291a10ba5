"""Default training settings by the size of a task, tuned on tasks of 100 to 60,000 rows."""

from __future__ import annotations

UPDATES = 4000
"""Target number of updates of a training without early stopping."""


def batch_size(n_rows: int) -> int:
    """Return the default batch size: 32 for small tasks, up to 128 for large ones.

    Source:
        Masters and Luschi, "Revisiting Small Batch Training for Deep Neural Networks", 2018, for
        32 and below; larger ones where an epoch has enough updates.

    >>> batch_size(1000), batch_size(10_000), batch_size(60_000)
    (32, 64, 128)
    """
    if n_rows <= 5_000:  # noqa: PLR2004  chosen here
        return 32
    return 64 if n_rows <= 20_000 else 128  # noqa: PLR2004  chosen here


def epochs(n_rows: int, batch: int, *, least: int = 10, most: int = 100) -> int:
    """Return the largest number of epochs: about `UPDATES` updates, within bounds.

    >>> epochs(1000, 32), epochs(48_000, 128)
    (100, 11)
    """
    return max(least, min(most, round(UPDATES / max(1, -(-n_rows // batch)))))


def patience(updates_per_epoch: int) -> int:
    """Return epochs without improvement before early stopping: 400 updates, at least 10 epochs.

    Source:
        Prechelt, "Early Stopping - But When?", 1998: slow criteria pay where training is cheap.

    >>> patience(36), patience(4)
    (12, 100)
    """
    return max(10, -(-400 // updates_per_epoch))


def jit_pays(kind: str, n_updates: int, n_steps: int) -> tuple[bool, str]:
    """Return whether XLA saves more time by faster updates than it needs to compile, on CPU.

    Args:
        kind: `dense`, `convolution` or `recurrent`.
        n_updates: updates that the training may take.
        n_steps: timesteps of a recurrent network, else 1.

    Returns:
        The answer and its reason. Measured on two cores with TensorFlow 2.21: compiling takes 2 to
        3 s more for an MLP and saves 0.3 ms an update; 5 s more for an LSTM and saves 0.25 ms an
        update and timestep; convolutions become five times slower.
    """
    if kind == "convolution":
        return False, "XLA's convolutions are slow on CPU"
    least = 25_000 if kind == "recurrent" else 8_000
    work = n_updates * n_steps
    if work >= least:
        return True, f"{work} updates by timesteps make up for compiling"
    return False, f"{work} updates by timesteps don't make up for compiling"
