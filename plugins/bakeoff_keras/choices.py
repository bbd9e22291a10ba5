"""Choice of loss, output activation, optimizer and schedule, recorded with reasons.

Sources: Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 6.2.2 (output units and
their losses); He et al. 2015 and Glorot and Bengio 2010 (initial weights); Kingma and Ba 2015
(Adam); Loshchilov and Hutter 2017 (cosine schedule).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from bakeoff.errors import UnknownNameError
from bakeoff_keras import checks, vision_losses
from bakeoff_keras.errors import LossError

if TYPE_CHECKING:
    from bakeoff_keras.notes import Note
    from bakeoff_keras.target import NetworkTarget

LOSSES: dict[str, tuple[str, ...]] = {
    "values": ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh"),
    "two": ("binary_crossentropy", "binary_focal_crossentropy"),
    "many": ("categorical_crossentropy", "categorical_focal_crossentropy"),
    "pixels": ("crossentropy_dice", "pixel_crossentropy", "dice"),
    "boxes": ("detector",),
}
"""Losses by kind of target; the first is the default."""

_LOSS_CLASSES = {
    "mean_squared_error": keras.losses.MeanSquaredError,
    "mean_absolute_error": keras.losses.MeanAbsoluteError,
    "huber": keras.losses.Huber,
    "log_cosh": keras.losses.LogCosh,
    "binary_crossentropy": keras.losses.BinaryCrossentropy,
    "binary_focal_crossentropy": keras.losses.BinaryFocalCrossentropy,
    "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
    "categorical_focal_crossentropy": keras.losses.CategoricalFocalCrossentropy,
    "crossentropy_dice": vision_losses.CrossentropyDice,
    "pixel_crossentropy": vision_losses.PixelCrossentropy,
    "dice": vision_losses.Dice,
    "detector": vision_losses.Detector,
}
ALIASES = {"mse": "mean_squared_error", "mae": "mean_absolute_error"}
ACTIVATIONS = (
    "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "tanh", "sigmoid", "linear",
)  # fmt: skip
OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "nadam": keras.optimizers.Nadam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}
RATES = {"sgd": 0.05}
"""Learning rates of optimizers whose default is not 0.001."""
SCHEDULES = ("constant", "cosine", "exponential")


def choose_output(target: NetworkTarget, note: Note) -> tuple[int, str]:
    """Return units and activation of the output layer, and record the choice."""
    activation, reason = {
        "values": ("linear", "may take any value"),
        "two": ("sigmoid", "one unit is the probability of the second class"),
        "many": ("softmax", "the units are probabilities that sum to 1"),
        "pixels": ("softmax", "the units of a pixel are probabilities that sum to 1"),
        "boxes": ("linear", "whether there is a box, its class, its place and its size, per cell"),
    }[target.kind]
    note("output_activation", activation, f"{target.words}; {reason}")
    return target.n_outputs, activation


def choose_loss(target: NetworkTarget, requested: str | None, note: Note) -> Any:
    """Return the Keras loss for a target, and record the choice.

    Args:
        target: what is predicted.
        requested: name of a loss, or None for the target's default.
        note: records the choice and its reason.

    Raises:
        UnknownNameError: no such loss.
        LossError: the loss does not fit the target.
    """
    fitting = LOSSES[target.kind]
    name = fitting[0] if requested is None else ALIASES.get(requested, requested)
    names = set(_LOSS_CLASSES)
    if name not in names:
        raise UnknownNameError("loss", name, names | set(ALIASES))
    if name not in fitting:
        raise LossError(name, target.words, fitting)
    note("loss", name, target.words if requested is None else "asked for")
    return _LOSS_CLASSES[name]()


def check_activation(activation: str) -> str:
    """Return the name of an activation.

    Raises:
        UnknownNameError: no such activation.
    """
    if activation not in ACTIVATIONS:
        raise UnknownNameError("activation", activation, ACTIVATIONS)
    return activation


def initial_weights(activation: str) -> str:
    """Return the initialiser that keeps the signal's variance from layer to layer."""
    if activation == "selu":
        return "lecun_normal"
    if activation in {"tanh", "sigmoid", "softplus", "linear"}:
        return "glorot_uniform"
    return "he_normal"


def choose_optimizer(
    name: str,
    learning_rate: float | None,
    schedule: str,
    *,
    n_updates: int,
    clip_norm: float | None,
    note: Note,
) -> Any:
    """Return a Keras optimizer with its learning rate schedule, and record the choice.

    Args:
        name: one of `OPTIMIZERS`.
        learning_rate: above 0; None for the optimizer's default.
        schedule: one of `SCHEDULES`; the last two decay over `n_updates`.
        n_updates: updates that the whole training may take.
        clip_norm: largest norm of one update's gradient, or None.
        note: records the choice and its reason.

    Raises:
        UnknownNameError: no such optimizer or schedule.
        NetworkParameterError: a rate or a norm that is not finite or not above 0.
    """
    if name not in OPTIMIZERS:
        raise UnknownNameError("optimizer", name, OPTIMIZERS)
    if schedule not in SCHEDULES:
        raise UnknownNameError("schedule", schedule, SCHEDULES)
    rate = RATES.get(name, 0.001) if learning_rate is None else learning_rate
    checks.positive("learning_rate", rate)
    if clip_norm is not None:
        checks.positive("clip_norm", clip_norm)
    note("optimizer", name, "one rate for all weights" if name == "sgd" else "a rate a weight")
    note("learning_rate", rate, "asked for" if learning_rate is not None else f"default of {name}")
    note("schedule", schedule, "the rate over the updates")
    extra = {"momentum": 0.9, "nesterov": True} if name == "sgd" else {}
    return OPTIMIZERS[name](
        learning_rate=_schedule(schedule, rate, n_updates), global_clipnorm=clip_norm, **extra
    )


def _schedule(name: str, rate: float, n_updates: int) -> Any:
    if name == "cosine":
        return keras.optimizers.schedules.CosineDecay(rate, n_updates)
    if name == "exponential":  # to a hundredth at the end
        return keras.optimizers.schedules.ExponentialDecay(rate, n_updates, 0.01)
    return rate
