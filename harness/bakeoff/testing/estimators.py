"""Contract shared by features, learners, clusterers and methods: constructor and parameters.

Components need not be picklable: a trial holds their names and parameters, never an object.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bakeoff.interfaces import Tunable
from bakeoff.plan.static_signatures import parameters_of
from bakeoff.spaces import Space
from bakeoff.testing.base import Contract

if TYPE_CHECKING:
    from bakeoff.registry.catalogue import Component


class EstimatorContract(Contract):
    """Contract tests for every estimator of a plugin: constructor, parameters, documentation."""

    kinds: ClassVar[tuple[str, ...]] = ("features", "learners", "clusterers", "methods")

    def test_its_docstring_says_what_it_is(self, component: Component) -> None:
        """`bakeoff show` prints it."""
        assert inspect.getdoc(component.load()), "it has no docstring"

    def test_the_constructor_stores_its_parameters(self, component: Component) -> None:
        """Under their own names and unchanged, defaults included, without any work."""
        estimator = self.make(component)
        settings = self.params.get(component.name, {})
        expected = _shown(_defaults(component.load()) | settings)
        stored = _shown({name: getattr(estimator, name, "nothing") for name in expected})
        changed = [n for n in expected if expected[n] != stored[n]]

        assert not changed, "; ".join(
            f"given {n}={expected[n]}, stored {stored[n]}" for n in changed
        )

    def test_parameters_make_an_equal_copy(self, component: Component) -> None:
        """What the constructor takes can be read off and handed to the constructor again."""
        estimator = self.make(component)
        names = list(_defaults(component.load()))
        params = _params(estimator, names)
        copy = type(estimator)(**params)

        assert set(names) == set(params), (
            f"get_params tells {sorted(params)}, expected {sorted(names)}"
        )
        first, second = _shown(params), _shown(_params(copy, names))
        assert first == second, f"a copy made from {first} has {second}"

    def test_a_parameter_it_lacks_is_refused(self, component: Component) -> None:
        """A suite's typing error must not go unnoticed."""
        refused = False
        try:
            component.load()(no_such_parameter=1)
        except TypeError:
            refused = True

        assert refused, "it took no_such_parameter=1"

    def test_its_parameters_are_known_without_an_import(self, component: Component) -> None:
        """Or not at all: then a plan that names one imports the component."""
        from_source = parameters_of(component.target)
        real = tuple(inspect.signature(component.load()).parameters)

        assert from_source in (None, real), (
            f"its source shows {from_source}, its constructor takes {real}"
        )

    def test_its_space_varies_parameters_that_it_has(self, component: Component) -> None:
        """Also each start is a configuration that the constructor takes."""
        factory = component.load()
        space = factory.space() if isinstance(factory, Tunable) else Space()
        accepted = set(inspect.signature(factory).parameters)

        unknown = sorted(set(space.dimensions) - accepted)
        assert not unknown, f"space() varies {', '.join(unknown)}, which the constructor lacks"
        assert len(space.ordered()) == len(space.dimensions)
        for start in space.starts:
            assert self.make(component, **start) is not None


def _defaults(factory: Any) -> dict[str, Any]:
    """Return the defaults of a constructor by parameter, without `random_state`."""
    parameters = inspect.signature(factory).parameters.values()
    loose = [p.name for p in parameters if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if loose:
        raise TypeError(f"expected parameters with names; got {', '.join(loose)}")
    return {p.name: p.default for p in parameters if p.name != "random_state"}


def _params(estimator: Any, names: list[str]) -> dict[str, Any]:
    """Return the parameters of `get_params`, or the attributes where there is no such method."""
    if hasattr(estimator, "get_params"):
        params: dict[str, Any] = estimator.get_params(deep=False)
        return {name: value for name, value in params.items() if name != "random_state"}
    return {name: getattr(estimator, name) for name in names}


def _shown(params: dict[str, Any]) -> dict[str, str]:
    """Return parameters as text: NaN equals NaN, and arrays compare as a whole."""
    return {name: repr(value) for name, value in params.items()}


def copy_of(X: Any) -> Any:
    """Return a copy that shares no memory."""
    return X.copy(deep=True) if hasattr(X, "iloc") else X.copy()


def assert_unchanged(before: Any, after: Any) -> None:
    """Fail unless two inputs of any kind are equal, names and types of columns included."""
    if hasattr(before, "iloc"):
        import pandas as pd

        changed = [name for name in before if not before[name].equals(after.get(name))]
        assert not changed, f"it changed column {', '.join(map(repr, changed))} of X"
        pd.testing.assert_frame_equal(before, after)
    elif hasattr(before, "indptr"):
        np.testing.assert_array_equal(before.toarray(), after.toarray())
    else:
        np.testing.assert_array_equal(before, after)
