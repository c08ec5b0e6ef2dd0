"""What instructions for people are made of: lines to type, looks at a node, and what must be seen."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from mmpctl.cluster.step import Step

# Where a line is typed: on the node's command line, in sftp to it, or on one's own machine.
MMP, SFTP, HERE = "mmp", "sftp", "here"
Document = dict[str, Any]


def look_at(node: str, line: str, must_see: list[str], **facts: Any) -> Document:
    """Return a look at a node, and what must be seen to go on.

    Args:
        node: inventory name.
        line: what is typed to look.
        must_see: in words.
        facts: the same as facts of what is shown.
    """
    return {"node": node, "line": line, "must_see": must_see, "expect": facts}


def printed_serial(serial: str) -> str:
    """Return a serial number as `pki inspect` prints it, which has OpenSSL's two forms.

    Args:
        serial: lower-case hex.
    """
    digits = serial.zfill(len(serial) + len(serial) % 2)
    pairs = ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))
    return pairs if len(digits) > 16 else f"{int(serial, 16)} (0x{serial}), or {pairs}"


def typed(step: Step, where: str, line: str) -> Document:
    """Return a line that is typed.

    Args:
        step: that it belongs to.
        where: on the command line of the node, in sftp, or on this machine; see `mmpctl/reports/procedure_text.py`.
        line: what is typed.
    """
    return {"node": step.node, "where": where, "line": line}


def quoted(path: Path) -> str:
    """Return a path as a shell and sftp take it."""
    return shlex.quote(str(path))
