"""Ordered sources: who is asked first, and what is said when none has it."""

from __future__ import annotations

import hashlib
import socket
import warnings
from typing import TYPE_CHECKING

import pytest

from bakeoff.errors import DataError, SourceUnavailableError
from bakeoff.fetch.sources import (
    Found,
    Source,
    first_found,
    from_folder,
    from_package,
    from_service,
    installed,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def source(label: str, *, at_hand: bool = False, reachable: bool = True) -> Source[str]:
    """A source that serves its own label."""

    def read() -> Found[str]:
        if not reachable:
            raise SourceUnavailableError(label, (f"{label} is closed",))
        return Found(label, label)

    return Source(label, lambda: at_hand, read)


def joined(contents: Mapping[str, bytes]) -> bytes:
    """Contents in the order of their names."""
    return b"".join(contents[name] for name in sorted(contents))


def test_first_reachable_source_serves() -> None:
    """Sources are tried in their order."""
    found = first_found("x", [source("a", reachable=False), source("b"), source("c")])

    assert found.origin == "b"


def test_what_is_at_hand_goes_first() -> None:
    """A second call must not wait for the network although an earlier source names it."""
    sources = [source("service"), source("archive", at_hand=True)]

    assert first_found("x", sources).origin == "archive"
    assert serving(sources) == "archive"


def test_at_hand_but_broken_falls_through() -> None:
    """A cache that turns out unusable doesn't end the search."""
    sources = [source("service"), source("archive", at_hand=True, reachable=False)]

    assert first_found("x", sources).origin == "service"


def test_nothing_reachable_names_each_attempt() -> None:
    """The message holds what every source answered."""
    with pytest.raises(SourceUnavailableError) as caught:
        first_found("x", [source("a", reachable=False), source("b", reachable=False)])

    assert str(caught.value) == "x could not be had: a: a is closed; b: b is closed."
    assert caught.value.attempts == ("a: a is closed", "b: b is closed")


def test_nothing_at_hand_serves_under_no_label() -> None:
    """So a fingerprint can say that nothing was fetched."""
    assert not serving([source("a")])


def test_folder_serves_its_files_with_their_hash(tmp_path: Path) -> None:
    """One file's hash is that of the file."""
    (tmp_path / "a").write_bytes(b"one")
    folder = from_folder(tmp_path, ["a"], joined, licence="MIT")

    assert folder.at_hand()
    expected = Found(b"one", str(tmp_path), "MIT", hashlib.sha256(b"one").hexdigest())
    assert expected == folder.read()


def test_folder_with_a_missing_file_is_unavailable(tmp_path: Path) -> None:
    """Half a set is none."""
    (tmp_path / "a").write_bytes(b"one")
    folder = from_folder(tmp_path, ["a", "b"], joined)

    assert not folder.at_hand()
    with pytest.raises(SourceUnavailableError, match="No such file"):
        folder.read()


def test_package_serves_files_without_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package's own code would raise."""
    package = tmp_path / "some_package_for_bakeoff"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError")
    (package / "a.csv").write_bytes(b"one")
    monkeypatch.syspath_prepend(tmp_path)

    assert from_package(package.name, ["a.csv"], joined).read().value == b"one"


def test_missing_package_is_unavailable() -> None:
    """It is named."""
    absent = from_package("no_such_package_for_bakeoff", ["a"], joined)

    assert not absent.at_hand()
    with pytest.raises(
        SourceUnavailableError, match="no_such_package_for_bakeoff is not installed"
    ):
        absent.read()


def test_whatever_a_service_raises_makes_it_unavailable() -> None:
    """Libraries raise bare exceptions for a refused connection."""

    def fetch() -> str:
        raise Exception("URL fetch failure\nlong trace")  # noqa: TRY002  as Keras does

    service = from_service("Keras x", fetch, at_hand=lambda: False)

    with pytest.raises(SourceUnavailableError, match="Exception: URL fetch failure") as caught:
        service.read()
    assert "long trace" not in str(caught.value)


def test_what_is_wrong_with_data_is_not_hidden_by_the_next_source() -> None:
    """A user's mistake must not look like a lack of network."""

    def fetch() -> str:
        raise DataError("OpenML 1", "has no default target.")

    with pytest.raises(DataError, match="no default target"):
        first_found("x", [from_service("s", fetch, at_hand=lambda: False), source("b")])


def test_service_may_neither_wait_for_ever_nor_chatter(capsys: pytest.CaptureFixture[str]) -> None:
    """Waits are bounded while it is asked, output and warnings stay inside."""
    before = socket.getdefaulttimeout()

    def fetch() -> float | None:
        print("Downloading")  # noqa: T201  as libraries do
        warnings.warn("Retry", stacklevel=1)
        return socket.getdefaulttimeout()

    found = from_service("s", fetch, at_hand=lambda: False).read()

    assert found.value == 30.0
    assert before == socket.getdefaulttimeout()
    assert capsys.readouterr().out == ""


def test_installed_names_the_version() -> None:
    """Origins carry versions."""
    assert f"pytest {pytest.__version__}" == installed("pytest")
    assert installed("no-such-thing") == "no-such-thing"
