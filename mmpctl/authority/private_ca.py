"""A private CA: made, its issuing certificate renewed, its root replaced."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from cryptography import x509

from mmpctl.authority import ca_folder as folders
from mmpctl.authority.ca_folder import CaFolder
from mmpctl.authority.ca_state import State
from mmpctl.authority.issue import Signer, ca_name, make_issuing, make_root
from mmpctl.authority.issuer import held, require_begun
from mmpctl.authority.profile import KeyKind, LifeTimes, make_key
from mmpctl.errors import UsageError
from mmpctl.times import iso


def make(
    path: Path, owner: str, passphrase: str, now: datetime, kind: KeyKind, lives: LifeTimes | None = None
) -> CaFolder:
    """Make a CA: a root and an issuing certificate.

    Args:
        path: the folder, not there yet or empty.
        owner: whose CA it is; stands in the names of its certificates.
        passphrase: that is to open its keys.
        now: aware.
        kind: of its keys.
        lives: how long its certificates last.

    Returns:
        Its folder.

    Raises:
        UsageError: it cannot be made; nothing was changed.
    """
    folders.check_new(path)
    lives = lives or LifeTimes()
    root = _root(owner, "root-1", kind, now, lives)
    issuing = _issuing(owner, "issuing-1", root, kind, now, lives)
    state = State(owner, "root-1", "issuing-1", (), iso(now))
    return folders.create(path, {"root-1": root, "issuing-1": issuing}, passphrase, state)


def renew(
    path: Path, passphrase: str, now: datetime, kind: KeyKind, lives: LifeTimes | None = None, *, with_root: bool
) -> CaFolder:
    """Give a CA a new issuing certificate, and a new root as well if that is wanted.

    What was current before is handed out beside the new ones (`trusted`), until `drop_older`.

    Args:
        path: the folder.
        passphrase: that opens its keys.
        now: aware.
        kind: of the new keys.
        lives: how long the new certificates last.
        with_root: make a new root as well.

    Returns:
        Its folder.

    Raises:
        UsageError: it cannot be done; the CA is as it was.
    """
    lives = lives or LifeTimes()
    with held(path) as (ca, _):
        before = ca.state
        name, made = before.root, dict[str, Signer]()
        # The passphrase has to open what is there: one passphrase for all keys of a CA.
        root = ca.signer(before.root, passphrase)
        if with_root:
            name = ca.next_name("root")
            root = made[name] = _root(before.name, name, kind, now, lives)
        elif root.certificate.not_valid_after_utc <= now:
            raise UsageError(
                f"the root certificate {before.root}.cer of {path} has expired",
                code="ca",
                advice=f"Make a new root with `mmpctl ca renew {shlex.quote(str(path))} --root`.",
            )
        require_begun(root.certificate, path / f"{name}.cer", now)
        issuing = ca.next_name("issuing")
        made[issuing] = _issuing(before.name, issuing, root, kind, now, lives)
        older = (before.issuing, *([before.root] if with_root else []), *before.older)
        ca.add(made, passphrase, replace(before, root=name, issuing=issuing, older=older))
    return ca


def drop_older(path: Path) -> CaFolder:
    """Hand out only the current root and issuing certificate from now on; the files of the older ones stay.

    Args:
        path: the folder.

    Raises:
        UsageError: it cannot be written.
    """
    with held(path) as (ca, _):
        ca.add({}, "", replace(ca.state, older=()))
    return ca


def certificates(ca: CaFolder) -> Mapping[str, x509.Certificate]:
    """Return the certificates that count, the current root first, by their names.

    Args:
        ca: the folder.
    """
    state = ca.state
    return MappingProxyType({name: ca.certificate(name) for name in (state.root, state.issuing, *state.older)})


def _root(owner: str, name: str, kind: KeyKind, now: datetime, lives: LifeTimes) -> Signer:
    key = make_key(kind)
    return Signer(make_root(ca_name(owner, name.replace("-", " ")), key, now, lives.root_days), key)


def _issuing(owner: str, name: str, root: Signer, kind: KeyKind, now: datetime, lives: LifeTimes) -> Signer:
    key = make_key(kind)
    return Signer(make_issuing(ca_name(owner, name.replace("-", " ")), key, root, now, lives.issuing_days), key)
