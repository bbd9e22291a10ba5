"""HTML report of one or more runs: test scores, intervals, overfitting and cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bakeoff_report.page.write import write_report

__all__ = ["write_report"]


def __getattr__(name: str) -> Any:
    """Import what needs pandas and Altair only when it is asked for."""
    if name == "write_report":
        from bakeoff_report.page.write import write_report

        return write_report
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
