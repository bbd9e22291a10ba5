"""What the reader of suites accepts, where it says things stand, and what it refuses."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from bakeoff.errors import SuiteError
from bakeoff.suite.yaml_reader import YamlSource, parse_value, read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Read = "Callable[[str | bytes], YamlSource]"

SUITE = """\
name: smoke
tasks:
  - iris
  - {dataset: digits, metric: accuracy}
  - dataset: wine
    folds: 3
protocol:
  repeats: 2
"""


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str | bytes], YamlSource]:
    """Write a text as `suite.yaml` into the working directory and read it."""
    monkeypatch.chdir(tmp_path)

    def write_and_read(text: str | bytes) -> YamlSource:
        raw = text.encode() if isinstance(text, str) else text
        (tmp_path / "suite.yaml").write_bytes(raw)
        return read_yaml("suite.yaml")

    return write_and_read


def test_file_becomes_plain_values(read: Any) -> None:
    """Mappings, lists, text and numbers come out as Python's own."""
    assert read(SUITE).value == {
        "name": "smoke",
        "tasks": [
            "iris",
            {"dataset": "digits", "metric": "accuracy"},
            {"dataset": "wine", "folds": 3},
        ],
        "protocol": {"repeats": 2},
    }


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((), "suite.yaml:1"),
        (("name",), "suite.yaml:1: name"),
        (("tasks",), "suite.yaml:2: tasks"),
        (("tasks", 0), "suite.yaml:3: tasks[0]"),
        (("tasks", 1, "metric"), "suite.yaml:4: tasks[1].metric"),
        (("tasks", 2, "folds"), "suite.yaml:6: tasks[2].folds"),
        (("protocol", "repeats"), "suite.yaml:8: protocol.repeats"),
        (("tasks", 2, "metric"), "suite.yaml:5: tasks[2].metric"),
        (("protocol", "seed", "x"), "suite.yaml:7: protocol.seed.x"),
        (("budget",), "suite.yaml:1: budget"),
    ],
)
def test_place_is_told_with_file_and_line(read: Any, place: Any, expected: str) -> None:
    """A value is located by its own line, what is missing by its nearest parent's."""
    assert read(SUITE).where(place) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e-3", 0.001),
        ("1E5", 100000.0),
        ("-2.5", -2.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1.5e+2", 150.0),
        ("-.inf", float("-inf")),
        ("12", 12),
        ("-7", -7),
        ("010", 10),
        ("0x1F", 31),
        ("0o17", 15),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("on", "on"),
        ("no", "no"),
        ("Yes", "Yes"),
        ("y", "y"),
        ("2026-11-22", "2026-11-22"),
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
        ("1:30", "1:30"),
        ("4GiB", "4GiB"),
        ("1.2.3", "1.2.3"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("!!float 3", 3.0),
        ("source:manual", "source:manual"),
        ("=", "="),
        ("[1, {a: b}]", [1, {"a": "b"}]),
    ],
)
def test_plain_words_are_what_they_look_like(read: Any, text: str, expected: object) -> None:
    """Only true and false are booleans, dates stay text, and 1e-3 is a number."""
    value = read(f"key: {text}").value["key"]

    assert (value, type(value)) == (expected, type(expected))


def test_names_that_others_take_for_booleans_are_keys(read: Any) -> None:
    """`on` and `no` are keys like any other."""
    assert read("on: 1\nno: 2").value == {"on": 1, "no": 2}


def test_byte_order_mark_is_no_part_of_the_first_key(read: Any) -> None:
    """Files from other systems begin with one."""
    assert read(b"\xef\xbb\xbfname: a").value == {"name": "a"}


def test_alias_stands_for_its_anchor(read: Any) -> None:
    """What an alias names is repeated, and has its own places."""
    source = read("a: &x\n  b: 1\nc: *x")

    assert source.value == {"a": {"b": 1}, "c": {"b": 1}}
    assert source.where(("c",)) == "suite.yaml:3: c"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1, 2\nb: 3", r":2:2: broken YAML: while parsing a flow sequence, expected ',' or"),
        ("a: b: c", r":1:5: broken YAML: mapping values are not allowed here\.$"),
        ("\ta: 1", r":1:1: broken YAML: .*found character '\\t' that cannot start any token"),
        ("a: 'x", r":1:6: broken YAML: .*unexpected end of stream"),
        ("- a\nb: 1", r":2:1: broken YAML: .*expected <block end>"),
        ("a: 1\n---\nb: 2", r":2:1: broken YAML: expected a single document"),
        ("a: *hog", r":1:4: .*undefined alias 'hog'\. Put a pattern with '\*' in quotes\.$"),
        ("a: [*]", r":1:6: .*Put a pattern with '\*' in quotes\.$"),
        ("a: 1\nb: \x07", r":2: character #x0007 is not allowed in YAML\.$"),
        ("a: !!python/object:os.system x", r":1:4: tag '!!python/object:os\.system' is refused"),
        ("a: !!python/name:os.system", r":1:4: tag '!!python/name:os\.system' is refused"),
        ("a: !!python/object/apply:os.system [ls]", r"tag '!!python/object/apply:os\.system'"),
        ("a: !mine {b: 1}", r":1:4: tag '!mine' is refused; a suite holds plain values"),
        ("a: !!set {b}", r":1:4: tag '!!set' is refused"),
        ("a: !!binary aGk=", r":1:4: tag '!!binary' is refused"),
        ("a: !!map b", r":1:4: tag '!!map' is refused"),
        ("a: !!str [b]", r":1:4: tag '!!str' is refused"),
        ("a: !!int b", r":1:4: expected a value of type int; got 'b'\.$"),
        ("a: !!bool yes", r":1:4: expected a value of type bool; got 'yes'\.$"),
        ("a: " + "1" * 5000, r":1:4: expected a value of type int; got '1{59}\.\.\.\.$"),
        ("a: 1\nb: 2\na: 3", r":3:1: key 'a' is given twice, first in line 1\.$"),
        ("x: {a: 1, a: 2}", r":1:11: key 'a' is given twice, first in line 1\.$"),
        ("1: a", r":1:1: expected text as key; got '1'; quotes make it text\.$"),
        ("true: a", r":1:1: expected text as key; got 'true'"),
        ("? [a, b]\n: c", r":1:3: expected text as key; got a collection"),
        ("a: &x {b: 1}\nc: {<<: *x}", r":2:5: merge keys \('<<'\) are not supported"),
        ("a: &x [*x]", r":1:4: an alias must not contain itself\.$"),
        ("a: &x {b: {c: *x}}", r":1:4: an alias must not contain itself\.$"),
        ("", r"^suite\.yaml: the file is empty; expected a mapping"),
        ("# nothing\n", r"^suite\.yaml: the file is empty; expected a mapping"),
        ("\n- a\n- b", r"^suite\.yaml:2: expected a mapping such as 'name: my_suite'; got a list"),
        ("x" * 9000, r"^suite\.yaml:1: expected a mapping .*; got 'x{59}\.\.\.\.$"),
        ("hello", r"^suite\.yaml:1: expected a mapping such as 'name: my_suite'; got 'hello'\.$"),
        (b"a: 1\nb: caf\xe9", r"^suite\.yaml:2: not UTF-8: byte 0xe9\. Save the file as UTF-8\.$"),
        (b"a: " + b"x" * 2**20, r"^suite\.yaml: larger than 1 MiB; a suite is a short text\.$"),
        ("a: " + "[" * 32 + "]" * 32, r":1:35: nested deeper than 32 levels\.$"),
        ("[" * 500_000, r":1:33: nested deeper than 32 levels\.$"),
        ("a: [" + "1," * 20_000 + "]", r"holds more than 10000 values"),
    ],
)
def test_text_that_is_no_suite_is_refused(read: Any, text: str | bytes, message: str) -> None:
    """Each refusal names the file, the line and column where there is one, and what was found."""
    with pytest.raises(SuiteError, match=message) as caught:
        read(text)

    assert str(caught.value).startswith("suite.yaml:")


def test_nesting_up_to_the_bound_is_read(read: Any) -> None:
    """A value at the thirty-second level is still a value."""
    value = read("a: " + "[" * 30 + "7" + "]" * 30).value["a"]
    for _ in range(30):
        value = value[0]

    assert value == 7


def bomb(levels: int) -> str:
    """Nine aliases of the level before on each level."""
    lines = ["a0: &a0 [lol]"]
    for level in range(1, levels):
        inner = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"a{level}: &a{level} [{inner}]")
    return "\n".join(lines)


def test_alias_bomb_is_refused_at_once(read: Any) -> None:
    """Nine to the power of twenty values are never made: a long file costs more."""

    def cpu_s(text: str) -> float:
        began = time.process_time()
        with suppress(SuiteError):
            read(text)
        return time.process_time() - began

    with pytest.raises(SuiteError, match="more than 10000 values, aliases expanded"):
        read(bomb(20))

    assert cpu_s(bomb(20)) < cpu_s("\n".join(["values:", *["- 1"] * 9_000]))


def test_few_aliases_of_aliases_are_no_bomb(read: Any) -> None:
    """Two levels of nine are eighty-one values."""
    assert read(bomb(3)).value["a2"] == [[["lol"]] * 9] * 9


def test_aliases_can_not_nest_past_the_bound(read: Any) -> None:
    """A chain of aliases counts by what it expands to."""
    chain = ["a0: &a0 [1]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 40))]
    with pytest.raises(SuiteError, match="nested deeper than 32 levels, aliases expanded"):
        read("\n".join(chain))


def test_missing_file_is_told(tmp_path: Path) -> None:
    """A path that leads nowhere is a user's mistake."""
    with pytest.raises(SuiteError, match=r"nowhere\.yaml: can't be read: No such file"):
        read_yaml(tmp_path / "nowhere.yaml")


def test_folder_is_no_file(tmp_path: Path) -> None:
    """A path to a folder is told as the system tells it."""
    with pytest.raises(SuiteError, match="can't be read: Is a directory"):
        read_yaml(tmp_path)


def test_single_value_is_read_without_lines() -> None:
    """A value from elsewhere is located by what the caller says."""
    assert parse_value("[1, a]", where="here") == [1, "a"]
    with pytest.raises(SuiteError, match=r"^here: broken YAML: "):
        parse_value("[1, a", where="here")
