"""What users of pretrained networks get wrong, and what is wrong with what they are given."""

from __future__ import annotations

from bakeoff.errors import BakeoffError, DataError


class WeightsError(DataError):
    """Weights that can't be used: broken, or of another network."""


class ImagesError(BakeoffError, ValueError):
    """Images that a network can't read."""


class ProbeError(BakeoffError):
    """A network answers a known image otherwise than its weights do when they are used rightly."""

    def __init__(self, backbone: str, what: str) -> None:
        super().__init__(
            f"{backbone}: the probe failed: {what}. Weights, order of channels, scaling or size "
            "are not those that it was trained with, so nothing was computed."
        )
