"""The short answers to typed facts: `pki list`, `backup list`, and the settings of a service."""

from __future__ import annotations

from mmpctl.device.answers.cluster_status import set_or_none
from mmpctl.device.answers.models import BackupList, PkiList, ServiceSettings, ServiceState
from mmpctl.device.answers.ttp_reader import Answer


def files_of(answer: Answer) -> PkiList:
    """Build the list of files from the answer of `pki list`.

    Raises:
        ParseError: there is no heading above the names, or a name stands twice.
    """
    return PkiList(_names(answer, "file", headed=True))


def backups_of(answer: Answer) -> BackupList:
    """Build the list of backups from the answer of `backup list`.

    Raises:
        ParseError: a name stands twice, or one that does not end in `.bak` stands under no heading.
    """
    bare = any("bare" in line.fields for line in answer.lines)
    backups = BackupList(_names(answer, "backup", "bare", headed=bare))
    if backups.backups and any("nothing" in line.fields for line in answer.lines):
        raise answer.error("reports both that there are backups and that there are none")
    return backups


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


def _names(answer: Answer, *fields: str, headed: bool) -> tuple[str, ...]:
    names: list[str] = []
    for line in answer.lines:
        first = line is answer.lines[0]
        if ("heading" in line.fields) != first and (headed or not first):
            raise answer.error("is in the place of a heading, or is a heading in the wrong place", line)
        name = next((line.fields[field] for field in fields if field in line.fields), None)
        if name in names:
            raise answer.error("names a file a second time", line)
        if name is not None:
            names.append(name)
    return tuple(names)
