"""`pki list`: the certificates, keys and requests on the node."""

from __future__ import annotations

from dataclasses import dataclass

from mmpctl.device.answers.names import names_of
from mmpctl.device.answers.read_command import ReadCommand
from mmpctl.device.answers.ttp_reader import Answer


@dataclass(frozen=True, slots=True)
class PkiList:
    """The answer of `pki list`.

    Args:
        files: names of the uploaded certificates, keys and requests, in the device's order.
    """

    files: tuple[str, ...]


def files_of(answer: Answer) -> PkiList:
    """Build the list of files from the answer of `pki list`.

    Raises:
        ParseError: there is no heading above the names, or a name stands twice.
    """
    return PkiList(names_of(answer, "file", headed=True))


PKI_LIST = ReadCommand("pki list", "pki_list", files_of, while_reading=True, offline=True, long=True)
COMMANDS = (PKI_LIST,)
