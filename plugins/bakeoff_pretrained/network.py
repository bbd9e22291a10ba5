"""Construction of backbones in Keras, loading of weights, and verification by probes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.errors import UnknownNameError
from bakeoff_keras.errors import NetworkParameterError
from bakeoff_pretrained import images, probes, weights
from bakeoff_pretrained.backbones import MODES
from bakeoff_pretrained.errors import WeightsError
from bakeoff_pretrained.naming import named

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff_pretrained.backbones import Backbone
    from bakeoff_pretrained.weights import About, Arrays

_PROBED: set[str] = set()
"""Keys of weights that passed their probe in this process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedBackbone:
    """A backbone with loaded weights.

    Args:
        backbone: its description.
        model: Keras network without head, from images to the last layer's maps.
        about: provenance of its weights.
        size: height and width of its input in pixels.
        mode: pixel format of its input.
    """

    backbone: Backbone
    model: Any
    about: About
    size: int
    mode: str

    @property
    def default_layer(self) -> str:
        """Default layer for features."""
        return self.about.layer or str(self.model.layers[-1].name)

    def ready(self, X: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Preprocess checked images for the network."""
        return images.ready(X, self.backbone, size=self.size, mode=self.mode)

    def tensor(self, layer: str | None) -> Any:
        """Return the output tensor of a layer by name.

        Raises:
            UnknownNameError: the network has no such layer; names those commonly read.
        """
        name = layer or self.default_layer
        names = {layer_.name for layer_ in self.model.layers}
        if name not in names:
            raise UnknownNameError("layer", name, self.backbone.layers or sorted(names))
        return self.model.get_layer(name).output

    def facts(self, X: npt.NDArray[np.uint8]) -> dict[str, str]:
        """Return facts about weights and preprocessing for the report.

        Args:
            X: (n_samples, height, width, 1 or 3).
        """
        return {
            "weights": self.about.words,
            "weights_licence": self.about.licence,
            "images": images.words(X, self.size, MODES[self.mode]),
            "probe": self.about.probe or "none is known for these weights",
        }


def check_size(backbone: Backbone, size: int | None) -> int:
    """Return height and width in pixels, by default the backbone's own, after a check.

    Raises:
        NetworkParameterError: no whole number, or below what the backbone takes.
    """
    if size is None:
        return backbone.size
    if not isinstance(size, int) or isinstance(size, bool) or size < backbone.minimum:
        expected = f"an integer >= {backbone.minimum}, the least that {backbone.name} takes"
        raise NetworkParameterError("size", expected, size)
    return size


def build(backbone: Backbone, weights_name: str, *, size: int, seed: int) -> LoadedBackbone:
    """Build a backbone and load its weights; published weights are verified by their probe.

    Args:
        backbone: its description.
        weights_name: `imagenet`, `random` or the path of a file.
        size: height and width in pixels, checked.
        seed: of random weights; the generators must have been seeded with it.

    Raises:
        WeightsError: weights that are damaged or of another network.
        ProbeError: the network's outputs for known images are wrong.
        SourceUnavailableError: published weights can't be fetched.
    """
    model = _application(backbone, size)
    if weights_name == weights.IMAGENET:
        arrays, about = weights.load(backbone)
        assign(model, arrays, about.origin)
        probe_once(backbone, arrays, about)
    else:
        about = weights.prepare(backbone, weights_name, seed)
        if weights_name != weights.RANDOM:
            _load_own(backbone, model, Path(weights_name).expanduser(), size)
    mode = about.mode or backbone.mode
    return LoadedBackbone(backbone=backbone, model=model, about=about, size=size, mode=mode)


def _application(backbone: Backbone, size: int, *, with_top: bool = False) -> Any:
    import keras

    builder = getattr(keras.applications, backbone.application)
    try:
        return builder(weights=None, include_top=with_top, input_shape=(size, size, 3))
    except ValueError as error:  # a size that this network can't take
        raise NetworkParameterError(
            "size", f"one that {backbone.name} takes ({error})", size
        ) from error


def assign(model: Any, arrays: Arrays, where: str) -> None:
    """Set every variable of a network from arrays; surplus arrays are ignored.

    Raises:
        WeightsError: one is missing or has another shape.
    """
    variables = named(model)
    for name, variable in variables.items():
        if name not in arrays:
            raise WeightsError(where, f"holds no {name!r}, so it is of another network.")
        shape = tuple(variable.shape)
        if arrays[name].shape != shape:
            raise WeightsError(
                where,
                f"expected {name!r} of shape {shape}; got {arrays[name].shape}, so it is of "
                "another network.",
            )
    for name, variable in variables.items():
        variable.assign(arrays[name])


def _load_own(backbone: Backbone, model: Any, path: Path, size: int) -> None:
    """Load weights from the user's file, saved without head or with that of 1000 classes.

    Raises:
        WeightsError: they are of another network.
    """
    try:
        _read_into(model, path)
    except (ValueError, KeyError, OSError, UserWarning) as error:
        full = _with_head(backbone, path, size)
        if full is None:
            reason = " ".join(str(error).split())[:300]
            raise WeightsError(
                str(path), f"holds no weights of {backbone.name} ({backbone.application}): {reason}"
            ) from error
        assign(
            model,
            {name: np.asarray(variable.value) for name, variable in named(full).items()},
            str(path),
        )
    values = [np.asarray(variable.value) for variable in model.weights]
    if not all(np.isfinite(value).all() for value in values):
        raise WeightsError(str(path), "holds values that are not finite.")


def _with_head(backbone: Backbone, path: Path, size: int) -> Any:
    """Return the network with its head if the file's weights fit that, else None."""
    try:
        full = _application(backbone, max(size, backbone.size), with_top=True)
        _read_into(full, path)
    except (ValueError, KeyError, OSError, UserWarning):
        return None
    return full


def _read_into(model: Any, path: Path) -> None:
    """Load weights by Keras, turning warnings about missing layers into errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        model.load_weights(path)


def probe_once(backbone: Backbone, arrays: Arrays, about: About) -> None:
    """Verify weights by their probe, once per process.

    Raises:
        ProbeError: they fail it.
    """
    key = f"{backbone.name} {about.mode} {about.fingerprint}"
    if about.probe and key not in _PROBED:
        run_probe(backbone, arrays, about.probe, mode=about.mode or backbone.mode)
        _PROBED.add(key)


def run_probe(backbone: Backbone, arrays: Arrays, name: str, *, mode: str) -> float:
    """Verify a network's features and classes on known photographs.

    Args:
        backbone: its description.
        arrays: its weights.
        name: of the probe.
        mode: pixel format.

    Returns:
        The largest deviation of a feature, as a share of the largest one.

    Raises:
        ProbeError: its outputs are wrong.
    """
    import keras

    probe = probes.PROBES[name]
    model = _application(backbone, probe.size, with_top=probe.has_classes)
    assign(model, arrays, f"weights of {backbone.name}")
    maps = model.get_layer(probe.layer).output
    pooled = keras.Model(model.input, keras.layers.GlobalAveragePooling2D()(maps))
    inputs = images.ready(probes.photographs(probe.size), backbone, size=probe.size, mode=mode)
    deviation = probes.check_features(backbone, probe, _answers(pooled, inputs))
    if probe.has_classes:
        photographs = probes.whole_photographs(probe.size)
        inputs = images.ready(photographs, backbone, size=probe.size, mode=mode)
        probes.check_classes(backbone, _answers(model, inputs))
    return deviation


def _answers(model: Any, inputs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    import keras

    return np.asarray(keras.ops.convert_to_numpy(model(inputs, training=False)), np.float32)
