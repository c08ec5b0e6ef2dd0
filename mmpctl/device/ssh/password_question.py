"""The questions of a login: the one for the password is answered once, and no other."""

from __future__ import annotations

from typing import Final

import paramiko

from mmpctl.device.answers.vocabulary import vocabulary

_QUESTION_SHOWN: Final = 200  # characters


class NewPasswordDemanded(paramiko.SSHException):
    """The device wants a new password."""


class OtherQuestion(paramiko.SSHException):
    """The device asks for something else than the password."""


class AnswerOnce:
    """Answers the one question for the password, and no other."""

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._password = password
        self.asked = False

    def __call__(self, title: str, instructions: str, fields: list[tuple[str, bool]]) -> list[str]:
        if not fields:
            return []
        first, self.asked = not self.asked, True
        words = vocabulary()
        question, echo = fields[0]
        asked = words.password_question.match(question)
        alone = first and len(fields) == 1 and not echo and asked and all(map(self._is_ours, asked.groups()))
        said = " ".join((title, instructions, *(text for text, _ in fields)))
        if alone and not words.password_notice.search(said):
            return [self._password]
        if words.new_password.search(said):
            raise NewPasswordDemanded("the device demands a new password")
        raise OtherQuestion(", ".join(repr(text.strip()[:_QUESTION_SHOWN]) for text, _ in fields))

    def _is_ours(self, name: str | None) -> bool:
        """Whether an account that the question names is the one that logs in, with or without a host behind it."""
        own = self._user.casefold()
        return name is None or name.casefold() == own or name.casefold().startswith(f"{own}@")
