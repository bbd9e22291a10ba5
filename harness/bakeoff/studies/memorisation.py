"""Train on shuffled labels: how much a method can memorise, beside how much it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.interfaces import Variant

if TYPE_CHECKING:
    from bakeoff.interfaces import Subject


class Memorisation:
    """A method on shuffled labels beside the same one on the real labels.

    Where a method declares how it is regularised, both train without regularisation, since early
    stopping would end at once on labels that tell nothing.

    Args:
        regularised: whether both keep the method's own regularisation.

    Source:
        Zhang, Bengio, Hardt, Recht and Vinyals, "Understanding deep learning requires rethinking
        generalization", 2017.
    """

    def __init__(self, *, regularised: bool = False) -> None:
        self.regularised = regularised

    def variants(self, subject: Subject) -> tuple[Variant, ...]:
        """Real labels, then shuffled ones."""
        free = subject.remedies is not None and not self.regularised
        params = dict(subject.remedies.control) if subject.remedies is not None and free else {}
        return tuple(
            Variant(
                name=name,
                params=params,
                protocol={"shuffled_labels": True} if name == "shuffled_labels" else {},
                control="real_labels",
                factor="labels",
            )
            for name in ("real_labels", "shuffled_labels")
        )
