"""The file of sites: where each site's program is started, and which of them renew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from mmpctl import plain_yaml
from mmpctl.errors import UsageError
from mmpctl.reach.address import BROKER_FOLDER, Address, read_address
from mmpctl.trusted import require_trusted

_KEYS = ("address", "renews")
_ADVICE = "Write each site as `NAME: {address: ssh://user@host, renews: false}`."


@dataclass(frozen=True, slots=True)
class RemoteSite:
    """A site, as a desk knows it.

    Args:
        name: the key `site` of its nodes.
        address: where its program is started.
        renews: renewals may be begun there.
    """

    name: str
    address: Address
    renews: bool = False


def read_sites(path: Path) -> dict[str, RemoteSite]:
    """Return the sites of a file, by name, in its order.

    Args:
        path: the file.

    Raises:
        UsageError: it cannot be read, others could change it, or an entry is not right; names entry and cure.
    """
    # It names programs that are started here.
    require_trusted(path, "the file of sites")
    try:
        found = plain_yaml.load(plain_yaml.read(path))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        if isinstance(error, FileNotFoundError):
            raise _wrong(path, "is not there", f"Make it, or name another one with --engine. {_ADVICE}") from None
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise _wrong(path, f"cannot be read ({reason})") from None
    if not isinstance(found, Mapping) or not found:
        raise _wrong(path, "has no sites")
    return {str(name): _site(path, name, entry) for name, entry in found.items()}


def _site(path: Path, name: Any, entry: Any) -> RemoteSite:
    where = f"site {name}"
    if not isinstance(name, str):
        raise _wrong(path, f"{where}: the name is not a text", "Put it in quotes.")
    if not isinstance(entry, Mapping):
        raise _wrong(path, f"{where}: it has no address")
    for key in entry:
        if key not in _KEYS:
            raise _wrong(path, f"{where}: unknown key {key!r}", f"The keys are {' and '.join(_KEYS)}.")
    address, renews = entry.get("address"), entry.get("renews", False)
    if not isinstance(address, str):
        raise _wrong(path, f"{where}: it has no address")
    if not isinstance(renews, bool):
        raise _wrong(path, f"{where}: `renews` is neither true nor false")
    try:
        return RemoteSite(name, read_address(address, path.parent / BROKER_FOLDER), renews)
    except UsageError as error:
        raise _wrong(path, f"{where}: {error.message}", error.advice) from None


def _wrong(path: Path, what: str, advice: str = _ADVICE) -> UsageError:
    return UsageError(f"the file of sites {path}: {what}", code="sites", advice=advice)
