"""A changed byte is found and named, in folder and archive; hostile archives are refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from bakeoff.reproduce import pack
from bakeoff.store import checksums

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SUITE = {
    "tasks": ["tiny", "tiny3", "tinyreg"],
    "methods": [{"cross": {"features": ["numbers"], "learners": ["majority", "nearestmean"]}}],
    "protocol": {"split": "holdout", "repeats": 1},
}


@pytest.fixture(scope="module")
def kept(
    tmp_path_factory: pytest.TempPathFactory, write_suite: Callable[..., Path]
) -> tuple[Path, Path]:
    """A run with its report, and its archive; no test changes them."""
    from bakeoff.cli import main

    folder = tmp_path_factory.mktemp("runs") / "small"
    archive = folder.with_name("small.bakeoff.zip")
    assert main(["run", str(write_suite(**SUITE)), "--out", str(folder), "--workers", "1"]) == 0
    assert main(["pack", str(folder), "--out", str(archive)]) == 0
    return folder, archive


@pytest.fixture
def run(kept: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of the run."""
    return shutil.copytree(kept[0], tmp_path / "small")


@pytest.fixture
def archive(kept: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of the archive."""
    return shutil.copy(kept[1], tmp_path / "small.bakeoff.zip")


def flip(path: Path, at: int) -> None:
    """Turn every bit of one byte around."""
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)


def test_a_run_and_an_archive_hold_under_another_name(run: Path, archive: Path, bench: Any) -> None:
    """The report names the run as it was called when it was written."""
    told = [
        bench("verify", kept.rename(kept.with_name(name))).assert_success().out
        for kept, name in ((run, "moved"), (archive, "sent.zip"))
    ]

    assert ["all as stored" in one for one in told] == [True, True]


@pytest.mark.parametrize("name", ["../elsewhere", "/etc", "..", "", "a\0b"])
def test_a_sealed_name_that_is_no_name_is_not_used(run: Path, name: str) -> None:
    """A folder of that name is made while the report is written again."""
    path = run / "hashes.json"
    sealed = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(sealed | {"name": name}), encoding="utf-8")

    assert sealed["name"] == "small"
    assert checksums.recorded_name(run) == "small"


def test_an_untouched_run_and_its_archive_hold(kept: tuple[Path, Path], bench: Any) -> None:
    """Files, scores and report, counted alike in both."""
    told = [bench("verify", path).assert_success().out.splitlines()[-1] for path in kept]

    assert told[0].endswith(": all as stored.")
    assert told[0].split(", ")[1:] == told[1].split(", ")[1:]
    assert " 0 scores" not in told[0]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_flipped_byte_in_predictions_is_found(run: Path, bench: Any, share: float) -> None:
    """The file is named."""
    path = min(run.glob("artifacts/*/predictions.npz"))
    flip(path, int(share * path.stat().st_size))
    outcome = bench("verify", run)

    assert outcome.code == 1
    assert f"{path.relative_to(run)}: its content is not what was written" in outcome.out


def test_a_flipped_byte_in_truths_is_found(run: Path, bench: Any) -> None:
    """Truths stand once a split."""
    path = min(run.glob("artifacts/splits/*.npz"))
    flip(path, path.stat().st_size // 2)

    assert str(path.relative_to(run)) in bench("verify", run).out


def test_a_changed_score_is_found_even_where_the_hash_was_mended(run: Path, bench: Any) -> None:
    """It does not follow from the predictions."""
    from bakeoff.store.checksums import write_checksums

    with sqlite3.connect(run / "results.sqlite") as db:
        db.execute("UPDATE scores SET test = test + 0.001 WHERE metric = 'accuracy'")
    db.close()
    write_checksums(run)
    outcome = bench("verify", run)

    assert outcome.code == 1
    assert "test accuracy is " in outcome.out
    assert "hash" not in outcome.out


def test_a_changed_row_does_not_agree_with_its_scores(run: Path, bench: Any) -> None:
    """Primary score and gap stand twice."""
    with sqlite3.connect(run / "results.sqlite") as db:
        db.execute("UPDATE trials SET gap = 0.25 WHERE repeat = 0")
    db.close()
    told = bench("verify", run).out

    assert "gap is 0.25, and follows from the scores as " in told
    assert "results.sqlite: its content is not what was written" in told


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_flipped_byte_in_the_database_is_found(run: Path, bench: Any, share: float) -> None:
    """Wherever it lies."""
    path = run / "results.sqlite"
    flip(path, int(share * path.stat().st_size))
    outcome = bench("verify", run)

    assert outcome.code == 1
    assert "results.sqlite: its content is not what was written" in outcome.out


def test_a_changed_number_in_the_report_is_found_with_its_line(run: Path, bench: Any) -> None:
    """Also where the hash was mended."""
    from bakeoff.store.checksums import rehash_report

    path = run / "report.html"
    lines = path.read_text(encoding="utf-8").split("\n")
    number = next(i for i, line in enumerate(lines) if "nearestmean" in line and "<td" in line)
    lines[number] = lines[number].replace("nearestmean", "nearestbean")
    path.write_text("\n".join(lines), encoding="utf-8")
    rehash_report(run)
    told = bench("verify", run).out

    assert f"report.html: line {number + 1} is not what these scores give" in told


def test_a_changed_number_for_programs_is_found(run: Path, bench: Any) -> None:
    """`report.json` says what the page says."""
    from bakeoff.store.checksums import rehash_report

    path = run / "report.json"
    content = path.read_bytes()
    at = next(i for i, byte in enumerate(content) if chr(byte) in "123456789")
    path.write_bytes(content[:at] + b"0" + content[at + 1 :])
    rehash_report(run)

    assert "report.json: line " in bench("verify", run).out


def test_a_file_that_is_gone_or_was_put_there_is_named(run: Path, bench: Any) -> None:
    """Both are told at once."""
    gone = min(run.glob("artifacts/*/predictions.npz"))
    gone.unlink()
    (run / "artifacts" / "extra.npz").write_bytes(b"")
    told = bench("verify", run).out

    assert f"{gone.relative_to(run)}: it is gone" in told
    assert "artifacts/extra.npz" in told


def test_a_run_that_was_not_sealed_says_so(run: Path, bench: Any) -> None:
    """Scores are computed again all the same."""
    (run / "hashes.json").unlink()
    outcome = bench("verify", run).assert_success()

    assert "not checked: hashes" in outcome.out


def test_a_second_call_does_not_seal_what_changed_between(
    run: Path, bench: Any, write_suite: Callable[..., Path]
) -> None:
    """Artifacts that an earlier call has sealed keep their hash."""
    path = min(run.glob("artifacts/*/predictions.npz"))
    flip(path, path.stat().st_size // 2)
    bench("run", write_suite(**SUITE), "--out", run, "--no-report").assert_success()

    assert str(path.relative_to(run)) in bench("verify", run).out


@pytest.mark.parametrize("share", [0.0001, 0.3, 0.6, 0.98, 0.9999])
def test_a_flipped_byte_in_an_archive_is_found(archive: Path, bench: Any, share: float) -> None:
    """Also in what no member holds: headers, names, the hash itself."""
    flip(archive, int(share * archive.stat().st_size))
    outcome = bench("verify", archive)

    assert outcome.code == 1
    assert "small.bakeoff.zip" in outcome.out


def test_equal_runs_make_equal_archives(kept: tuple[Path, Path], tmp_path: Path) -> None:
    """No moment of packing stands in it, and nothing pickled."""
    pack.pack(kept[0], tmp_path / "again.zip")
    with zipfile.ZipFile(kept[1]) as found:
        names = found.namelist()

    assert (tmp_path / "again.zip").read_bytes() == kept[1].read_bytes()
    assert {name.rpartition(".")[2] for name in names} == {"npz", "json", "yaml", "sqlite", "html"}


def hostile(path: Path, members: dict[str, bytes], *, link: str = "") -> None:
    """An archive with whatever it should not hold, signed as bakeoff would sign it."""
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o120777 if name == link else 0o100644) << 16
            made.writestr(entry, content)
        made.comment = b"sha256:" + b"0" * 64
    content = path.read_bytes()[:-71]
    path.write_bytes(content + b"sha256:" + hashlib.sha256(content).hexdigest().encode())


@pytest.mark.parametrize(
    ("members", "link", "expected"),
    [
        ({"../outside.npz": b""}, "", "'../outside.npz', which is no file of a run"),
        ({"artifacts/../../etc.npz": b""}, "", "which is no file of a run"),
        ({"/etc/passwd": b""}, "", "'/etc/passwd', which is no file of a run"),
        ({"artifacts/a/model.pkl": b"x"}, "", "'artifacts/a/model.pkl', which is no file of a run"),
        ({"suite.yaml": b"/etc/passwd"}, "suite.yaml", "is a link or a device"),
        ({"results.sqlite": bytes(200 * 2**20)}, "", "expands past"),
    ],
    ids=["climbs", "climbs within", "absolute", "pickle", "link", "bomb"],
)
def test_a_hostile_archive_is_refused(
    tmp_path: Path, bench: Any, members: dict[str, bytes], link: str, expected: str
) -> None:
    """As a whole, before anything is written."""
    hostile(tmp_path / "evil.zip", members, link=link)
    outcome = bench("verify", tmp_path / "evil.zip")

    assert outcome.code == 1
    assert expected in outcome.out


def test_an_array_that_needs_pickle_is_not_packed(run: Path, bench: Any) -> None:
    """It could run code where it is read."""
    import numpy as np

    path = min(run.glob("artifacts/*/predictions.npz"))
    np.savez(path, test=np.array([{}], dtype=object), allow_pickle=True)
    outcome = bench("pack", run, "--out", "packed.zip")

    assert outcome.code == 2
    assert "is no file of plain arrays" in outcome.err


def test_replay_gives_the_same_bit_for_bit(kept: tuple[Path, Path], bench: Any) -> None:
    """Scores and predictions, from the stored suite alone."""
    from bakeoff.store.database import read_run

    trial = str(read_run(kept[0]).trials["trial"].iloc[-1])
    told = bench("replay", kept[0], trial[:8]).assert_success().out

    assert "predicted numbers: the same, bit for bit." in told
    assert "not those of the run" not in told


def test_replay_names_what_differs(run: Path, bench: Any) -> None:
    """A score that was changed comes out as it was."""
    with sqlite3.connect(run / "results.sqlite") as db:
        trial = db.execute("SELECT trial FROM trials WHERE method LIKE '%nearest%'").fetchone()[0]
        db.execute("UPDATE scores SET train = 0.125 WHERE trial = ?", (trial,))
    db.close()
    outcome = bench("replay", run, trial)

    assert outcome.code == 1
    assert ": 0.125 then, " in outcome.out


def test_replay_of_an_unknown_trial_is_a_mistake(kept: tuple[Path, Path], bench: Any) -> None:
    """Told in one line."""
    outcome = bench("replay", kept[0], "no_such")

    assert outcome.code == 2
    assert "unknown trial 'no_such'" in outcome.err


def test_measures_of_clusters_in_space_are_named_as_not_checked(
    write_suite: Callable[..., Path], bench: Any, tmp_path: Path
) -> None:
    """Their matrix is not kept; measures against labels are computed again."""
    suite = write_suite(
        tasks=[{"dataset": "tiny", "name": "groups", "problem_type": "clustering"}],
        methods=["numbers+refusing_clusters"],
        protocol={"split": "holdout", "repeats": 1},
    )
    bench("run", str(suite), "--out", str(tmp_path / "run"), "--workers", "1").assert_success()
    outcome = bench("verify", str(tmp_path / "run"))

    assert outcome.code == 0
    assert outcome.out.count("not checked: metric silhouette: the matrix that was clustered") == 1
