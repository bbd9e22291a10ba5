"""Package archives: fetched by the real client from a folder, verified, cached whole."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bakeoff.errors import DataError, SourceUnavailableError
from bakeoff.fetch.package_archives import Archive, fetch, read_archive

if TYPE_CHECKING:
    from pathlib import Path

MEMBERS = {
    "tiny/data.csv": b"a,y\n1,0\n",
    "tiny/__init__.py": b"raise SystemExit('the package was imported')\n",
    "tiny-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
    "tiny-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "tiny-1.0.dist-info/RECORD": b"",
}


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """A wheel in a folder that pip is configured to look into, and nowhere else."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    wheel = shelf / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in MEMBERS.items():
            archive.writestr(name, content)
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    return Archive(
        registry="pypi",
        name="tiny",
        version="1.0",
        sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        unpacked=1000,
    )


@pytest.fixture
def stored(tiny: Archive, tmp_path: Path) -> Archive:
    """The wheel as an earlier call left it in the cache."""
    shutil.copyfile(tmp_path / "shelf" / "tiny-1.0-py3-none-any.whl", tiny.path)
    return tiny


@pytest.fixture
def sdist(tiny: Archive, tmp_path: Path) -> Archive:
    """The same package as a source distribution whose build script would end pip."""
    (tmp_path / "shelf" / "tiny-1.0-py3-none-any.whl").unlink()
    path = tmp_path / "shelf" / "tiny-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in {
            "tiny-1.0/setup.py": b"raise SystemExit('the build script was run')\n",
            "tiny-1.0/PKG-INFO": b"Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
            "tiny-1.0/data.csv": MEMBERS["tiny/data.csv"],
        }.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return replace(tiny, sha256=digest, unpacked=20480)


def cached(folder: Path) -> list[Path]:
    """Every file of the cache."""
    return [path for path in (folder / "cache").rglob("*") if path.is_file()]


def test_member_is_read_and_nothing_is_imported(tiny: Archive) -> None:
    """The client brings the file; the package's own code would end the process."""
    found = read_archive(tiny, lambda name: name.endswith(".csv"))

    assert {"tiny/data.csv": MEMBERS["tiny/data.csv"]} == found


def test_source_distribution_is_fetched_without_running_its_build_script(sdist: Archive) -> None:
    """By itself, the client asks the script for the package's metadata."""
    found = read_archive(sdist, lambda name: name.endswith(".csv"))

    assert found == {"tiny-1.0/data.csv": MEMBERS["tiny/data.csv"]}


def test_second_read_needs_no_client(stored: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was fetched once is served by the cache."""
    monkeypatch.setenv("PIP_FIND_LINKS", "/nonexistent")

    assert stored.is_cached()
    assert stored.path == fetch(stored)


def test_changed_cache_is_noticed_and_fetched_again(stored: Archive) -> None:
    """The hash is verified at each opening, not only at the first."""
    whole = stored.path.read_bytes()
    stored.path.write_bytes(whole[:-1])

    assert whole == fetch(stored).read_bytes()


def test_other_content_under_the_same_name_is_not_opened(tiny: Archive, tmp_path: Path) -> None:
    """A hash that differs makes the source unavailable, and leaves the cache empty."""
    with pytest.raises(SourceUnavailableError, match=r"PyPI tiny 1\.0 could not be had: .*HASH"):
        fetch(replace(tiny, sha256="0" * 64))

    assert cached(tmp_path) == []


def test_unknown_version_is_told_in_the_words_of_the_client(tiny: Archive, tmp_path: Path) -> None:
    """What pip answered is part of the message."""
    with pytest.raises(SourceUnavailableError, match=r"tiny==9\.9"):
        fetch(replace(tiny, version="9.9"))

    assert cached(tmp_path) == []


def test_archive_without_the_member_is_told(stored: Archive) -> None:
    """A pin that names a missing file is a mistake, not an empty answer."""
    with pytest.raises(DataError, match="holds none of the expected files"):
        read_archive(stored, lambda name: name == "tiny/other.csv")


def test_archive_past_its_declared_size_is_refused(stored: Archive) -> None:
    """The pin's size binds."""
    with pytest.raises(DataError, match="expands past 10 bytes"):
        read_archive(replace(stored, unpacked=10), lambda _: True)


@pytest.mark.parametrize(("registry", "client"), [("npm", "npm"), ("debian", "apt-get")])
def test_missing_client_is_named(
    registry: str, client: str, tiny: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No client, no source: the next one is tried."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SourceUnavailableError, match=f"{client} is not installed"):
        fetch(replace(tiny, registry=registry))


def test_client_that_brings_other_content_is_caught(
    tiny: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Clients that check no hash themselves are checked after."""
    client = tmp_path / "npm"
    client.write_text("#!/bin/sh\necho other > tiny-1.0.tgz\n")
    client.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SourceUnavailableError, match=r"SHA-256 is .* so it was not opened"):
        fetch(replace(tiny, registry="npm"))


def test_client_that_fails_is_quoted(
    tiny: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The first error line is what helps; warnings before it are passed over."""
    client = tmp_path / "apt-get"
    client.write_text("#!/bin/sh\necho W: old >&2\necho E: no such package >&2\nexit 100\n")
    client.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SourceUnavailableError, match="E: no such package"):
        fetch(replace(tiny, registry="debian"))
