"""A site that says what it is told to say, whatever it is asked: a fault or a lie of the other end."""

from __future__ import annotations

import shlex

from mmpctl.reach.address import LocalCommand
from mmpctl.reach.answer_lines import End, Hello, Line, Part, line_text
from mmpctl.reach.sites_file import RemoteSite
from mmpctl.times import now_utc

INVENTORY = "cd" * 32


def lying_site(*lines: Line | str, name: str = "oslo", counted: bool = True, then: str = "") -> RemoteSite:
    """A site that says hello, takes its request, and says the same to every one.

    Args:
        lines: what it says then; a text is a part that no site of ours would send.
        name: of the site.
        counted: it ends as a site does, with their number; without it, it hangs up.
        then: what its shell does at last.
    """
    hello = Hello(1, "1.2.3", name, now_utc(), INVENTORY)
    last = (End(sum(isinstance(one, (Part, str)) for one in lines)),) if counted else ()
    texts = [one if isinstance(one, str) else line_text(one).rstrip() for one in (hello, *lines, *last)]
    first, *rest = [f"printf '%s\\n' {shlex.quote(text)}" for text in texts]
    program = "\n".join((first, "read -r request", *rest, then))
    return RemoteSite(name, LocalCommand(("sh", "-c", program)), renews=True)
