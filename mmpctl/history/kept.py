"""What a history knows of an audit: its nodes, their certificates, and the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WORST_FIRST = ("expired", "unfit", "unknown", "due", "ok")


@dataclass(frozen=True, slots=True)
class KeptCertificate:
    """One certificate in one place of a node.

    Args:
        use: what for, in the words of the audit.
        file: its name on the device.
        place: its place in the file, from 0.
        subject: None where nothing of it was known; likewise the next four.
        issuer: who signed it.
        serial: lower-case hex.
        sha256: fingerprint, lower-case hex.
        not_after: its end, ISO 8601 UTC.
        severity: how bad it was.
        findings: the ids of what was wrong with it.
    """

    use: str
    file: str | None
    place: int
    subject: str | None
    issuer: str | None
    serial: str | None
    sha256: str | None
    not_after: str | None
    severity: str
    findings: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether anything was known of it but its file."""
        return self.serial is not None or self.sha256 is not None

    def is_same(self, other: KeptCertificate) -> bool:
        """Whether both are known, and are one certificate.

        Args:
            other: of another audit.
        """
        if self.sha256 is not None and other.sha256 is not None:
            return self.sha256 == other.sha256
        # Where one was told by `pki inspect` alone, there is no fingerprint.
        return self.serial is not None and (self.serial, self.issuer, self.not_after) == (
            other.serial,
            other.issuer,
            other.not_after,
        )


@dataclass(frozen=True, slots=True)
class KeptNode:
    """One node that was asked.

    Args:
        name: of the inventory.
        cluster: None for a node without one.
        site: where it stands.
        error: why it was not seen; None where it was.
        certificates: in the order of the audit.
    """

    name: str
    cluster: str | None
    site: str | None
    error: str | None
    certificates: tuple[KeptCertificate, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptAudit:
    """An audit without its nodes.

    Args:
        number: in the database, growing.
        at: when it was made, ISO 8601 UTC.
        nodes: how many were asked.
        unseen: how many of them were not seen.
        counts: certificates by severity, worst first.
    """

    number: int
    at: str
    nodes: int
    unseen: int
    counts: Mapping[str, int]


def nodes_in(document: Mapping[str, Any]) -> Iterator[KeptNode]:
    """The nodes of an audit's document.

    Args:
        document: of `mmpctl audit`.
    """
    for cluster in document["clusters"]:
        for one in cluster["nodes"]:
            yield KeptNode(
                name=_text(one["name"]),
                cluster=_maybe(cluster["name"]),
                site=_maybe(one.get("site") or cluster.get("site")),
                error=None if one["reachable"] else _text(one.get("error") or "not seen"),
                certificates=tuple(_certificates(one["certificates"])),
            )


def _certificates(told: Sequence[Mapping[str, Any]]) -> Iterator[KeptCertificate]:
    met: Counter[tuple[str, str | None]] = Counter()
    for one in told:
        use, file = _text(one["use"]), _maybe(one["file"])
        place = one.get("place")
        yield KeptCertificate(
            use=use,
            file=file,
            place=met[use, file] if place is None else int(place),
            subject=_maybe(one["subject"]),
            issuer=_maybe(one["issuer"]),
            serial=_maybe(one["serial"]),
            sha256=_maybe(one.get("sha256")),
            not_after=_maybe(one["not_after"]),
            severity=one["severity"] if one["severity"] in WORST_FIRST else "unknown",
            findings=tuple(_text(finding["id"]) for finding in one["findings"]),
        )
        met[use, file] += 1


def _maybe(value: object) -> str | None:
    return None if value is None else _text(value)


def _text(value: object) -> str:
    # What a device says may hold letters that a database does not take.
    return str(value).encode("utf-8", "replace").decode().replace("\0", "\ufffd")
