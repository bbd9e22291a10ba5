"""What all readers of a user's files share: fingerprints and sentences for what goes wrong."""

from __future__ import annotations

import codecs
import hashlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CHUNK = 1 << 20


def user_path(path: str | Path) -> Path:
    """The path with `~` resolved; relative ones start at the working directory."""
    return Path(path).expanduser()


def check_file(path: Path) -> None:
    """Say what is wrong with a path that should be a readable file.

    Raises:
        DataError: it is missing, a folder, or may not be read.
    """
    with reading(path), path.open("rb") as stream:
        stream.read(1)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn the system's refusals into sentences about `path`."""
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(str(path), "there is no such file. Check the path.") from error
    except IsADirectoryError as error:
        raise DataError(str(path), "is a folder; expected a file.") from error
    except PermissionError as error:
        raise DataError(str(path), "may not be read: permission denied.") from error


@contextmanager
def decoding(path: Path, encoding: str) -> Iterator[None]:
    """Turn a wrong encoding into a sentence about `path`."""
    try:
        yield
    except UnicodeError as error:
        place = _undecodable(path, encoding)
        at = "" if place is None else f" at byte {place}"
        raise DataError(
            str(path), f"is not {encoding} text{at}; name its encoding, as in encoding: latin-1."
        ) from error
    except LookupError as error:
        raise DataError(
            str(path), f"encoding {encoding!r} is unknown; expected one such as utf-8 or latin-1."
        ) from error


def _undecodable(path: Path, encoding: str) -> int | None:
    """Place in the file of the first byte that can't be decoded; readers count from their own."""
    decoder, before = codecs.getincrementaldecoder(encoding)(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return before - waiting + error.start
            before += len(chunk)
    return None


def file_fingerprint(paths: Iterable[Path], *facts: object) -> str:
    """Hash of paths, sizes and modification times, and of what else the data depend on."""
    parts = [repr(facts)]
    for path in paths:
        try:
            status = path.stat()
            parts.append(f"{path.resolve()}:{status.st_size}:{status.st_mtime_ns}")
        except OSError:
            parts.append(f"{path}: missing")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
