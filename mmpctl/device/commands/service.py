"""The services that have certificates: their settings, as each one's bare name prints them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mmpctl.device.answers.names import set_or_none
from mmpctl.device.answers.read_command import ReadCommand
from mmpctl.device.answers.ttp_reader import Answer
from mmpctl.errors import UsageError

SERVICES: Final = (
    "callbridge",
    "webadmin",
    "webbridge3",
    "turn",
    "recorder",
    "streamer",
    "uploader",
    "scheduler",
    "meetingapps",
    "webbridge",
    "xmpp",
    "h323_gateway",
)
# Release 3.0 dropped some services, and only releases after it brought others: those need not be asked for.
_GONE_SINCE_3: Final = frozenset({"webbridge", "xmpp", "h323_gateway"})
_NEW_SINCE_3: Final = frozenset({"scheduler", "meetingapps"})
_THIRD: Final = 3
_MAJOR: Final = re.compile(r"(\d{1,3})\.\d")

# A number by itself, or behind the name of an interface.
_PORT: Final = re.compile(r"(?:^|[\s,:])(\d{1,5})(?=$|[\s,])")


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """The answer of a service's bare name, without anything secret.

    Args:
        enabled: whether the service is on; None if the device does not say.
        files: the certificate, key and bundle files that are set, by their label as printed.
    """

    enabled: bool | None
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What the answer of a service's bare name says of the service itself.

    Args:
        enabled: whether the service is on; None if the device does not say.
        running: whether it runs; None if the device does not say: most services never do.
    """

    enabled: bool | None
    running: bool | None


@dataclass(frozen=True, slots=True)
class ServiceView:
    """All that the answer of a service's bare name says; of one that is off or restarts, that may be little.

    Args:
        enabled: whether the service is on; None if the device does not say.
        running: whether it runs; None if the device does not say.
        files: the files that are set, by their label as printed.
        ports: where it listens, by label as printed; a label without a number is not among them.
    """

    enabled: bool | None
    running: bool | None
    files: dict[str, str]
    ports: dict[str, tuple[int, ...]]


def service_of(answer: Answer) -> ServiceSettings:
    """Build a service's settings from the answer of its bare name; only `Enabled` and names of files are taken.

    Raises:
        ParseError: a setting stands twice, or no file is spoken of although the service is not off.
    """
    enabled: bool | None = None
    files: dict[str, str | None] = {}
    for line in answer.lines:
        if "enabled" in line.fields:
            if enabled is not None:
                raise answer.error("repeats an earlier line", line)
            enabled = line.fields["enabled"].lower() == "true"
        if "file" in line.fields:
            if line.fields["file_label"] in files:
                raise answer.error("repeats an earlier line", line)
            files[line.fields["file_label"]] = set_or_none(line.fields["file"])
    # A service that is off may print nothing else; of one that is on, such a text is cut short.
    if not files and enabled is not False:
        raise answer.error("is incomplete, without any file")
    return ServiceSettings(enabled=enabled, files={label: file for label, file in files.items() if file is not None})


def state_of(answer: Answer) -> ServiceState:
    """Build a service's state from the answer of its bare name.

    Raises:
        ParseError: it says twice whether it is on, or whether it runs.
    """
    enabled = [line.fields["enabled"].lower() == "true" for line in answer.lines if "enabled" in line.fields]
    running = ["running" in line.fields for line in answer.lines if {"running", "stopped"} & set(line.fields)]
    if len(enabled) > 1 or len(running) > 1:
        raise answer.error("contains its state twice")
    return ServiceState(enabled[0] if enabled else None, running[0] if running else None)


def view_of(answer: Answer) -> ServiceView:
    """Build all that is known of a service from the answer of its bare name, as far as it says it.

    Raises:
        ParseError: it says something twice.
    """
    state = state_of(answer)
    told = [line.fields for line in answer.lines]
    files = [(one["file_label"], set_or_none(one["file"])) for one in told if "file" in one]
    ports = [(one["port_label"], _numbers(one["ports"])) for one in told if "ports" in one]
    labels = [label for label, _ in (*files, *ports)]
    if len(set(labels)) < len(labels):
        raise answer.error("repeats a setting")
    set_files = {label: file for label, file in files if file is not None}
    return ServiceView(state.enabled, state.running, set_files, {label: found for label, found in ports if found})


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, dict.fromkeys(_PORT.findall(text))))


COMMANDS = tuple(ReadCommand(name, "service", service_of, while_reading=True, offline=True) for name in SERVICES)
# The same answers, asked for something else: a service that restarts may name no files.
_STATES = tuple(ReadCommand(name, "service", state_of, while_reading=True, offline=False) for name in SERVICES)
_VIEWS = tuple(ReadCommand(name, "service", view_of, while_reading=True, offline=False) for name in SERVICES)


def services_of_release(release: str | None) -> tuple[str, ...]:
    """Return the services that a release may have; all of them if it cannot be told.

    Args:
        release: as `version` shows it, e.g. `3.9.1`; None if that is not known.
    """
    major = _MAJOR.match(release or "")
    if major is None:
        return SERVICES
    lacks = _GONE_SINCE_3 if int(major[1]) >= _THIRD else _NEW_SINCE_3
    return tuple(name for name in SERVICES if name not in lacks)


def settings_command(service: str) -> ReadCommand[ServiceSettings]:
    """Return the command that reads a service's settings.

    Args:
        service: one of SERVICES.

    Raises:
        UsageError: there is no such service.
    """
    return COMMANDS[_place(service)]


def state_command(service: str) -> ReadCommand[ServiceState]:
    """Return the command that reads whether a service is on and runs.

    Args:
        service: one of SERVICES.

    Raises:
        UsageError: there is no such service.
    """
    return _STATES[_place(service)]


def view_command(service: str) -> ReadCommand[ServiceView]:
    """Return the command that reads all that a service says of itself, as far as it says it.

    Args:
        service: one of SERVICES.

    Raises:
        UsageError: there is no such service.
    """
    return _VIEWS[_place(service)]


def _place(service: str) -> int:
    if service not in SERVICES:
        raise UsageError(f"there is no service `{service}`", advice=f"Known services: {', '.join(SERVICES)}.")
    return SERVICES.index(service)
