"""Features from frozen pretrained backbones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from bakeoff.errors import UnknownNameError
from bakeoff_keras.errors import NetworkParameterError
from bakeoff_pretrained import images, weights
from bakeoff_pretrained.backbones import Backbone, backbone_of
from bakeoff_pretrained.network import LoadedBackbone, build, check_size

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff.interfaces import Fetched

POOLINGS = ("avg", "max", "flat")


@dataclass(kw_only=True, eq=False, repr=False)
class PretrainedFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Activations of a backbone pretrained on ImageNet, with frozen weights.

    Nothing is learned from the task, so each image is computed once for all its splits. Batches
    are resized and scaled while the network computes the previous one; each has the same number of
    images, the last one padded, so that an image's features don't depend on its batch.

    Args:
        weights: `imagenet`, `random` (a control, of source `random`), or the path of a file of
            this network's weights: `.h5`, `.weights.h5` or `.keras`.
        layer: whose activations are read; None for the last layer, or one that suits altered
            weights.
        size: height and width in pixels to which images are resized; None for the network's own.
        pooling: `avg` or `max` over positions, or `flat` for every position on its own.
        seed: of random weights: one network for all repeats, as for pretrained weights.
        batch: images of a forward pass, at least 1.

    Source:
        Sharif Razavian, Azizpour, Sullivan and Carlsson, "CNN Features off-the-shelf: an
        Astounding Baseline for Recognition", 2014. The batch is chosen here.
    """

    backbone: ClassVar[str] = ""

    weights: str = weights.IMAGENET
    layer: str | None = None
    size: int | None = None
    pooling: str = "avg"
    seed: int = 0
    batch: int = 32

    @staticmethod
    def source_of(params: dict[str, Any]) -> str:
        """Return the feature source: `random` for random weights, else `pretrained`."""
        return "random" if params.get("weights") == weights.RANDOM else "pretrained"

    def prepare(self) -> Fetched:
        """Check parameters, and fetch or check the weights.

        Raises:
            NetworkParameterError: a size below the network's minimum, or another parameter out of
                range.
            SourceUnavailableError: no source of published weights could be reached.
            WeightsError: the user's file can't be used.
        """
        backbone = self._check()
        return weights.prepare(backbone, self.weights, self.seed).fetched

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002  nothing is learned
        """Check that X holds images; learn nothing."""
        self._check()
        images.check(X)
        return self

    def warm_up(self) -> None:
        """Build, verify and compile the network."""
        network = self._network()
        blank = np.zeros((1, network.size, network.size, 3), np.uint8)
        self._answer(network.ready(blank))

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, n_features).

        Raises:
            ImagesError: X holds something else than images that a network can read.
        """
        checked_images = images.check(X)
        network = self._network()
        self.notes_ = self._notes(network, checked_images)
        starts = range(0, len(checked_images), self.batch)
        chunks = []
        with ThreadPoolExecutor(1) as pool:
            batches = [checked_images[start : start + self.batch] for start in starts]
            next_batch = pool.submit(network.ready, batches[0])
            for following in [*batches[1:], None]:
                inputs = next_batch.result()
                if following is not None:
                    next_batch = pool.submit(network.ready, following)
                chunks.append(self._answer(inputs))
        return np.concatenate(chunks)

    def _check(self) -> Backbone:
        backbone = self._backbone()
        check_size(backbone, self.size)
        if self.pooling not in POOLINGS:
            raise UnknownNameError("pooling", str(self.pooling), POOLINGS)
        if not isinstance(self.batch, int) or self.batch < 1:
            raise NetworkParameterError("batch", "an integer >= 1", self.batch)
        if not isinstance(self.weights, str):
            raise NetworkParameterError(
                "weights", "imagenet, random or the path of a file", self.weights
            )
        return backbone

    def _backbone(self) -> Backbone:
        return backbone_of(self.backbone)

    def _network(self) -> LoadedBackbone:
        """Return the backbone with its pooling layer, built once."""
        cached: LoadedBackbone | None = getattr(self, "network_", None)
        if cached is not None:
            return cached
        import keras

        from bakeoff_keras import session

        backbone = self._check()
        session.begin(self.seed)
        network = build(
            backbone, self.weights, size=check_size(backbone, self.size), seed=self.seed
        )
        pool = {
            "avg": keras.layers.GlobalAveragePooling2D,
            "max": keras.layers.GlobalMaxPooling2D,
            "flat": keras.layers.Flatten,
        }[self.pooling]()
        self.reader_ = keras.Model(network.model.input, pool(network.tensor(self.layer)))
        self.network_ = network
        return network

    def _answer(self, inputs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Compute features of a batch, which is padded with blank images."""
        missing = self.batch - len(inputs)
        if missing:
            blanks = np.zeros((missing, *inputs.shape[1:]), np.float32)
            filled = np.concatenate([inputs, blanks])
        else:
            filled = inputs
        features = np.asarray(self.reader_.predict_on_batch(filled), np.float32)
        return features[: len(inputs)]

    def _notes(self, network: LoadedBackbone, X: npt.NDArray[np.uint8]) -> dict[str, str]:
        from bakeoff_keras.layers import forward_flops

        return network.facts(X) | {
            "backbone": f"{network.backbone.application}, frozen",
            "layer": f"{self.layer or network.default_layer}: {self.pooling} over places",
            "backbone_parameters": str(self.reader_.count_params()),
            "backbone_flops": f"{forward_flops(self.reader_)}: of one image",
        }


class Vgg16Features(PretrainedFeatures):
    """VGG16, frozen. Parameters are `PretrainedFeatures`'s."""

    backbone = "vgg16"


class Vgg19Features(PretrainedFeatures):
    """VGG19, frozen. Parameters are `PretrainedFeatures`'s."""

    backbone = "vgg19"


class InceptionV3Features(PretrainedFeatures):
    """Inception v3, frozen. Parameters are `PretrainedFeatures`'s."""

    backbone = "inception_v3"


class MobileNetFeatures(PretrainedFeatures):
    """MobileNet, frozen. Parameters are `PretrainedFeatures`'s."""

    backbone = "mobilenet"


class MobileNetV2Features(PretrainedFeatures):
    """MobileNetV2, frozen. Parameters are `PretrainedFeatures`'s."""

    backbone = "mobilenet_v2"


class MobileNetV3Features(PretrainedFeatures):
    """MobileNetV3 (small), frozen. Parameters are `PretrainedFeatures`'s."""

    backbone = "mobilenet_v3"


@dataclass(kw_only=True, eq=False, repr=False)
class ApplicationFeatures(PretrainedFeatures):
    """Any network of `keras.applications`, frozen. Other parameters: `PretrainedFeatures`.

    Args:
        application: its name, such as `EfficientNetB0`.
    """

    application: str = "EfficientNetB0"

    def _backbone(self) -> Backbone:
        return backbone_of(self.application)
