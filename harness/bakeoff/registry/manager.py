"""Find plugins and collect the components that they register."""

from __future__ import annotations

import importlib.metadata
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pluggy

from bakeoff.errors import BakeoffError, PluginError
from bakeoff.records import NAMESPACE
from bakeoff.registry import builtin, hookspecs
from bakeoff.registry.catalogue import KINDS, Registry

if TYPE_CHECKING:
    from collections.abc import Iterable

DISABLE = "BAKEOFF_DISABLE"


@dataclass(frozen=True, slots=True)
class Plugins:
    """Plugins of this process and the components that they register.

    `broken` maps the name of a plugin that could not be imported to the reason.
    """

    manager: pluggy.PluginManager
    registry: Registry
    broken: dict[str, str] = field(default_factory=dict)


def load_plugins(extra: Iterable[tuple[str, object]] = ()) -> Plugins:
    """Return every plugin, imported, with its components; done anew in each process.

    Args:
        extra: further plugins as (name, module or object), for tests.

    Raises:
        NameClashError: two plugins offer the same name.
        PluginError: a hook is misspelt or raises.
    """
    manager = pluggy.PluginManager(NAMESPACE)
    manager.add_hookspecs(hookspecs)
    manager.register(builtin, name="builtin")
    broken = _register_entry_points(manager)
    for name, plugin in extra:
        manager.register(plugin, name=name)
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(manager.get_name(error.plugin) or "unknown", f"{error}.") from error
    return Plugins(manager, _collect(manager), broken)


def notify(plugins: Plugins, hook: str, **facts: object) -> None:
    """Call a hook plugin by plugin, last registered first, so that errors name the plugin.

    Raises:
        PluginError: an observer raised.
    """
    for implementation in reversed(getattr(plugins.manager.hook, hook).get_hookimpls()):
        arguments = {name: facts[name] for name in implementation.argnames}
        try:
            implementation.function(**arguments)
        except BrokenPipeError:
            raise
        except Exception as error:
            message = f"{hook} raised {type(error).__name__}: {error}."
            raise PluginError(implementation.plugin_name, message) from error


def _register_entry_points(manager: pluggy.PluginManager) -> dict[str, str]:
    blocked = {name.strip() for name in os.environ.get(DISABLE, "").split(",")}
    broken: dict[str, str] = {}
    for entry in sorted(importlib.metadata.entry_points(group=NAMESPACE), key=lambda e: e.name):
        if entry.name in blocked or manager.has_plugin(entry.name):
            continue
        try:
            manager.register(entry.load(), name=entry.name)
        except pluggy.PluginValidationError as error:
            raise PluginError(entry.name, f"{error}.") from error
        except Exception as error:  # noqa: BLE001  a broken plugin must not take the others down
            broken[entry.name] = f"{type(error).__name__}: {error}"
    return broken


def _collect(manager: pluggy.PluginManager) -> Registry:
    """Call the register hooks plugin by plugin, so that every component has an owner."""
    registry = Registry()
    for kind in KINDS:
        hook = getattr(manager.hook, f"{NAMESPACE}_register_{kind}")
        for implementation in hook.get_hookimpls():
            owner = implementation.plugin_name
            try:
                implementation.function(register=registry.register(kind, owner))
            except BakeoffError:
                raise
            except Exception as error:
                message = (
                    f"{implementation.function.__name__} raised {type(error).__name__}: {error}."
                )
                raise PluginError(owner, message) from error
    return registry
