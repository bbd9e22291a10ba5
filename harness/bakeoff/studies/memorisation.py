"""Study of memorisation: fits on shuffled labels, compared with fits on real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.interfaces import Variant

if TYPE_CHECKING:
    from bakeoff.interfaces import Subject


class Memorisation:
    """Method on shuffled labels, compared with the same method on the real labels.

    Where a method declares how it is regularised, both train without regularisation, since early
    stopping would end at once on labels without information.

    Args:
        regularised: whether both keep the method's own regularisation.

    Source:
        Zhang, Bengio, Hardt, Recht and Vinyals, "Understanding deep learning requires rethinking
        generalization", 2017.
    """

    def __init__(self, *, regularised: bool = False) -> None:
        self.regularised = regularised

    def variants(self, subject: Subject) -> tuple[Variant, ...]:
        """Return the variant with real labels, then the one with shuffled labels."""
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
