"""Every shipped method keeps up with what an expert writes in ten lines, on the same rows."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from fair import answers, datasets, judge, report
from fair.recipes import clustering, images, networks, series, tables, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from fair.answers import Store
    from fair.records import Contest, Recipe

KINDS = (texts, tables, series, clustering, images, networks)
CONTESTS = [contest for kind in KINDS for contest in kind.CONTESTS]
LONGEST = 10


def _case(contest: Contest) -> Any:
    """Return a test's case; contests of one dataset share a run, so one worker gets them all."""
    marks = [pytest.mark.xdist_group(contest.data)]
    if contest.data in datasets.QUICK and contest not in networks.CONTESTS:
        marks.append(pytest.mark.quick)
    return pytest.param(contest, id=contest.id, marks=marks)


@pytest.mark.parametrize("contest", [_case(contest) for contest in CONTESTS])
def test_method_keeps_up_with_an_experts_recipe(
    contest: Contest, store: Store, record_property: Callable[[str, object], None]
) -> None:
    """The interval of the difference reaches -0.015, and the estimate is not below -0.03."""
    try:
        shipped = store.shipped(answers.Entry(contest.data, contest.method, contest.params))
    except answers.MethodFailedError as error:
        record_property("fairness row", report.failed(contest, str(error)))
        raise
    metric = answers.metric_of(contest.data)
    verdict = judge.judge(metric, shipped, store.recipe(contest.data, contest.recipe))
    row = report.row(contest, metric, len(shipped), verdict)
    record_property("fairness row", row)

    assert verdict.is_fair, " | ".join(row)


RECIPES = list({contest.recipe.__name__: contest.recipe for contest in CONTESTS}.values())


@pytest.mark.quick
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.__name__)
def test_recipe_has_at_most_ten_lines(recipe: Recipe) -> None:
    """What is compared is short; imports and the docstring don't count."""
    function = ast.parse(textwrap.dedent(inspect.getsource(recipe))).body[0]
    assert isinstance(function, ast.FunctionDef)
    body = [node for node in function.body[1:] if not isinstance(node, ast.ImportFrom)]
    lines = {n for node in body for n in range(node.lineno, (node.end_lineno or 0) + 1)}

    assert len(lines) <= LONGEST


@pytest.mark.quick
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_recipes_do_not_use_the_program(kind: Any) -> None:
    """A recipe imports the libraries alone, or a fault would be on both sides."""
    imported = answers.imports(inspect.getsource(kind))

    assert [name for name in imported if name.startswith("bakeoff")] == []
