"""A device's output to JSON, offline."""

from __future__ import annotations

from typing import cast

from mmpctl.device.answers.parse import parse, strip_session, to_json
from mmpctl.device.redaction import redact
from mmpctl.documents.answers import AnswerDocument


def run(command: str, text: str) -> AnswerDocument:
    """Parse the output of a command.

    Args:
        command: as typed on the device.
        text: its output, with or without the prompt lines around it.

    Returns:
        The JSON document of the contract.

    Raises:
        UsageError: no such command can be parsed.
        ParseError: the text is not the command's output, or not all of it.
    """
    # An error quotes a line: a secret that stands below its label must not be one.
    parsed = parse(command, redact(strip_session(text)))
    head: AnswerDocument = {"schema": 1, "command": " ".join(command.split())}
    # Which of its kinds it is, the command tells.
    return cast("AnswerDocument", {**head, **to_json(parsed)})
