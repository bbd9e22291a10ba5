"""Best epoch, epochs after it and final weights of each trial, from stored training curves.

For boosting, epochs are rounds.
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
    """Compute the best epoch of each trial, and the increase in loss after it.

    Args:
        epochs: frame with the columns trial, epoch, name and value, as `StoredRun.epochs`.

    Returns:
        One row per trial with a validation loss, indexed by trial: `turn_epoch` (the first with the
        lowest loss), `last_epoch`, `wasted_epochs` (number after the best), `loss_risen` (last
        minus lowest loss) and `score_lost` (validation score at the best epoch minus that at the
        last; NaN if no score was recorded). The score is the one that the learner records, higher
        is better.
    """
    loss = _curve(epochs, "validation_loss")
    if loss.empty:
        return pd.DataFrame(columns=TURN, dtype=float)
    ordered = loss.sort_values(["trial", "value", "epoch"])
    best = ordered.drop_duplicates("trial").set_index("trial")
    last = loss.sort_values("epoch").drop_duplicates("trial", keep="last").set_index("trial")
    facts = pd.DataFrame({"turn_epoch": best["epoch"], "last_epoch": last["epoch"]})
    facts["wasted_epochs"] = facts["last_epoch"] - facts["turn_epoch"]
    facts["loss_risen"] = last["value"] - best["value"]
    score = _curve(epochs, "validation_score").set_index(["trial", "epoch"])["value"]
    at_best = score.reindex(pd.MultiIndex.from_arrays([facts.index, facts["turn_epoch"]]))
    at_last = score.reindex(pd.MultiIndex.from_arrays([facts.index, facts["last_epoch"]]))
    facts["score_lost"] = at_best.to_numpy() - at_last.to_numpy()
    return facts[TURN]


def weight_facts(run: StoredRun) -> pd.DataFrame:
    """Return norm and share of near-zero values of each trial's final weights.

    If training restored the weights of an earlier epoch at its end, those are used.

    Returns:
        Frame indexed by trial: `weight_norm`, the L2 norm over all layers, and `near_zero`, the
        mean over layers of the share of weights below a thousandth of the standard deviation of
        the layer's initial weights. For linear learners both are of the coefficients, and near
        zero is at most a millionth of the largest.
    """
    names = run.epochs["name"]
    watched = run.epochs[names.str.startswith(tuple(f"{name}/" for name in WEIGHTS))]
    final = watched.merge(_final_epochs(run), on=["trial", "epoch"])
    kind = final["name"].astype(str).str.split("/").str[0]
    norm = final[kind == "weight_norm"].groupby("trial")["value"].agg(_root_sum_of_squares)
    zero = final[kind == "near_zero"].groupby("trial")["value"].mean()
    of_networks = pd.DataFrame({"weight_norm": norm, "near_zero": zero})
    notes = run.notes[run.notes["name"].isin(WEIGHTS)]
    of_linear = notes.pivot_table(index="trial", columns="name", values="value", aggfunc="first")
    of_linear = of_linear.reindex(columns=WEIGHTS).astype(float)
    facts = of_networks.combine_first(of_linear)
    for name in WEIGHTS:
        facts[name] = facts.get(name, np.nan)
    return pd.DataFrame(facts[WEIGHTS])


def _root_sum_of_squares(norms: pd.Series[float]) -> float:
    return float(np.sqrt((norms**2).sum()))


def _final_epochs(run: StoredRun) -> pd.DataFrame:
    """Return the epoch of each trial's final weights; columns trial and epoch."""
    last = run.epochs.groupby("trial", as_index=False)["epoch"].max()
    notes = run.notes[run.notes["name"] == "weights"]
    number = notes["value"].astype(str).str.extract(r"of epoch (\d+)", expand=False).astype(float)
    restored = pd.Series(number.to_numpy(), index=notes["trial"].to_numpy()).dropna()
    last["epoch"] = last["trial"].map(restored).fillna(last["epoch"]).astype("int64")
    return pd.DataFrame(last)


def _curve(epochs: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the finite values of one recorded quantity."""
    rows = epochs[epochs["name"] == name]
    return rows[np.isfinite(rows["value"].astype(float))]
