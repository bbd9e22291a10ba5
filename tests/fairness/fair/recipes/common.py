"""What recipes share: fit features once, choose one parameter on the validation rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics import balanced_accuracy_score, r2_score
from sklearn.utils.class_weight import compute_sample_weight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fair.records import Rows


def matrices(features: Any, rows: Rows) -> tuple[Any, Any, Any]:
    """Return features of training, validation and test rows, fitted on the first."""
    train = features.fit_transform(rows.train.X, rows.train.y)
    return train, features.transform(rows.validation.X), features.transform(rows.X_test)


def tuned(models: Iterable[Any], parts: tuple[Any, Any, Any], rows: Rows) -> Any:
    """Return test predictions of the model that predicts the validation rows best.

    The first is the default: it is taken where there are too few rows to choose, and wins ties.

    Args:
        models: unfitted, the default first.
        parts: matrices of training, validation and test rows.
        rows: the split.
    """
    train, validation, test = parts
    candidates = list(models) if rows.may_choose else list(models)[:1]
    fitted = [model.fit(train, rows.train.y) for model in candidates]
    values = [_value(rows, labels(model, validation, rows)) for model in fitted]
    return labels(fitted[int(np.argmax(values))], test, rows)


def labels(model: Any, X: Any, rows: Rows) -> Any:
    """Return labels or values; of classes that were not balanced in fitting, the likeliest.

    Those are the classes with the largest ratio of probability to training share, which maximise
    balanced accuracy.

    Source: scikit-learn's user guide, "Tuning the decision threshold for class prediction".
    """
    is_balanced = getattr(model, "class_weight", None) or not getattr(model, "fit_prior", True)
    if rows.problem == "regression" or is_balanced or not hasattr(model, "predict_proba"):
        return model.predict(X)
    shares = np.array([np.mean(rows.train.y == code) for code in model.classes_])
    return model.classes_[np.argmax(model.predict_proba(X) / shares, axis=1)]


def balanced(y: Any) -> Any:
    """Return a weight for each row, so that every class weighs the same."""
    return compute_sample_weight("balanced", y)


def _value(rows: Rows, predicted: Any) -> float:
    score = r2_score if rows.problem == "regression" else balanced_accuracy_score
    return float(score(rows.validation.y, predicted))
