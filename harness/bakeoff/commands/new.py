"""Write a new plugin: a small distribution that passes `bakeoff check` and its own tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.commands.common import out
from bakeoff.scaffold import KINDS, write_plugin

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from bakeoff.registry.manager import Plugins


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `bakeoff new`."""
    parser.add_argument("name", help="of the plugin: lower case, digits and underscores")
    parser.add_argument("--kind", required=True, choices=tuple(KINDS), help="what it offers")
    parser.add_argument("--out", metavar="FOLDER", help="default: ./NAME")


def main(args: Namespace, plugins: Plugins) -> int:
    """Write the plugin's files and print the next commands."""
    folder = Path(args.out or args.name)
    paths = write_plugin(args.name, args.kind, folder, plugins.registry)
    for path in paths:
        out(str(path))
    out("Next, before and after you change it:")
    for step in (f"pip install -e {folder}", f"bakeoff check {args.name}"):
        out(f"  {step}")
    out(f"  bakeoff run {folder / 'suite.yaml'}")
    return 0
