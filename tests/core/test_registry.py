"""What plugins offer, by kind and name."""

from __future__ import annotations

import pytest

from bakeoff.errors import PluginError
from bakeoff.registry.catalogue import Registry


def test_text_where_a_tuple_belongs_names_the_plugin() -> None:
    """A string is a sequence of letters: it would fit nothing, silently."""
    register = Registry().register("features", "demo")

    with pytest.raises(PluginError, match=r"plugin 'demo': .* expected inputs as a tuple"):
        register("odd", "module:Name", inputs="table")


@pytest.mark.parametrize("target", ["no.such.module:Name", "json:nothing", "not a target"])
def test_target_that_names_nothing_names_the_plugin(target: str) -> None:
    """The author of the plugin is told, and the user sees no traceback."""
    registry = Registry()
    registry.register("learners", "demo")("odd", target)

    with pytest.raises(PluginError, match="plugin 'demo': learners 'odd'"):
        registry.get("learners", "odd").load()
