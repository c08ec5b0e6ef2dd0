"""Raw terminal text to plain text, also where it is meant to harm."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmpctl.device import terminal_text
from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.redaction import redact
from mmpctl.device.terminal_text import (
    ends_with_prompt,
    plain,
    squeeze,
    without_echo,
    without_prompts,
    without_redraws,
)
from tests.support.gate import some

PROMPT = "cms2> "


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a\r\nb\r\r\nc\n\rd", "a\nb\nc\nd"),
        ("\n\r\n\n", "\n\n\n"),
        ("a\rb\r", "a\rb\r"),
        ("\x1b[1;31mred\x1b[0m\x1b]0;title\x07\x1b(B\x1b7\x9b2J", "red"),
        ("nul\x00 bell\x07 tab\t del\x7f", "nul bell tab\t del"),
    ],
)
def test_plain(raw: str, text: str) -> None:
    assert plain(raw) == text


PIECES = st.lists(
    st.sampled_from(("\r", "\n", "\r\n", "cms2> ", "a line", " ", "cms2>", "\x1b[0m", "\x07", "\x9b1m")), max_size=12
)


@given(PIECES.map("".join))
def test_a_plain_text_is_not_looked_through_and_comes_out_the_same(raw: str) -> None:
    whole = f"{raw}\x00"
    assert terminal_text._ODD.search(whole)
    assert plain(raw) == plain(whole)


@given(PIECES.map("".join))
def test_a_prompt_at_the_end(text: str) -> None:
    for redrawn, start in ((False, r"(?:\A\r*|\n)"), (True, r"\r")):
        wanted = re.search(rf"{start}cms2> (?:\r*cms2> )*\r*\Z", text) is not None
        assert ends_with_prompt(text, PROMPT, redrawn=redrawn) == wanted


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("cms2> ", ""),
        ("\ncms2> \n\ncms2> ", ""),
        ("\ncms2> a\ncms2> b\ncms2> \ncms2> \n", "a\ncms2> b\n"),
        ("Remove started...\ncms2> cms2> ", "Remove started...\n"),
        ("Remove started...\ncms2> \rcms2> cms2> ", "Remove started...\n"),
        ("CN=cms2> ", "CN=cms2> "),
        ("CN=cms2> cms2> ", "CN=cms2> cms2> "),
        ("a\n  cms2> ", "a\n  cms2> "),
        ("", ""),
    ],
)
def test_without_prompts(text: str, rest: str) -> None:
    assert without_prompts(text, PROMPT) == rest


def test_a_short_output_that_ends_like_the_command_is_no_echo() -> None:
    assert without_echo("a\n", "database cluster localnode a", PROMPT) == "a\n"


@pytest.mark.parametrize(
    "piece",
    some(["\r", "\n", "\r\n", "x", "\x1b[", " ", "password ", "\x1b]", "cms2> ", "cms2> \n", "(Y/n)"], every=4),
)
def test_megabytes_of_anything_are_read_in_time(piece: str) -> None:
    text = plain(piece * (2**21 // len(piece)))
    rest = without_redraws(without_echo(without_prompts(text, PROMPT), "database cluster status", PROMPT))
    assert not vocabulary().refuses(redact(rest))
    assert len(squeeze(rest)) <= len(text)
