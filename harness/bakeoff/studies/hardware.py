"""Studies of hardware: the same trial on CPU and GPU, or on several backends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.interfaces import Variant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff.interfaces import Subject

DEVICES = ("cpu", "gpu")


class Device:
    """Method on the CPU, the control, and on the GPU, with the same splits and seeds."""

    def variants(self, subject: Subject) -> tuple[Variant, ...]:
        """Return one variant for each device; none for methods that can't use a GPU."""
        if "gpu" not in subject.devices:
            return ()
        return tuple(
            Variant(name=d, params={}, protocol={}, control="cpu", factor="device", device=d)
            for d in DEVICES
        )


class Backend:
    """Network on two or more backends, with the same splits and seeds.

    Args:
        backends: names of the backends, the control first.

    Raises:
        ValueError: fewer than two, or one twice.
    """

    def __init__(self, *, backends: Sequence[str] = ("tensorflow", "jax")) -> None:
        is_list = isinstance(backends, list | tuple) and all(isinstance(b, str) for b in backends)
        if not is_list or len(set(backends)) != len(backends) or len(backends) < 2:  # noqa: PLR2004  a pair
            raise ValueError(f"expected two or more different backends; got {backends!r}.")
        self.backends = tuple(backends)

    def variants(self, subject: Subject) -> tuple[Variant, ...]:
        """Return one variant for each backend; none for methods that don't support all of them."""
        if not set(self.backends) <= set(subject.backends):
            return ()
        control = self.backends[0]
        return tuple(
            Variant(name=b, params={}, protocol={}, control=control, factor="backend", backend=b)
            for b in self.backends
        )
