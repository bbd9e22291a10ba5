"""Features and a learner as one scikit-learn estimator, for notebooks; trials don't use it.

scikit-learn's own pipeline asks more of its steps than bakeoff asks of a component.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from sklearn.base import BaseEstimator
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils.metaestimators import available_if

if TYPE_CHECKING:
    from sklearn.utils import Tags


class Chain(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Estimator that fits features, then a learner on the transformed rows.

    Args:
        features: with `fit` and `transform`.
        learner: with `fit` and `predict`.
        problem: problem type, one of `records.PROBLEM_TYPES`.
    """

    def __init__(self, features: Any, learner: Any, problem: str = "multiclass") -> None:
        self.features = features
        self.learner = learner
        self.problem = problem

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit features and learner on the same rows."""
        self.learner.fit(self.features.fit(X, y).transform(X), y)
        if hasattr(self.learner, "classes_"):
            self.classes_ = self.learner.classes_
        self.is_fitted_ = True
        return self

    def predict(self, X: Any) -> Any:
        """Return the learner's predictions, (n_samples,)."""
        return self.learner.predict(self.features.transform(X))

    @available_if(lambda self: hasattr(self.learner, "predict_proba"))  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Any:
        """Return probabilities (n_samples, n_classes); only there if the learner offers them."""
        return self.learner.predict_proba(self.features.transform(X))

    def score(self, X: Any, y: Any) -> float:
        """Return the accuracy, or R2 for regression: maximize."""
        metric = r2_score if self.problem == "regression" else accuracy_score
        return float(metric(y, self.predict(X)))

    def __sklearn_tags__(self) -> Tags:
        """Return the tags that scikit-learn's cross-validation asks for."""
        tags = super().__sklearn_tags__()
        tags.estimator_type = "regressor" if self.problem == "regression" else "classifier"
        return tags
