"""How networks are regularised. Imports nothing heavy: plans read it.

Strengths are chosen here: each grid spans what helps on tasks of a hundred to some ten thousand
rows.
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
"""What switches every remedy of a network off."""


def network(
    *, epochs: int, smaller: Sequence[Mapping[str, Any]], capacity: Mapping[str, Sequence[Any]]
) -> Remedies:
    """Remedies of any network of this plugin.

    Args:
        epochs: passes of the control, at least 20.
        smaller: parameters of ever smaller networks.
        capacity: parameters that set how much the network can express, smallest first.
    """
    return Remedies(
        control={**UNREGULARISED, "epochs": epochs},
        grids={
            "l1": [{"l1": strength} for strength in (1e-4, 1e-3, 1e-2)],
            "l2": [{"l2": strength} for strength in (1e-4, 1e-3, 1e-2)],
            "dropout": [{"dropout": share} for share in (0.2, 0.5)],
            "fewer_epochs": [{"epochs": epochs // part} for part in (4, 10, 20)],
            "early_stopping": [{"early_stopping": patience} for patience in (20, 5)],
            "smaller": smaller,
            "augment": [{"augment": True}],
        },
        capacity=capacity,
    )


def mlp() -> Remedies:
    """Remedies of fully connected layers."""
    return network(
        epochs=200,
        smaller=[{"units": 16}, {"units": 4}],
        capacity={"hidden_layers": (1, 2, 4, 8), "units": (4, 16, 64, 256)},
    )


def cnn() -> Remedies:
    """Remedies of convolutions on images."""
    return network(
        epochs=60,
        smaller=[{"filters": 8, "units": 32}, {"filters": 4, "units": 8}],
        capacity={"hidden_layers": (1, 2, 3), "filters": (4, 8, 16, 32)},
    )


def cnn1d() -> Remedies:
    """Remedies of convolutions along time or words."""
    return network(
        epochs=100,
        smaller=[{"filters": 16, "units": 16}, {"filters": 4, "units": 4}],
        capacity={"hidden_layers": (1, 2, 3, 4), "filters": (4, 16, 64)},
    )


def recurrent() -> Remedies:
    """Remedies of recurrent layers."""
    return network(
        epochs=100,
        smaller=[{"units": 16}, {"units": 4}],
        capacity={"hidden_layers": (1, 2), "units": (4, 16, 64)},
    )


def places() -> Remedies:
    """Remedies of U-Net and detector."""
    return network(
        epochs=60,
        smaller=[{"filters": 4}, {"filters": 2}],
        capacity={"hidden_layers": (1, 2, 3), "filters": (2, 4, 8)},
    )
