"""The classic plugin keeps what `bakeoff.testing` asks of plugins, features and learners."""

from typing import Any, ClassVar

from bakeoff.testing import FeaturesContract, LearnerContract, PluginContract


class TestClassicPlugin(PluginContract):
    """Manual features, scikit-learn's and XGBoost's learners."""

    plugin = "classic"
    heavy = ("numpy", "pandas", "scipy", "skimage", "sklearn", "skrub", "xgboost", "aeon")


class TestClassicFeatures(FeaturesContract):
    """Every features component, for each input kind."""

    plugin = "classic"


class TestClassicLearners(LearnerContract):
    """Every learner, for each problem type."""

    plugin = "classic"
    params: ClassVar[dict[str, dict[str, Any]]] = {
        "hist_boosting": {"max_iter": 40},
        "random_forest": {"n_estimators": 10},
        "xgboost": {"n_estimators": 20},
        "pixel_forest": {"n_trees": 10, "max_pixels": 2000},
        "hog_window": {"n_shapes": 2},
    }
