"""Text of the device to typed facts, and those to the JSON of the contract."""

from __future__ import annotations

import re
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from mmpctl.cluster.status import DatabaseStatus
from mmpctl.device.commands import DECLARED
from mmpctl.errors import UsageError
from mmpctl.times import iso_exact

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from mmpctl.documents.answers import StatusFacts

Json: TypeAlias = bool | int | str | list["Json"] | dict[str, "Json"] | None

_PROMPT = re.compile(r"(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*)>(?:[ \t].*)?[ \t]*")
_REMARK = "# source:"
# What only odd answers have stands in the JSON of those alone.
WHERE_ANY = ("unknown", "alarming")


def commands() -> tuple[str, ...]:
    """Return the commands whose answers can be parsed."""
    return tuple(name for name, command in DECLARED.items() if command.offline)


def parse(command: str, text: str) -> Any:
    """Return the facts in the answer to a command.

    Args:
        command: as typed; white space does not matter, and `pki inspect` may name its file.
        text: the answer, without prompt and echo.

    Raises:
        UsageError: no such command can be parsed.
        ParseError: the text is not the command's answer, or not all of it.
    """
    words = command.split()
    for name in commands():
        rest = words[len(name.split()) :]
        if words[: len(name.split())] == name.split() and len(rest) in (0, DECLARED[name].files):
            return DECLARED[name].read(text, typed=" ".join(words))
    raise UsageError(
        f"the answer to `{' '.join(words)}` cannot be parsed", advice=f"Known commands: {', '.join(commands())}."
    )


def to_json(parsed: DataclassInstance) -> dict[str, Json]:
    """Return the facts as the JSON contract has them; times in ISO 8601, UTC, with `Z`."""
    told = {field.name for field in fields(parsed) if field.metadata.get("json", True)}
    found = {name: value for name, value in asdict(parsed).items() if name in told}
    return {name: _json(value) for name, value in found.items() if value or name not in WHERE_ANY}


def status_facts(status: DatabaseStatus) -> StatusFacts:
    """Return what a node shows of its database cluster, as documents have it.

    Args:
        status: the parsed answer of `database cluster status`.
    """
    # The names and the order of the fields are those of the contract.
    return cast("StatusFacts", to_json(status))


def strip_session(text: str) -> str:
    """An answer without the prompt lines (and `# source:` remarks) above and below it; nothing within is touched.

    Args:
        text: a piece of a session, or an answer alone.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    host: str | None = None
    start, end = 0, len(lines)
    while start < end and _is_around(lines[start], host):
        prompt = _PROMPT.fullmatch(lines[start])
        host = prompt["host"] if prompt else host
        start += 1
    while start < end and _is_around(lines[end - 1], host):
        end -= 1
    return "\n".join(lines[start:end])


def _is_around(line: str, host: str | None) -> bool:
    # One session has one prompt: another name before a `>` is the device's text.
    prompt = _PROMPT.fullmatch(line)
    return not line.strip() or line.startswith(_REMARK) or bool(prompt and host in (None, prompt["host"]))


def _json(value: object) -> Json:
    if isinstance(value, datetime):
        return iso_exact(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): _json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"{type(value).__name__} has no form in the contract")
