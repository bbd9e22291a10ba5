"""A metric."""

from __future__ import annotations

from typing import Any

import numpy as np


def specificity(y_true: Any, y_pred: Any, /, *, n_classes: int) -> float:
    """Compute the recall of the first class: maximize, 0 to 1; NaN without such rows."""
    first = np.asarray(y_true) == 0
    return float((np.asarray(y_pred)[first] == 0).mean()) if first.any() else float("nan")
