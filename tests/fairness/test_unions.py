"""A union of features does not lose to its best member, over the judged datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from fair import answers, judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from fair.answers import Store

LARGEST_LOSS = 0.005
FLAGGED = 0.01

TEXTS = ("sms_spam", "bbc", "movie_sentences")
TABLES = ("spambase", "german_credit", "wine", "breast_cancer")
SERIES = ("gunpoint", "basic_motions")
IMAGES = ("fashion_mnist",)
UNIONS = (
    *(("texts", TEXTS, ("tfidf", "style", "lexicon"), m) for m in ("logistic", "naive_bayes")),
    *(("tables", TABLES, ("raw",), m) for m in ("logistic", "svm", "xgboost")),
    ("tables", ("diabetes",), ("raw",), "ridge"),
    *(("series", SERIES, ("summary", "spectral", "catch22"), m) for m in ("logistic", "svm")),
    *(("images", IMAGES, ("hog", "lbp", "histogram"), m) for m in ("logistic", "svm")),
)


@pytest.mark.parametrize(
    ("kind", "data", "members", "learner"), UNIONS, ids=[f"{u[0]}-manual+{u[3]}" for u in UNIONS]
)
def test_union_keeps_up_with_its_best_member(  # noqa: PLR0917  fixtures
    kind: str,
    data: tuple[str, ...],
    members: tuple[str, ...],
    learner: str,
    store: Store,
    record_property: Callable[[str, object], None],
) -> None:
    """Its mean over the datasets is at most 0.005 below that of the best member."""
    means = {
        features: [_score(store, name, f"{features}+{learner}") for name in data]
        for features in ("manual", *members)
    }
    best = max(members, key=lambda member: np.mean(means[member]))
    losses = np.subtract(means["manual"], means[best])
    flagged = [name for name, loss in zip(data, losses, strict=True) if loss < -FLAGGED]
    line = (
        f"{kind}: manual+{learner} {np.mean(means['manual']):.4f}, best member {best} "
        f"{np.mean(means[best]):.4f}, difference {losses.mean():+.4f}; "
        f"below -{FLAGGED}: {', '.join(flagged) or 'none'}"
    )
    record_property("union", line)

    assert losses.mean() >= -LARGEST_LOSS, line


def _score(store: Store, data: str, method: str) -> float:
    return judge.mean_score(answers.metric_of(data), store.shipped(answers.Entry(data, method)))
