"""What a frozen backbone sees in an image, as features for any learner."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from bakeoff.errors import UnknownNameError
from bakeoff_keras.errors import ParameterError
from bakeoff_pretrained import images, weights
from bakeoff_pretrained.backbones import Backbone, backbone_of
from bakeoff_pretrained.network import Network, build, check_size

if TYPE_CHECKING:
    import numpy.typing as npt

    from bakeoff.interfaces import Fetched

POOLINGS = ("avg", "max", "flat")


class PretrainedFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Activations of a network trained on ImageNet, whose weights stay as they are.

    Nothing is learned from the task, so each image is computed once for all its splits. Batches
    are resized and scaled while the network computes the one before; each has the same number of
    images, the last one filled up, so that an image's features don't depend on its neighbours.

    Args:
        weights: `imagenet`, `random` (a control, of source `random`), or the path of a file of
            this network's weights: `.h5`, `.weights.h5` or `.keras`.
        layer: where to read; None for the last layer, or for what altered weights call for.
        size: height and width in pixels to which images are resized; None for the network's own.
        pooling: `avg` or `max` over places, or `flat` for every place on its own.
        seed: of random weights: one network for all repeats, as with pretrained ones.
        batch: images of a forward pass, at least 1.

    Source:
        Sharif Razavian, Azizpour, Sullivan and Carlsson, "CNN Features off-the-shelf: an
        Astounding Baseline for Recognition", 2014. The batch is chosen here.
    """

    backbone: ClassVar[str] = ""

    def __init__(
        self,
        *,
        weights: str = weights.IMAGENET,
        layer: str | None = None,
        size: int | None = None,
        pooling: str = "avg",
        seed: int = 0,
        batch: int = 32,
    ) -> None:
        self.weights = weights
        self.layer = layer
        self.size = size
        self.pooling = pooling
        self.seed = seed
        self.batch = batch

    @staticmethod
    def source_of(params: dict[str, Any]) -> str:
        """Random weights have learned nothing."""
        return "random" if params.get("weights") == weights.RANDOM else "pretrained"

    def prepare(self) -> Fetched:
        """Check parameters, and see that the weights lie ready.

        Raises:
            ParameterError: a size below the network's minimum, or another parameter out of range.
            SourceUnavailableError: no source of published weights could be reached.
            WeightsError: the user's file can't be used.
        """
        backbone = self._check()
        return weights.prepare(backbone, self.weights, self.seed).fetched

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002  nothing is learned
        """See that X holds images; learns nothing."""
        self._check()
        images.check(X)
        return self

    def warm_up(self) -> None:
        """Build the network, hold it to its probe, and compile it."""
        network = self._network()
        blank = np.zeros((1, network.size, network.size, 3), np.uint8)
        self._answer(network.ready(blank))

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Return float32 (n_samples, n_features).

        Raises:
            ImagesError: X holds something else than images that a network can read.
        """
        shown = images.check(X)
        network = self._network()
        self.notes_ = self._notes(network, shown)
        starts = range(0, len(shown), self.batch)
        found = []
        with ThreadPoolExecutor(1) as pool:
            batches = [shown[start : start + self.batch] for start in starts]
            coming = pool.submit(network.ready, batches[0])
            for following in [*batches[1:], None]:
                inputs = coming.result()
                if following is not None:
                    coming = pool.submit(network.ready, following)
                found.append(self._answer(inputs))
        return np.concatenate(found)

    def _check(self) -> Backbone:
        backbone = self._backbone()
        check_size(backbone, self.size)
        if self.pooling not in POOLINGS:
            raise UnknownNameError("pooling", str(self.pooling), POOLINGS)
        if not isinstance(self.batch, int) or self.batch < 1:
            raise ParameterError("batch", "an integer >= 1", self.batch)
        if not isinstance(self.weights, str):
            raise ParameterError("weights", "imagenet, random or the path of a file", self.weights)
        return backbone

    def _backbone(self) -> Backbone:
        return backbone_of(self.backbone)

    def _network(self) -> Network:
        """The backbone, built once, with what turns a layer's maps into features."""
        known: Network | None = getattr(self, "network_", None)
        if known is not None:
            return known
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
        """Features of a batch, which is filled up with blanks."""
        missing = self.batch - len(inputs)
        if missing:
            blanks = np.zeros((missing, *inputs.shape[1:]), np.float32)
            filled = np.concatenate([inputs, blanks])
        else:
            filled = inputs
        found = np.asarray(self.reader_.predict_on_batch(filled), np.float32)
        return found[: len(inputs)]

    def _notes(self, network: Network, X: npt.NDArray[np.uint8]) -> dict[str, str]:
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


class ApplicationFeatures(PretrainedFeatures):
    """Any network of `keras.applications`, frozen. Every other parameter: `PretrainedFeatures`.

    Args:
        application: its name there, such as `EfficientNetB0`.
    """

    def __init__(
        self,
        *,
        application: str = "EfficientNetB0",
        weights: str = weights.IMAGENET,
        layer: str | None = None,
        size: int | None = None,
        pooling: str = "avg",
        seed: int = 0,
        batch: int = 32,
    ) -> None:
        super().__init__(
            weights=weights, layer=layer, size=size, pooling=pooling, seed=seed, batch=batch
        )
        self.application = application

    def _backbone(self) -> Backbone:
        return backbone_of(self.application)
