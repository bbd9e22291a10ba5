"""How often intervals hold the truth, over benchmarks that refit real learners on fresh draws.

Run with: pytest -m slow tests/core/test_coverage.py -rP
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from bakeoff.data.splits import make_split
from bakeoff.interfaces import Data
from bakeoff.metrics.classification import accuracy
from bakeoff.records import Protocol
from bakeoff.statistics.bootstrap import fixed_part_interval, weighted_accuracy
from bakeoff.statistics.intervals import Interval, resampled_interval, resolution_of

pytestmark = pytest.mark.slow
pytest.importorskip("sklearn", reason="needs scikit-learn")

N_BENCHMARKS, N_ROWS, N_REPEATS = 1000, 200, 5
SLOPES = np.array([1.5, -1.0, 0.5, 0, 0, 0])
LEARNERS = ("naive_bayes", "tree", "random_tree", "other_random_tree")


def draw(rng: np.random.Generator, n_rows: int, ease: float = 1.0) -> tuple[Any, Any]:
    """Rows of a known source: two classes, linear with an interaction."""
    X = rng.normal(size=(n_rows, len(SLOPES)))
    chance = 1 / (1 + np.exp(-ease * (X @ SLOPES + 0.8 * X[:, 0] * X[:, 1])))
    return X, (rng.random(n_rows) < chance).astype(np.int64)


def fitted(name: str, X: Any, y: Any, seed: int) -> Any:
    """A learner of scikit-learn, fitted; the random trees differ in their seed alone."""
    from sklearn.naive_bayes import GaussianNB
    from sklearn.tree import DecisionTreeClassifier

    made = {
        "naive_bayes": GaussianNB,
        "tree": lambda: DecisionTreeClassifier(max_depth=4, random_state=0),
        "random_tree": lambda: DecisionTreeClassifier(splitter="random", random_state=2 * seed),
        "other_random_tree": lambda: DecisionTreeClassifier(
            splitter="random", random_state=2 * seed + 1
        ),
    }
    return made[name]().fit(X, y)


def scores(name: str, X: Any, y: Any, parts: tuple[Any, Any], seed: int) -> tuple[float, float]:
    """Train and test accuracy of one fit."""
    model = fitted(name, X[parts[0]], y[parts[0]], seed)
    return tuple(accuracy(y[rows], model.predict(X[rows]), n_classes=2) for rows in parts)  # type: ignore[return-value]


@dataclass
class Tally:
    """How often intervals held the truth, how wide they were, how often they left 0 out."""

    held: list[bool] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    clear: list[bool] = field(default_factory=list)

    def add(self, interval: Interval, truth: float) -> None:
        """Count one."""
        self.held.append(interval.low <= truth <= interval.high)
        self.widths.append(interval.high - interval.low)
        self.clear.append(interval.is_clear)

    def told(self, what: str) -> str:
        """One line for people."""
        share, wide = np.mean(self.held), np.mean(self.widths)
        return f"{what}: holds the truth in {share:.1%}, mean width {wide:.3f}"


def tell(line: str) -> None:
    """Print what `-rP` shows."""
    sys.stdout.write(f"{line}\n")


def of_fits(n_fit: int, ease: float) -> dict[str, tuple[float, float]]:
    """Expected train and test accuracy of each learner on fresh training rows."""
    rng = np.random.default_rng(10**6)
    X_test, y_test = draw(rng, 20_000, ease)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in LEARNERS}
    for seed in range(400):
        X, y = draw(rng, n_fit, ease)
        for name in LEARNERS:
            model = fitted(name, X, y, seed)
            both = [
                accuracy(b, model.predict(a), n_classes=2) for a, b in ((X, y), (X_test, y_test))
            ]
            found[name].append((both[0], both[1]))
    return {name: tuple(np.mean(values, axis=0)) for name, values in found.items()}


@pytest.mark.parametrize("ease", [1.0, 6.0])
def test_intervals_over_re_drawn_test_parts(ease: float) -> None:
    """Differences and gaps in at least 93 %; where there is no difference at most 6 % claim one."""
    tallies = {name: Tally() for name in ("difference", "gap of the tree", "no difference")}
    truths: dict[str, tuple[float, float]] = {}
    for number in range(N_BENCHMARKS):
        X, y = draw(np.random.default_rng([1, number]), N_ROWS, ease)
        data = Data(X=X, y=y, input_kind="table", problem_type="binary", classes=("a", "b"))
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in LEARNERS}
        for repeat in range(N_REPEATS):
            split = make_split(
                data, Protocol.of("holdout"), task=f"t{number}", repeat=repeat, fold=0
            )
            for name in LEARNERS:
                found[name].append(scores(name, X, y, (split.train, split.test), repeat))
        truths = truths or of_fits(len(split.train), ease)
        table = {name: np.array(values) for name, values in found.items()}
        ratio = len(split.test) / len(split.train)
        step = resolution_of(len(split.test), N_ROWS, N_REPEATS)

        def interval(values: Any, ratio: float = ratio, step: float = step) -> Interval:
            return resampled_interval(values, test_ratio=ratio, resolution=step)

        nb, tree, one, other = (table[name] for name in LEARNERS)
        truth = truths["naive_bayes"][1] - truths["tree"][1]
        tallies["difference"].add(interval(nb[:, 1] - tree[:, 1]), truth)
        gap = truths["tree"][0] - truths["tree"][1]
        tallies["gap of the tree"].add(interval(tree[:, 0] - tree[:, 1]), gap)
        tallies["no difference"].add(interval(one[:, 1] - other[:, 1]), 0.0)
    for name, tally in tallies.items():
        tell(tally.told(f"ease {ease:g}, {name}"))
    tell(f"claimed without a difference: {np.mean(tallies['no difference'].clear):.1%}")

    assert all(np.mean(tally.held) >= 0.93 for tally in tallies.values())
    assert np.mean(tallies["no difference"].clear) <= 0.06


def test_intervals_over_a_fixed_test_part() -> None:
    """For these training rows met by fresh test rows; the corrected t would hold it less often."""
    tally, t_alone = Tally(), Tally()
    for number in range(N_BENCHMARKS):
        rng = np.random.default_rng([2, number])
        X, y = draw(rng, 400)
        is_test = np.arange(400) >= N_ROWS
        data = Data(
            X=X,
            y=y,
            input_kind="table",
            problem_type="binary",
            classes=("a", "b"),
            official_test=is_test,
        )
        X_new, y_new = draw(rng, 4_000)
        guesses: dict[str, list[Any]] = {"naive_bayes": [], "tree": []}
        truth: dict[str, list[float]] = {"naive_bayes": [], "tree": []}
        for repeat in range(15):
            split = make_split(
                data, Protocol.of("official"), task=f"t{number}", repeat=repeat, fold=0
            )
            for name, seen in guesses.items():
                model = fitted(name, X[split.train], y[split.train], repeat)
                truth[name].append(accuracy(y_new, model.predict(X_new), n_classes=2))
                if repeat < N_REPEATS:
                    seen.append(model.predict(X[split.test]))
        right = y[is_test]
        nb, tree = (np.stack(seen) for seen in guesses.values())

        def statistic(weights: Any, nb: Any = nb, tree: Any = tree, right: Any = right) -> Any:
            return weighted_accuracy(weights, right, nb) - weighted_accuracy(weights, right, tree)

        expected = float(np.mean(truth["naive_bayes"]) - np.mean(truth["tree"]))
        tally.add(fixed_part_interval(statistic, int(is_test.sum()), n_draws=500), expected)
        values = statistic(np.ones((1, int(is_test.sum()))))[0]
        t_alone.add(resampled_interval(values, test_ratio=0.0), expected)
    tell(tally.told("fixed test part, crossed bootstrap"))
    tell(t_alone.told("fixed test part, t over repeats alone"))

    assert np.mean(tally.held) >= 0.93
