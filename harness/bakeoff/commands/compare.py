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
    """Print the changes; 1 if there is a regression.

    Raises:
        StoreError: a folder holds no run, or the page can't be written.
        UnknownNameError: a page is asked for and no plugin writes one.
    """
    from bakeoff.statistics.compare_runs import compare
    from bakeoff.store.database import read_run

    if args.html:
        _write_page(args, plugins)
    found = compare(read_run(args.a), read_run(args.b))
    regressions = [change for change in found.changes if change.is_regression(args.threshold)]
    if args.json:
        for change in found.changes:
            out(json.dumps(_facts(change) | {"regression": change in regressions}))
        return int(bool(regressions))
    changed = [c for c in found.changes if c.gain.estimate != 0 or c.n_lost]
    if changed:
        head = ("task", "method", "metric", "a", "b", "gain", "95 % interval", "")
        out(table(head, [_row(c, is_worse=c in regressions) for c in changed]))
    out(f"{len(found.changes) - len(changed)} of {len(found.changes)} methods score the same.")
    for name, cells in (("a", found.only_a), ("b", found.only_b)):
        for cell in cells:
            out(f"only in {name}: {_name(cell)}")
    if any(not change.same_data for change in found.changes):
        out("Some tasks have other rows in the two runs; their pairs compare different data.")
    out(f"{len(regressions)} regressions.")
    return int(bool(regressions))


def _write_page(args: Namespace, plugins: Plugins) -> None:
    """Let the command that writes reports write the page."""
    from bakeoff.cli import Parser

    command = plugins.registry.get("commands", "report", where="--html").load()
    parser = Parser(prog="bakeoff report")
    command.add_arguments(parser)
    words = [args.b, "--against", args.a, "--out", args.html]
    words += ["--threshold", str(args.threshold), *(["--quiet"] if args.json else [])]
    command.main(parser.parse_args(words), plugins)


def _row(change: Change, *, is_worse: bool) -> tuple[Any, ...]:
    gain = change.gain
    interval = f"[{gain.low:+.4f}, {gain.high:+.4f}]" if gain.is_known else "none"
    lost = f"{change.n_lost} lost" if change.n_lost else ""
    mark = f"REGRESSION {lost}".strip() if is_worse else ""
    name = _name(change.cell).removeprefix(f"{change.cell[0]}/")
    scores = (f"{change.a:.4f}", f"{change.b:.4f}", f"{gain.estimate:+.4f}")
    return change.cell[0], name, change.metric, *scores, interval, mark


def _name(cell: tuple[str, ...]) -> str:
    task, method, study, variant, device, backend = cell
    told = f"{task}/{method}"
    if study != "none":
        told += f" [{study}: {variant}]"
    place = ", ".join(word for word in (device if device != "cpu" else "", backend) if word)
    return f"{told} ({place})" if place else told


def _facts(change: Change) -> dict[str, Any]:
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
