"""Every component that ships stands in a contest, or is named here with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fair import datasets
from fair.recipes import clustering, images, networks, series, tables, texts

if TYPE_CHECKING:
    from bakeoff.registry.catalogue import Registry
    from bakeoff.registry.manager import Plugins

PRETRAINED = "its weights or vectors are fetched by the program, which a recipe must not use"
NO_DATA = "no segmentation or recognition is judged yet"

WITHOUT = {
    "constant": "the baseline that guesses",
    **dict.fromkeys(("vgg16", "vgg19", "inception_v3", "application", "fine_tune"), PRETRAINED),
    **dict.fromkeys(("mobilenet", "mobilenet_v2", "mobilenet_v3", "word_vectors"), PRETRAINED),
    **dict.fromkeys(("unet", "detector", "hog_window", "pixel_forest"), NO_DATA),
}
"""Why a component has no recipe, by its name."""

SHIPPED = ("bakeoff_classic", "bakeoff_deep", "bakeoff_embeddings", "bakeoff_pretrained")


def _in_contests(registry: Registry) -> set[tuple[str, str]]:
    """Return input kind and name of each component that a contest names."""
    found = set()
    for module in (texts, tables, series, clustering, images, networks):
        for contest in module.CONTESTS:
            dataset = datasets.task(contest.data)["dataset"]
            kind = registry.get("datasets", dataset).inputs[0]
            found |= {(kind, name) for name in contest.method.split("+")}
    return found


@pytest.mark.quick
def test_every_component_has_a_recipe_or_a_reason(plugins: Plugins) -> None:
    """Features and networks for each input kind, learners and clusterers for any."""
    covered = _in_contests(plugins.registry)
    names = {name for _, name in covered}
    missing = set()
    for family in ("features", "learners", "methods", "clusterers"):
        for component in plugins.registry.all(family):
            if component.target.startswith(SHIPPED) and component.name not in WITHOUT:
                pairs = {(kind, component.name) for kind in component.inputs}
                missing |= pairs - covered
                if not pairs and component.name not in names:
                    missing.add(("any", component.name))

    assert missing == set()
