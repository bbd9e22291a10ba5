"""Greet somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from bakeoff.registry.manager import Plugins


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `bakeoff greet`."""
    parser.add_argument("name", help="whom")


def main(args: Namespace, plugins: Plugins) -> int:
    """Print a greeting."""
    n_learners = len(list(plugins.registry.all("learners")))
    print(f"Hello {args.name}, meet {n_learners} learners.")
    return 0
