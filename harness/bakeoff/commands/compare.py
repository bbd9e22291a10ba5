"""Compare two runs, split by split; exit with 1 where the second is worse.

Worse means by its whole 95 % interval; under three splits there is none, and any loss counts.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bakeoff.commands._tables import table
from bakeoff.commands.common import out

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from bakeoff.registry.manager import Plugins
    from bakeoff.statistics.compare_runs import Change


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `bakeoff compare`."""
    parser.add_argument("a", help="folder of the run to compare with")
    parser.add_argument("b", help="folder of the run that may have changed")
    parser.add_argument(
        "--threshold",
        type=float,
        default=0.0,
        help="loss, in units of each metric, that is still no regression; default: %(default)s",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a method")
    parser.add_argument("--html", metavar="FILE", help="write the changes as a page too")


def main(args: Namespace, plugins: Plugins) -> int:
    """Print the changes between two runs; return 1 if there is a regression.

    Raises:
        StoreError: a folder holds no run, or the page can't be written.
        UnknownNameError: `--html` is set and no plugin writes such a page.
    """
    from bakeoff.statistics.compare_runs import compare
    from bakeoff.store.database import read_run

    if args.html:
        _write_page(args, plugins)
    comparison = compare(read_run(args.a), read_run(args.b))
    regressions = [change for change in comparison.changes if change.is_regression(args.threshold)]
    if args.json:
        for change in comparison.changes:
            out(json.dumps(_facts(change) | {"regression": change in regressions}))
        return int(bool(regressions))
    changed = [c for c in comparison.changes if c.gain.estimate != 0 or c.n_lost]
    if changed:
        head = ("task", "method", "metric", "a", "b", "gain", "95 % interval", "")
        out(table(head, [_row(c, is_worse=c in regressions) for c in changed]))
    n_changes = len(comparison.changes)
    out(f"{n_changes - len(changed)} of {n_changes} methods score the same.")
    for name, cells in (("a", comparison.only_a), ("b", comparison.only_b)):
        for cell in cells:
            out(f"only in {name}: {_name(cell)}")
    if any(not change.same_data for change in comparison.changes):
        out("Some tasks have other rows in the two runs; their pairs compare different data.")
    out(f"{len(regressions)} regressions.")
    return int(bool(regressions))


def _write_page(args: Namespace, plugins: Plugins) -> None:
    """Write the page of changes with the command `report`."""
    from bakeoff.cli import Parser

    command = plugins.registry.get("commands", "report", where="--html").load()
    parser = Parser(prog="bakeoff report")
    command.add_arguments(parser)
    words = [args.b, "--against", args.a, "--out", args.html]
    words += ["--threshold", str(args.threshold), *(["--quiet"] if args.json else [])]
    command.main(parser.parse_args(words), plugins)


def _row(change: Change, *, is_worse: bool) -> tuple[Any, ...]:
    """Return the cells of a change's row in the table."""
    gain = change.gain
    interval = f"[{gain.low:+.4f}, {gain.high:+.4f}]" if gain.is_known else "none"
    lost = f"{change.n_lost} lost" if change.n_lost else ""
    mark = f"REGRESSION {lost}".strip() if is_worse else ""
    name = _name(change.cell).removeprefix(f"{change.cell[0]}/")
    scores = (f"{change.a:.4f}", f"{change.b:.4f}", f"{gain.estimate:+.4f}")
    return change.cell[0], name, change.metric, *scores, interval, mark


def _name(cell: tuple[str, ...]) -> str:
    """Return a label such as `task/method [study: variant] (gpu, jax)`."""
    task, method, study, variant, device, backend = cell
    label = f"{task}/{method}"
    if study != "none":
        label += f" [{study}: {variant}]"
    place = ", ".join(word for word in (device if device != "cpu" else "", backend) if word)
    return f"{label} ({place})" if place else label


def _facts(change: Change) -> dict[str, Any]:
    """Return a change as a JSON object."""
    gain = change.gain
    return {
        "cell": _name(change.cell),
        "metric": change.metric,
        "a": change.a,
        "b": change.b,
        "gain": gain.estimate,
        "low": gain.low if gain.is_known else None,
        "high": gain.high if gain.is_known else None,
        "n_lost": change.n_lost,
        "same_data": change.same_data,
    }
