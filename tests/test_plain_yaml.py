"""YAML is read within bounds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml.error import YAMLError

from mmpctl import plain_yaml
from mmpctl.plain_yaml import load, load_with_lines
from tests.support.bombs import BOMB, BY_KEYS


@pytest.mark.parametrize("text", [BOMB, BY_KEYS], ids=["lists", "blocks"])
@pytest.mark.parametrize("reads", [load, load_with_lines])
def test_a_few_lines_that_stand_for_billions_of_values_are_refused(text: str, reads: Callable[[str], object]) -> None:
    with pytest.raises(YAMLError, match="more than 1000000 values"):
        reads(text)


def test_a_file_without_end_is_read_no_further_than_it_may_be(tmp_path: Path) -> None:
    file = tmp_path / "hosts.yaml"
    with file.open("wb") as stream:
        stream.write(b"# hosts\n")
        stream.truncate(1 << 40)
    assert len(plain_yaml.read(file)) == plain_yaml.MOST_LETTERS + 1
    with pytest.raises(YAMLError, match="larger than 16 MiB"):
        load(plain_yaml.read(file))


@pytest.mark.parametrize("value", ["2026-13-45", "9" * 5000, "0x" + "f" * 5000 + "\nb: " + "9" * 5000])
@pytest.mark.parametrize("reads", [load, load_with_lines])
def test_a_number_or_date_that_is_none_is_told_as_such(value: str, reads: Callable[[str], object]) -> None:
    with pytest.raises(YAMLError, match="put it in quotes"):
        reads(f"a: {value}\n")


def test_a_block_that_repeats_itself_is_refused() -> None:
    with pytest.raises(YAMLError, match=r"\*me repeats the block in which it stands"):
        load("x: &me {y: [*me]}\n")


def test_a_block_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(YAMLError, match="nested too deeply"):
        load("[" * 1_100)


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_yaml, "MOST_LETTERS", 1 << 20)
    with pytest.raises(YAMLError, match="larger than 1 MiB"):
        load("#" * ((1 << 20) + 1))


def test_what_people_write_is_read() -> None:
    text = "base: &base {site: oslo}\nx: {data: *base}\ny: {data: {<<: *base, role: master}}\nn: &n 5\nm: *n\n"
    for read in (load(text), load_with_lines(text)[0]):
        assert read["y"]["data"] == {"site": "oslo", "role": "master"}
        assert read["m"] == 5
    many = "base: &base {site: oslo}\n" + "".join(f"cms{n}: {{data: *base}}\n" for n in range(2_000))
    assert len(load(many)) == 2_001


def test_each_key_knows_its_line_but_for_those_that_are_taken_from_another_block() -> None:
    text = "base: &base\n  site: oslo\nx:\n  data:\n    <<: *base\n    role: master\n  5: {a: 1,\n    b: 2}\ny: *base\n"
    read, lines = load_with_lines(text)
    assert [lines.line(read, key) for key in read] == [1, 3, 9]
    data = read["x"]["data"]
    assert (lines.line(data, "role"), lines.line(data, "site"), data["site"]) == (6, None, "oslo")
    assert [lines.line(read["x"], key) for key in ("data", 5)] == [4, 7]
    assert [lines.line(read["x"][5], key) for key in ("a", "b")] == [7, 8]
    assert lines.line(read["y"], "site") == 2
    assert lines.line({}, "site") is None and lines.line("x", "site") is None
