"""A command that only reads, declared in one place: how it is typed, and how its answer becomes facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from mmpctl.device.answers.ttp_reader import Answer, read_answer
from mmpctl.device.receive_buffer import ANSWER_LIMIT, LONG_ANSWER_LIMIT

Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True, eq=False)
class ReadCommand(Generic[Facts]):
    """A command that changes nothing on the device, and all that this program knows of it.

    Args:
        name: as typed, without the names of files.
        template: name of the TTP template, without folder and suffix; None if its words were never seen, so that
            `build` looks for the few that are known.
        build: makes the facts of an answer whose lines are all claimed; raises ParseError.
        while_reading: a session that only reads (`status`, `audit`, `plan`) may send it.
        offline: `mmpctl parse`, and `send_command(use_ttp=True)`, read its answer.
        files: how many names of files follow the name.
        long: its answer grows with what is on the node, and may be longer than those of other commands.
        prepare: takes out of the text what states no fact, whatever it looks like.
    """

    name: str
    template: str | None
    build: Callable[[Answer], Facts]
    while_reading: bool
    offline: bool
    files: int = 0
    long: bool = False
    prepare: Callable[[str], str] = str

    @property
    def limit(self) -> int:
        """How long its answer may be, in characters."""
        return LONG_ANSWER_LIMIT if self.long else ANSWER_LIMIT

    def line(self, *files: str) -> str:
        """Return the line to send.

        Args:
            files: names on the device, as many as the command takes.

        Raises:
            ValueError: there are more names, or fewer.
        """
        if len(files) != self.files:
            raise ValueError(f"`{self.name}` takes {self.files} names of files, not {len(files)}")
        return " ".join((self.name, *files))

    def read(self, text: str, *, lenient: bool = False, typed: str = "") -> Facts:
        """Return the facts in its answer.

        Args:
            text: the answer, without prompt and echo.
            lenient: keep a few lines that nobody knows beside the facts instead of refusing the answer, if the facts
                have a place for them.
            typed: how the command was typed, for errors; by default its name.

        Raises:
            ParseError: the text is not the command's answer, or not all of it.
        """
        typed = typed or self.name
        if self.template is None:
            return self.build(Answer(typed, text, ()))
        return self.build(read_answer(self.template, typed, self.prepare(text), limit=self.limit, lenient=lenient))
