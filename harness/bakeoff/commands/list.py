"""List what there is: suites, datasets, features, learners, methods, metrics, studies, plugins."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bakeoff.commands._tables import table
from bakeoff.commands.common import out
from bakeoff.registry.catalogue import (
    KINDS,
    Component,
    DatasetComponent,
    MetricComponent,
    Trainable,
)

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from bakeoff.registry.manager import Plugins


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `bakeoff list`."""
    parser.add_argument(
        "kind", choices=[*KINDS, "plugins"], metavar="KIND", help="one of %(choices)s"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a row")


def main(args: Namespace, plugins: Plugins) -> int:
    """Print the components of a kind, or the plugins."""
    if args.kind == "plugins":
        head: tuple[str, ...] = ("plugin", "distribution", "version", "hooks")
        rows = _plugins(plugins)
    else:
        head, rows = _components(args.kind, plugins)
    if args.json:
        for row in rows:
            out(json.dumps(dict(zip(head, row, strict=True)), ensure_ascii=False))
    else:
        out(table(head, rows) if rows else f"no {args.kind}")
        for name, reason in plugins.broken.items():
            out(f"broken: plugin {name!r}: {reason}")
    return 0


def _components(kind: str, plugins: Plugins) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Return head and rows of the table of one kind of component."""
    components = list(plugins.registry.all(kind))
    heads: dict[str, tuple[str, ...]] = {
        "datasets": ("kind", "problem", "rows", "classes", "from", "licence", "cached"),
        "metrics": ("problem", "better", "range"),
        "suites": (),
    }
    is_trainable = any(isinstance(component, Trainable) for component in components)
    middle = heads.get(kind, ("source", "for", "problem") if is_trainable else ())
    rows = [(c.name, *_facts(c), c.owner, _about(c)) for c in components]
    return ("name", *middle, "plugin", "about"), rows


def _facts(component: Component) -> tuple[Any, ...]:
    """Return the cells that depend on the kind of component."""
    problems = ", ".join(component.problems) or "any"
    inputs = ", ".join(component.inputs) or "any"
    if isinstance(component, DatasetComponent):
        return (
            inputs,
            problems,
            component.n_rows or "yours",
            component.n_classes or "-",
            component.origin,
            component.licence,
            _cached(component),
        )
    if isinstance(component, MetricComponent):
        better = "higher" if component.direction == "maximize" else "lower"
        return problems, better, f"{component.low:g} to {component.high:g}"
    if isinstance(component, Trainable):
        return component.source or "-", inputs, problems
    return ()


def _cached(component: DatasetComponent) -> str:
    """Return `yes` if the dataset is cached, else `no`; `-` for datasets read from a path."""
    if component.missing:
        return "no"
    if not component.n_rows:
        return "-"
    return "yes" if component.load()().is_cached() else "no"


def _about(component: Component) -> str:
    if component.kind == "suites":
        return _description(component)
    if component.missing:
        return f"{component.summary} (needs {', '.join(component.missing)}: {component.install})"
    return component.summary


def _description(component: Component) -> str:
    from bakeoff.suite.files import suite_path
    from bakeoff.suite.yaml_reader import read_yaml

    return str(read_yaml(suite_path(component.target)).value.get("description", ""))


def _plugins(plugins: Plugins) -> list[tuple[Any, ...]]:
    """Return name, distribution, version and hooks of each plugin."""
    rows = []
    for name, plugin in plugins.manager.list_name_plugin():
        hooks = plugins.manager.get_hookcallers(plugin) or []
        hook_names = ", ".join(sorted(hook.name.removeprefix("bakeoff_") for hook in hooks))
        rows.append((name, *_distribution(name), hook_names))
    return rows


def _distribution(name: str) -> tuple[str, str]:
    """Return name and version of the distribution that has a plugin's entry point."""
    from importlib.metadata import entry_points

    import bakeoff
    from bakeoff.records import NAMESPACE

    for entry in entry_points(group=NAMESPACE, name=name):
        if entry.dist is not None:
            return entry.dist.name, entry.dist.version
    return "bakeoff", bakeoff.__version__
