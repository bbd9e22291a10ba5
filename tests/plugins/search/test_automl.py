"""AutoML on a table of one's own: what is said, what is refused, and the winner's predictions."""

from __future__ import annotations

from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("optuna")

import bakeoff
from bakeoff import read_run
from bakeoff.commands import automl
from bakeoff.commands.automl import budget_s, findings

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]


def _table(n_rows: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    x = rng.normal(size=n_rows)
    return pd.DataFrame(
        {
            "x": x,
            "kind": rng.choice(["red", "green"], n_rows),
            "when": pd.date_range("2024-01-01", periods=n_rows).astype(str),
            "mixed": [str(i) if i % 3 else f"a{i}" for i in range(n_rows)],
            "outcome": np.where(x + rng.normal(size=n_rows) / 4 > 0, "yes", "no"),
        }
    )


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV file with a number, texts, dates and a column of mixed types."""
    path = tmp_path_factory.mktemp("table") / "table.csv"
    _table().to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90.0), ("10m", 600.0), ("1.5h", 5400.0), ("45", 45.0)]
)
def test_budgets_are_written_as_people_write_them(text: str, seconds: float) -> None:
    """A bare number counts seconds."""
    assert budget_s(text) == seconds


def test_a_table_is_searched_and_its_winner_scores_new_rows(
    bench: Callable[..., Any], table: Path, tmp_path: Path
) -> None:
    """Problem type and metric are said; predictions of old test rows are those of the run."""
    words = ["--target", "outcome", "--budget", "4s", "--out", "run"]
    said = bench("automl", str(table), *words).assert_success().out
    stored = read_run(tmp_path / "run")
    trial = stored.trials.set_index("method").loc["choice", "trial"]
    rows = stored.truths(trial)["test_rows"]
    answers = pd.read_csv(StringIO(bench("predict", "run", str(table)).assert_success().out))
    in_python = bakeoff.predict("run", _table().drop(columns="outcome"))
    columns = ["probability_no", "probability_yes"]

    assert "target 'outcome' holds 2 classes: binary" in said
    assert "metric: balanced_accuracy, the default for binary" in said
    assert (tmp_path / "run" / "report.html").is_file()
    assert list(answers.columns) == ["outcome", *columns]
    np.testing.assert_allclose(
        answers[columns].to_numpy()[rows], stored.predictions(trial)["test"], atol=1e-6
    )
    pd.testing.assert_frame_equal(in_python, answers, check_dtype=False)
    outcomes = _table()["outcome"].to_numpy()[rows]
    assert (answers["outcome"].to_numpy()[rows] == outcomes).mean() > 0.6


def test_the_winner_of_a_fold_scores_new_rows(
    bench: Callable[..., Any], suite_file: Callable[..., Path], table: Path
) -> None:
    """A choice of the default protocol has a winner in each fold, told by its own test rows."""
    suite = suite_file(
        tasks=[{"dataset": "csv", "path": str(table), "target": "outcome", "drop": ["when"]}],
        methods=[{"name": "choice", "choice": {"features": ["raw"], "learners": ["logistic"]}}],
        protocol={"folds": 3},
        search={"configs": 2},
    )
    bench("run", suite, "--out", "run", "--no-report").assert_success()
    stored = read_run("run")
    for fold in (0, 2):
        trial = stored.trials.set_index("fold").loc[fold, "trial"]
        rows = stored.truths(trial)["test_rows"]
        said = bench("predict", "run", str(table), "--fold", str(fold)).assert_success().out
        answers = pd.read_csv(StringIO(said))[["probability_no", "probability_yes"]]

        np.testing.assert_allclose(
            answers.to_numpy()[rows], stored.predictions(trial)["test"], atol=1e-6
        )


def test_one_test_part_tells_how_good_the_model_for_a_table_is(plugins: Any, table: Path) -> None:
    """A search takes the whole budget, so that folds would take several; groups stay together."""
    words = ["--target", "outcome"]
    protocols = []
    for more in ([], ["--group", "kind"]):
        parser = ArgumentParser()
        automl.add_arguments(parser)
        args = parser.parse_args([str(table), *words, *more])
        protocols.append(automl.suite_of(args, plugins, 1.0)[0]["protocol"])

    assert [(p["split"], p["folds"], p["repeats"]) for p in protocols] == [
        ("holdout", 1, 1),
        ("grouped", 1, 1),
    ]


@pytest.mark.parametrize("words", [["--rows", "60"], []])
def test_of_a_large_table_a_sample_is_worked_on(
    bench: Callable[..., Any], table: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """As asked for or, by the file's size, of so many cells: 5 columns of 120 rows."""
    monkeypatch.setattr(automl, "LARGE", 1000)
    monkeypatch.setattr(automl, "MOST_CELLS", 300)
    done = bench("automl", str(table), "--target", "outcome", "--budget", "1s", *words)

    assert ": 60 rows, 4 columns (60 of 120 rows at random; --rows N for another" in done.out
    assert f"Drawing 60 rows of {table} at random ..." in done.err


def test_a_number_of_rows_that_is_none_is_refused(bench: Callable[..., Any], table: Path) -> None:
    """In one line."""
    done = bench("automl", str(table), "--target", "outcome", "--rows", "0")

    assert done.code == 2
    assert "rows: expected a whole number >= 2; got 0." in done.err


def test_the_readme_s_commands_run(bench: Callable[..., Any], tmp_path: Path) -> None:
    """As they stand there, with a budget of seconds instead of minutes."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    search, predict = (
        next(line.split()[1:] for line in lines if line.startswith(f"bakeoff {name} "))
        for name in ("automl", "predict")
    )
    houses = _table().assign(price=np.arange(120.0) ** 1.5).drop(columns="outcome")
    houses.to_csv(tmp_path / "houses.csv", index=False)
    houses.drop(columns="price").head(3).to_csv(tmp_path / "new.csv", index=False)
    bench(*["4s" if word == "10m" else word for word in search]).assert_success()
    answers = pd.read_csv(StringIO(bench(*predict).assert_success().out))

    assert "10m" in search
    assert np.isfinite(answers["price"]).tolist() == [True] * 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--target", "outcom"], "has no column 'outcom'; did you mean 'outcome'?"),
        (["--target", "one"], "target column 'one' has one class"),
        (["--target", "when"], "holds 120 distinct values in 120 rows"),
        (["--target", "outcome", "--budget", "soon"], "expected a duration such as 90s"),
        (["--target", "outcome", "--metric", "r2"], "metric 'r2' does not fit binary"),
    ],
)
def test_what_can_not_be_searched_is_told_in_a_line(
    bench: Callable[..., Any], tmp_path: Path, words: list[str], told: str
) -> None:
    """Before anything is fitted."""
    path = tmp_path / "t.csv"
    _table().assign(one="same").to_csv(path, index=False)
    outcome = bench("automl", str(path), *words)

    assert outcome.code == 2
    assert told in outcome.err


def test_a_file_of_another_kind_is_refused(bench: Callable[..., Any], tmp_path: Path) -> None:
    """The ending decides."""
    (tmp_path / "t.xlsx").write_text("")
    outcome = bench("automl", str(tmp_path / "t.xlsx"), "--target", "y")

    assert outcome.code == 2
    assert "expected a file that ends in one of .csv" in outcome.err


def test_the_audit_names_identifiers_and_columns_that_tell_nothing() -> None:
    """Numbers that merely all differ are no identifiers."""
    frame = pd.DataFrame(
        {
            "number": np.arange(60),
            "name": [f"p{i}" for i in range(60)],
            "value": np.linspace(0, 1, 60),
            "same": 1,
            "rare": [1.0, 2.0, *[None] * 58],
        }
    )
    told = findings(frame)

    assert [line.split("'")[1] for line in told] == ["number", "name", "same", "rare"]
    assert "like an identifier" in told[0]
