"""Arguments, loading of plans, and output that several commands share."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.errors import StoreError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from bakeoff.plan.trials import Plan
    from bakeoff.registry.manager import Plugins


def add_suite_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of commands that read a suite."""
    parser.add_argument("suite", help="path, or name of a suite that ships (bakeoff list suites)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="overrides",
        help="override a part of the suite, as in protocol.repeats=10",
    )
    parser.add_argument(
        "--allow-imports",
        action="store_true",
        help="let the suite's own estimators be imported: runs code that the suite names",
    )


def add_only_argument(parser: ArgumentParser) -> None:
    """Add the argument `--only`, which selects trials."""
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="GLOB",
        help="run only trials whose task/method matches, as in 'digits/*' or '*/hog+*'",
    )


def load_plan(args: Namespace, plugins: Plugins) -> Plan:
    """Load the suite of a command, prepare its data and expand it to a plan."""
    from bakeoff.plan.custom_estimators import register_estimators
    from bakeoff.plan.trials import make_plan
    from bakeoff.suite.schema import load_suite

    loaded = load_suite(args.suite, plugins.registry, args.overrides)
    if args.allow_imports:
        register_estimators(loaded.methods, plugins.registry)
    return make_plan(loaded, plugins.registry, say_data)


def load_chosen(args: Namespace, plugins: Plugins) -> Plan:
    """Load the plan of a command with the trials that `--only` selects."""
    from bakeoff.plan.trials import only

    return only(load_plan(args, plugins), args.only)


def say_data(name: str) -> None:
    """Show on a terminal which dataset is being prepared."""
    if sys.stderr.isatty():
        print(f"\r\x1b[Kdata: {name} ...", end="\r", file=sys.stderr, flush=True)


def repeating(words: Sequence[str]) -> str:
    """Return the command line that continues or repeats a run, without the user's name.

    Paths below the working directory become relative, the home directory becomes `$HOME`, and
    `--fresh` is left out.

    Args:
        words: arguments after the program's name.
    """
    return " ".join(["bakeoff", *(_shown(word) for word in words if word != "--fresh")])


def _shown(word: str) -> str:
    option, mark, path = word.partition("=") if word.startswith("--") else ("", "", word)
    if Path(path).is_absolute() and Path(path).is_relative_to(Path.cwd()):
        word = option + mark + str(Path(path).relative_to(Path.cwd()))
    home = os.path.expanduser("~")  # noqa: PTH111  `Path.home` raises where there is none
    if home in ("", "~", "/") or home not in word:
        return shlex.quote(word)
    escaped = re.sub(r'([\\"$`])', r"\\\1", word)
    return f'"{escaped.replace(home, "$HOME")}"'


def out(text: str = "") -> None:
    """Print to standard output."""
    print(text)


def say(text: str) -> None:
    """Print to standard error; overwrite the current line of a terminal, which shows progress."""
    erase = "\r\x1b[K" if sys.stderr.isatty() else ""
    print(f"{erase}{text}", file=sys.stderr, flush=True)


def write_or_print(text: str, path: str | None) -> None:
    """Write text to a file if `path` is given, else to standard output."""
    if path is None:
        print(text, end="" if text.endswith("\n") else "\n")
        return
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(path, f"{error.strerror or error}.") from error


def format_seconds(seconds: float) -> str:
    """Format a duration for people, from milliseconds to hours.

    >>> format_seconds(0.0042), format_seconds(75), format_seconds(7300)
    ('4.2 ms', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 1:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 60:  # noqa: PLR2004  seconds in a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
