"""Text of the device to typed facts, and those to the JSON of the contract."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timezone
from typing import TypeAlias

from mmpctl.cluster.status import DatabaseStatus
from mmpctl.device.answers.clock import clock_of, release_of
from mmpctl.device.answers.cluster_status import status_of
from mmpctl.device.answers.models import (
    BackupList,
    NodeClock,
    PkiInspection,
    PkiList,
    Release,
    ServiceSettings,
    ServiceState,
    UserList,
)
from mmpctl.device.answers.pki import inspection_of
from mmpctl.device.answers.pki_extensions import without_unknown_extensions
from mmpctl.device.answers.short_answers import backups_of, files_of, service_of, state_of
from mmpctl.device.answers.ttp_reader import Answer, read_answer
from mmpctl.device.answers.users import users_of
from mmpctl.errors import UsageError

Parsed: TypeAlias = (
    DatabaseStatus | PkiList | PkiInspection | BackupList | ServiceSettings | NodeClock | Release | UserList
)
Json: TypeAlias = bool | int | str | list["Json"] | dict[str, "Json"] | None

SERVICES = ("callbridge", "webadmin", "webbridge3", "turn", "recorder", "streamer", "uploader")

_PROMPT = re.compile(r"(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*)>(?:[ \t].*)?[ \t]*")
_REMARK = "# source:"
# What only odd answers have stands in the JSON of those alone.
_WHERE_ANY = ("unknown", "alarming")


@dataclass(frozen=True, slots=True)
class Reading:
    """How the answer to one command is read.

    Args:
        template: name of the TTP template, without folder and suffix.
        build: makes the facts of the claimed lines.
        names_file: the command may be given with the name of a file.
        prepare: takes out of the text what states no fact, whatever it looks like.
    """

    template: str
    build: Callable[[Answer], Parsed]
    names_file: bool = False
    prepare: Callable[[str], str] = str


READINGS: dict[str, Reading] = {
    "database cluster status": Reading("database_cluster_status", status_of),
    "pki list": Reading("pki_list", files_of),
    "pki inspect": Reading("pki_inspect", inspection_of, names_file=True, prepare=without_unknown_extensions),
    "backup list": Reading("backup_list", backups_of),
    "date": Reading("date", clock_of),
    "version": Reading("version", release_of),
    "user list": Reading("user_list", users_of),
    **{service: Reading("service", service_of) for service in SERVICES},
}


def commands() -> tuple[str, ...]:
    """Return the commands whose answers can be parsed."""
    return tuple(READINGS)


def parse(command: str, text: str) -> Parsed:
    """Return the facts in the answer to a command.

    Args:
        command: as typed; white space does not matter, and `pki inspect` may name its file.
        text: the answer, without prompt and echo.

    Raises:
        UsageError: no such command can be parsed.
        ParseError: the text is not the command's answer, or not all of it.
    """
    words = command.split()
    for name, reading in READINGS.items():
        rest = words[len(name.split()) :]
        if words[: len(name.split())] == name.split() and len(rest) <= reading.names_file:
            return reading.build(read_answer(reading.template, " ".join(words), reading.prepare(text)))
    raise UsageError(
        f"the answer to `{' '.join(words)}` cannot be parsed", advice=f"Known commands: {', '.join(commands())}."
    )


def parse_database_cluster_status(text: str, *, lenient: bool = False) -> DatabaseStatus:
    """Return the facts in the answer to `database cluster status`.

    Args:
        text: the answer, without prompt and echo.
        lenient: keep lines that nobody knows beside the facts (`unknown`, `alarming`) instead of refusing the answer.

    Raises:
        ParseError: the text is not the command's answer, or not all of it.
    """
    return status_of(read_answer("database_cluster_status", "database cluster status", text, lenient=lenient))


def parse_pki_list(text: str) -> PkiList:
    """Return the facts in the answer to `pki list`; raises ParseError."""
    return files_of(read_answer("pki_list", "pki list", text))


def parse_pki_inspect(text: str) -> PkiInspection:
    """Return the facts in the answer to `pki inspect <file>`; raises ParseError."""
    return inspection_of(read_answer("pki_inspect", "pki inspect", without_unknown_extensions(text)))


def parse_backup_list(text: str) -> BackupList:
    """Return the facts in the answer to `backup list`; raises ParseError."""
    return backups_of(read_answer("backup_list", "backup list", text))


def parse_date(text: str) -> NodeClock:
    """Return the time in the answer to `date`; raises ParseError."""
    return clock_of(read_answer("date", "date", text))


def parse_version(text: str) -> Release:
    """Return the release in the answer to `version`; raises ParseError."""
    return release_of(read_answer("version", "version", text))


def parse_user_list(text: str) -> UserList:
    """Return the accounts in the answer to `user list`; raises ParseError."""
    return users_of(read_answer("user_list", "user list", text))


def parse_service(name: str, text: str) -> ServiceSettings:
    """Return the facts in the answer to a service's bare name.

    Args:
        name: one of SERVICES.
        text: the answer, without prompt and echo.

    Raises:
        UsageError: no such service can be parsed.
        ParseError: the text is not the service's answer, or not all of it.
    """
    if name not in SERVICES:
        raise UsageError(f"there is no service `{name}`", advice=f"Known services: {', '.join(SERVICES)}.")
    return service_of(read_answer("service", name, text))


def parse_service_state(name: str, text: str) -> ServiceState:
    """Return whether a service is on and runs, in the answer to its bare name; raises ParseError."""
    return state_of(read_answer("service", name, text))


def to_json(parsed: Parsed) -> dict[str, Json]:
    """Return the facts as the JSON contract has them; times in ISO 8601, UTC, with `Z`."""
    told = {field.name for field in fields(parsed) if field.metadata.get("json", True)}
    found = {name: value for name, value in asdict(parsed).items() if name in told}
    return {name: _json(value) for name, value in found.items() if value or name not in _WHERE_ANY}


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
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): _json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"{type(value).__name__} has no form in the contract")
