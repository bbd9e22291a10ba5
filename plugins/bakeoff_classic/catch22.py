"""The 22 canonical time series characteristics (catch22), computed by aeon."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from aeon.transformations.collection.feature_based import Catch22 as AeonCatch22

from bakeoff_classic._base import FeatureTransformer, matrix
from bakeoff_classic.series import describe, stretch

SHORTEST = 10
"""Timepoints below which some characteristics have no meaning; shorter series are stretched."""


class Catch22(FeatureTransformer):
    """The 22 canonical time series characteristics (catch22) of each channel.

    Characteristics that are undefined, as for a constant series, are 0. aeon compiles its functions
    on the first use on a machine, about half a minute, and keeps the result on disk.

    Source:
        Lubba, Sethi, Knaute, Schultz, Fulcher and Jones, "catch22: CAnonical Time-series
        CHaracteristics", Data Mining and Knowledge Discovery 33, 2019.
    """

    def warm_up(self) -> None:
        """Compile aeon's functions, or load them from its cache on disk."""
        _characterise(np.random.default_rng(0).normal(size=(1, 1, 2 * SHORTEST)))

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, n_channels * 22)."""
        return matrix(describe(X, _characterise))


def _characterise(block: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    if block.shape[2] < SHORTEST:
        block = stretch(block, SHORTEST)
    characteristics = AeonCatch22(replace_nans=True).fit_transform(block)
    return np.asarray(characteristics, dtype=np.float64)
