"""Hook implementations of this plugin; nothing heavy is imported here."""

from __future__ import annotations

from bakeoff import Register, hookimpl


@hookimpl
def bakeoff_register_searchers(register: Register) -> None:
    """Register the searchers."""
    for name, target, summary in (
        ("random", "Random", "independent draws from the space"),
        ("tpe", "Tpe", "tree-structured Parzen estimator: draws where scores were good"),
        ("halving", "Halving", "tpe, and most configurations end after few rounds"),
        ("hyperband", "Hyperband", "as halving, with several beginnings at a time"),
    ):
        register(
            name,
            f"bakeoff_search.searchers:{target}",
            needs=("optuna",),
            extra="search",
            summary=summary,
        )


@hookimpl
def bakeoff_register_methods(register: Register) -> None:
    """Register AutoML systems as methods."""
    for target, problems in (
        ("FlamlClassifier", ("binary", "multiclass")),
        ("FlamlRegressor", ("regression",)),
    ):
        register(
            "flaml",
            f"bakeoff_search.flaml_method:{target}",
            source="raw",
            inputs=("table",),
            problems=problems,
            needs=("flaml", "lightgbm", "sklearn", "xgboost"),
            extra="automl",
            searches=True,
            summary="FLAML: cost-frugal search over boosters, forests and a linear model",
        )
