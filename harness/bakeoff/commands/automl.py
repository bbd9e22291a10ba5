"""Search the best model for one table of your own, within a budget, and report how good it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakeoff.commands.common import out, repeating, say
from bakeoff.errors import BakeoffError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from bakeoff.data.prepared import Prepared
    from bakeoff.registry.manager import Plugins

FORMATS = {".csv": ",", ".tsv": "\t", ".txt": ",", ".parquet": "", ".pq": ""}
"""Suffixes of supported files, each with its separator; empty for Parquet."""

WIDE = 2_000
"""Number of columns from which on slow methods are excluded; chosen here."""

LARGE, MOST_CELLS = 100_000_000, 20_000_000
"""Bytes of a file from which on it is sampled, and rows times columns of the sample; chosen here.

Methods need at most 4 GiB for such a sample, and a budget of minutes is too short for more."""

LEARNERS = ("xgboost", "hist_boosting", "logistic", "ridge", "random_forest", "svm")
_UNITS = {"s": 1, "m": 60, "h": 3600}
_MOST_FINDINGS = 20


class ArgumentError(BakeoffError):
    """Invalid argument of the command."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `bakeoff automl`."""
    parser.add_argument("file", help="a table: .csv, .tsv or .parquet")
    parser.add_argument("--target", required=True, metavar="COLUMN", help="column to predict")
    parser.add_argument("--budget", default="10m", help="as in 90s, 10m or 1h; default: 10m")
    parser.add_argument("--metric", default="", help="what to optimise; default: by problem type")
    parser.add_argument("--drop", action="append", default=[], metavar="COLUMN", help="leave out")
    parser.add_argument("--group", metavar="COLUMN", help="rows of one value stay together")
    parser.add_argument(
        "--rows", type=int, metavar="N", help="most rows, at random; default: by the file's size"
    )
    parser.add_argument("--separator", help="of fields in a text file; default: by its ending")
    parser.add_argument("--out", help="folder of the run; default ./runs/automl-FILE")
    parser.add_argument("--fresh", action="store_true", help="start anew")
    parser.add_argument("--no-report", action="store_true", help="write no report")


def main(args: Namespace, plugins: Plugins) -> int:
    """Print the inferred task, search for the best model, and print its scores."""
    from bakeoff.commands.run import run_and_show
    from bakeoff.execution.runner import RunOptions
    from bakeoff.plan.trials import make_plan
    from bakeoff.suite.schema import LoadedSuite
    from bakeoff.suite.yaml_reader import YamlSource

    suite, prepared = suite_of(args, plugins, budget_s(args.budget))
    for line in summary_lines(prepared, args):
        out(line)
    plan = make_plan(LoadedSuite(YamlSource("suite", suite, {})), plugins.registry)
    folder = Path(args.out or Path("runs") / suite["name"])
    options = RunOptions(
        command=repeating(args.words), workers=1, fresh=args.fresh, report=not args.no_report
    )
    code = run_and_show(plan, folder, plugins, options)
    if code == 0:
        out(f"score new rows: bakeoff predict {folder} NEW_FILE")
    return code


def budget_s(text: str) -> float:
    """Parse a duration such as `10m`; return its seconds.

    Raises:
        ArgumentError: the text is no duration.

    >>> budget_s("10m"), budget_s("90")
    (600.0, 90.0)
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text.strip())
    if match is None or float(match[1]) == 0:
        raise ArgumentError(f"--budget: expected a duration such as 90s, 10m or 1h; got {text!r}.")
    return float(match[1]) * _UNITS[match[2] or "s"]


def suite_of(args: Namespace, plugins: Plugins, seconds: float) -> tuple[dict[str, Any], Prepared]:
    """Return the suite for a table, and its prepared data.

    Raises:
        BakeoffError: the file, the target or another column can't be used.
    """
    from bakeoff.data.prepared import prepare
    from bakeoff.provenance.environment import cpu_count

    path = Path(args.file).absolute()
    if path.suffix.lower() not in FORMATS:
        suffixes = ", ".join(FORMATS)
        raise ArgumentError(f"{args.file}: expected a file that ends in one of {suffixes}.")
    separator = args.separator or FORMATS[path.suffix.lower()]
    reader = "csv" if separator else "parquet"
    params: dict[str, Any] = {"path": str(path), "target": args.target}
    params |= {"separator": separator} if separator else {}
    params |= {"drop": args.drop} if args.drop else {}
    params |= {"group": args.group} if args.group else {}
    rows = rows_of(path, separator) if args.rows is None else args.rows
    params |= {} if rows is None else {"rows": rows}
    if rows is not None:
        say(f"Drawing {rows:,} rows of {args.file} at random ...")
    prepared = prepare(plugins.registry.get("datasets", reader), params, where=args.file)
    wide = n_columns(prepared) > WIDE
    learners = [name for name in LEARNERS if not wide or name not in ("svm", "hist_boosting")]
    task = {"dataset": reader, **params} | ({"metric": args.metric} if args.metric else {})
    features = ["raw"] if wide else ["raw", "manual"]
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", path.stem)[:60]
    return {
        "name": f"automl-{name}",
        "description": f"the best model for {path.name} within {args.budget}",
        "tasks": [task | {"name": name}],
        "methods": [
            "raw+constant",
            {
                "name": "choice",
                "choice": {
                    "features": features,
                    "learners": learners,
                },
            },
        ],
        "protocol": {
            "split": "grouped" if args.group else "holdout",
            "folds": 1,
            "repeats": 1,  # one search, whose winner is the model
            "threads": cpu_count(),
        },
        "search": {"seconds": seconds, "refit": True},
    }, prepared


def rows_of(path: Path, separator: str) -> int | None:
    """Return the number of rows to sample from a large file; None for all rows of others."""
    if not path.is_file() or path.stat().st_size < LARGE:
        return None
    if separator:
        with path.open("rb") as stream:
            columns = stream.readline(LARGE).count(separator.encode()) + 1
    else:
        from pyarrow import parquet

        columns = len(parquet.read_schema(path).names)
    return max(2, MOST_CELLS // columns)


def n_columns(prepared: Prepared) -> int:
    """Return the number of input columns."""
    return int(prepared.load().X.shape[1])


def summary_lines(prepared: Prepared, args: Namespace) -> list[str]:
    """Return lines that describe the inferred task: rows, target, metric, budget, and findings."""
    from bakeoff.problems.table import default_metric

    kind = prepared.problem_type
    values = f"{len(prepared.classes)} classes" if prepared.classes else "numbers"
    metric = args.metric or default_metric(kind)
    reason = "asked for" if args.metric else f"the default for {kind}"
    frame = prepared.load().X
    rows = f"{prepared.n_rows} rows, {frame.shape[1]} columns"
    drawn = prepared.origin.rpartition(", ")[2] if " at random" in prepared.origin else ""
    rows += f" ({drawn}; --rows N for another number)" if drawn else ""
    return [
        f"{args.file}: {rows}; target {args.target!r} holds {values}: {kind}.",
        f"metric: {metric}, {reason}; budget: {args.budget}.",
        *findings(frame),
    ]


def findings(frame: Any) -> list[str]:
    """Return one sentence per column that is likely to be useless or misleading.

    These are columns that look like identifiers (all values differ, and they are text or
    integers), columns with one value, and columns that are mostly missing.
    """
    from pandas.api import types

    sentences = []
    for name in frame.columns:
        column = frame[name]
        n_missing = int(column.isna().sum())
        n_distinct = int(column.nunique())
        is_float = types.is_float_dtype(column) or types.is_datetime64_any_dtype(column)
        if n_distinct <= 1:
            sentences.append(f"audit: column {name!r} holds one value; it tells nothing.")
        elif n_distinct == len(column) and not is_float:
            sentences.append(
                f"audit: column {name!r} has another value in every row, like an identifier; "
                f"leave it out with --drop {name!r} if it is one."
            )
        elif n_missing > 0.95 * len(column):
            of_all = f"{n_missing} of {len(column)} rows"
            sentences.append(f"audit: column {name!r} is missing in {of_all}.")
    n_more = len(sentences) - _MOST_FINDINGS
    return sentences[:_MOST_FINDINGS] + ([f"audit: {n_more} more."] if n_more > 0 else [])
