"""Contract tests for what a plugin registers, as `bakeoff check` runs them."""

from __future__ import annotations

import importlib.util
import inspect
import pkgutil
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bakeoff.errors import BakeoffError
from bakeoff.testing.base import Contract, plugins
from bakeoff.testing.executors import ExecutorContract
from bakeoff.testing.plugin import PluginContract

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CONTRACTS = {
    "clusterers": "bakeoff.testing:ClustererContract",
    "datasets": "bakeoff.testing:DatasetContract",
    "features": "bakeoff.testing:FeaturesContract",
    "learners": "bakeoff.testing:LearnerContract",
    "methods": "bakeoff.testing:MethodContract",
    "metrics": "bakeoff.testing:MetricContract",
    "studies": "bakeoff.testing:StudyContract",
    "report_sections": "bakeoff_report.testing:SectionContract",
}
"""Contract suite of each kind, by import string: the core imports no report."""

_TIMED = {"features", "learners", "methods"}


def contract_suites(names: Iterable[str], settings: Mapping[str, Any]) -> dict[str, type]:
    """Return test classes for the components of plugins, as a test module would define them.

    Args:
        names: of plugins.
        settings: constructor parameters, given to every component that has one of that name.
    """
    suites: dict[str, type] = {}
    for plugin in names:
        if plugin != "builtin":
            suites |= _suite(plugin, PluginContract, settings)
        for kind in _kinds(plugin):
            if kind in CONTRACTS:
                module, _, name = CONTRACTS[kind].partition(":")
                contract = pkgutil.resolve_name(f"{module}:{name}")
                suite = type(contract.__name__, (contract,), {"kinds": (kind,)})
                suites |= _suite(plugin, suite, settings)
        if importlib.util.find_spec("pytest_benchmark") and _TIMED & set(_kinds(plugin)):
            from bakeoff.testing.times import TimesContract

            suites |= _suite(plugin, TimesContract, settings)
        suites |= _executors(plugin)
    return suites


def _suite(plugin: str, contract: type[Contract], settings: Mapping[str, Any]) -> dict[str, type]:
    name = f"Test_{plugin}_{contract.__name__}"
    params = _params(plugin, contract.kinds, settings)
    body = {"plugin": plugin, "params": params, "__doc__": contract.__doc__}
    return {name: type(name, (contract,), body)}


def _executors(plugin: str) -> dict[str, type]:
    executors = [c.name for c in plugins().registry.all("executors") if c.owner == plugin]
    names = {name: f"Test_{plugin}_ExecutorContract_{name}" for name in executors}
    return {names[n]: type(names[n], (ExecutorContract,), {"name": n}) for n in executors}


def _kinds(plugin: str) -> list[str]:
    """Return the kinds of components that a plugin registers."""
    registry = plugins().registry
    kinds = [*CONTRACTS, "executors"]
    return [kind for kind in kinds if any(c.owner == plugin for c in registry.all(kind))]


def _params(
    plugin: str, kinds: Iterable[str], settings: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    if not settings:
        return {}
    params = {}
    for kind in kinds:
        for component in plugins().registry.all(kind):
            if component.owner != plugin or kind not in CONTRACTS:
                continue
            with suppress(BakeoffError, TypeError, ValueError):  # another test fails for it
                accepted = inspect.signature(component.load()).parameters
                chosen = {name: value for name, value in settings.items() if name in accepted}
                params[component.name] = chosen
    return params
