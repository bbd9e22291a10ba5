"""Show one component: what it is, where it comes from, its parameters, what it needs."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from bakeoff.commands.common import out
from bakeoff.errors import UnknownNameError
from bakeoff.interfaces import Tunable
from bakeoff.registry.catalogue import KINDS, Component, MetricComponent, Trainable

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from bakeoff.registry.manager import Plugins


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `bakeoff show`."""
    parser.add_argument("name", help="a name from any of bakeoff's lists")


def main(args: Namespace, plugins: Plugins) -> int:
    """Print all components of a name."""
    registry = plugins.registry
    components = [c for kind in KINDS for c in registry.all(kind) if c.name == args.name]
    if not components:
        names = [name for kind in KINDS for name in registry.names(kind)]
        raise UnknownNameError("component", args.name, names)
    out("\n\n".join(_describe(component) for component in components))
    return 0


def _describe(component: Component) -> str:
    facts = {
        "kind": component.kind,
        "plugin": component.owner,
        "for": ", ".join(component.inputs) or "any input kind",
        "problem types": ", ".join(component.problems) or "any",
    }
    if isinstance(component, Trainable):
        facts["source"] = component.source or "that of its features"
        facts["devices"] = ", ".join(component.devices) or "cpu"
    if isinstance(component, MetricComponent):
        facts["better"] = "higher" if component.direction == "maximize" else "lower"
        facts["range"] = f"{component.low:g} to {component.high:g}"
    facts["needs"] = ", ".join(component.needs) or "nothing beyond bakeoff"
    lines = [f"{component.name}: {component.summary}", *(f"  {k}: {v}" for k, v in facts.items())]
    return "\n".join([*lines, *_code(component)])


def _code(component: Component) -> list[str]:
    """Return parameters, search space and docstring of a component as lines."""
    if component.missing:
        return [f"  not installed: {', '.join(component.missing)}. Run: {component.install}"]
    if component.kind == "suites":
        from bakeoff.suite.files import suite_path

        return [f"  file: {suite_path(component.target)}"]
    loaded = component.load()
    lines = []
    if inspect.isclass(loaded):
        parameters = inspect.signature(loaded).parameters.values()
        lines = ["  parameters:" if parameters else "  parameters: none"]
        lines += [f"    {str(p).split(':')[0].split('=')[0]}{_default(p)}" for p in parameters]
        lines += _space(loaded)
    text = inspect.getdoc(loaded) or ""
    return [*lines, "", *(f"  {line}".rstrip() for line in text.splitlines())]


def _space(loaded: Any) -> list[str]:
    """Return the search space of a component as lines; none if it has no search space."""
    if not isinstance(loaded, Tunable):
        return []
    space = loaded.space()
    lines = [f"    {name}: {dimension}" for name, dimension in space.dimensions.items()]
    return ["  search space:", *lines, f"    source: {space.source or 'not told'}"]


def _default(parameter: inspect.Parameter) -> str:
    required = parameter.default is inspect.Parameter.empty
    return " (required)" if required else f" = {parameter.default!r}"
