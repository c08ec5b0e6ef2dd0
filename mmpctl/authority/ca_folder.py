"""The folder of a private CA: which files are in it, and how they come there whole.

    ca.json          names of the current root and issuing certificate, and of the older ones that still count
    root-1.cer       certificates, PEM; the next root is root-2
    root-1.key       private keys, each opened by the passphrase
    issuing-1.cer
    issuing-1.key
    issued.jsonl     what was issued

Whatever `ca.json` does not name does not count: it is written last, by a rename.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mmpctl.authority.ca_state import NAME, State
from mmpctl.authority.index import INDEX_FILE
from mmpctl.authority.issue import Signer
from mmpctl.authority.sealed_key import seal, unseal
from mmpctl.errors import UsageError
from mmpctl.runs.disk import sync_folder, write_json, write_private
from mmpctl.trusted import PlaceError, read_file, require_trusted

STATE_FILE = "ca.json"
_WHAT = "the CA folder"


class CaFolder:
    """The folder of a CA that is there.

    Args:
        path: of the folder.

    Raises:
        UsageError: there is no CA, it is damaged, or others could change it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        require_trusted(path, _WHAT)
        try:
            (path / STATE_FILE).lstat()
        except (FileNotFoundError, NotADirectoryError):
            raise UsageError(
                f"{path} is not the folder of a CA: there is no {STATE_FILE} in it",
                code="ca",
                advice="Name the folder that `mmpctl ca init` made, or make one.",
            ) from None
        except OSError as error:
            raise _damaged(path / STATE_FILE, error) from error
        self.state = self._state()

    def certificate(self, name: str) -> x509.Certificate:
        """Return one of the CA's certificates.

        Args:
            name: e.g. `root-1`.

        Raises:
            UsageError: it cannot be read.
        """
        file = self.path / f"{name}.cer"
        try:
            return x509.load_pem_x509_certificate(read_file(file, _WHAT))
        except (OSError, ValueError) as error:
            raise _damaged(file, error) from error

    def signer(self, name: str, passphrase: str) -> Signer:
        """Return one of the CA's certificates with its key.

        Args:
            name: e.g. `issuing-1`.
            passphrase: opens the key.

        Raises:
            UsageError: they cannot be read, do not belong together, or the key can be read by others.
            PassphraseError: the passphrase is not the right one.
        """
        certificate = self.certificate(name)
        file = self.path / f"{name}.key"
        try:
            content = read_file(file, _WHAT)
            mode = file.stat().st_mode
        except OSError as error:
            raise _damaged(file, error) from error
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise PlaceError(
                f"{file} can be read by others", advice="If nobody has read it, type `chmod 600` and its name."
            )
        key = unseal(content, passphrase, str(file))
        if key.public_key() != certificate.public_key():
            raise _damaged(file, ValueError(f"it is not the key of {name}.cer"))
        return Signer(certificate, key)

    def next_name(self, kind: str) -> str:
        """Return a name that no file of the folder has, e.g. `issuing-2`.

        Args:
            kind: `root` or `issuing`.
        """
        taken = [
            int(one.stem.partition("-")[2])
            for one in self.path.iterdir()
            if one.stem.startswith(f"{kind}-") and NAME.fullmatch(one.stem)
        ]
        return f"{kind}-{max(taken, default=0) + 1}"

    def add(self, signers: Mapping[str, Signer], passphrase: str, state: State) -> None:
        """Add certificates with their keys, and let them count, all together.

        Args:
            signers: by their names.
            passphrase: that is to open the keys.
            state: what `ca.json` shall tell then.

        Raises:
            UsageError: they cannot be written; the CA is as it was.
        """
        with _writing(self.path):
            try:
                for name, signer in signers.items():
                    _write_signer(self.path, name, signer, passphrase)
                write_json(self.path / STATE_FILE, state.document())
            except BaseException:
                if self._state() == self.state:
                    # They do not count, and would fill a disk that is full already.
                    for name in signers:
                        _remove_signer(self.path, name)
                raise
        self.state = state

    def _state(self) -> State:
        file = self.path / STATE_FILE
        try:
            told = json.loads(read_file(file, _WHAT))
            state = State(
                str(told["name"]),
                str(told["root"]),
                str(told["issuing"]),
                tuple(map(str, told["older"])),
                str(told["made_at"]),
            )
            if not all(map(NAME.fullmatch, (state.root, state.issuing, *state.older))):
                raise ValueError("it names a certificate that cannot be one of the CA")
        except PlaceError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _damaged(file, error) from error
        return state


def create(path: Path, signers: Mapping[str, Signer], passphrase: str, state: State) -> CaFolder:
    """Make the folder of a new CA: it is there whole, or not at all.

    Args:
        path: not there yet, or an empty folder.
        signers: its certificates with their keys, by name.
        passphrase: that is to open the keys.
        state: what `ca.json` shall tell.

    Raises:
        UsageError: something is there already, or it cannot be written; nothing was changed.
    """
    check_new(path)
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))  # 0700
        try:
            for name, signer in signers.items():
                _write_signer(draft, name, signer, passphrase)
            write_private(draft / INDEX_FILE, b"")
            write_json(draft / STATE_FILE, state.document())
            try:
                draft.rename(path)  # over an empty folder at most
            except OSError:
                check_new(path)  # another process may have made one meanwhile
                raise
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        sync_folder(path.parent)
    return CaFolder(path)


def check_new(path: Path) -> None:
    """Make sure that a CA may be made at a place.

    Args:
        path: of the folder.

    Raises:
        UsageError: something is there already, or others could change it.
    """
    require_trusted(path, _WHAT)
    if os.path.lexists(path) and not (path.is_dir() and not path.is_symlink() and not any(path.iterdir())):
        raise UsageError(
            f"{path} is there already; nothing was changed",
            code="ca",
            advice="Name another folder. To look at a CA that is there, type `mmpctl ca show` and its name.",
        )


def _write_signer(folder: Path, name: str, signer: Signer, passphrase: str) -> None:
    write_private(folder / f"{name}.key", seal(signer.key, passphrase))
    write_private(folder / f"{name}.cer", signer.certificate.public_bytes(Encoding.PEM))


def _remove_signer(folder: Path, name: str) -> None:
    for file in (folder / f"{name}.key", folder / f"{name}.cer"):
        file.unlink(missing_ok=True)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}); nothing was changed",
            code="ca",
            advice="Make room on the disk, or choose a folder in which you can write.",
        ) from error


def _damaged(file: Path, error: Exception) -> UsageError:
    why = error.strerror if isinstance(error, OSError) else str(error)
    return UsageError(
        f"{file} cannot be used ({why})", code="ca", advice="Put the file back from a backup of the CA folder."
    )
