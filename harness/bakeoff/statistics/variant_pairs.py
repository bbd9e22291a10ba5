"""Pair variants of studies with their controls, on the same split and seeds.

Works on frames with the columns of `bakeoff.store.run_data.StoredRun.trials`. The variant of a
factor is selected by validation score, separately for each split; its test score is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bakeoff.statistics.contrasts import KEYS, best_validated, with_differences, with_facts

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT = "default"
CELL = ["study", "method", "device", "backend", *KEYS]
"""Columns that a variant and its control have in common."""

VALUES = [
    "trial",
    "test_score",
    "validation_score",
    "train_score",
    "signed",
    "gap",
    "seconds",
    "n_epochs",
    "ratio",
]
SIDES = ("_first", "_second")


def pairs_with_control(trials: pd.DataFrame) -> pd.DataFrame:
    """Pair every variant of a study with its control on the same split.

    Args:
        trials: complete trials, including those outside studies, which are controls `default`.

    Returns:
        One row per pair: the cell, `variant`, `control`, `factor`, `level`, `direction`, each of
        `VALUES` with `_first` for the variant and `_second` for the control, `difference` (of the
        test score, positive if the variant is better) and `test_ratio` (the larger of both).
        Variants without a control on the same split are excluded.
    """
    rows = with_facts(_with_factors(trials))
    studied = rows[rows["study"] != "none"]
    variants = studied[studied["variant"] != studied["control"]]
    own = studied[studied["variant"] == studied["control"]]
    plain = rows[(rows["study"] == "none") & (rows["variant"] == DEFAULT)]
    shared = [
        plain.assign(study=study, control=DEFAULT)
        for study in variants.loc[variants["control"] == DEFAULT, "study"].unique()
    ]
    controls = pd.concat([own, *shared], ignore_index=True)
    columns = ["variant", "control", "factor", "level", "direction"]
    both = variants[[*CELL, *columns, *VALUES]].merge(
        controls[[*CELL, "control", *VALUES]], on=[*CELL, "control"], suffixes=SIDES
    )
    return with_differences(both)


def swapped(both: pd.DataFrame) -> pd.DataFrame:
    """Return the same pairs with the control first."""
    names = {f"{name}{side}": f"{name}{other}" for name in VALUES for side, other in _SWAP}
    return with_differences(both.rename(columns=names))


_SWAP = ((SIDES[0], SIDES[1]), (SIDES[1], SIDES[0]))


def choose(pairs: pd.DataFrame, by: Sequence[str] = ("factor",)) -> pd.DataFrame:
    """Select the variant with the best validation score for each cell and value of `by`.

    Args:
        pairs: pairs of `pairs_with_control`; without validation scores only factors with a single
            variant are selected.
        by: columns whose values are each selected from; empty for one variant among all.

    Returns:
        The selected rows. Ties go to the smaller level, then to the least training time.
    """
    keys = [*CELL, *by]
    ties = ["level", "seconds_first"]
    return best_validated(pairs, keys, ties=ties, score="validation_score_first").drop_duplicates(
        keys, ignore_index=True
    )


def _with_factors(trials: pd.DataFrame) -> pd.DataFrame:
    """Add the columns `factor` and `level` if the store lacks them; each variant is a factor."""
    if "factor" in trials.columns:
        return trials.assign(factor=trials["factor"].fillna("").astype(str))
    return trials.assign(factor=trials["variant"], level=float("nan"))
