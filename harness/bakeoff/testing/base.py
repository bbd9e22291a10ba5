"""What the contracts share: a test for each component of the plugin that a subclass names."""

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
        """What one test leaves changed must not hide what the next one changes."""
        before = side_effects.state()
        yield
        side_effects.restore(before)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give each test that takes a component all of them, and all of its cases."""
        test = metafunc.function.__name__
        if "component" not in metafunc.fixturenames:
            return
        found = list(self.components())
        if not found and not self.only_watches():
            raise pytest.UsageError(
                f"{type(self).__name__} would test nothing: plugin {self.plugin!r} registers no "
                f"{', '.join(self.kinds)}."
            )
        if "case" not in metafunc.fixturenames:
            values = [pytest.param(c, marks=self._marks(test, c), id=_id(c, "")) for c in found]
            metafunc.parametrize("component", values)
            return
        values = [
            pytest.param(
                component, case, marks=self._marks(test, component), id=_id(component, case)
            )
            for component in found
            for case in self.cases(component)
            if self.applies(test, component, case)
        ]
        metafunc.parametrize(("component", "case"), values)

    def only_watches(self) -> bool:
        """Whether there is nothing to test by right: a plugin may watch runs and offer nothing."""
        return False

    def _marks(self, test: str, component: Component) -> tuple[pytest.MarkDecorator, ...]:
        if test in self.without_libraries or not component.missing:
            return ()
        reason = f"{component.name} needs {', '.join(component.missing)}. Run: {component.install}"
        return (pytest.mark.skip(reason=reason),)

    def components(self) -> Iterator[Component]:
        """Components of the plugin that the contract is about."""
        for kind in self.kinds:
            for component in plugins().registry.all(kind):
                wanted = not self.names or component.name in self.names
                is_ours = component.owner == self.plugin
                if is_ours and wanted and component.name not in self.leave_out:
                    yield component

    def applies(self, test: str, component: Component, case: str) -> bool:  # noqa: ARG002  for subclasses
        """Whether a test, by its name, asks something of a component in that case."""
        return True

    def cases(self, component: Component) -> tuple[str, ...]:  # noqa: ARG002  for subclasses
        """What else a component is tested for: its input kinds or problem types."""
        return ("",)

    def make(self, component: Component, **params: Any) -> Any:
        """A component as a trial makes it; `random_state` is 0 where there is one.

        One that needs files which can't be had from here skips the test.
        """
        factory = component.load()
        known = inspect.signature(factory).parameters
        seed = {"random_state": 0} if "random_state" in known else {}
        given = self.params.get(component.name, {}) | params
        made = factory(**(seed | given))
        if isinstance(component, Trainable) and component.must_fetch(given):
            try:
                made.prepare()
            except SourceUnavailableError as error:
                pytest.skip(str(error))  # as its trials would be
        return made


@cache
def plugins() -> Plugins:
    """Every plugin of this process, found once."""
    return load_plugins()


def fresh_process(code: str, *arguments: str, only: str = "", **environment: str) -> Any:
    """What a new Python process prints as JSON on its last line.

    Args:
        code: program text.
        arguments: its `sys.argv[1:]`.
        only: the one plugin that is not blocked; empty blocks none.
        environment: changes of the environment.
    """
    others = [entry.name for entry in entry_points(group=NAMESPACE) if entry.name != only]
    blocked = {DISABLE: ",".join(others)} if only else {}
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
