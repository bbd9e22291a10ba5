"""The search plugin keeps what `bakeoff.testing` asks of plugins and estimators."""

from bakeoff.testing import EstimatorContract, PluginContract


class TestSearchPlugin(PluginContract):
    """Searchers, FLAML, and AutoML on one table."""

    plugin = "search"
    heavy = ("numpy", "pandas", "sklearn", "optuna", "flaml", "lightgbm", "xgboost")


class TestFlaml(EstimatorContract):
    """What it predicts is tested with a budget, in `search/test_flaml.py`."""

    plugin = "search"
    kinds = ("methods",)
