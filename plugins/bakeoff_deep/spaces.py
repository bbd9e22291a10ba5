"""What a search may vary of a network. Imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.spaces import Choice, Integer, Real, Space

if TYPE_CHECKING:
    from bakeoff.spaces import Dimension

SOURCE = (
    "Bengio, Practical Recommendations for Gradient-Based Training of Deep Architectures, 2012; "
    "ranges chosen here"
)


def _space(**own: Dimension) -> Space:
    """What all networks share, and a network's own sizes."""
    return Space(
        {
            "learning_rate": Real(1e-4, 1e-2, "log"),
            "l2": Real(1e-7, 1e-2, "log"),
            "dropout": Real(0.0, 0.5),
            "schedule": Choice(("constant", "cosine")),
            **own,
        },
        source=SOURCE,
    )


def images() -> Space:
    """Of convolutions on images."""
    return _space(
        hidden_layers=Integer(1, 3),
        filters=Integer(8, 64, "log"),
        units=Integer(32, 256, "log"),
        batch_norm=Choice((False, True)),
        augment=Choice((False, True)),
    )


def courses() -> Space:
    """Of convolutions along time or words."""
    return _space(
        hidden_layers=Integer(1, 4),
        filters=Integer(16, 128, "log"),
        kernel=Integer(3, 9),
        units=Integer(16, 128, "log"),
        batch_norm=Choice((False, True)),
    )


def recurrent() -> Space:
    """Of recurrent layers."""
    return _space(hidden_layers=Integer(1, 2), units=Integer(16, 128, "log"))


def places() -> Space:
    """Of networks whose answer lies in the image."""
    return _space(
        hidden_layers=Integer(1, 3),
        filters=Integer(4, 24, "log"),
        batch_norm=Choice((False, True)),
        augment=Choice((False, True)),
    )
