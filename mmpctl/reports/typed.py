"""Commands of this program in texts for people, as the reader can type them: with the path and the options in force.

Texts name a command in its plain form, between backticks: `mmpctl resume RUN`. Whoever called the program by its path,
or with another inventory, would be led elsewhere by that; so what a person reads is completed, and JSON is not.
"""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from mmpctl.timing import Stretch

PROGRAM = "mmpctl"
# What a plan, a staging or a renewal that is suggested takes of the options that were typed.
RENEWAL_OPTIONS = (
    *("site", "cluster", "role", "host", "filter", "certs"),
    *("inventory", "known_hosts", "ssh_config", "leave_out"),
)
# As texts have it that do not know the file of the reader.
SITES_FILE = "--engine SITES.yaml"
# Of `mmpctl backup`: each site keeps backups in a folder of its own.
_TO_A_FOLDER_HERE = re.compile(r"(?<= backup) --to \S+")
_QUOTED = re.compile(rf"`({PROGRAM}(?: [^`]*)?)`")


class Call:
    """How this process was called, and since when; there is one.

    Args:
        program: what to type for the program.
        takes: the options that each command takes, by its name, e.g. `--inventory`; without their values.
    """

    def __init__(self, program: str = PROGRAM, takes: Mapping[str, frozenset[str]] | None = None) -> None:
        self.program = program
        self.stretch = Stretch()
        self._takes = takes or {}
        self._given: dict[str, str] = {}

    def give(self, option: str, value: str) -> None:
        """Remember an option that was typed, for each command that takes it too."""
        self._given[option] = value

    def plain(self, command: str, *, elsewhere: bool = False) -> str:
        """Return a command of this program that names all its options itself, as it can be typed.

        Args:
            command: e.g. `mmpctl audit -i inventory`; one of another program stays as it is.
            elsewhere: it is typed in another folder, where a relative path of the program leads nowhere.
        """
        if command.split()[:1] != [PROGRAM]:
            return command
        program = self.program
        if elsewhere and program != PROGRAM:
            program = shlex.quote(str(Path(shlex.split(program)[0]).absolute()))
        return program + command[len(PROGRAM) :]

    def command(self, command: str) -> str:
        """Return a command of this program, as it can be typed.

        Args:
            command: e.g. `mmpctl resume RUN`.
        """
        if "--engine" in self._given:
            command = command.replace(SITES_FILE, f"--engine {shlex.quote(self._given['--engine'])}")
            command = _TO_A_FOLDER_HERE.sub("", command)
        words = command.split()
        # A site has its own path of the program, and its own options.
        if not words or words[0] != PROGRAM or words[1:2] == ["site"]:
            return command
        takes = self._takes.get(words[1] if len(words) > 1 else "", frozenset())
        more = [
            f"{option} {shlex.quote(value)}"
            for option, value in self._given.items()
            if option in takes and option not in words
        ]
        return " ".join((self.program + command[len(PROGRAM) :], *more))

    def text(self, text: str) -> str:
        """Return a text with each command between backticks as it can be typed."""
        return _QUOTED.sub(lambda found: f"`{self.command(found[1])}`", text)


def with_asked(command: str, asked: Mapping[str, Sequence[str]] | None, *names: str) -> str:
    """Return what to type next with those options of the present command that differ from the default.

    Args:
        command: e.g. `mmpctl plan`.
        asked: the options of the present one, by name, as its document has them; an option without a value has an empty
            one; None if nothing was typed.
        names: those that the next command takes too, e.g. `inventory`, `known_hosts`, `certs`.
    """
    typed = [
        f"--{name.replace('_', '-')}{value and f' {shlex.quote(value)}'}"
        for name in names
        for value in (asked or {}).get(name, ())
    ]
    return " ".join((command, *typed))


def program() -> str:
    """Return what to type for this program: its name if the shell finds this program by it, otherwise its path."""
    called = sys.argv[0]
    found = shutil.which(PROGRAM)
    if Path(called).name != PROGRAM or (found and _same(found, called)):
        return PROGRAM
    return shlex.quote(called)


def _same(one: str, other: str) -> bool:
    try:
        return Path(one).samefile(other)
    except OSError:
        return False


# A library's caller, who has not typed anything, reads the plain form.
_calls = [Call()]


@contextmanager
def called(call: Call) -> Iterator[None]:
    """Say how this process was called, until the block ends."""
    _calls.append(call)
    try:
        yield
    finally:
        _calls.remove(call)


def call() -> Call:
    """Return how this process was called."""
    return _calls[-1]
