"""Regularisation grids of the networks; nothing heavy is imported, since planning reads them.

Strengths are chosen here: each grid spans values that help on tasks of a hundred to some ten
thousand rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff.interfaces import Remedies

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UNREGULARISED: dict[str, Any] = {
    "l1": 0.0,
    "l2": 0.0,
    "dropout": 0.0,
    "batch_norm": False,
    "augment": False,
    "early_stopping": None,
}
"""Parameters that switch off all regularisation of a network."""


def network(
    *, epochs: int, smaller: Sequence[Mapping[str, Any]], capacity: Mapping[str, Sequence[Any]]
) -> Remedies:
    """Return the regularisation grids that all networks share.

    Args:
        epochs: passes of the control, at least 20.
        smaller: parameters of smaller and smaller networks.
        capacity: parameters that set how much the network can express, smallest first.
    """
    return Remedies(
        control={**UNREGULARISED, "epochs": epochs},
        grids={
            "l1": [{"l1": strength} for strength in (1e-4, 1e-3, 1e-2)],
            "l2": [{"l2": strength} for strength in (1e-4, 1e-3, 1e-2)],
            "dropout": [{"dropout": share} for share in (0.2, 0.5)],
            "fewer_epochs": [{"epochs": epochs // divisor} for divisor in (4, 10, 20)],
            "early_stopping": [{"early_stopping": patience} for patience in (20, 5)],
            "smaller": smaller,
            "augment": [{"augment": True}],
        },
        capacity=capacity,
    )


def mlp() -> Remedies:
    """Return the remedies of fully connected networks."""
    return network(
        epochs=200,
        smaller=[{"units": 16}, {"units": 4}],
        capacity={"hidden_layers": (1, 2, 4, 8), "units": (4, 16, 64, 256)},
    )


def cnn() -> Remedies:
    """Return the remedies of convolutional networks on images."""
    return network(
        epochs=60,
        smaller=[{"filters": 8, "units": 32}, {"filters": 4, "units": 8}],
        capacity={"hidden_layers": (1, 2, 3), "filters": (4, 8, 16, 32)},
    )


def cnn1d() -> Remedies:
    """Return the remedies of convolutional networks on series and texts."""
    return network(
        epochs=100,
        smaller=[{"filters": 16, "units": 16}, {"filters": 4, "units": 4}],
        capacity={"hidden_layers": (1, 2, 3, 4), "filters": (4, 16, 64)},
    )


def recurrent() -> Remedies:
    """Return the remedies of recurrent networks."""
    return network(
        epochs=100,
        smaller=[{"units": 16}, {"units": 4}],
        capacity={"hidden_layers": (1, 2), "units": (4, 16, 64)},
    )


def vision() -> Remedies:
    """Return the remedies of U-Net and box detector."""
    return network(
        epochs=60,
        smaller=[{"filters": 4}, {"filters": 2}],
        capacity={"hidden_layers": (1, 2, 3), "filters": (2, 4, 8)},
    )
