"""Errors in weights and images of pretrained networks."""

from __future__ import annotations

from bakeoff.errors import BakeoffError, DataError


class WeightsError(DataError):
    """Weights are damaged, or of another network."""


class ImagesError(BakeoffError, ValueError):
    """Images can't be read by a network."""


class ProbeError(BakeoffError):
    """A network's outputs for known images are not those that its weights produce."""

    def __init__(self, backbone: str, message: str) -> None:
        super().__init__(
            f"{backbone}: the probe failed: {message}. Weights, order of channels, scaling or size "
            "are not those that it was trained with, so nothing was computed."
        )
