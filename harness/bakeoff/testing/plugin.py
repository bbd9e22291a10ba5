"""Contract of plugins: found by its entry point, light to import, with valid registrations."""

from __future__ import annotations

import argparse
import re
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, ClassVar

from bakeoff.records import INPUT_KINDS, NAMESPACE, PROBLEM_TYPES, SOURCES
from bakeoff.registry.catalogue import KINDS, DatasetComponent, MetricComponent, Trainable
from bakeoff.testing.base import Contract, fresh_process, plugins

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bakeoff.registry.catalogue import Component

DEVICES = {"cpu", "gpu"}
USES = {"labels", "proba", "values", "masks", "boxes", "clusters"}
LONGEST_SUMMARY = 80
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LOOK = """
import json, sys
from bakeoff.registry.manager import load_plugins
plugins = load_plugins()
facts = {
    "modules": sorted({name.partition(".")[0] for name in sys.modules}),
    "broken": plugins.broken,
    "plugins": [name for name, _ in plugins.manager.list_name_plugin()],
}
print(json.dumps(facts))
"""


class PluginContract(Contract):
    """Contract tests for a plugin as a whole, and for the registration of each component.

    Args:
        plugin: name of the plugin.
        heavy: top-level modules that listing must not import.
    """

    kinds = KINDS
    heavy: ClassVar[tuple[str, ...]] = ("numpy", "pandas", "sklearn", "tensorflow")
    without_libraries: ClassVar[tuple[str, ...]] = (
        "test_its_name_can_be_typed_and_found",
        "test_its_summary_is_one_short_line",
        "test_its_needs_are_importable_names",
        "test_its_facts_are_known_words",
    )

    def only_watches(self) -> bool:
        """Return True if the plugin is loaded and only has hooks that observe runs."""
        manager = plugins().manager
        module = manager.get_plugin(self.plugin)
        called = manager.get_hookcallers(module) if module is not None else None
        return bool(called) and not any("_register_" in hook.name for hook in called or ())

    def test_it_is_found_through_its_entry_point(self) -> None:
        """By every process, under the name that users block."""
        n_found = len(entry_points(group=NAMESPACE, name=self.plugin))

        assert n_found == 1, f"{n_found} entry points have the name {self.plugin!r}"
        assert not _look(self.plugin)["broken"]
        assert self.plugin in _look(self.plugin)["plugins"]

    def test_finding_it_imports_nothing_heavy(self) -> None:
        """`bakeoff list` answers at once, whatever the plugin needs to work."""
        imported = sorted(set(self.heavy) & set(_look(self.plugin)["modules"]))

        assert not imported, f"finding it imports {', '.join(imported)}"

    def test_it_offers_or_watches_something(self) -> None:
        """A plugin without a hook is a mistake."""
        module = plugins().manager.get_plugin(self.plugin)

        assert plugins().manager.get_hookcallers(module), "it has no hook"

    def test_it_loads_or_names_what_it_lacks(self, component: Component) -> None:
        """What `needs` declares is all that loading takes."""
        if component.kind == "suites":
            _check_suite(component)
        else:
            assert component.load() is not None

    def test_its_name_can_be_typed_and_found(self, component: Component) -> None:
        """Lower case, digits and underscores, so that globs and `+` stay free."""
        assert _NAME.fullmatch(component.name), f"its name is {component.name!r}"
        assert component in plugins().registry.find(component.kind, component.name)

    def test_its_summary_is_one_short_line(self, component: Component) -> None:
        """`bakeoff list` has one line for it; suites bring a description of their own."""
        if component.kind != "suites":
            summary = component.summary
            message = f"its summary has {len(summary)} characters: {summary!r}"

            assert 0 < len(summary) <= LONGEST_SUMMARY, message
            assert summary == " ".join(summary.split()).removesuffix("."), message

    def test_its_needs_are_importable_names(self, component: Component) -> None:
        """`sklearn`, not `scikit-learn`: they are looked up without importing."""
        invalid = [name for name in component.needs if not name.isidentifier()]

        assert not invalid, f"needs names {', '.join(map(repr, invalid))}"

    def test_its_facts_are_known_words(self, component: Component) -> None:
        """Input kinds, problem types, sources, devices and directions come from the core."""
        _check_words("inputs", component.inputs, INPUT_KINDS)
        _check_words("problems", component.problems, PROBLEM_TYPES)
        for check in (_check_trainable, _check_metric, _check_dataset):
            check(component)

    def test_its_face_is_that_of_its_kind(self, component: Component) -> None:
        """The methods and functions that the core calls are there."""
        if component.kind in _FACES:
            loaded = component.load()
            lacking = [name for name in _FACES[component.kind] if not hasattr(loaded, name)]

            assert not lacking, f"it has no {', '.join(lacking)}"
        if component.kind == "commands":
            component.load().add_arguments(argparse.ArgumentParser())


_FACES: dict[str, tuple[str, ...]] = {
    "datasets": ("load", "is_cached", "fingerprint"),
    "features": ("fit", "transform"),
    "learners": ("fit", "predict"),
    "clusterers": ("fit",),
    "methods": ("fit", "predict"),
    "metrics": ("__call__",),
    "studies": ("variants",),
    "executors": ("run", "close"),
    "report_sections": ("__call__",),
    "commands": ("add_arguments", "main"),
}


@cache
def _look(plugin: str) -> dict[str, Any]:
    """Return what a fresh process with this plugin alone has loaded."""
    facts: dict[str, Any] = fresh_process(_LOOK, only=plugin)
    return facts


def _check_suite(component: Component) -> None:
    from bakeoff.suite.schema import load_suite

    suite = load_suite(component.name, plugins().registry).suite
    assert suite.name == component.name
    assert suite.description


def _check_words(fact: str, words: Iterable[str], known: Iterable[str]) -> None:
    """Fail with the words that are not known, and those that are."""
    allowed = sorted(known)
    unknown = [word for word in words if word not in allowed]
    message = (
        f"{fact} has {', '.join(map(repr, unknown))}; known are {', '.join(filter(None, allowed))}"
    )
    assert not unknown, message


def _check_trainable(component: Component) -> None:
    if isinstance(component, Trainable):
        allowed = {"", *SOURCES} if component.kind in {"learners", "clusterers"} else {*SOURCES}
        _check_words("source", (component.source,), allowed)
        _check_words("devices", component.devices, DEVICES)
        assert component.max_rows is None or component.max_rows > 0
        assert component.max_classes is None or component.max_classes > 1


def _check_metric(component: Component) -> None:
    if isinstance(component, MetricComponent):
        _check_words("direction", (component.direction,), ("maximize", "minimize"))
        _check_words("uses", (component.uses,), USES)
        assert component.low < component.high, f"low is {component.low}, high is {component.high}"
        assert component.problems, "problems is empty"


def _check_dataset(component: Component) -> None:
    if isinstance(component, DatasetComponent):
        assert component.n_rows >= 0
        assert component.n_classes >= 0
        assert component.licence, "licence is empty"
        assert component.origin, "origin is empty"
