"""Contract of studies: variants that differ, and a control among them."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from bakeoff.interfaces import Subject
from bakeoff.records import Protocol, Task
from bakeoff.registry.catalogue import Trainable
from bakeoff.testing.base import Contract, plugins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bakeoff.interfaces import Variant
    from bakeoff.registry.catalogue import Component

DEFAULT = "default"
"""The method as it is outside any study, which may be the control."""

_TASK = Task(
    name="sample",
    dataset="sample",
    input_kind="table",
    problem_type="binary",
    metric="balanced_accuracy",
    direction="maximize",
    protocol=Protocol.of(),
    fingerprint="",
    n_classes=2,
)


class StudyContract(Contract):
    """Contract tests for every study of a plugin.

    A study whose constructor needs more than its defaults is given it by `params`.

    Args:
        methods: names of methods to ask for; empty for all that plugins offer.
    """

    kinds = ("studies",)
    methods: ClassVar[tuple[str, ...]] = ()

    def make(self, component: Component, **params: Any) -> Any:
        """Return the study as made for a suite that gives only its name."""
        settings = self.params.get(component.name, {}) | params
        parameters = inspect.signature(component.load()).parameters.values()
        lacking = [p.name for p in parameters if p.default is p.empty and p.name not in settings]
        if lacking:
            pytest.skip(f"{component.name} needs {', '.join(lacking)}: give them in `params`")
        return super().make(component, **params)

    def _variants(self, component: Component) -> dict[str, tuple[Variant, ...]]:
        """Return the variants by method, for the methods that the study varies."""
        study = self.make(component)
        asked = {s.method: tuple(study.variants(s)) for s in self.subjects()}
        return {name: variants for name, variants in asked.items() if variants}

    def subjects(self) -> Iterator[Subject]:
        """Yield every method that a suite could name, on a table of 200 rows."""
        registry = plugins().registry
        for kind, prefixes in (("methods", ("",)), ("learners", registry.names("features"))):
            for component in registry.all(kind):
                if isinstance(component, Trainable):
                    remedies = component.load_remedies()
                    for prefix in prefixes:
                        name = f"{prefix}+{component.name}" if prefix else component.name
                        if not self.methods or name in self.methods:
                            yield Subject(
                                method=name,
                                task=_TASK,
                                n_rows=200,
                                remedies=remedies,
                                devices=component.devices,
                                backends=component.backends,
                            )

    def test_it_fits_some_method(self, component: Component) -> None:
        """A study without variants answers nothing."""
        assert self._variants(component), "no method has variants"

    def test_its_control_is_a_variant_and_comes_first(self, component: Component) -> None:
        """Every other one is compared with a variant of the same study."""
        for variants in self._variants(component).values():
            names = [variant.name for variant in variants]

            first = variants[0]
            message = f"variant {first.name!r} comes first, its control is {first.control!r}"
            assert first.control in {first.name, DEFAULT}, message
            unknown = sorted({variant.control for variant in variants} - {*names, DEFAULT})
            assert not unknown, f"{unknown[0]!r} is named as a control and is no variant"

    def test_its_variants_differ(self, component: Component) -> None:
        """In name and in what they change; two alike would be one trial under two names.

        A single variant has the default as its control, or measures what its protocol asks for.
        """
        for variants in self._variants(component).values():
            names = [variant.name for variant in variants]
            changes = [repr((v.params, v.protocol, v.device, v.backend)) for v in variants]
            only = variants[0]

            is_pair = len(variants) > 1 or only.control == DEFAULT or only.protocol
            assert is_pair, f"{only.name!r} is the only variant"
            assert len(names) == len(set(names)), f"names twice: {', '.join(names)}"
            assert len(changes) == len(set(changes)), f"alike: {', '.join(changes)}"

    def test_it_changes_what_there_is(self, component: Component) -> None:
        """Fields of the protocol by their names, parameters as plain data."""
        fields_of_protocol = {field.name for field in fields(Protocol)}
        for variants in self._variants(component).values():
            for variant in variants:
                unknown = [name for name in variant.protocol if name not in fields_of_protocol]
                assert not unknown, f"the protocol has no {', '.join(map(str, unknown))}"
                assert all(isinstance(name, str) for name in variant.params), variant.params

    def test_asking_twice_gives_the_same(self, component: Component) -> None:
        """Identities of trials hang on it."""
        first, second = self._variants(component), self._variants(component)
        changed = [name for name, variants in first.items() if variants != second.get(name)]

        assert not changed, f"two calls gave different variants for {changed[0]!r}"

    def test_a_parameter_it_lacks_is_refused(self, component: Component) -> None:
        """A suite's typing error must not go unnoticed."""
        refused = False
        try:
            component.load()(no_such_parameter=1)
        except TypeError:
            refused = True

        assert refused, "it took no_such_parameter=1"
