"""Variants beside their controls: pairs on the same split and seeds, and what choosing one buys.

Works on frames with the columns of `bakeoff.store.run_data.StoredRun.trials`. Of a factor's
variants validation chooses one, apart for each split; only that one's test score is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bakeoff.statistics.contrasts import KEYS, best_validated, with_differences, with_facts

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT = "default"
CELL = ["study", "method", "device", "backend", *KEYS]
"""What a variant and its control share."""

VALUES = [
    "trial",
    "test_score",
    "validation_score",
    "train_score",
    "signed",
    "gap",
    "fit_s",
    "n_epochs",
    "ratio",
]
SIDES = ("_first", "_second")


def pairs_with_control(trials: pd.DataFrame) -> pd.DataFrame:
    """Every variant of a study beside its control on the same split.

    Args:
        trials: complete trials, those outside studies among them: a control `default` is there.

    Returns:
        One row a pair: the cell, `variant`, `control`, `factor`, `level`, `direction`, each of
        `VALUES` with
        `_first` for the variant and `_second` for the control, `difference` (of the test score,
        positive where the variant is better) and `test_ratio` (the larger of both). Variants
        without a control on the same split drop out.
    """
    rows = with_facts(_with_words(trials))
    studied = rows[rows["study"] != "none"]
    variants = studied[studied["variant"] != studied["control"]]
    own = studied[studied["variant"] == studied["control"]]
    plain = rows[(rows["study"] == "none") & (rows["variant"] == DEFAULT)]
    shared = [
        plain.assign(study=study, control=DEFAULT)
        for study in variants.loc[variants["control"] == DEFAULT, "study"].unique()
    ]
    controls = pd.concat([own, *shared], ignore_index=True)
    words = ["variant", "control", "factor", "level", "direction"]
    both = variants[[*CELL, *words, *VALUES]].merge(
        controls[[*CELL, "control", *VALUES]], on=[*CELL, "control"], suffixes=SIDES
    )
    return with_differences(both)


def swapped(both: pd.DataFrame) -> pd.DataFrame:
    """The same pairs with the control first."""
    names = {f"{name}{side}": f"{name}{other}" for name in VALUES for side, other in _SWAP}
    return with_differences(both.rename(columns=names))


_SWAP = ((SIDES[0], SIDES[1]), (SIDES[1], SIDES[0]))


def choose(pairs: pd.DataFrame, by: Sequence[str] = ("factor",)) -> pd.DataFrame:
    """Let validation choose one variant for each cell and value of `by`.

    Args:
        pairs: of `pairs_with_control`; where the method has no validation score only a factor
            with a single variant is represented.
        by: columns whose values are each represented; empty for one choice among all.

    Returns:
        The rows chosen. The smaller level, then the name, decides between equal scores.
    """
    return best_validated(
        pairs, [*CELL, *by], ties=["level", "variant"], score="validation_score_first"
    )


def _with_words(trials: pd.DataFrame) -> pd.DataFrame:
    """Trials of stores that know no factors have one for each variant."""
    if "factor" in trials.columns:
        return trials.assign(factor=trials["factor"].fillna("").astype(str))
    return trials.assign(factor=trials["variant"], level=float("nan"))
