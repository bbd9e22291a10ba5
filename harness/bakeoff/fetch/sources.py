"""Ordered sources of data or weights: the first that is available is used.

Sources on this machine (a cache, an installed package, a system folder) are preferred to those that
need the network, so that a second call needs none, whichever source served the first.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import io
import socket
import warnings
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from bakeoff.errors import BakeoffError, SourceUnavailableError
from bakeoff.fetch.package_archives import read_archive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bakeoff.fetch.package_archives import Archive

SERVICE_S = 30.0
"""Seconds that a public service may stay silent; chosen here."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """Object read from a source, with its origin.

    Args:
        value: the object.
        origin: the source, for people.
        licence: as its publisher states it, or "unknown".
        sha256: hash of the file or archive that was read; empty where a service gave objects.
    """

    value: T
    origin: str
    licence: str = "unknown"
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Source(Generic[T]):
    """Source from which an object may be read, such as a package or a service.

    Args:
        label: the source, for people; equal labels promise equal objects.
        at_hand: whether `read` needs no network. Answers in milliseconds, imports nothing heavy.
        read: returns the object or raises SourceUnavailableError.
    """

    label: str
    at_hand: Callable[[], bool]
    read: Callable[[], Found[T]]


def first_found(name: str, sources: Sequence[Source[T]]) -> Found[T]:
    """Return the object from the first source that has it: local ones first, then in order.

    Args:
        name: of the object, for people.
        sources: in order of preference.

    Raises:
        SourceUnavailableError: none has it; says what each answered.
        DataError: a source has it, but broken.
    """
    attempts: list[str] = []
    for source in sorted(sources, key=lambda source: not source.at_hand()):
        try:
            return source.read()
        except SourceUnavailableError as error:
            attempts.append(f"{source.label}: {'; '.join(error.attempts)}")
    raise SourceUnavailableError(name, attempts or ("no source is known",))


def serving(sources: Sequence[Source[T]]) -> str:
    """Return the label of the local source that `first_found` asks first; empty without one."""
    return next((source.label for source in sources if source.at_hand()), "")


def from_folder(
    folder: Path,
    names: Iterable[str],
    parse: Callable[[Mapping[str, bytes]], T],
    *,
    label: str = "",
    licence: str = "unknown",
) -> Source[T]:
    """Return a source that reads files of a folder on this machine.

    Args:
        folder: that holds the files.
        names: files in it; `parse` gets their content by these names.
        parse: builds the object.
        label: what people call the source; the folder's path by default.
        licence: of the content.
    """
    paths = {name: folder / name for name in names}
    label = label or str(folder)

    def read() -> Found[T]:
        try:
            contents = {name: path.read_bytes() for name, path in paths.items()}
        except OSError as error:
            why = f"{error.strerror or error}: {error.filename}"
            raise SourceUnavailableError(label, (why,)) from error
        return Found(parse(contents), label, licence, _digest(contents))

    return Source(label, lambda: all(path.is_file() for path in paths.values()), read)


def from_package(
    package: str,
    names: Iterable[str],
    parse: Callable[[Mapping[str, bytes]], T],
    *,
    distribution: str = "",
    licence: str = "unknown",
) -> Source[T]:
    """Return a source that reads files of an installed package, which is not imported.

    Args:
        package: its top-level import name.
        names: files, relative to the package's folder.
        parse: builds the object.
        distribution: name under which it is installed; the package's by default.
        licence: of the content.
    """
    label = installed(distribution or package)
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        return _absent(label, f"package {package} is not installed")
    return from_folder(Path(folders[0]), names, parse, label=label, licence=licence)


def from_archive(
    archive: Archive,
    wanted: Iterable[str] | Callable[[str], bool],
    parse: Callable[[Mapping[str, bytes]], T],
    *,
    licence: str = "",
) -> Source[T]:
    """Return a source that reads members of a package archive.

    Args:
        archive: the pinned file.
        wanted: names of the members, or a function that returns whether to read a name.
        parse: builds the object; gets the members by their names in the archive.
        licence: of the content; the package's by default.
    """
    names = None if callable(wanted) else frozenset(wanted)
    test = wanted if callable(wanted) else frozenset(wanted).__contains__

    def read() -> Found[T]:
        members = read_archive(archive, test)
        if missing := sorted((names or frozenset()) - members.keys()):
            raise SourceUnavailableError(archive.title, (f"holds no {missing[0]!r}",))
        return Found(parse(members), archive.title, licence or archive.licence, archive.sha256)

    return Source(archive.title, archive.is_cached, read)


def from_service(
    label: str,
    fetch: Callable[[], T],
    *,
    at_hand: Callable[[], bool],
    licence: str = "unknown",
) -> Source[T]:
    """Return a source that calls a library's own download function.

    Args:
        label: the service, for people.
        fetch: downloads, or reads the library's cache, and returns the object.
        at_hand: whether the library's cache holds it.
        licence: of the content.
    """

    def read() -> Found[T]:
        try:
            with _quiet_network():
                return Found(fetch(), label, licence)
        except BakeoffError:
            raise
        except Exception as error:
            # Every library fails in its own way: URLError, OSError, a bare Exception.
            why = f"{type(error).__name__}: {error}".splitlines()[0][:300]
            raise SourceUnavailableError(label, (why,)) from error

    return Source(label, at_hand, read)


def installed(distribution: str) -> str:
    """Return name and version of an installed distribution, or its name alone."""
    try:
        return f"{distribution} {importlib.metadata.version(distribution)}"
    except importlib.metadata.PackageNotFoundError:
        return distribution


def _absent(label: str, why: str) -> Source[T]:
    def read() -> Found[T]:
        raise SourceUnavailableError(label, (why,))

    return Source(label, lambda: False, read)


@contextmanager
def _quiet_network() -> Iterator[None]:
    """Limit each wait for the network, and suppress a library's output and warnings."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SERVICE_S)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        socket.setdefaulttimeout(before)


def _digest(contents: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of the only file, or of all files one after the other, by name."""
    whole = hashlib.sha256()
    for name in sorted(contents):
        whole.update(contents[name])
    return whole.hexdigest()
