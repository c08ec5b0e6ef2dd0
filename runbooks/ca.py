"""A private CA for those who have none: made, looked at, renewed."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from mmpctl.authority import index
from mmpctl.authority import private_ca as authority
from mmpctl.authority.ca_folder import CaFolder
from mmpctl.authority.profile import KeyKind, LifeTimes
from mmpctl.certificates.certificate import one_line
from mmpctl.documents.issuing.ca import CaCertificateDocument, CaDocument
from mmpctl.severity import Severity
from mmpctl.times import iso, now_utc

# Whoever changes an issuing certificate has to sign with it before anything ends; a root is changed more slowly.
_DUE_DAYS = {"root": 365, "issuing": 180}
_SHORT_PASSPHRASE = 12


def init(
    folder: Path,
    owner: str,
    passphrase: str,
    kind: KeyKind = KeyKind.RSA_3072,
    lives: LifeTimes | None = None,
    *,
    clock: Callable[[], datetime] = now_utc,
) -> CaDocument:
    """Make a CA with a root and an issuing certificate.

    Args:
        folder: not there yet, or empty.
        owner: whose CA it is; stands in the names of its certificates.
        passphrase: that is to open its keys.
        kind: of its keys.
        lives: how long its certificates last.
        clock: the present, aware.

    Raises:
        UsageError: it cannot be made; nothing was changed.
    """
    now = clock()
    ca = authority.make(folder, owner, passphrase, now, kind, lives)
    place = shlex.quote(str(folder))
    document = _document(ca, "ca init", now)
    document["notes"] += [
        f"Whoever has this folder and its passphrase can make certificates that your nodes trust. Keep a backup of "
        f"{place}, and keep the passphrase apart from it."
    ]
    if len(passphrase) < _SHORT_PASSPHRASE:
        document["notes"].append("The passphrase is short. A longer one withstands guessing much longer.")
    document["next"] = [f"mmpctl rotate --ca {place} --until-plan", f"mmpctl ca show {place}"]
    return document


def show(folder: Path, *, clock: Callable[[], datetime] = now_utc) -> CaDocument:
    """Tell of a CA; no key is opened.

    Args:
        folder: of the CA.
        clock: the present, aware.

    Raises:
        UsageError: it is no CA, or is damaged.
    """
    return _document(CaFolder(folder), "ca show", clock())


def renew(
    folder: Path,
    passphrase: str,
    kind: KeyKind = KeyKind.RSA_3072,
    lives: LifeTimes | None = None,
    *,
    with_root: bool = False,
    clock: Callable[[], datetime] = now_utc,
) -> CaDocument:
    """Give a CA a new issuing certificate, and a new root if that is wanted; what was current stays trusted beside it.

    Args:
        folder: of the CA.
        passphrase: that opens its keys.
        kind: of the new keys.
        lives: how long the new certificates last.
        with_root: make a new root as well.
        clock: the present, aware.

    Raises:
        UsageError: it cannot be done; the CA is as it was.
    """
    now = clock()
    document = _document(authority.renew(folder, passphrase, now, kind, lives, with_root=with_root), "ca renew", now)
    place = shlex.quote(str(folder))
    document["notes"].append(
        f"Certificates that it has signed stay valid. `mmpctl sign DIR --ca {place}` signs the requests in DIR "
        f"with the new certificate; --again, those that were signed before."
    )
    document["next"] = [f"mmpctl ca show {place}"]
    return document


def drop_older(folder: Path, *, clock: Callable[[], datetime] = now_utc) -> CaDocument:
    """End the time in which older certificates of a CA are handed out beside the current ones.

    Args:
        folder: of the CA.
        clock: the present, aware.

    Raises:
        UsageError: it cannot be written.
    """
    return _document(authority.drop_older(folder), "ca renew", clock())


def _document(ca: CaFolder, command: Literal["ca init", "ca show", "ca renew"], now: datetime) -> CaDocument:
    with index.opened(ca.path) as held:
        issued = list(held.entries)
    certificates = [_certificate(ca, name, now) for name in authority.certificates(ca)]
    place = shlex.quote(str(ca.path))
    return {
        "schema": 1,
        "command": command,
        "folder": str(ca.path),
        "name": ca.state.name,
        "certificates": certificates,
        "issued": [
            {
                "serial": one.serial,
                "subject": one.subject,
                "purpose": one.purpose.value,
                "node": one.node,
                "cluster": one.cluster,
                "issuer": one.issuer,
                "issued_at": iso(one.issued_at),
                "not_after": iso(one.not_after),
            }
            for one in issued
        ],
        "notes": [
            f"{one['file']} {'has expired' if one['severity'] == Severity.EXPIRED else 'expires soon'}. "
            f"Make a new one: `mmpctl ca renew {place}{' --root' if one['name'].startswith('root') else ''}`."
            for one in certificates
            if one["current"] and one["severity"] != Severity.OK
        ],
        "next": [],
    }


def _certificate(ca: CaFolder, name: str, now: datetime) -> CaCertificateDocument:
    held = ca.certificate(name)
    days = (held.not_valid_after_utc - now).days
    due = days < _DUE_DAYS[name.partition("-")[0]]
    severity = Severity.EXPIRED if held.not_valid_after_utc <= now else Severity.DUE if due else Severity.OK
    return {
        "name": name,
        "file": str(ca.path / f"{name}.cer"),
        "current": name in (ca.state.root, ca.state.issuing),
        "subject": one_line(held.subject),
        "serial": format(held.serial_number, "x"),
        "not_before": iso(held.not_valid_before_utc),
        "not_after": iso(held.not_valid_after_utc),
        "days_left": days,
        "severity": severity.value,
    }
