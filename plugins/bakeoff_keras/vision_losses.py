"""Losses of masks and boxes, one value per image, so that images can be weighted.

Constructors take no arguments: the number of classes follows from the outputs' last axis.
"""

from __future__ import annotations

from typing import Any

import keras

ops = keras.ops

SMOOTH = 1.0
"""Pixels added to both sides of Dice's ratio, so that absent classes count as correct."""
FOCUS = 2.0
BOX_WEIGHT = 2.0
PLACES = 4
"""Outputs of a cell for the box: x, y within the cell, logarithms of width and height."""


def _crossentropy(truth: Any, proba: Any) -> Any:
    """Compute the cross-entropy of each image, mean over pixels."""
    chosen = ops.sum(truth * proba, axis=-1)
    return -ops.mean(ops.log(ops.clip(chosen, keras.config.epsilon(), 1.0)), axis=(1, 2))


def _dice(truth: Any, proba: Any) -> Any:
    """Compute one minus the Dice coefficient of each image, mean over classes."""
    shared = ops.sum(truth * proba, axis=(1, 2))
    total = ops.sum(truth, axis=(1, 2)) + ops.sum(proba, axis=(1, 2))
    return 1.0 - ops.mean((2.0 * shared + SMOOTH) / (total + SMOOTH), axis=-1)


def _one_hot(y_true: Any, y_pred: Any) -> Any:
    return ops.one_hot(ops.cast(y_true, "int32"), y_pred.shape[-1], dtype=y_pred.dtype)


@keras.saving.register_keras_serializable("bakeoff")
class PixelCrossentropy(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """Cross-entropy, mean over pixels.

    y_true: codes (batch, height, width); y_pred: probabilities (batch, height, width, n_classes).
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the loss of each image, (batch,)."""
        return _crossentropy(_one_hot(y_true, y_pred), y_pred)


@keras.saving.register_keras_serializable("bakeoff")
class Dice(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """One minus the Dice coefficient of probabilities, mean over classes; shapes as above.

    Source:
        Milletari, Navab and Ahmadi, "V-Net: Fully Convolutional Neural Networks for Volumetric
        Medical Image Segmentation", 2016.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the loss of each image, (batch,)."""
        return _dice(_one_hot(y_true, y_pred), y_pred)


@keras.saving.register_keras_serializable("bakeoff")
class CrossentropyDice(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """Cross-entropy plus Dice loss: stable gradients, and sensitivity to rare classes.

    Source:
        Isensee et al., "nnU-Net: a self-configuring method for deep learning-based biomedical
        image segmentation", 2021, for the sum of both.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the loss of each image, (batch,)."""
        truth = _one_hot(y_true, y_pred)
        return _crossentropy(truth, y_pred) + _dice(truth, y_pred)


@keras.saving.register_keras_serializable("bakeoff")
class Detector(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """Loss of a detector's grid of cells: objectness, class, position and size.

    Focal loss of objectness over all cells; cross-entropy of the class, and distance and one
    minus overlap of the box, over cells with a box; each divided by the image's number of boxes.
    y_true: (batch, rows, columns, 6) of `BoxTarget.encode`; y_pred: (batch, rows, columns,
    1 + PLACES + n_classes).

    Source:
        Lin et al., "Focal Loss for Dense Object Detection", 2017; Tian et al., "FCOS: Fully
        Convolutional One-Stage Object Detection", 2019, for boxes without anchors. Weights are
        chosen here.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the loss of each image, (batch,)."""
        has_box, code, boxes = y_true[..., 0], y_true[..., 1], y_true[..., 2:]
        n_boxes = ops.maximum(ops.sum(has_box, axis=(1, 2)), 1.0)
        classes = y_pred[..., 1 + PLACES :]
        truth = ops.one_hot(ops.cast(code, "int32"), classes.shape[-1], dtype=y_pred.dtype)
        class_loss = -ops.sum(truth * ops.log_softmax(classes, axis=-1), axis=-1)
        box_loss = _distance(boxes, y_pred[..., 1 : 1 + PLACES])
        cell_loss = ops.sum(has_box * (class_loss + BOX_WEIGHT * box_loss), axis=(1, 2))
        return (ops.sum(_focal(has_box, y_pred[..., 0]), axis=(1, 2)) + cell_loss) / n_boxes


def _focal(truth: Any, logit: Any) -> Any:
    """Compute the focal loss of each cell."""
    crossentropy = ops.softplus(logit) - truth * logit
    probability = ops.sigmoid(logit)
    error = truth * (1.0 - probability) + (1.0 - truth) * probability
    return ops.power(error, FOCUS) * crossentropy


def _distance(truth: Any, predicted: Any) -> Any:
    """Compute distance of centres and log sizes, plus one minus the overlap, of each cell."""
    centre = ops.sigmoid(predicted[..., :2])
    log_size = ops.clip(predicted[..., 2:], -6.0, 6.0)
    distance = ops.sum(ops.abs(truth[..., :2] - centre), axis=-1)
    distance = distance + ops.sum(ops.abs(truth[..., 2:] - log_size), axis=-1)
    true_size, predicted_size = ops.exp(truth[..., 2:]), ops.exp(log_size)
    starts = ops.maximum(truth[..., :2] - true_size / 2, centre - predicted_size / 2)
    ends = ops.minimum(truth[..., :2] + true_size / 2, centre + predicted_size / 2)
    shared = ops.prod(ops.maximum(ends - starts, 0.0), axis=-1)
    union = ops.prod(true_size, axis=-1) + ops.prod(predicted_size, axis=-1) - shared
    return 0.5 * distance + 1.0 - shared / union
