"""Study of transfer learning stages; nothing heavy is imported, since planning loads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff.interfaces import Variant

if TYPE_CHECKING:
    from bakeoff.interfaces import Subject

STAGES: dict[str, dict[str, Any]] = {
    "frozen": {"weights": "imagenet", "unfreeze": "none"},
    "partial": {"weights": "imagenet", "unfreeze": "top"},
    "full": {"weights": "imagenet", "unfreeze": "all"},
    "random_frozen": {"weights": "random", "unfreeze": "none"},
    "from_scratch": {
        "weights": "random", "unfreeze": "all", "head_epochs": 0, "early_stopping": 0,
    },
}  # fmt: skip
"""Parameters of each stage. From scratch, statistics of batch normalisation lag far behind the
weights at first, and the validation loss rises for many passes before it falls: early stopping
would end training too soon.
"""


class FineTuning:
    """Study of transfer learning stages: frozen, partly or fully fine-tuned, and controls.

    The control is `frozen`, a head on ImageNet's features. `random_frozen` is the same on random
    weights, `from_scratch` the same network trained from them.

    Args:
        scratch_epochs: passes of the network that starts from random weights; None for the
            method's own number, which is meant for pretrained networks.

    Raises:
        ValueError: a number of passes below 1.
    """

    def __init__(self, scratch_epochs: int | None = None) -> None:
        if scratch_epochs is not None and (
            not isinstance(scratch_epochs, int) or scratch_epochs < 1
        ):
            message = f"scratch_epochs: expected an integer >= 1; got {scratch_epochs!r}."
            raise ValueError(message)
        self.scratch_epochs = scratch_epochs

    def variants(self, subject: Subject) -> tuple[Variant, ...]:  # noqa: ARG002  by parameters
        """Return one variant per stage, the control first."""
        stages = {name: dict(params) for name, params in STAGES.items()}
        if self.scratch_epochs is not None:
            stages["from_scratch"]["epochs"] = self.scratch_epochs
        return tuple(
            Variant(name=name, params=params, protocol={}, control="frozen")
            for name, params in stages.items()
        )
