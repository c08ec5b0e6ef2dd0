"""A calendar file as a calendar reads it."""

from __future__ import annotations

import re


def read_calendar(text: str) -> list[tuple[str, str]]:
    """The lines of a calendar file as names and values: checked, unfolded and unescaped."""
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines = text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
    found = []
    for line in lines:
        name, colon, value = line.partition(":")
        assert colon and re.fullmatch(r"[A-Z-]+(;VALUE=DATE)?", name), line
        found.append((name, re.sub(r"\\(.)", lambda mark: {"n": "\n", "N": "\n"}.get(mark[1], mark[1]), value)))
    return found


def events_of(text: str) -> list[dict[str, str]]:
    """What stands in each event; of its alarm, the names begin with `ALARM-`."""
    found: list[dict[str, str]] = []
    nested: list[str] = []
    for name, value in read_calendar(text):
        if name == "BEGIN":
            nested.append(value)
            if value == "VEVENT":
                found.append({})
        elif name == "END":
            assert nested.pop() == value
        elif "VEVENT" in nested:
            key = f"ALARM-{name}" if nested[-1] == "VALARM" else name
            assert key not in found[-1], key
            found[-1][key] = value
    assert nested == []
    return found
