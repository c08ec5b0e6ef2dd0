"""What is in use on nodes, out of audits: one that was saved as JSON, or those that a history has kept."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path

from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.cluster.in_use import InUse, NodeInUse
from mmpctl.documents.checked import DocumentError, checked
from mmpctl.documents.kept import KeptAudit, KeptCertificate
from mmpctl.errors import UsageError
from mmpctl.history.changes import seen_in
from mmpctl.severity import Severity
from mmpctl.times import read_iso

_DATABASE = "database "
# As many audits are looked through for a node that was silent: a month of nights.
_BACK = 30
_ADVICE = "Make it with `mmpctl audit -o json --output-file FILE`."


def read_audit(file: Path) -> KeptAudit:
    """Read an audit that was saved as JSON.

    Args:
        file: the file.

    Raises:
        UsageError: it cannot be read, or is no audit.
    """
    try:
        if not file.is_file():  # a pipe would block
            raise UsageError(f"{file} is not a file", advice=_ADVICE)
        told = json.loads(file.read_bytes())
    except OSError as error:
        raise UsageError(f"{file} cannot be read ({error.strerror})", advice=_ADVICE) from error
    except (ValueError, RecursionError):
        raise UsageError(f"{file} is not JSON", advice=_ADVICE) from None
    try:
        audit = checked(told, KeptAudit, str(file))
        read_iso(audit["at"])
    except DocumentError as error:
        raise UsageError(error.message, advice=_ADVICE) from error
    except ValueError:
        raise UsageError(f"{file} does not say when the audit was made", advice=_ADVICE) from None
    return audit


def in_use_of(audits: Iterable[KeptAudit], names: Collection[str]) -> dict[str, NodeInUse]:
    """Return what nodes have in use, each as the last audit that saw it shows it.

    Args:
        audits: the last one first.
        names: of the nodes.

    Returns:
        By name; without nodes that none of the audits has seen.
    """
    found: dict[str, NodeInUse] = {}
    for audit in islice(audits, _BACK):
        for name, node in seen_in(audit, frozenset(names) - found.keys()).items():
            found[name] = NodeInUse(read_iso(audit["at"]), dict(_of_node(node["certificates"])))
        if found.keys() >= set(names):
            break
    return found


def _of_node(certificates: Iterable[KeptCertificate]) -> Iterator[tuple[str, InUse]]:
    # Of several in one place, the first to end is yielded last, and stays.
    of_database = (one for one in certificates if one["use"].startswith(_DATABASE) and one["not_after"])
    for one in sorted(of_database, key=lambda each: each["not_after"] or "", reverse=True):
        in_use = _in_use(one)
        if in_use is not None:
            yield one["use"], in_use


def _in_use(one: KeptCertificate) -> InUse | None:
    try:
        begin, end = read_iso(one.get("not_before") or ""), read_iso(one["not_after"] or "")
    except ValueError:
        return None
    facts = CertificateFacts(
        subject=one["subject"] or "",
        issuer=one["issuer"] or "",
        serial=one["serial"] or "",
        not_before=begin,
        not_after=end,
        signature_algorithm="",
        public_key_algorithm="",
        public_key_bits=None,
    )
    names = one.get("names")
    return InUse(one["file"], facts, None if names is None else tuple(names), one["severity"] == Severity.OK)
