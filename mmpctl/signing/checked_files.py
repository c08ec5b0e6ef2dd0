"""New files that were checked: what each of them holds, and what is wrong with it. Other processes can send it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from mmpctl.certificates.fitness import Use
from mmpctl.certificates.loaded_set import LoadedSet
from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.cluster.role import Role
from mmpctl.documents.issuing.check import CheckedFileDocument, CheckedNodeDocument
from mmpctl.enums import Word
from mmpctl.findings.finding import Finding, distinct, finding_document
from mmpctl.times import iso


class Given(Word):
    """What the folder has for a node."""

    CERTIFICATES = "certificates"
    REQUESTS = "requests"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file of certificates, or a request.

    Args:
        file: its path.
        use: what it is for.
        subject: of the node's own certificate, of the first CA, or of the request; None if it cannot be read.
        facts: of the same certificate; None of a request.
        number: how many certificates it holds.
        findings: what is wrong with it, and with the key that goes with it.
        names: that a request asks for.
    """

    file: str
    use: Use
    subject: str | None = None
    facts: CertificateFacts | None = None
    number: int = 0
    findings: tuple[Finding, ...] = ()
    names: tuple[str, ...] = ()

    def document(self) -> CheckedFileDocument:
        """Return the file as the JSON of the contract."""
        facts = self.facts
        return {
            "file": self.file,
            "use": self.use.value,
            "subject": self.subject,
            "issuer": facts.issuer if facts else None,
            "serial": facts.serial if facts else None,
            "not_before": iso(facts.not_before) if facts else None,
            "not_after": iso(facts.not_after) if facts else None,
            "certificates": self.number,
            "findings": [finding_document(one) for one in self.findings],
        }


@dataclass(frozen=True, slots=True)
class CheckedNode:
    """The files for one node.

    Args:
        name: inventory name.
        role: in its cluster.
        given: what there is for it.
        files: in the order of the device's command.
        findings: what is wrong beside the files.
        valid_until: when the first certificate that it depends on expires, aware, UTC; None if none can be read.
    """

    name: str
    role: Role
    given: Given
    files: tuple[CheckedFile, ...] = ()
    findings: tuple[Finding, ...] = ()
    valid_until: datetime | None = None

    @property
    def fit(self) -> bool:
        """Whether nothing stands against the use of these files."""
        return not any(one.refuses for one in self.everything())

    def everything(self) -> Iterator[Finding]:
        """Yield all findings, those of the files first."""
        for file in self.files:
            yield from file.findings
        yield from self.findings

    def document(self) -> CheckedNodeDocument:
        """Return the node as the JSON of the contract."""
        return {
            "name": self.name,
            "role": self.role.value,
            "fit": self.fit,
            "given": self.given.value,
            "valid_until": iso(self.valid_until) if self.valid_until else None,
            "files": [file.document() for file in self.files],
            "findings": [finding_document(one) for one in self.findings],
        }

    def with_findings(self, more: Iterable[Finding]) -> CheckedNode:
        """Return the same with those of some findings that are about its files: of two that do not fit, about both.

        Args:
            more: on files of any node.
        """
        told = [*more]
        files = (
            replace(
                one, findings=distinct((*one.findings, *(each for each in told if one.file in (each.file, each.other))))
            )
            for one in self.files
        )
        return replace(self, files=tuple(files))


def checked_files(
    loaded: LoadedSet, findings: Iterable[Finding]
) -> tuple[tuple[CheckedFile, ...], tuple[Finding, ...]]:
    """Give each file of certificates of a node its findings; those of a key go to its certificate.

    Args:
        loaded: the files of the node.
        findings: of all of them.

    Returns:
        The files, and the findings that are about none of them.
    """
    left = [*findings]

    def taken(*files: str) -> tuple[Finding, ...]:
        mine = tuple(one for one in left if one.file in files)
        left[:] = [one for one in left if one.file not in files]
        return mine

    made = []
    for pair in loaded.pairs:
        held, facts = pair.certificate.certificates, pair.leaf.facts if pair.leaf else None
        found = taken(pair.certificate_file, pair.key_file)
        subject = facts.subject if facts else None
        made.append(CheckedFile(pair.certificate_file, pair.use, subject, facts, len(held), found))
    authorities = loaded.authority.certificates
    first = next(
        (each.facts for each in authorities if each.self_issued), authorities[0].facts if authorities else None
    )
    found = taken(loaded.ca_file)
    subject = first.subject if first else None
    made.append(CheckedFile(loaded.ca_file, Use.CA, subject, first, len(authorities), found))
    return tuple(made), tuple(left)
