"""Trees and forests of scikit-learn that report their number of nodes."""

from __future__ import annotations

from typing import Any

from sklearn import ensemble, tree

from bakeoff.spaces import Choice, Integer, Real, Space

TREE_SPACE = Space(
    {
        "max_depth": Integer(1, 30, "log"),
        "min_samples_leaf": Integer(1, 64, "log"),
        "ccp_alpha": Real(1e-6, 0.1, "log"),
    },
    source="Probst, Boulesteix and Bischl, Tunability, JMLR 20, 2019; ranges chosen here",
)

FOREST_SPACE = Space(
    {
        "n_estimators": Integer(50, 400, "log"),
        "max_features": Real(0.05, 1.0),
        "min_samples_leaf": Integer(1, 32, "log"),
        "bootstrap": Choice((True, False)),
    },
    starts=({"n_estimators": 200, "max_features": 0.5}, {"bootstrap": False}),
    source="Probst, Boulesteix and Bischl, Tunability, JMLR 20, 2019; starts chosen here",
)


class _Tree:
    """Search space and size of a single tree."""

    tree_: Any

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return TREE_SPACE

    @property
    def n_parameters_(self) -> int:
        """Number of nodes, leaves included."""
        return int(self.tree_.node_count)


class _Forest:
    """Search space and size of a forest."""

    estimators_: list[Any]

    @classmethod
    def space(cls) -> Space:
        """Return the search space of the hyperparameters."""
        return FOREST_SPACE

    @property
    def n_parameters_(self) -> int:
        """Number of nodes of all trees, leaves included."""
        return sum(member.tree_.node_count for member in self.estimators_)


class TreeClassifier(_Tree, tree.DecisionTreeClassifier):  # type: ignore[misc]  # scikit-learn has no types
    """Classification tree, grown until its leaves are pure by default.

    Source:
        Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984.
    """


class TreeRegressor(_Tree, tree.DecisionTreeRegressor):  # type: ignore[misc]  # scikit-learn has no types
    """Regression tree, grown until its leaves are pure by default.

    Source:
        Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984.
    """


class ForestClassifier(_Forest, ensemble.RandomForestClassifier):  # type: ignore[misc]  # same
    """Random forest for classification.

    Source:
        Breiman, "Random Forests", Machine Learning 45, 2001.
    """


class ForestRegressor(_Forest, ensemble.RandomForestRegressor):  # type: ignore[misc]  # same
    """Random forest for regression.

    Source:
        Breiman, "Random Forests", Machine Learning 45, 2001.
    """
