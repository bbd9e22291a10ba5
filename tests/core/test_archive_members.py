"""Members of archives: what is read, and what hostile archives get."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from bakeoff.errors import DataError
from bakeoff.fetch.archive_members import read_members

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 1 << 20


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    """A zip file of those members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def write_tar(path: Path, members: dict[str, bytes], mode: str = "w:gz") -> Path:
    """A tar file of those members."""
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]  a mode as text
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def write_deb(path: Path, members: dict[str, bytes]) -> Path:
    """A Debian package: an ar file with an odd-sized control part and compressed data."""
    data = write_tar(path.with_suffix(".tar.xz"), members, "w:xz").read_bytes()
    parts = {"debian-binary": b"2.0\n", "control.tar.xz": b"odd", "data.tar.xz": data}
    content = b"!<arch>\n"
    for name, body in parts.items():
        content += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(body):<10}`\n".encode()
        content += body + b"\n" * (len(body) % 2)
    path.write_bytes(content)
    return path


WRITERS = {"a.zip": write_zip, "a.tar.gz": write_tar, "a.deb": write_deb}
each_form = pytest.mark.parametrize("form", sorted(WRITERS))


@each_form
def test_only_wanted_members_are_read(form: str, tmp_path: Path) -> None:
    """The rest of an archive is passed over."""
    path = WRITERS[form](tmp_path / form, {"./in/a": b"one", "in/b": b"two"})

    assert read_members(path, lambda name: name == "in/a", limit=LIMIT) == {"in/a": b"one"}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_every_compression_of_tar_is_read(mode: str, tmp_path: Path) -> None:
    """Plain, gzip, bzip2 and xz are told apart by their first bytes."""
    path = write_tar(tmp_path / "a", {"a": b"one"}, mode)

    assert read_members(path, lambda _: True, limit=LIMIT) == {"a": b"one"}


@each_form
@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "in/../../out", "C:\\out", "..\\out"])
def test_archive_that_names_a_path_outside_itself_is_refused(
    form: str, name: str, tmp_path: Path
) -> None:
    """Even where another member is wanted, because such an archive was made to do harm."""
    path = WRITERS[form](tmp_path / form, {name: b"x", "in/a": b"one"})

    with pytest.raises(DataError, match="leaves the archive"):
        read_members(path, lambda wanted: wanted == "in/a", limit=LIMIT)


@each_form
def test_bomb_is_refused(form: str, tmp_path: Path) -> None:
    """An archive that expands past its declared size is not read further."""
    path = WRITERS[form](tmp_path / form, {"a": b"\0" * (4 * LIMIT), "b": b"one"})

    with pytest.raises(DataError, match="expands past 1048576 bytes"):
        read_members(path, lambda name: name == "b", limit=LIMIT)


def test_zip_that_lies_about_a_size_is_refused(tmp_path: Path) -> None:
    """A member is read no further than its declared size, and then its checksum is wrong."""
    path = write_zip(tmp_path / "a.zip", {"a": b"\0" * 5000})
    content = path.read_bytes().replace((5000).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    path.write_bytes(content)

    with pytest.raises(DataError, match="is broken"):
        read_members(path, lambda _: True, limit=1000)


def test_tar_header_that_expands_is_refused(tmp_path: Path) -> None:
    """Extended headers count too: they are read into memory before any member is."""
    path = tmp_path / "a.tar.gz"
    entry = tarfile.TarInfo("a")
    entry.pax_headers = {"comment": "x" * (2 * LIMIT)}
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(entry)

    with pytest.raises(DataError, match="expands past"):
        read_members(path, lambda _: True, limit=LIMIT)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE])
def test_link_or_device_in_a_tar_is_refused(kind: bytes, tmp_path: Path) -> None:
    """A wanted member must be a plain file."""
    path = tmp_path / "a.tar"
    entry = tarfile.TarInfo("a")
    entry.type, entry.linkname = kind, "/etc/passwd"
    with tarfile.open(path, "w") as archive:
        archive.addfile(entry)

    with pytest.raises(DataError, match="'a' is a link or a device"):
        read_members(path, lambda _: True, limit=LIMIT)


def test_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    """Unix writes links into zip files as members with a mode of their own."""
    entry = zipfile.ZipInfo("a")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(entry, "/etc/passwd")

    with pytest.raises(DataError, match="'a' is a link"):
        read_members(tmp_path / "a.zip", lambda _: True, limit=LIMIT)


@each_form
def test_truncated_archive_is_named(form: str, tmp_path: Path) -> None:
    """Half a file ends as a sentence with its name, not as a traceback."""
    path = WRITERS[form](tmp_path / form, {"a": bytes(range(256)) * 200})
    path.write_bytes(path.read_bytes()[:-200])

    with pytest.raises(DataError, match=r"a\.\w+.*is broken"):
        read_members(path, lambda _: True, limit=LIMIT)


def test_damaged_compressed_data_is_named(tmp_path: Path) -> None:
    """A wrong byte inside is noticed."""
    path = write_tar(tmp_path / "a.tar.gz", {"a": bytes(range(256)) * 200})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)

    with pytest.raises(DataError, match="is broken"):
        read_members(path, lambda _: True, limit=LIMIT)


def test_debian_package_without_data_is_named(tmp_path: Path) -> None:
    """An ar file of something else is no package."""
    (tmp_path / "a.deb").write_bytes(b"!<arch>\n")

    with pytest.raises(DataError, match=r"holds no data\.tar"):
        read_members(tmp_path / "a.deb", lambda _: True, limit=LIMIT)
