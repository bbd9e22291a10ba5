"""What stored curves of training tell: where validation turned, and what came after it.

Nothing is trained again. Epochs are boosting rounds where the learner counts those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from bakeoff.store.run_data import StoredRun

TURN = ["turn_epoch", "last_epoch", "wasted_epochs", "loss_risen", "score_lost"]
WEIGHTS = ["weight_norm", "near_zero"]


def curve_facts(epochs: pd.DataFrame) -> pd.DataFrame:
    """Where each trial's validation loss was lowest, and what going on cost.

    Args:
        epochs: trial, epoch, name, value, as `StoredRun.epochs`.

    Returns:
        One row a trial with a validation loss, indexed by trial: `turn_epoch` (the first with the
        lowest loss), `last_epoch`, `wasted_epochs` (those after the turn), `loss_risen` (last loss
        less the lowest) and `score_lost` (validation score at the turn less that of the last
        epoch; NaN where no score was recorded). The score is the one that the learner records,
        more being better.
    """
    loss = _course(epochs, "validation_loss")
    if loss.empty:
        return pd.DataFrame(columns=TURN, dtype=float)
    ordered = loss.sort_values(["trial", "value", "epoch"])
    turn = ordered.drop_duplicates("trial").set_index("trial")
    last = loss.sort_values("epoch").drop_duplicates("trial", keep="last").set_index("trial")
    facts = pd.DataFrame({"turn_epoch": turn["epoch"], "last_epoch": last["epoch"]})
    facts["wasted_epochs"] = facts["last_epoch"] - facts["turn_epoch"]
    facts["loss_risen"] = last["value"] - turn["value"]
    score = _course(epochs, "validation_score").set_index(["trial", "epoch"])["value"]
    at_turn = score.reindex(pd.MultiIndex.from_arrays([facts.index, facts["turn_epoch"]]))
    at_last = score.reindex(pd.MultiIndex.from_arrays([facts.index, facts["last_epoch"]]))
    facts["score_lost"] = at_turn.to_numpy() - at_last.to_numpy()
    return facts[TURN]


def weight_facts(run: StoredRun) -> pd.DataFrame:
    """Norm and share of near-zero weights of each trial's final weights.

    Where training ended with the weights of an earlier epoch put back, those count.

    Returns:
        Indexed by trial: `weight_norm`, the L2 norm of all layers together, and `near_zero`, the
        mean over layers of the share of weights below a thousandth of the standard deviation of
        the layer's initial weights. For linear learners, of their coefficients, near zero being a
        millionth of the largest.
    """
    names = run.epochs["name"]
    watched = run.epochs[names.str.startswith(tuple(f"{name}/" for name in WEIGHTS))]
    kept = watched.merge(_kept_epochs(run), on=["trial", "epoch"])
    kind = kept["name"].astype(str).str.split("/").str[0]
    norm = kept[kind == "weight_norm"].groupby("trial")["value"].agg(_together)
    zero = kept[kind == "near_zero"].groupby("trial")["value"].mean()
    of_networks = pd.DataFrame({"weight_norm": norm, "near_zero": zero})
    notes = run.notes[run.notes["name"].isin(WEIGHTS)]
    of_linear = notes.pivot_table(index="trial", columns="name", values="value", aggfunc="first")
    of_linear = of_linear.reindex(columns=WEIGHTS).astype(float)
    facts = of_networks.combine_first(of_linear)
    for name in WEIGHTS:
        facts[name] = facts.get(name, np.nan)
    return pd.DataFrame(facts[WEIGHTS])


def _together(norms: pd.Series[float]) -> float:
    return float(np.sqrt((norms**2).sum()))


def _kept_epochs(run: StoredRun) -> pd.DataFrame:
    """The epoch whose weights each trial ended with: trial, epoch."""
    last = run.epochs.groupby("trial", as_index=False)["epoch"].max()
    told = run.notes[run.notes["name"] == "weights"]
    number = told["value"].astype(str).str.extract(r"of epoch (\d+)", expand=False).astype(float)
    back = pd.Series(number.to_numpy(), index=told["trial"].to_numpy()).dropna()
    last["epoch"] = last["trial"].map(back).fillna(last["epoch"]).astype("int64")
    return pd.DataFrame(last)


def _course(epochs: pd.DataFrame, name: str) -> pd.DataFrame:
    found = epochs[epochs["name"] == name]
    return found[np.isfinite(found["value"].astype(float))]
