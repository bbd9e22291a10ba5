"""Ablation study of cluster features, paired by rows, seeds and learner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff.interfaces import Variant

if TYPE_CHECKING:
    from bakeoff.interfaces import Subject

ALL = ("distances", "memberships", "one_hot", "statistics")
CONTROL = "without"


class ClusterAblation:
    """Ablation of the features `clusters`: without, added to other features, in place of them.

    Args:
        use: cluster features, any of `distances`, `memberships`, `one_hot` and `statistics`.

    Raises:
        ValueError: another word, or none.
    """

    def __init__(self, use: list[str] | tuple[str, ...] = ("distances", "memberships")) -> None:
        if not use or not set(use) <= set(ALL):
            message = f"expected use to be any of {', '.join(ALL)}; got {use!r}."
            raise ValueError(message)
        self.use = list(use)

    def variants(self, subject: Subject) -> tuple[Variant, ...]:  # noqa: ARG002  the same for each
        """Return the variants; the control without cluster features comes first."""
        settings: dict[str, dict[str, Any]] = {
            CONTROL: {"use": [], "keep": True},
            "added": {"use": self.use, "keep": True},
            "in_place": {"use": self.use, "keep": False},
        }
        return tuple(
            Variant(name=name, params=params, protocol={}, control=CONTROL)
            for name, params in settings.items()
        )
