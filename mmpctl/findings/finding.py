"""One thing that is wrong with a file, a node or a cluster, and its cure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from sys import intern

from mmpctl.documents.finding import FindingDocument
from mmpctl.errors import RefusedError
from mmpctl.findings import FLEET_RULES, RULES
from mmpctl.severity import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of the contract.

    Args:
        id: stable word, a key of `RULES`.
        severity: how bad it is; never `ok`.
        file: path here, or name on the device.
        message: what is wrong.
        cure: what to do about it.
        why: it matters; empty if that is plain from the message.
        other: another file that it is about; empty if there is none.
    """

    id: str
    severity: Severity
    file: str
    message: str
    cure: str
    why: str = ""
    other: str = ""

    @property
    def refuses(self) -> bool:
        """A file with this finding must not be installed."""
        return self.severity in (Severity.EXPIRED, Severity.UNFIT, Severity.UNKNOWN)


def finding(id_: str, file: str, **words: str) -> Finding:
    """Return a finding of the table, for a file that shall be installed.

    Args:
        id_: a key of `RULES`, or of `FLEET_RULES`.
        file: path here, or name on the device; empty for a node or a cluster as a whole.
        **words: what the texts of this rule need.
    """
    rule = FLEET_RULES[id_] if id_ in FLEET_RULES else RULES[id_]
    filled = {**words, "file": file, "quoted": shlex.quote(file)}
    message, cure = rule.message.format(**filled), rule.cure.format(**filled)
    # Thousands of nodes have the same cure, and many the same message.
    return Finding(id_, rule.severity, file, intern(message), intern(cure), rule.why, words.get("other", ""))


def finding_document(found: Finding) -> FindingDocument:
    """Return a finding as the JSON of the contract.

    Args:
        found: any.
    """
    return {
        "id": found.id,
        "severity": found.severity,
        "message": found.message,
        "why": found.why,
        "cure": found.cure,
    }


def as_deployed(found: Finding) -> Finding:
    """Return the same finding on a file that is in use already, with the severity that it has there."""
    return replace(found, severity=RULES[found.id].deployed or found.severity)


def refusal(found: Finding, node: str | None = None) -> RefusedError:
    """Return the finding as an error, for callers who cannot go on without the file.

    Args:
        found: the finding.
        node: inventory name of the node that it is about.
    """
    return RefusedError(found.message, code=found.id, node=node, advice=found.cure)


def distinct(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings in their order, each once."""
    return tuple(dict.fromkeys(findings))
