"""Audit the data of every task of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.data.audit import audit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bakeoff.data.audit import AuditFinding
    from bakeoff.plan.tasks import PlannedTask


def audit_tasks(tasks: Mapping[str, PlannedTask]) -> dict[str, tuple[AuditFinding, ...]]:
    """Return the audit findings of every task by name; none for a task without data.

    Raises:
        OSError: the cache can't be written.
    """
    return {
        name: () if planned.prepared is None else audit(planned.prepared, planned.task)
        for name, planned in tasks.items()
    }
