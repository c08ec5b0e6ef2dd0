"""Answers that are a list of names, one a line, and the words for what is not set."""

from __future__ import annotations

from mmpctl.device.answers.ttp_reader import Answer


def names_of(answer: Answer, *fields: str, headed: bool) -> tuple[str, ...]:
    """Return the names that an answer lists, in the device's order.

    Args:
        answer: whose lines are all claimed.
        fields: of the template, any of which holds a name.
        headed: the names must stand below a heading.

    Raises:
        ParseError: the heading is missing or in the wrong place, or a name stands twice.
    """
    names: list[str] = []
    for line in answer.lines:
        first = line is answer.lines[0]
        if ("heading" in line.fields) != first and (headed or not first):
            raise answer.error("is in the place of a heading, or is a heading in the wrong place", line)
        name = next((line.fields[field] for field in fields if field in line.fields), None)
        if name in names:
            raise answer.error("names a file a second time", line)
        if name is not None:
            names.append(name)
    return tuple(names)


def set_or_none(word: str) -> str | None:
    """Return a value as printed, or None if the device prints nothing, `None`, `none` or `not set` for it."""
    return None if word in ("", "None", "none", "not set") else word
