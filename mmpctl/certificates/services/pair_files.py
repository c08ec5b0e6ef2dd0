"""The operator's files for the services of a node: `DIR/<node>/<service>/`, else `DIR/<service>/`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mmpctl.certificates.source_file import SourceFile, read_file
from mmpctl.errors import RefusedError
from mmpctl.services.renewable import FileRole, PairSetting, renewable
from mmpctl.trusted import PlaceError, require_trusted

# A bundle lies beside any pair: what a service does not take as a bundle completes its chain.
BUNDLE = "bundle.cer"


@dataclass(frozen=True, slots=True)
class PairFiles:
    """The files of one pair, as they were read.

    Args:
        setting: which pair.
        folder: the one folder that all of them are from.
        key: the private key.
        certificate: the service's own certificate, perhaps with its chain.
        bundle: the CAs; None if there are none beside it.
    """

    setting: PairSetting
    folder: Path
    key: SourceFile
    certificate: SourceFile
    bundle: SourceFile | None = None


def find_pair(certs: Path, node: str, setting: PairSetting) -> PairFiles | None:
    """Find and read the files of one pair of a service; folders are never mixed.

    Args:
        certs: what `--certs` names.
        node: inventory name.
        setting: which pair.

    Returns:
        None if there are none: what is not there is not renewed.

    Raises:
        RefusedError: some are missing, lie in a wrong place, cannot be read, or could be changed by others.
    """
    home = folder_of(certs, node, setting.service)
    if home is None:
        return None
    folder = home / setting.folder if setting.folder else home
    slots = {slot.role: slot for slot in setting.slots}
    key, certificate = slots[FileRole.KEY].source_name, slots[FileRole.CERTIFICATE].source_name
    if setting.folder and any((home / name).exists() for name in (key, certificate)):
        raise RefusedError(
            f"{home} has files of its own, but {setting.service} has several pairs",
            code="misplaced-file",
            node=node,
            advice=f"Put them into the folder of the pair that they are for: {_or_folders(home, setting.service)}.",
        )
    missing = [name for name in (key, certificate) if not (folder / name).exists()]
    if len(missing) == 2:
        return None
    if missing:
        raise RefusedError(
            f"{folder} does not contain {missing[0]}",
            code="missing-file",
            node=node,
            advice=f"Put both {key} and {certificate} into {folder}, or neither of them: then the pair is not renewed.",
        )
    bundle = _read(folder / BUNDLE, node) if (folder / BUNDLE).exists() else None
    return PairFiles(setting, folder, _read(folder / key, node), _read(folder / certificate, node), bundle)


def folder_of(certs: Path, node: str, service: str) -> Path | None:
    """Return the folder of a service's files; None if there is none.

    Args:
        certs: what `--certs` names.
        node: inventory name.
        service: its command.
    """
    places = (certs / node / service, certs / service)
    return next((place for place in places if place.is_dir()), None)


def _or_folders(home: Path, service: str) -> str:
    return " or ".join(str(home / each.folder) for each in renewable(service).settings if each.folder)


def _read(path: Path, node: str) -> SourceFile:
    if path.is_file():  # anything else is told as such, when it is read
        try:
            require_trusted(path, "the file")
        except PlaceError as error:
            raise RefusedError(error.message, code=error.code, node=node, advice=error.advice) from error
    return read_file(path, node)
