"""Command line: run a command, and turn errors into one line."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import bakeoff
from bakeoff.errors import BakeoffError
from bakeoff.registry.manager import load_plugins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bakeoff.registry.manager import Plugins

INTERRUPTED = 130
MISTAKE = 2


class _UsageError(BakeoffError):
    """Raised when the command line itself is wrong."""


class Parser(argparse.ArgumentParser):
    """Argument parser that raises errors instead of exiting."""

    def error(self, message: str) -> NoReturn:
        """Raise an error instead of printing the usage and exiting."""
        raise _UsageError(f"{self.prog}: {message}. See {self.prog} --help.")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Args:
        argv: words after the program's name; None takes them from the process.

    Returns:
        0 done; 1 some trial ended otherwise than complete or skipped; 2 a user's mistake; 130
        interrupted.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if argv is None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # end as with Ctrl-C
    try:
        code = _dispatch(words)
        sys.stdout.flush()  # a reader that left shows here, not while the interpreter ends
        return code  # noqa: TRY300  the flush belongs to the try
    except BakeoffError as error:
        _complain(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        how = "the same command without --fresh" if "--fresh" in words else "the same command"
        _complain(f"interrupted; {how} goes on from here.")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED if words[:1] == ["run"] else 0  # a list cut short is whole enough
    except OSError as error:
        _complain(f"{error.filename or 'bakeoff'}: {error.strerror or error}.")
        return MISTAKE


def _dispatch(words: list[str]) -> int:
    plugins = load_plugins()
    if not words or words[0] in {"-h", "--help", "help"}:
        print(_overview(plugins))  # noqa: T201  a command line prints
        return 0
    if words[0] in {"-V", "--version"}:
        print(f"bakeoff {bakeoff.__version__}")  # noqa: T201  a command line prints
        return 0
    if words[0].startswith("-"):
        raise _UsageError(f"bakeoff: expected a command before {words[0]!r}. See bakeoff --help.")
    component = plugins.registry.get("commands", words[0])
    for name, reason in plugins.broken.items():
        _complain(f"plugin {name!r} could not be imported and is left out: {reason}")
    command = component.load()
    parser = Parser(prog=f"bakeoff {component.name}", description=command.__doc__)
    command.add_arguments(parser)
    parser.set_defaults(words=tuple(words))
    code: int = command.main(parser.parse_args(words[1:]), plugins)
    return code


def _overview(plugins: Plugins) -> str:
    components = list(plugins.registry.in_order("commands"))
    width = max(len(component.name) for component in components)
    lines = [f"  {c.name:<{width}}  {c.summary}" for c in components]
    return "\n".join(
        [
            "usage: bakeoff COMMAND ...",
            "",
            bakeoff.__doc__ or "",
            "",
            "commands:",
            *lines,
            "",
            "bakeoff COMMAND --help tells more. To begin: bakeoff run quickstart",
        ]
    )


def _complain(message: str) -> None:
    print(f"bakeoff: {message}" if not message.startswith("bakeoff") else message, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
