"""Backbones: their names in Keras, input images, and layers where they may be cut.

Nothing heavy is imported, since planning uses this module.
"""

from __future__ import annotations

from dataclasses import dataclass

from bakeoff.errors import UnknownNameError

MODES = {
    "tf": "RGB in [-1, 1]",
    "caffe": "BGR less the mean colour of ImageNet",
    "unit": "RGB in [0, 1]",
    "raw": "RGB in [0, 255]",
    "keras": "as Keras's preprocess_input of this network",
}
"""Pixel formats of networks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backbone:
    """A network of `keras.applications` without its classification head.

    Args:
        name: in suites.
        application: its name in `keras.applications`.
        size: height and width in pixels of the images that it was trained on.
        minimum: smallest height and width that it accepts.
        mode: pixel format, one of `MODES`.
        layers: layers at which features are commonly read, the last one first.
        top: layer after which the last blocks begin, which fine-tuning trains.
        licence: of the published weights.
        with_top: whether its weights come with the 1000-class head.
    """

    name: str
    application: str
    size: int
    minimum: int
    mode: str
    layers: tuple[str, ...] = ()
    top: str = ""
    licence: str = "see keras.io/api/applications"
    with_top: bool = False


APACHE = "Apache-2.0 (weights as released with TensorFlow)"
VGG = "CC BY 4.0 (Visual Geometry Group, Oxford)"

BACKBONES = {
    backbone.name: backbone
    for backbone in (
        Backbone(
            name="vgg16",
            application="VGG16",
            size=224,
            minimum=32,
            mode="caffe",
            layers=("block5_pool", "block4_pool", "block3_pool"),
            top="block4_pool",
            licence=VGG,
        ),
        Backbone(
            name="vgg19",
            application="VGG19",
            size=224,
            minimum=32,
            mode="caffe",
            layers=("block5_pool", "block4_pool", "block3_pool"),
            top="block4_pool",
            licence=VGG,
        ),
        Backbone(
            name="inception_v3",
            application="InceptionV3",
            size=299,
            minimum=75,
            mode="tf",
            layers=("mixed10", "mixed9", "mixed7", "mixed5"),
            top="mixed7",
            licence=APACHE,
        ),
        Backbone(
            name="mobilenet",
            application="MobileNet",
            size=224,
            minimum=32,
            mode="tf",
            layers=("conv_pw_13_relu", "conv_pw_11_relu", "conv_pw_5_relu"),
            top="conv_pw_11_relu",
            licence=APACHE,
            with_top=True,
        ),
        Backbone(
            name="mobilenet_v2",
            application="MobileNetV2",
            size=160,
            minimum=32,
            mode="tf",
            layers=("out_relu", "block_15_add", "block_12_add", "block_5_add"),
            top="block_12_add",
            licence=APACHE,
        ),
        Backbone(
            name="mobilenet_v3",
            application="MobileNetV3Small",
            size=224,
            minimum=32,
            mode="raw",
            layers=("activation", "expanded_conv_10_add", "expanded_conv_7_add"),
            top="expanded_conv_7_add",
            licence=APACHE,
        ),
    )
}
"""Backbones with a short name.

Source:
    Simonyan and Zisserman 2015 (VGG); Szegedy et al. 2016 (Inception v3); Howard et al. 2017
    (MobileNet); Sandler et al. 2018 (MobileNetV2); Howard et al. 2019 (MobileNetV3).
"""

APPLICATIONS = (
    "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtSmall", "ConvNeXtTiny", "ConvNeXtXLarge",
    "DenseNet121", "DenseNet169", "DenseNet201", "EfficientNetB0", "EfficientNetB1",
    "EfficientNetB2", "EfficientNetB3", "EfficientNetB4", "EfficientNetB5", "EfficientNetB6",
    "EfficientNetB7", "EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2",
    "EfficientNetV2B3", "EfficientNetV2L", "EfficientNetV2M", "EfficientNetV2S",
    "InceptionResNetV2", "InceptionV3", "MobileNet", "MobileNetV2", "MobileNetV3Large",
    "MobileNetV3Small", "NASNetLarge", "NASNetMobile", "ResNet50", "ResNet50V2", "ResNet101",
    "ResNet101V2", "ResNet152", "ResNet152V2", "VGG16", "VGG19", "Xception",
)  # fmt: skip
"""Every network of `keras.applications`; listed here so that planning needs no Keras."""

_LARGER = {"InceptionResNetV2": 75, "Xception": 71}
"""Smallest sizes above 32, as Keras states them."""


def backbone_of(name: str) -> Backbone:
    """Return the backbone with a short name or a name of `keras.applications`.

    Raises:
        UnknownNameError: neither.
    """
    if name in BACKBONES:
        return BACKBONES[name]
    for backbone in BACKBONES.values():
        if backbone.application == name:
            return backbone
    if name not in APPLICATIONS:
        raise UnknownNameError("backbone", str(name), (*BACKBONES, *APPLICATIONS))
    return Backbone(
        name=name, application=name, size=224, minimum=_LARGER.get(name, 32), mode="keras"
    )
