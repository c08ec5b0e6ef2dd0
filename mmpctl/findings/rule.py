"""What a kind of finding is: its texts and severities."""

from __future__ import annotations

from dataclasses import dataclass

from mmpctl.severity import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of finding; `{file}` is the file, `{quoted}` the same for a shell, the other words come with it.

    Args:
        message: what is wrong.
        cure: what to do about it.
        severity: for a file that shall be installed.
        deployed: for a file that is in use on a device already; None means the same severity.
        why: it matters, one sentence; empty if that is plain from the message.
    """

    message: str
    cure: str
    severity: Severity = Severity.UNFIT
    deployed: Severity | None = None
    why: str = ""


REISSUE = "Have your CA issue a new certificate in place of {file}"

# A cure to be copied: the new file is nobody else's, takes the old one's place only where something is in it, and
# nothing is left behind, neither a file nor a umask.
_INTO = " > {quoted}.new && test -s {quoted}.new && mv {quoted}.new {quoted}; rm -f {quoted}.new)"


def rewrite(lead: str, command: str) -> str:
    """Return a cure that is a command which writes the file again.

    Args:
        lead: what the command does, a few words.
        command: it writes the new content to its standard output.
    """
    return f"{lead}: (umask 077; {command}{_INTO}"
