"""Searchers based on Optuna, which suggest configurations and learn from validation scores."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.study import StudyDirection
from optuna.trial import TrialState, create_trial

from bakeoff.spaces import Choice, Integer, Real, Space

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler

    from bakeoff.spaces import Config, Dimension

FIRST_RUNG = 5
"""Rounds before the first pruning decision; chosen here."""

MOST_ROUNDS = 500
"""Rounds of the longest bracket; chosen here."""

REDUCTION = 3
"""Reduction factor: one in three configurations reaches the next rung, as Li et al. recommend."""


class Random:
    """Random search: independent draws, uniform on each dimension's scale.

    Args:
        space: what configurations are drawn from.
        direction: `maximize` or `minimize`.
        seed: of the draws.

    Source:
        Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 13, 2012;
        Akiba, Sano, Yanase, Ohta and Koyama, "Optuna", KDD 2019.
    """

    watches = False

    def __init__(self, space: Space, *, direction: str, seed: int) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._space = space
        self._order = space.ordered()
        self._distributions = {n: _distribution(d) for n, d in space.dimensions.items()}
        self._asked: dict[int, optuna.Trial] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            # Hyperband draws brackets from the study's name, which is a random one by default.
            self._study = optuna.create_study(
                study_name=f"seed {seed}",
                direction=StudyDirection[direction.upper()],
                sampler=self._sampler(seed % 2**32),
                pruner=self._pruner(),
            )

    def _sampler(self, seed: int) -> BaseSampler:
        return optuna.samplers.RandomSampler(seed)

    def _pruner(self) -> BasePruner:
        return optuna.pruners.NopPruner()

    def ask(self, number: int) -> Config:
        """Suggest a configuration; parameters whose condition does not hold are left out."""
        trial = self._asked[number] = self._study.ask()
        config: Config = {}
        for name in self._order:
            if self._space.active(name, config):
                config[name] = _suggest(trial, name, self._space.dimensions[name])
        return config

    def tell(
        self, number: int, config: Config, score: float | None, memo: dict[str, Any]
    ) -> dict[str, Any]:
        """Record the score of a configuration; return the state to store for resuming."""
        trial = self._asked.pop(number, None)
        is_finite = score is not None and math.isfinite(score)
        state = TrialState.COMPLETE if is_finite else TrialState.FAIL
        if trial is not None:
            system_attrs = dict(self._study._storage.get_trial_system_attrs(trial._trial_id))  # noqa: SLF001  no public way to read the rungs
            rounds = {str(k): v for k, v in self._values(trial).items()}
            self._study.tell(trial, score if is_finite else None, state=state)
            return {"system": system_attrs, "rounds": rounds} if self.watches else {}
        self._study.add_trial(self._earlier(config, score if is_finite else None, state, memo))
        return memo

    def prune(self, number: int, step: int, value: float) -> bool:
        """Return whether to stop a configuration after a round; always False here."""
        trial = self._asked.get(number)
        if trial is None or not math.isfinite(value):
            return False
        trial.report(value, step)
        return trial.should_prune()

    def _values(self, trial: optuna.Trial) -> dict[int, float]:
        """Return the values reported at rungs; storing every round would bloat the journal."""
        reported = self._study._storage.get_trial(trial._trial_id).intermediate_values  # noqa: SLF001  a running trial
        rungs = {FIRST_RUNG * REDUCTION**k for k in range(8)}
        return {step: value for step, value in reported.items() if step in rungs}

    def _earlier(
        self, config: Config, score: float | None, state: TrialState, memo: dict[str, Any]
    ) -> optuna.trial.FrozenTrial:
        """Return a finished trial for a configuration that this study did not suggest."""
        params = {
            name: value
            for name, value in config.items()
            if name in self._distributions and self._space.dimensions[name].contains(value)
        }
        return create_trial(
            state=state,
            value=score,
            params=params,
            distributions={name: self._distributions[name] for name in params},
            system_attrs=memo.get("system", {}),
            intermediate_values={int(k): v for k, v in memo.get("rounds", {}).items()},
        )


class Tpe(Random):
    """Tree-structured Parzen estimator: samples where good configurations are dense.

    Arguments are those of `Random`. Parameters are modelled together, and running configurations
    count as bad ones, so that parallel suggestions differ.

    Source:
        Bergstra, Bardenet, Bengio and Kégl, "Algorithms for Hyper-Parameter Optimization", NIPS
        2011; Watanabe, "Tree-Structured Parzen Estimator", 2023, for the settings.
    """

    def _sampler(self, seed: int) -> BaseSampler:
        return optuna.samplers.TPESampler(
            seed=seed, multivariate=True, group=True, constant_liar=True, n_startup_trials=8
        )


class Halving(Tpe):
    """`Tpe` with asynchronous successive halving over epochs or rounds.

    For methods that report a validation loss each round; others are searched as by `Tpe`.
    Arguments are those of `Random`.

    Source:
        Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and Talwalkar, "A System for
        Massively Parallel Hyperparameter Tuning", MLSys 2020.
    """

    watches = True

    def _pruner(self) -> BasePruner:
        return optuna.pruners.SuccessiveHalvingPruner(
            min_resource=FIRST_RUNG, reduction_factor=REDUCTION
        )


class Hyperband(Halving):
    """`Halving` with several brackets that differ in their first rung.

    Arguments are those of `Random`.

    Source:
        Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, "Hyperband", JMLR 18, 2018.
    """

    def _pruner(self) -> BasePruner:
        return optuna.pruners.HyperbandPruner(
            min_resource=FIRST_RUNG, max_resource=MOST_ROUNDS, reduction_factor=REDUCTION
        )


def _distribution(dimension: Dimension) -> BaseDistribution:
    match dimension:
        case Real(low, high, scale):
            return FloatDistribution(low, high, log=scale == "log")
        case Integer(low, high, scale):
            return IntDistribution(low, high, log=scale == "log")
        case Choice(values):
            return CategoricalDistribution(values)


def _suggest(trial: optuna.Trial, name: str, dimension: Dimension) -> Any:
    match dimension:
        case Real(low, high, scale):
            return trial.suggest_float(name, low, high, log=scale == "log")
        case Integer(low, high, scale):
            return trial.suggest_int(name, low, high, log=scale == "log")
        case Choice(values):
            return trial.suggest_categorical(name, values)
