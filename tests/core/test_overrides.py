"""The `--set` options: what they change, and what they say where they can't."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from bakeoff.errors import SuiteError
from bakeoff.suite.overrides import apply_overrides, override
from bakeoff.suite.yaml_reader import YamlSource


def suite() -> dict[str, Any]:
    """A small suite, made anew."""
    return {
        "name": "smoke",
        "tasks": ["iris", {"dataset": "digits"}],
        "protocol": {"repeats": 2, "seed": 0},
        "budget": None,
    }


@pytest.mark.parametrize(
    ("option", "path", "expected"),
    [
        ("name=other", ["name"], "other"),
        ("protocol.repeats=10", ["protocol", "repeats"], 10),
        ("tasks[1].metric=accuracy", ["tasks", 1, "metric"], "accuracy"),
        ("tasks[0]=wine", ["tasks", 0], "wine"),
        ("tasks[0]={dataset: wine, metric: f1}", ["tasks", 0, "metric"], "f1"),
        ("tasks=[a, b]", ["tasks"], ["a", "b"]),
        ("protocol.test=1e-1", ["protocol", "test"], 0.1),
        ("search.space.deep=no", ["search", "space", "deep"], "no"),
        ("budget.seconds=3", ["budget", "seconds"], 3),
        ("protocol.seed=", ["protocol", "seed"], None),
        ("name=a=b", ["name"], "a=b"),
    ],
)
def test_option_sets_the_value_at_its_path(
    option: str, path: list[str | int], expected: object
) -> None:
    """The value is read as in a file, and mappings on the way are made where missing."""
    value: Any = apply_overrides(suite(), [option])
    for step in path:
        value = value[step]

    assert value == expected


def test_everything_else_stays() -> None:
    """One option changes one value."""
    expected = suite() | {"protocol": {"repeats": 10, "seed": 0}}

    assert apply_overrides(suite(), ["protocol.repeats=10"]) == expected


def test_later_options_win() -> None:
    """Options apply in their order."""
    changed = apply_overrides(suite(), ["a.b=1", "a.b=2", "a.c=3"])

    assert changed["a"] == {"b": 2, "c": 3}


def test_what_was_given_stays_as_it_was() -> None:
    """The suite as read is not changed."""
    value = suite()
    before = copy.deepcopy(value)
    apply_overrides(value, ["protocol.repeats=10", "tasks[1].metric=f1", "budget.seconds=1"])

    assert value == before


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("protocol.repeats", "expected PATH=VALUE, such as protocol.repeats=10."),
        (
            "=3",
            "expected a path such as protocol.repeats or tasks[0].metric; got ''.",
        ),
        (
            "a..b=3",
            "expected a path such as protocol.repeats or tasks[0].metric; got 'a..b'.",
        ),
        (
            ".a=3",
            "expected a path such as protocol.repeats or tasks[0].metric; got '.a'.",
        ),
        (
            "tasks[x]=3",
            "expected a path such as protocol.repeats or tasks[0].metric; got 'tasks[x]'.",
        ),
        (
            "tasks[-1]=3",
            "expected a path such as protocol.repeats or tasks[0].metric; got 'tasks[-1]'.",
        ),
        (
            "[0]=3",
            "expected a path such as protocol.repeats or tasks[0].metric; got '[0]'.",
        ),
        ("tasks[2]=wine", "expected an entry of tasks, which holds 2; got [2]."),
        ("tasks[7].metric=f1", "expected an entry of tasks, which holds 2; got [7]."),
        ("tasks[0].metric=f1", "expected tasks[0] to be a mapping; it is 'iris'."),
        ("tasks.metric=f1", "expected tasks to be a mapping; it is a list."),
        ("protocol[0]=1", "expected protocol to be a list; it is a mapping."),
        ("methods[0]=mlp", "expected methods to be a list; it is nothing."),
        ("name.x=1", "expected name to be a mapping; it is 'smoke'."),
    ],
)
def test_option_that_can_not_apply_is_refused(option: str, message: str) -> None:
    """The message repeats the option and says what its path meets."""
    with pytest.raises(SuiteError) as caught:
        apply_overrides(suite(), [option])

    assert str(caught.value) == f"--set {option}: {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1", "broken YAML"),
        ("!!python/name:os.system x", "tag '!!python/name:os.system' is refused"),
        ("{a: 1, a: 2}", "key 'a' is given twice."),
        ("[" * 40, "nested deeper than 32 levels"),
    ],
)
def test_value_is_read_as_safely_as_a_file(text: str, message: str) -> None:
    """What a file may not hold an option may not either."""
    with pytest.raises(SuiteError) as caught:
        apply_overrides(suite(), [f"name={text}"])

    assert str(caught.value).startswith(f"--set name={text}: {message}")


def test_path_can_not_nest_past_the_bound() -> None:
    """An option makes no deeper mappings than a file may hold."""
    with pytest.raises(SuiteError, match="nested deeper than 32 levels"):
        apply_overrides(suite(), [".".join("a" * 33) + "=1"])


def test_overridden_value_is_located_by_its_option() -> None:
    """What the option gave, and what lies below it, is told as the option's."""
    lines = {(): "s.yaml:1", ("protocol",): "s.yaml:4", ("protocol", "repeats"): "s.yaml:5"}
    source = override(YamlSource("s.yaml", suite(), lines), ["protocol={repeats: 0}"])

    assert source.value["protocol"] == {"repeats": 0}
    assert [source.where(p) for p in ((), ("protocol", "repeats"), ("name",))] == [
        "s.yaml:1",
        "--set protocol={repeats: 0}: protocol.repeats",
        "s.yaml:1: name",
    ]
