"""Search spaces of networks; nothing heavy is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.spaces import Choice, Integer, Real, Space

if TYPE_CHECKING:
    from bakeoff.spaces import Dimension

SOURCE = (
    "Bengio, Practical Recommendations for Gradient-Based Training of Deep Architectures, 2012; "
    "ranges chosen here"
)


def _space(**dimensions: Dimension) -> Space:
    """Return dimensions that all networks share together with a network's own."""
    return Space(
        {
            "learning_rate": Real(1e-4, 1e-2, "log"),
            "l2": Real(1e-7, 1e-2, "log"),
            "dropout": Real(0.0, 0.5),
            "schedule": Choice(("constant", "cosine")),
            **dimensions,
        },
        source=SOURCE,
    )


def images() -> Space:
    """Return the search space of convolutional networks on images."""
    return _space(
        hidden_layers=Integer(1, 3),
        filters=Integer(8, 64, "log"),
        units=Integer(32, 256, "log"),
        batch_norm=Choice((False, True)),
        augment=Choice((False, True)),
    )


def sequences() -> Space:
    """Return the search space of convolutional networks on series and texts."""
    return _space(
        hidden_layers=Integer(1, 4),
        filters=Integer(16, 128, "log"),
        kernel=Integer(3, 9),
        units=Integer(16, 128, "log"),
        batch_norm=Choice((False, True)),
    )


def recurrent() -> Space:
    """Return the search space of recurrent networks."""
    return _space(hidden_layers=Integer(1, 2), units=Integer(16, 128, "log"))


def vision() -> Space:
    """Return the search space of U-Net and box detector."""
    return _space(
        hidden_layers=Integer(1, 3),
        filters=Integer(4, 24, "log"),
        batch_norm=Choice((False, True)),
        augment=Choice((False, True)),
    )
