"""`backup list`: the backups on the node."""

from __future__ import annotations

from dataclasses import dataclass

from mmpctl.device.answers.names import names_of
from mmpctl.device.answers.read_command import ReadCommand
from mmpctl.device.answers.ttp_reader import Answer


@dataclass(frozen=True, slots=True)
class BackupList:
    """The answer of `backup list`.

    Args:
        backups: names as printed.
    """

    backups: tuple[str, ...]


def backups_of(answer: Answer) -> BackupList:
    """Build the list of backups from the answer of `backup list`.

    Raises:
        ParseError: a name stands twice, or one that does not end in `.bak` stands under no heading.
    """
    bare = any("bare" in line.fields for line in answer.lines)
    backups = BackupList(names_of(answer, "backup", "bare", headed=bare))
    if backups.backups and any("nothing" in line.fields for line in answer.lines):
        raise answer.error("reports both that there are backups and that there are none")
    return backups


BACKUP_LIST = ReadCommand("backup list", "backup_list", backups_of, while_reading=True, offline=True, long=True)
COMMANDS = (BACKUP_LIST,)
