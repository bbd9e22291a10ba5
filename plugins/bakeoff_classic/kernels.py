"""Random convolution kernels over series (MiniRocket), computed by aeon."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from aeon.transformations.collection.convolution_based import MiniRocket

from bakeoff.spaces import Integer, Space
from bakeoff_classic._base import FeatureTransformer, matrix
from bakeoff_classic.series import as_series, lengths, stretch

SHORTEST = 9
"""Length of MiniRocket's kernels; shorter series are stretched to it."""


class RandomKernels(FeatureTransformer):
    """Share of positive values after each of many random dilated convolutions (MiniRocket).

    The kernels are fixed; dilations go by the length, biases are drawn from random training
    series. Rows are first stretched to the training data's length.

    Args:
        n_kernels: about the number of features, at least 84. The paper takes 10,000; 2,000 is
            chosen here, for a fifth of the learner's cost.
        random_state: seed of biases and channels.
        n_jobs: threads.

    Source:
        Dempster, Schmidt and Webb, "MiniRocket: A Very Fast (Almost) Deterministic Transform for
        Time Series Classification", KDD 2021.
    """

    def __init__(
        self, *, n_kernels: int = 2_000, random_state: int | None = None, n_jobs: int = 1
    ) -> None:
        self.n_kernels = n_kernels
        self.random_state = random_state
        self.n_jobs = n_jobs

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return Space({"n_kernels": Integer(500, 10_000, "log")}, source="chosen here")

    def warm_up(self) -> None:
        """Compile aeon's functions, or load them from its cache on disk."""
        series = np.random.default_rng(0).normal(size=(2, 1, 2 * SHORTEST)).astype(np.float32)
        MiniRocket(n_kernels=84, random_state=0).fit(series).transform(series)

    def fit(self, X: Any, y: Any = None) -> Self:
        """Draw biases from training series (n_samples, n_channels, n_timepoints)."""
        super().fit(X, y)
        series = as_series(X)
        self.n_timepoints_ = max(SHORTEST, int(lengths(series).max()))
        self.kernels_ = MiniRocket(
            n_kernels=self.n_kernels, random_state=self.random_state, n_jobs=self.n_jobs
        ).fit(self._read(series))
        return self

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, n_features) in [0, 1]."""
        return matrix(self.kernels_.transform(self._read(as_series(X))))

    def _read(self, series: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        return stretch(series, self.n_timepoints_).astype(np.float32)
