"""Hook implementations of this plugin; nothing heavy is imported here."""

from __future__ import annotations

from typing import Any

from bakeoff import Register, hookimpl

FACTS: dict[str, Any] = {
    "inputs": ("image",),
    "needs": ("keras", "tensorflow"),
    "extra": "pretrained",
    "built_on": ("bakeoff_keras",),
    "devices": ("cpu", "gpu"),
    "backends": ("tensorflow", "jax"),
    "fetches": True,
}


@hookimpl
def bakeoff_register_features(register: Register) -> None:
    """Register frozen networks pretrained on ImageNet."""
    for name, target, title in (
        ("vgg16", "Vgg16Features", "VGG16"),
        ("vgg19", "Vgg19Features", "VGG19"),
        ("inception_v3", "InceptionV3Features", "Inception v3"),
        ("mobilenet", "MobileNetFeatures", "MobileNet"),
        ("mobilenet_v2", "MobileNetV2Features", "MobileNetV2"),
        ("mobilenet_v3", "MobileNetV3Features", "MobileNetV3 (small)"),
        ("application", "ApplicationFeatures", "any network of keras.applications"),
    ):
        register(
            name,
            f"bakeoff_pretrained.features:{target}",
            source="pretrained",
            stateless=True,
            summary=f"{title} trained on ImageNet, frozen",
            **FACTS,
        )


@hookimpl
def bakeoff_register_methods(register: Register) -> None:
    """Register fine-tuning of the same networks."""
    for target, problems in (
        ("FineTuneClassifier", ("binary", "multiclass")),
        ("FineTuneRegressor", ("regression",)),
    ):
        register(
            "fine_tune",
            f"bakeoff_pretrained.fine_tune:{target}",
            problems=problems,
            source="fine_tuned",
            summary="a network trained on ImageNet, fine-tuned in two phases",
            **FACTS,
        )


@hookimpl
def bakeoff_register_studies(register: Register) -> None:
    """Register the study of transfer learning stages."""
    register(
        "fine_tuning",
        "bakeoff_pretrained.studies:FineTuning",
        extra="pretrained",
        summary="frozen, partly and fully fine-tuned, random weights, from scratch",
    )
