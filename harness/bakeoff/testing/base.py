"""Base class of the contracts: one test for each component of a plugin."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from bakeoff.errors import SourceUnavailableError
from bakeoff.records import NAMESPACE
from bakeoff.registry.catalogue import Trainable
from bakeoff.registry.manager import DISABLE, load_plugins
from bakeoff.testing import side_effects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bakeoff.registry.catalogue import Component
    from bakeoff.registry.manager import Plugins

SUBPROCESS_S = 120.0


class Contract:
    """Base of every contract.

    A test of a subclass that takes `component` runs once for each component that the plugin
    registers of `kinds`; one whose libraries are missing is skipped with the command that adds
    them.

    Args:
        plugin: name of the plugin, which is that of its entry point.
        kinds: kinds of components that the contract is about.
        names: only these components; empty for all.
        leave_out: components that this subclass can't test, each with the reason.
        params: constructor parameters by component name, where the defaults take too long.
        without_libraries: tests that run where a component's libraries are missing too.
    """

    plugin: ClassVar[str] = ""
    kinds: ClassVar[tuple[str, ...]] = ()
    names: ClassVar[tuple[str, ...]] = ()
    leave_out: ClassVar[dict[str, str]] = {}
    params: ClassVar[dict[str, dict[str, Any]]] = {}
    without_libraries: ClassVar[tuple[str, ...]] = ()

    @pytest.fixture(autouse=True)
    def _restore_process_state(self) -> Iterator[None]:
        """Restore the process after each test, so that no test hides a change from the next."""
        before = side_effects.state()
        yield
        side_effects.restore(before)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Parametrize each test that takes a component with all components and their cases."""
        test = metafunc.function.__name__
        if "component" not in metafunc.fixturenames:
            return
        components = list(self.components())
        if not components and not self.only_watches():
            raise pytest.UsageError(
                f"{type(self).__name__} would test nothing: plugin {self.plugin!r} registers no "
                f"{', '.join(self.kinds)}."
            )
        if "case" not in metafunc.fixturenames:
            values = [
                pytest.param(c, marks=self._marks(test, c), id=_id(c, "")) for c in components
            ]
            metafunc.parametrize("component", values)
            return
        values = [
            pytest.param(
                component, case, marks=self._marks(test, component), id=_id(component, case)
            )
            for component in components
            for case in self.cases(component)
            if self.applies(test, component, case)
        ]
        metafunc.parametrize(("component", "case"), values)

    def only_watches(self) -> bool:
        """Return True if a plugin may have no components, since it only observes runs."""
        return False

    def _marks(self, test: str, component: Component) -> tuple[pytest.MarkDecorator, ...]:
        if test in self.without_libraries or not component.missing:
            return ()
        reason = f"{component.name} needs {', '.join(component.missing)}. Run: {component.install}"
        return (pytest.mark.skip(reason=reason),)

    def components(self) -> Iterator[Component]:
        """Yield the plugin's components that the contract is about."""
        for kind in self.kinds:
            for component in plugins().registry.all(kind):
                is_named = not self.names or component.name in self.names
                is_ours = component.owner == self.plugin
                if is_ours and is_named and component.name not in self.leave_out:
                    yield component

    def applies(self, test: str, component: Component, case: str) -> bool:  # noqa: ARG002  for subclasses
        """Return True if a test, by its name, applies to a component in that case."""
        return True

    def cases(self, component: Component) -> tuple[str, ...]:  # noqa: ARG002  for subclasses
        """Return the cases in which a component is tested: its input kinds or problem types."""
        return ("",)

    def make(self, component: Component, **params: Any) -> Any:
        """Return a component made as in a trial; `random_state` is 0 where there is one.

        The test is skipped where the component needs files that can't be fetched.
        """
        factory = component.load()
        accepted = inspect.signature(factory).parameters
        seed = {"random_state": 0} if "random_state" in accepted else {}
        settings = self.params.get(component.name, {}) | params
        instance = factory(**(seed | settings))
        if isinstance(component, Trainable) and component.must_fetch(settings):
            try:
                instance.prepare()
            except SourceUnavailableError as error:
                pytest.skip(str(error))  # as its trials would be
        return instance


@cache
def plugins() -> Plugins:
    """Return every plugin of this process, loaded once."""
    return load_plugins()


def fresh_process(code: str, *arguments: str, only: str = "", **environment: str) -> Any:
    """Return what a new Python process prints as JSON on its last line.

    Args:
        code: program text.
        arguments: its `sys.argv[1:]`.
        only: the one plugin that is not blocked; empty blocks none.
        environment: changes of the environment.
    """
    other_plugins = [entry.name for entry in entry_points(group=NAMESPACE) if entry.name != only]
    blocked = {DISABLE: ",".join(other_plugins)} if only else {}
    done = subprocess.run(  # noqa: S603  our own interpreter and program
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, **blocked, **environment},
        capture_output=True,
        text=True,
        timeout=SUBPROCESS_S,
        check=False,
    )
    last = done.stderr.strip().rpartition("\n")[2]
    assert done.returncode == 0, f"{last}\n{done.stderr}"
    return json.loads(done.stdout.splitlines()[-1])


def _id(component: Component, case: str) -> str:
    twin = component.target.rpartition(":")[2] or component.name
    return "-".join(filter(None, (component.name, twin, case)))
