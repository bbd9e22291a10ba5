"""What clusters add to features, paired on the same rows, seeds and learner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff.interfaces import Variant

if TYPE_CHECKING:
    from bakeoff.interfaces import Subject

ALL = ("distances", "memberships", "one_hot", "statistics")
CONTROL = "without"


class Clusters:
    """Methods over the features `clusters`, without clusters, with them added, and with them alone.

    Args:
        use: what clusters tell of a row, any of `distances`, `memberships`, `one_hot` and
            `statistics`.

    Raises:
        ValueError: another word, or none.
    """

    def __init__(self, use: list[str] | tuple[str, ...] = ("distances", "memberships")) -> None:
        if not use or not set(use) <= set(ALL):
            message = f"expected use to be any of {', '.join(ALL)}; got {use!r}."
            raise ValueError(message)
        self.use = list(use)

    def variants(self, subject: Subject) -> tuple[Variant, ...]:  # noqa: ARG002  the same for each
        """The control without clusters first."""
        settings: dict[str, dict[str, Any]] = {
            CONTROL: {"use": [], "keep": True},
            "added": {"use": self.use, "keep": True},
            "in_place": {"use": self.use, "keep": False},
        }
        return tuple(
            Variant(name=name, params=params, protocol={}, control=CONTROL)
            for name, params in settings.items()
        )
