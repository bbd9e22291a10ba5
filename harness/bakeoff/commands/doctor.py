"""Tell what this machine has, what is missing, and the command that adds it."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from bakeoff.commands._tables import table
from bakeoff.commands.common import out
from bakeoff.registry.catalogue import KINDS

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from bakeoff.registry.manager import Plugins

_LIBRARIES = ("numpy", "pandas", "sklearn", "xgboost", "skimage", "aeon", "skrub")
_OPTIONAL = ("tensorflow", "jax", "keras", "gensim", "optuna", "flaml", "distributed")


def add_arguments(parser: ArgumentParser) -> None:
    """Add no arguments."""


def main(args: Namespace, plugins: Plugins) -> int:  # noqa: ARG001  every command is called alike
    """Print properties of the machine and missing packages; return 1 if a plugin is broken."""
    from bakeoff.fetch.cache import cache_dir
    from bakeoff.provenance.environment import cpu_count, cpu_model, gpus
    from bakeoff.provenance.hashing import version_of
    from bakeoff.registry.catalogue import is_importable

    folder = cache_dir()
    free_gib = shutil.disk_usage(folder).free / 2**30
    facts = [
        ("python", sys.version.split()[0]),
        ("processor", f"{cpu_model()}, {cpu_count()} cores"),
        ("GPU", ", ".join(gpus()) or "none found"),
        ("cache", f"{folder} ({free_gib:.0f} GiB free)"),
        ("memory limits", "enforced" if _knows_memory() else "not enforced on this system"),
    ]
    facts += [
        (module, version_of(module) if is_importable(module) else "not installed")
        for module in (*_LIBRARIES, *_OPTIONAL)
    ]
    out(table(("what", "found"), facts))
    for component in sorted(
        (c for kind in KINDS for c in plugins.registry.all(kind) if c.missing), key=lambda c: c.name
    ):
        out(f"{component.name} needs {', '.join(component.missing)}. Run: {component.install}")
    for name, reason in plugins.broken.items():
        out(f"plugin {name!r} could not be imported: {reason}")
    return int(bool(plugins.broken))


def _knows_memory() -> bool:
    import os

    from bakeoff.processes.resources import resident_mib

    return resident_mib(os.getpid()) is not None
