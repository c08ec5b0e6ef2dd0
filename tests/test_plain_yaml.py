"""YAML is read within bounds."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml.error import YAMLError

from mmpctl import plain_yaml
from mmpctl.plain_yaml import load
from tests.support.bombs import BOMB, BY_KEYS


@pytest.mark.parametrize("text", [BOMB, BY_KEYS], ids=["lists", "blocks"])
@pytest.mark.parametrize("typ", ["rt", "safe"])
def test_a_few_lines_that_stand_for_billions_of_values_are_refused(text: str, typ: str) -> None:
    with pytest.raises(YAMLError, match="more than 1000000 values"):
        load(text, typ)  # type: ignore[arg-type]


def test_a_file_without_end_is_read_no_further_than_it_may_be(tmp_path: Path) -> None:
    file = tmp_path / "hosts.yaml"
    with file.open("wb") as stream:
        stream.write(b"# hosts\n")
        stream.truncate(1 << 40)
    assert len(plain_yaml.read(file)) == plain_yaml.MOST_LETTERS + 1
    with pytest.raises(YAMLError, match="larger than 16 MiB"):
        load(plain_yaml.read(file))


@pytest.mark.parametrize("value", ["2026-13-45", "9" * 5000, "0x" + "f" * 5000 + "\nb: " + "9" * 5000])
@pytest.mark.parametrize("typ", ["rt", "safe"])
def test_a_number_or_date_that_is_none_is_told_as_such(value: str, typ: str) -> None:
    with pytest.raises(YAMLError, match="put it in quotes"):
        load(f"a: {value}\n", typ)  # type: ignore[arg-type]


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
    for typ in ("rt", "safe"):
        read = load(text, typ)
        assert read["y"]["data"] == {"site": "oslo", "role": "master"}
        assert read["m"] == 5
    many = "base: &base {site: oslo}\n" + "".join(f"cms{n}: {{data: *base}}\n" for n in range(2_000))
    assert len(load(many)) == 2_001
