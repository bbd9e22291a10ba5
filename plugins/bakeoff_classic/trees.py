"""Trees and forests of scikit-learn that say how many nodes they have."""

from __future__ import annotations

from sklearn import ensemble, tree


class TreeClassifier(tree.DecisionTreeClassifier):  # type: ignore[misc]  # scikit-learn has no types
    """Classification tree, grown until its leaves are pure unless told otherwise.

    Source:
        Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984.
    """

    @property
    def n_parameters_(self) -> int:
        """Nodes, leaves included."""
        return int(self.tree_.node_count)


class TreeRegressor(tree.DecisionTreeRegressor):  # type: ignore[misc]  # scikit-learn has no types
    """Regression tree, grown until its leaves are pure unless told otherwise.

    Source:
        Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984.
    """

    @property
    def n_parameters_(self) -> int:
        """Nodes, leaves included."""
        return int(self.tree_.node_count)


class ForestClassifier(ensemble.RandomForestClassifier):  # type: ignore[misc]  # same
    """Random forest for classes.

    Source:
        Breiman, "Random Forests", Machine Learning 45, 2001.
    """

    @property
    def n_parameters_(self) -> int:
        """Nodes of all trees, leaves included."""
        return sum(member.tree_.node_count for member in self.estimators_)


class ForestRegressor(ensemble.RandomForestRegressor):  # type: ignore[misc]  # same
    """Random forest for values.

    Source:
        Breiman, "Random Forests", Machine Learning 45, 2001.
    """

    @property
    def n_parameters_(self) -> int:
        """Nodes of all trees, leaves included."""
        return sum(member.tree_.node_count for member in self.estimators_)
