"""Occlusion maps: the drop of a class's probability when a part of the image is hidden.

They work for any method that predicts probabilities of images. A suite requests them with
`explain`; they are computed for the first split alone and not timed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.problems import scoring
from bakeoff.trial.feature_matrices import fit_features, take

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from bakeoff.data.splits import Split
    from bakeoff.interfaces import Data
    from bakeoff.records import Trial

    PredictProba = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float64]]

GRID = 8
"""Number of grid cells along each side; chosen here: about the size of a part of an object."""

THUMBNAIL = 48
"""Maximum side in pixels of stored images."""

CLASSES = ("binary", "multiclass")


def are_requested(trial: Trial) -> bool:
    """Return True if occlusion maps of a trial are requested and possible."""
    task = trial.task
    return trial.explain > 0 and task.input_kind == "image" and task.problem_type in CLASSES


def compute_maps(
    estimator: Any, data: Data, split: Split, proba: npt.NDArray[np.float64], trial: Trial
) -> dict[str, npt.NDArray[Any]]:
    """Compute occlusion maps of some test images, and select the most confident mistakes.

    Args:
        estimator: estimator fitted on the trial's training part.
        data: dataset of the trial.
        split: split of the trial.
        proba: float64 (n_test, n_classes), predicted probabilities of the test part.
        trial: has the number of images; all methods of a split show the same ones.

    Returns:
        `rows` int64 (n,), `images` uint8 (n, height, width, channels) of at most `THUMBNAIL`
        pixels, `truth` and `predicted` int64 (n,), `proba` float32 (n,) of the predicted class,
        `maps` float32 (n, GRID, GRID): drop of that probability when a grid cell is hidden; and
        `mistakes_*` the same without maps, the most confident mistakes first.
    """
    truth = np.asarray(take(data.y, split.test))
    shown = one_of_each(truth, trial.explain)
    predict_proba = _predict_proba(estimator, data, split, trial)
    images = np.stack([np.asarray(data.X[row]) for row in split.test[shown]])
    predicted = proba.argmax(axis=1)
    maps = [
        occlude(predict_proba, image, int(code))
        for image, code in zip(images, predicted[shown], strict=True)
    ]
    wrong = np.flatnonzero(predicted != truth)
    worst = wrong[np.argsort(-proba.max(axis=1)[wrong], kind="stable")][: trial.explain]
    arrays: dict[str, npt.NDArray[Any]] = {"maps": np.stack(maps).astype(np.float32)}
    for prefix, positions in (("", shown), ("mistakes_", worst)):
        rows = split.test[positions]
        arrays |= {
            f"{prefix}rows": rows,
            f"{prefix}images": thumbnails(data.X, rows),
            f"{prefix}truth": truth[positions],
            f"{prefix}predicted": predicted[positions],
            f"{prefix}proba": proba.max(axis=1)[positions].astype(np.float32),
        }
    return arrays


def occlude(
    predict_proba: PredictProba, image: npt.NDArray[np.uint8], code: int, *, grid: int = GRID
) -> npt.NDArray[np.float64]:
    """Compute the drop of a class's probability when each grid cell is set to the mean colour.

    Args:
        predict_proba: maps images uint8 (n, height, width, channels) to probabilities
            (n, n_classes).
        image: uint8 (height, width, channels).
        code: code of the class.
        grid: number of cells along each side; some are empty in images with fewer pixels.

    Returns:
        float64 (grid, grid) in [-1, 1]; positive where the cell is evidence for the class.

    Source:
        Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014,
        section 4.2. Cells that don't overlap are chosen here, for their lower cost.
    """
    height, width = image.shape[:2]
    rows = np.linspace(0, height, grid + 1).round().astype(int)
    columns = np.linspace(0, width, grid + 1).round().astype(int)
    mean = image.reshape(-1, image.shape[2]).mean(axis=0).round().astype(np.uint8)
    hidden = np.repeat(image[None], grid * grid + 1, axis=0)
    for i in range(grid):
        for j in range(grid):
            hidden[i * grid + j, rows[i] : rows[i + 1], columns[j] : columns[j + 1]] = mean
    proba = predict_proba(hidden)[:, code]
    return np.asarray((proba[-1] - proba[:-1]).reshape(grid, grid))


def one_of_each(truth: npt.NDArray[np.int64], n_images: int) -> npt.NDArray[np.int64]:
    """Return positions of the first row of each class, then of the second, up to `n_images`.

    >>> one_of_each(np.array([1, 1, 0, 1, 2]), 4).tolist()
    [2, 0, 4, 1]
    """
    by_class = [np.flatnonzero(truth == code) for code in np.unique(truth)]
    turns = range(max((len(rows) for rows in by_class), default=0))
    order = [int(rows[turn]) for turn in turns for rows in by_class if turn < len(rows)]
    return np.array(order[:n_images], dtype=np.int64)


def thumbnails(X: Any, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Return images of some rows; large ones are subsampled to at most `THUMBNAIL` pixels."""
    step = max(1, -(-max(X.shape[1:3]) // THUMBNAIL))
    return np.ascontiguousarray(np.asarray(X[rows])[:, ::step, ::step])


def _predict_proba(estimator: Any, data: Data, split: Split, trial: Trial) -> PredictProba:
    """Return a function from images to probabilities; features are fitted as in the trial."""
    component = fit_features(data, split, trial) if trial.method.features else None

    def predict_proba(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        X = images if component is None else component.transform(images)
        raw = scoring.predict(estimator, X, trial.task)
        proba = scoring.check(raw, estimator, trial.task, len(images)).proba
        if proba is None:
            raise ValueError("expected probabilities; got labels alone.")
        return proba

    return predict_proba
