"""Names of a network's variables that don't depend on networks built before."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

_COUNTED = re.compile(
    r"(conv2d|depthwise_conv2d|separable_conv2d|batch_normalization|dense|normalization)(?:_(\d+))?"
)


def named(model: Any) -> dict[str, Any]:
    """Return all variables of a Keras network by `layer/variable`.

    Layers that Keras numbers across networks are renumbered from 1 within the network.
    """
    counted: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for layer in model.layers:
        if match := _COUNTED.fullmatch(layer.name):
            counted[match[1]].append((int(match[2] or 0), layer.name))
    names = {
        name: f"{base}_{rank}"
        for base, numbered in counted.items()
        for rank, (_, name) in enumerate(sorted(numbered), 1)
    }
    return {
        f"{names.get(layer.name, layer.name)}/{variable.path.rsplit('/', 1)[-1]}": variable
        for layer in model.layers
        for variable in layer.weights
    }
