"""Read members of zip, tar and Debian archives in memory, with limits on their size.

Nothing is written to disk, no link is followed, and an archive that names paths outside itself is
refused as a whole.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, cast

from bakeoff.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_AR = b"!<arch>\n"
_AR_HEADER = 60
_OPENERS: dict[bytes, Callable[[IO[bytes]], IO[bytes]]] = {
    b"\x1f\x8b": lambda raw: cast("IO[bytes]", gzip.GzipFile(fileobj=raw)),
    b"BZ": lambda raw: cast("IO[bytes]", bz2.BZ2File(raw)),
    b"\xfd7": lambda raw: cast("IO[bytes]", lzma.LZMAFile(raw)),  # noqa: SIM115  the tar reader's
}
_FOREIGN = re.compile(r"\\|^[A-Za-z]:")
_LINK = 0o120000
_TYPE = 0o170000


def read_members(
    path: Path, wanted: Callable[[str], bool], *, limit: int, title: str = ""
) -> dict[str, bytes]:
    """Return the wanted members of an archive by name, in the archive's order.

    Args:
        path: a zip file or wheel, a tar file (plain, gzip, bzip2, xz), or a Debian package.
        wanted: returns whether to read a member, by its name without a leading `./`.
        limit: most bytes that the whole archive may expand to.
        title: what messages call the archive; its path by default.

    Raises:
        DataError: it is broken, a name leaves it, a wanted member is no plain file, or it
            expands past `limit`.
    """
    title = title or str(path)
    try:
        if zipfile.is_zipfile(path):
            return _read_zip(path, wanted, limit, title)
        with _open_tar(path, limit, title) as archive:
            return _read_tar(archive, wanted, title)
    except DataError:
        raise
    except (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error) as error:
        raise _broken(title, error) from error
    except (EOFError, ValueError, RuntimeError, OSError) as error:
        raise _broken(title, error) from error


def _read_zip(
    path: Path, wanted: Callable[[str], bool], limit: int, title: str
) -> dict[str, bytes]:
    """Return the wanted members of a zip file; `zipfile` reads no more than the declared sizes."""
    contents: dict[str, bytes] = {}
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > limit:
            raise _too_large(title, limit)
        for member in members:
            name = _safe(member.filename, title)
            if member.is_dir() or not wanted(name):
                continue
            if (member.external_attr >> 16) & _TYPE == _LINK:
                raise _no_file(title, name)
            with archive.open(member) as stream:
                contents[name] = stream.read(member.file_size + 1)
    return contents


def _read_tar(
    archive: tarfile.TarFile, wanted: Callable[[str], bool], title: str
) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for member in archive:
        name = _safe(member.name, title)
        if member.isdir() or not wanted(name):
            continue
        stream = archive.extractfile(member) if member.isreg() else None
        if stream is None:
            raise _no_file(title, name)
        contents[name] = stream.read()
    return contents


@contextmanager
def _open_tar(path: Path, limit: int, title: str) -> Iterator[tarfile.TarFile]:
    """Open a tar file, or the data of a Debian package, as a stream that fails at `limit` bytes.

    Every byte that comes out of the decompressor counts, headers included.
    """
    with path.open("rb") as stream:
        raw: IO[bytes] = stream
        if stream.read(len(_AR)) == _AR:
            raw = io.BytesIO(stream.read(_seek_data(stream)))
        raw.seek(0)
        magic = raw.read(2)
        raw.seek(0)
        opened = _OPENERS[magic](raw) if magic in _OPENERS else raw
        bounded = cast("IO[bytes]", _Bounded(opened, limit, title))
        with tarfile.open(fileobj=bounded, mode="r|") as archive:
            yield archive


def _seek_data(stream: IO[bytes]) -> int:
    """Seek the `data.tar` member of a Debian package and return its length in bytes.

    Source:
        deb(5) and ar(5): members of a 60-byte header each, padded to even offsets.
    """
    while len(header := stream.read(_AR_HEADER)) == _AR_HEADER:
        size = int(header[48:58])
        if header.startswith(b"data.tar"):
            return size
        stream.seek(size + size % 2, 1)
    raise EOFError("it holds no data.tar")


class _Bounded:
    """Readable stream that raises an error once it has returned more than `limit` bytes."""

    def __init__(self, stream: IO[bytes], limit: int, title: str) -> None:
        self._stream, self._left = stream, limit
        self._limit, self._title = limit, title

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes; everything by default."""
        room = self._left + 1
        data = self._stream.read(room if size < 0 else min(size, room))
        self._left -= len(data)
        if self._left < 0:
            raise _too_large(self._title, self._limit)
        return data


def _safe(name: str, title: str) -> str:
    """Return the member's name without a leading `./`.

    Raises:
        DataError: it is absolute, climbs out with `..`, or is spelt for another system.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or _FOREIGN.search(name):
        raise DataError(title, f"names the path {name!r}, which leaves the archive; not opened.")
    return str(path)


def _broken(title: str, error: Exception) -> DataError:
    return DataError(title, f"is broken: {error}. Fetch it again.")


def _too_large(title: str, limit: int) -> DataError:
    return DataError(title, f"expands past {limit} bytes, its declared size; not read further.")


def _no_file(title: str, name: str) -> DataError:
    return DataError(title, f"{name!r} is a link or a device; expected a plain file.")
