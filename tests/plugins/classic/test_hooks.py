"""The plugin is found, lists what it offers, and imports nothing heavy to do so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.registry.manager import load_plugins

if TYPE_CHECKING:
    from collections.abc import Callable

    from bakeoff.registry.catalogue import Component

HEAVY = ("numpy", "pandas", "scipy", "sklearn", "skimage", "skrub", "aeon", "numba", "xgboost")
_FEATURES = (
    "raw random manual pca hog lbp histogram tfidf style lexicon catch22 summary spectral "
    "random_kernels"
)
_LEARNERS = (
    "constant logistic ridge naive_bayes nearest_neighbours svm tree random_forest hist_boosting "
    "xgboost"
)


def _owned() -> list[Component]:
    registry = load_plugins().registry
    found = (c for kind in ("features", "learners") for c in registry.all(kind))
    return [c for c in found if c.owner == "classic"]


def test_listing_imports_no_library_for_numbers(imported: Callable[[str], set[str]]) -> None:
    """A fresh process that asks every hook has none of them loaded."""
    code = (
        "from bakeoff_classic import hooks; "
        "from bakeoff.registry.catalogue import Registry; "
        "r = Registry(); hooks.bakeoff_register_features(r.register('features', 'classic')); "
        "hooks.bakeoff_register_learners(r.register('learners', 'classic'))"
    )

    assert imported(code).isdisjoint(HEAVY)


def test_one_learners_module_leaves_the_others_libraries_alone(
    imported: Callable[[str], set[str]],
) -> None:
    """Logistic regression needs neither XGBoost nor the libraries of features."""
    others = {"xgboost", "aeon", "skrub", "skimage"}

    assert imported("import bakeoff_classic.linear").isdisjoint(others)


def test_the_entry_point_leads_to_the_components() -> None:
    """The names that people type belong to the plugin `classic` and can be imported."""
    owned = _owned()

    assert {c.name for c in owned} == {*_FEATURES.split(), *_LEARNERS.split()}
    assert all(c.load() is not None for c in owned if not c.missing)


def test_every_component_names_its_literature() -> None:
    """A reader can look up where features and learners come from."""
    own = [c.load() for c in _owned() if c.target.startswith("bakeoff_classic") and not c.missing]
    silent = [
        cls.__name__
        for cls in own
        if not any("Source:" in (base.__doc__ or "") for base in cls.__mro__)
    ]

    assert silent == []
