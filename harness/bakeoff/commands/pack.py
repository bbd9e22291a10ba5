"""Write a run as one archive without pickles, which `bakeoff verify` can hold to its hashes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.commands.common import out, say

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from bakeoff.registry.manager import Plugins


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `bakeoff pack`."""
    parser.add_argument("run", type=Path, help="folder of a run")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: RUN.bakeoff.zip")


def main(args: Namespace, plugins: Plugins) -> int:  # noqa: ARG001  every command is called alike
    """Write the archive and print the files that were left out."""
    from bakeoff.reproduce.pack import SUFFIX, pack

    folder: Path = args.run.resolve()
    target = args.out or Path(f"{folder.name}{SUFFIX}")
    for name in pack(folder, target):
        say(f"left out: {name}")
    out(f"{target}: {target.stat().st_size / 2**20:.1f} MiB")
    return 0
