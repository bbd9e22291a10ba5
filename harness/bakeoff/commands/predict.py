"""Score new rows with the winner of `bakeoff automl`, or of any choice across methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from bakeoff.registry.manager import Plugins


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `bakeoff predict`."""
    parser.add_argument("run", help="folder of the run")
    parser.add_argument("file", help="a table with the columns of the training file")
    parser.add_argument("--out", metavar="FILE", help="write here, not to standard output")
    parser.add_argument("--task", default="", help="where the run has several")
    parser.add_argument("--method", default="", help="where the run has several choices")
    parser.add_argument("--repeat", type=int, default=0, help="whose split it is fitted on")
    parser.add_argument("--fold", type=int, default=0, help="of that repeat")


def main(args: Namespace, plugins: Plugins) -> int:  # noqa: ARG001  every command is called alike
    """Refit the winner, predict the new rows, and write one line per row."""
    from bakeoff.api import predict
    from bakeoff.commands.common import say, write_or_print

    predictions = predict(
        args.run,
        args.file,
        task=args.task,
        method=args.method,
        repeat=args.repeat,
        fold=args.fold,
        remark=say,
    )
    write_or_print(predictions.to_csv(index=False), args.out)
    return 0
