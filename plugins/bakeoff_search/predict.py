"""Score new rows with the winner of `bakeoff automl`, or of any choice across methods.

No model is stored: nothing pickled is ever read from a run. What is stored is the recipe, and the
winner is fitted again on the same rows with the same seeds, which gives the same model. That takes
the training file, unchanged, and as long as those fits took.
"""

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


def main(args: Namespace, plugins: Plugins) -> int:
    """Fit the winner again and write a line for each new row."""
    from bakeoff.commands.common import say, write_or_print
    from bakeoff_search.recipe import read_recipe
    from bakeoff_search.rows import read_rows

    recipe = read_recipe(args.run, plugins, task=args.task, method=args.method, repeat=args.repeat)
    rows, remarks = read_rows(args.file, recipe.frame)
    for remark in remarks:
        say(remark)
    answers = recipe.fit().predict(rows)
    write_or_print(answers.to_csv(index=False), args.out)
    return 0
