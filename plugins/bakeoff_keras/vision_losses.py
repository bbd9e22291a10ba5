"""Losses of pixels and of boxes, one value an image, so that images can be weighed.

Each is made without arguments: how many classes there are stands in the outputs' last axis.
"""

from __future__ import annotations

from typing import Any

import keras

ops = keras.ops

SMOOTH = 1.0
"""Pixels added to both sides of Dice's ratio, so that a class that is nowhere counts as found."""
FOCUS = 2.0
BOX_WEIGHT = 2.0
PLACES = 4
"""Outputs of a cell for place and size: x, y within the cell, logarithms of width and height."""


def _crossentropy(truth: Any, found: Any) -> Any:
    """Mean over the pixels of each image."""
    chosen = ops.sum(truth * found, axis=-1)
    return -ops.mean(ops.log(ops.clip(chosen, keras.config.epsilon(), 1.0)), axis=(1, 2))


def _dice(truth: Any, found: Any) -> Any:
    """One minus the mean over classes, of each image."""
    shared = ops.sum(truth * found, axis=(1, 2))
    total = ops.sum(truth, axis=(1, 2)) + ops.sum(found, axis=(1, 2))
    return 1.0 - ops.mean((2.0 * shared + SMOOTH) / (total + SMOOTH), axis=-1)


def _one_hot(y_true: Any, y_pred: Any) -> Any:
    return ops.one_hot(ops.cast(y_true, "int32"), y_pred.shape[-1], dtype=y_pred.dtype)


@keras.saving.register_keras_serializable("bakeoff")
class PixelCrossentropy(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """Cross-entropy, mean over pixels.

    y_true: codes (batch, height, width); y_pred: probabilities (batch, height, width, n_classes).
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each image, (batch,)."""
        return _crossentropy(_one_hot(y_true, y_pred), y_pred)


@keras.saving.register_keras_serializable("bakeoff")
class Dice(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """One minus Dice's coefficient of probabilities, mean over classes; shapes as above.

    Source:
        Milletari, Navab and Ahmadi, "V-Net: Fully Convolutional Neural Networks for Volumetric
        Medical Image Segmentation", 2016.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each image, (batch,)."""
        return _dice(_one_hot(y_true, y_pred), y_pred)


@keras.saving.register_keras_serializable("bakeoff")
class CrossentropyDice(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """Cross-entropy plus Dice: the first is steady, the second sees classes of few pixels.

    Source:
        Isensee et al., "nnU-Net: a self-configuring method for deep learning-based biomedical
        image segmentation", 2021, for the sum of both.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each image, (batch,)."""
        truth = _one_hot(y_true, y_pred)
        return _crossentropy(truth, y_pred) + _dice(truth, y_pred)


@keras.saving.register_keras_serializable("bakeoff")
class Detector(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """Loss of a grid of cells: is there a box, of which class, where and how large.

    Focal loss of "there is a box" over all cells; cross-entropy of the class, and the distance and
    missing overlap of the box, over the cells that hold one; each by the image's boxes.
    y_true: (batch, rows, columns, 6) of `BoxTarget.encode`; y_pred: (batch, rows, columns,
    1 + PLACES + n_classes).

    Source:
        Lin et al., "Focal Loss for Dense Object Detection", 2017; Tian et al., "FCOS: Fully
        Convolutional One-Stage Object Detection", 2019, for boxes without anchors. Weights are
        chosen here.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each image, (batch,)."""
        held, code, places = y_true[..., 0], y_true[..., 1], y_true[..., 2:]
        n_boxes = ops.maximum(ops.sum(held, axis=(1, 2)), 1.0)
        classes = y_pred[..., 1 + PLACES :]
        truth = ops.one_hot(ops.cast(code, "int32"), classes.shape[-1], dtype=y_pred.dtype)
        wrong = -ops.sum(truth * ops.log_softmax(classes, axis=-1), axis=-1)
        off = _distance(places, y_pred[..., 1 : 1 + PLACES])
        inside = ops.sum(held * (wrong + BOX_WEIGHT * off), axis=(1, 2))
        return (ops.sum(_focal(held, y_pred[..., 0]), axis=(1, 2)) + inside) / n_boxes


def _focal(truth: Any, logit: Any) -> Any:
    """Cross-entropy that cells which are right already hardly add to."""
    surprise = ops.softplus(logit) - truth * logit
    probability = ops.sigmoid(logit)
    off = truth * (1.0 - probability) + (1.0 - truth) * probability
    return ops.power(off, FOCUS) * surprise


def _distance(truth: Any, found: Any) -> Any:
    """Distance of centres and logarithms of sizes, plus one minus the overlap."""
    centre = ops.sigmoid(found[..., :2])
    size = ops.clip(found[..., 2:], -6.0, 6.0)
    apart = ops.sum(ops.abs(truth[..., :2] - centre), axis=-1)
    apart = apart + ops.sum(ops.abs(truth[..., 2:] - size), axis=-1)
    one, other = ops.exp(truth[..., 2:]), ops.exp(size)
    starts = ops.maximum(truth[..., :2] - one / 2, centre - other / 2)
    ends = ops.minimum(truth[..., :2] + one / 2, centre + other / 2)
    shared = ops.prod(ops.maximum(ends - starts, 0.0), axis=-1)
    joint = ops.prod(one, axis=-1) + ops.prod(other, axis=-1) - shared
    return 0.5 * apart + 1.0 - shared / joint
