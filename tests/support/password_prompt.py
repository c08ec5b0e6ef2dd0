"""The question for a password, and somebody who answers it."""

from __future__ import annotations

import io

import pytest


def password_prompt(monkeypatch: pytest.MonkeyPatch, answer: str, *, tty: bool = True) -> list[str]:
    """Answer every question for a password; what was asked is added to the list that is returned."""
    asked: list[str] = []

    def getpass(prompt: str, stream: object = None) -> str:
        asked.append(prompt)
        return answer

    class _Terminal(io.StringIO):
        def isatty(self) -> bool:
            return tty

    monkeypatch.setattr("getpass.getpass", getpass)
    monkeypatch.setattr("sys.stdin", _Terminal())
    monkeypatch.setattr("sys.stderr", _Terminal())
    return asked
