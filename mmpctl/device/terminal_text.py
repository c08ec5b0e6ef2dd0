"""Raw terminal text to plain text: escape codes, line ends, prompts, echo."""

from __future__ import annotations

import re
from collections.abc import Callable

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x9b[0-?]*[ -/]*[@-~]"  # CSI in one byte
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: window titles
    r"|\x1b[ -/]+[0-~]"  # character sets
    r"|\x1b[0-Z\\^-~]"  # all other two-byte codes
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# What either of them may find something in.
_ODD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x9b]")
# Anchored, so that a line of megabytes is looked at once.
_OVERDRAWN = re.compile(r"^[^\n]*\r(?=[^\n])", re.MULTILINE)
# Where some releases break their lines, in the middle of words too.
WRAP_COLUMN = 79
_WHITE = re.compile(r"\s+")
# How files of text begin that Windows programs save; UTF-8 without a mark where none of them does.
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

# A line that repeats the end of the command is its scrolled echo only when it is this long; shorter ones may be output.
_SHORTEST_SCROLLED_ECHO = 20


def saved_text(data: bytes) -> str:
    """Return the text in a file that a person has saved from a terminal, without escape codes and control characters.

    Args:
        data: of the file; UTF-8, or UTF-16 with its mark, as PowerShell writes it.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    return plain(data.decode(encoding, "replace"))


def plain(raw: str) -> str:
    """Strip escape codes and control characters and make all line ends `\\n`; lone carriage returns stay.

    Args:
        raw: text as it came from the terminal.
    """
    if not _ODD.search(raw) and raw.count("\r") == raw.count("\r\n"):
        # As most texts are.
        return raw.replace("\r\n", "\n")
    first, *others = _CONTROLS.sub("", _ESCAPES.sub("", raw)).split("\n")
    if not others:
        return first
    return "\n".join([first.rstrip("\r"), *(line.strip("\r") for line in others[:-1]), others[-1].lstrip("\r")])


def ends_with_prompt(text: str, prompt: str, *, redrawn: bool = False) -> bool:
    """Return whether a prompt stands at a line start and at the end of everything, drawn once, over or beside itself.

    A device that echoes nothing answers Enter with a second prompt on the same line.

    Args:
        text: plain text.
        prompt: the learnt prompt, e.g. `cms2> `.
        redrawn: the line began with a carriage return only: the prompt may be the beginning of a line drawn again.
    """
    end = _before_returns(text, len(text))
    while text.endswith(prompt, 0, end):
        begin = end - len(prompt)
        end = _before_returns(text, begin)
        if redrawn and end < begin:
            return True
        if not redrawn and (end == 0 or text[begin - 1] == "\n"):
            return True
    return False


def squeeze(text: str) -> str:
    """Remove all white space, so that texts compare however they were wrapped.

    Args:
        text: any text.
    """
    return _WHITE.sub("", text)


def without_prompts(text: str, prompt: str) -> str:
    """Cut away prompts, with the blank lines between them, from the start and the end of a text.

    Args:
        text: plain text.
        prompt: the learnt prompt, e.g. `cms2> `.
    """
    start, end = 0, len(text)
    while text.startswith(prompt, begin := _after_line_ends(text, start)):
        start = begin + len(prompt)
    while (last := _before_line_ends(text, start, end)) - len(prompt) >= start and text.endswith(prompt, start, last):
        before = last - len(prompt)
        while text.endswith(prompt, start, before):
            before -= len(prompt)
        if before > start and text[before - 1] not in "\r\n":
            break
        end = before
    return text[start:end]


def without_echo(text: str, line: str, prompt: str) -> str:
    """Cut the echo of a command from the start of a text, in whatever way the device echoed it.

    Known ways: in full; wrapped at the terminal's width; scrolled sideways, so that only the tail stands there, drawn
    again and again after carriage returns; not at all.

    Args:
        text: plain text, prompts cut away.
        line: the command as sent.
        prompt: the learnt prompt: a redraw of the line shows it again.
    """
    if not line:
        return text
    wanted = squeeze(line)
    lines = text.split("\n")
    views: tuple[Callable[[str], str], ...] = (_whole, lambda shown: _last_drawn(shown, prompt))
    for view in views:
        shown = ""
        for number, one in enumerate(lines):
            shown += squeeze(view(one))
            if shown == wanted:
                return "\n".join(lines[number + 1 :])
            if not wanted.startswith(shown):
                break
    number = next((index for index, one in enumerate(lines) if one.strip()), 0)
    tail = squeeze(_last_drawn(lines[number], prompt))
    if len(tail) >= _SHORTEST_SCROLLED_ECHO and wanted.endswith(tail):
        return "\n".join(lines[number + 1 :])
    return text


def without_redraws(text: str) -> str:
    """Keep of each line what stood there at last, as a terminal would.

    Args:
        text: plain text.
    """
    return _OVERDRAWN.sub("", text).replace("\r", "") if "\r" in text else text


def _before_returns(text: str, end: int) -> int:
    while end and text[end - 1] == "\r":
        end -= 1
    return end


def _after_line_ends(text: str, start: int) -> int:
    while start < len(text) and text[start] in "\r\n":
        start += 1
    return start


def _before_line_ends(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in "\r\n":
        end -= 1
    return end


def _whole(line: str) -> str:
    return line.replace("\r", "")


def _last_drawn(line: str, prompt: str) -> str:
    drawn = [part for part in line.split("\r") if part.strip()]
    return drawn[-1].removeprefix(prompt) if drawn else ""
