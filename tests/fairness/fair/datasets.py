"""The judged datasets, and the rows of their splits for a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fair.records import Part, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bakeoff.plan.tasks import PlannedTask

OFFICIAL = {"split": "official"}
CLOTHES = OFFICIAL | {"train_limit": 10_000, "test_limit": 3_000}

DATASETS: dict[str, dict[str, Any]] = {
    "sms_spam": {"train_limit": 2_000},
    "bbc": {},
    "movie_sentences": {},
    "movie_sentences_4k": {
        "dataset": "movie_sentences",
        "split": "holdout",
        "train_limit": 4_000,
        "repeats": 3,
    },
    "fashion_mnist": CLOTHES | {"repeats": 2},
    "digits": {},
    "spambase": {},
    "german_credit": {},
    "diabetes": {},
    "wine": {},
    "breast_cancer": {},
    "gunpoint": OFFICIAL,
    "basic_motions": OFFICIAL,
    "wine_groups": {"dataset": "wine", "problem_type": "clustering"},
    "breast_cancer_groups": {"dataset": "breast_cancer", "problem_type": "clustering"},
    "digits_groups": {"dataset": "digits", "problem_type": "clustering"},
}
"""Keys of a suite's task by its name; five splits, where not said otherwise."""

QUICK = ("german_credit", "diabetes", "wine", "breast_cancer", "gunpoint", "wine_groups")
"""Names of small datasets."""


def task(name: str) -> dict[str, Any]:
    """Return a task as a suite says it."""
    return {"dataset": name, "name": name} | DATASETS[name]


def splits(planned: PlannedTask) -> Iterator[tuple[Rows, Part, Any]]:
    """Yield what a recipe sees of each split, its test part, and the indices of its test rows."""
    from bakeoff.data.splits import make_split

    if planned.prepared is None:
        raise RuntimeError(planned.unavailable)
    data, facts = planned.prepared.load(), planned.task
    protocol, n_classes = facts.protocol, len(planned.prepared.classes)
    places = [(r, f) for r in range(protocol.repeats) for f in range(protocol.folds)]
    for seed, (repeat, fold) in enumerate(places):
        split = make_split(data, protocol, task=facts.name, repeat=repeat, fold=fold)
        train, validation, test = (
            Part(_take(data.X, rows), _take(data.y, rows))
            for rows in (split.train, split.validation, split.test)
        )
        if facts.problem_type == "clustering":
            train, validation = Part(train.X, None), Part(validation.X, None)
        yield (
            Rows(train, validation, test.X, facts.problem_type, n_classes, seed),
            test,
            split.test,
        )


def _take(values: Any, rows: Any) -> Any:
    return values.iloc[rows].reset_index(drop=True) if hasattr(values, "iloc") else values[rows]
