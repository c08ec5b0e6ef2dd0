"""A word of a closed list is its text in everything that leaves the program."""

from __future__ import annotations

import copy
import csv
import io
import json
import pickle

import pytest

from mmpctl.enums import Word, assert_never


class Light(Word):
    """Of a crossing."""

    RED = "red"
    GREEN = "green"


def test_a_word_is_written_as_its_text_everywhere() -> None:
    rows = io.StringIO()
    csv.writer(rows).writerow([Light.RED, "end"])
    assert rows.getvalue() == "red,end\r\n"
    assert json.dumps({Light.RED: Light.GREEN}) == '{"red": "green"}'
    assert (str(Light.RED), f"{Light.RED}", f"{Light.RED:>5}") == ("red", "red", "  red")
    assert type(str(Light.RED)) is str
    assert ", ".join([Light.RED, Light.GREEN]) == "red, green"


def test_a_word_is_found_by_its_text() -> None:
    assert Light("red") is Light.RED
    assert {"red": 1}[Light.RED] == 1
    assert "red" in {Light.RED}
    with pytest.raises(ValueError, match="blue"):
        Light("blue")


def test_a_copy_is_the_same_member() -> None:
    assert copy.deepcopy(Light.RED) is Light.RED
    assert pickle.loads(pickle.dumps(Light.RED)) is Light.RED  # noqa: S301 - our own bytes


def test_a_chain_that_a_wrong_value_passes_tells_the_value() -> None:
    with pytest.raises(AssertionError, match="no branch takes 'blue'"):
        assert_never("blue")  # type: ignore[arg-type]
