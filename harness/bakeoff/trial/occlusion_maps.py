"""Where a method looks: parts of an image are hidden, and the fall of its probability is kept.

Works for any method that answers images with probabilities, whatever it is made of. A suite asks
for it with `explain`, and it is done for the first split alone, outside every timing.
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

    Answer = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float64]]

GRID = 8
"""Places along each side; chosen here: an eighth of an image is about a part of a thing."""

THUMBNAIL = 48
"""Longest side in pixels of the pictures that are kept."""

CLASSES = ("binary", "multiclass")


def asks(trial: Trial) -> bool:
    """Whether a trial is one whose looking is kept."""
    task = trial.task
    return trial.explain > 0 and task.input_kind == "image" and task.problem_type in CLASSES


def look(
    estimator: Any, data: Data, split: Split, proba: npt.NDArray[np.float64], trial: Trial
) -> dict[str, npt.NDArray[Any]]:
    """Maps of some test images, and the worst mistakes, as arrays to be kept with the trial.

    Args:
        estimator: fitted on the trial's training part.
        data: its dataset.
        split: its rows.
        proba: float64 (n_test, n_classes), what it answered for the test part.
        trial: says how many images; all methods of a split show the same ones.

    Returns:
        `rows` int64 (n,), `images` uint8 (n, height, width, channels) of at most `THUMBNAIL`
        pixels, `truth` and `predicted` int64 (n,), `proba` float32 (n,) of the predicted class,
        `maps` float32 (n, GRID, GRID): how far that probability falls where a place is hidden;
        and `mistakes_*` the same without maps, the most confident mistakes first.
    """
    truth = np.asarray(take(data.y, split.test))
    shown = one_of_each(truth, trial.explain)
    answer = _answer(estimator, data, split, trial)
    images = np.stack([np.asarray(data.X[row]) for row in split.test[shown]])
    predicted = proba.argmax(axis=1)
    maps = [
        occlude(answer, image, int(code))
        for image, code in zip(images, predicted[shown], strict=True)
    ]
    wrong = np.flatnonzero(predicted != truth)
    worst = wrong[np.argsort(-proba.max(axis=1)[wrong], kind="stable")][: trial.explain]
    found: dict[str, npt.NDArray[Any]] = {"maps": np.stack(maps).astype(np.float32)}
    for prefix, places in (("", shown), ("mistakes_", worst)):
        rows = split.test[places]
        found |= {
            f"{prefix}rows": rows,
            f"{prefix}images": thumbnails(data.X, rows),
            f"{prefix}truth": truth[places],
            f"{prefix}predicted": predicted[places],
            f"{prefix}proba": proba.max(axis=1)[places].astype(np.float32),
        }
    return found


def occlude(
    answer: Answer, image: npt.NDArray[np.uint8], code: int, *, grid: int = GRID
) -> npt.NDArray[np.float64]:
    """How far the probability of a class falls where each place is hidden by the mean colour.

    Args:
        answer: from images uint8 (n, height, width, channels) to probabilities (n, n_classes).
        image: uint8 (height, width, channels).
        code: the class.
        grid: places along each side, fewer where the image has fewer pixels.

    Returns:
        float64 (grid, grid) in [-1, 1]; positive where the place speaks for the class.

    Source:
        Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014,
        section 4.2. Places that don't overlap are chosen here, for their cost.
    """
    height, width = image.shape[:2]
    rows = np.linspace(0, height, grid + 1).round().astype(int)
    columns = np.linspace(0, width, grid + 1).round().astype(int)
    mean = image.reshape(-1, image.shape[2]).mean(axis=0).round().astype(np.uint8)
    hidden = np.repeat(image[None], grid * grid + 1, axis=0)
    for i in range(grid):
        for j in range(grid):
            hidden[i * grid + j, rows[i] : rows[i + 1], columns[j] : columns[j + 1]] = mean
    proba = answer(hidden)[:, code]
    return np.asarray((proba[-1] - proba[:-1]).reshape(grid, grid))


def one_of_each(truth: npt.NDArray[np.int64], n_images: int) -> npt.NDArray[np.int64]:
    """Positions of the first row of each class, then of the second, until there are enough.

    >>> one_of_each(np.array([1, 1, 0, 1, 2]), 4).tolist()
    [2, 0, 4, 1]
    """
    by_class = [np.flatnonzero(truth == code) for code in np.unique(truth)]
    turns = range(max((len(rows) for rows in by_class), default=0))
    order = [int(rows[turn]) for turn in turns for rows in by_class if turn < len(rows)]
    return np.array(order[:n_images], dtype=np.int64)


def thumbnails(X: Any, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Images of some rows; of large ones every second, third, ... pixel."""
    step = max(1, -(-max(X.shape[1:3]) // THUMBNAIL))
    return np.ascontiguousarray(np.asarray(X[rows])[:, ::step, ::step])


def _answer(estimator: Any, data: Data, split: Split, trial: Trial) -> Answer:
    """From images to probabilities, through features that are fitted as they were before."""
    component = fit_features(data, split, trial) if trial.method.features else None

    def answer(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        X = images if component is None else component.transform(images)
        told = scoring.predict(estimator, X, trial.task)
        checked = scoring.check(told, estimator, trial.task, len(images)).proba
        if checked is None:
            raise ValueError("expected probabilities; got labels alone.")
        return checked

    return answer
