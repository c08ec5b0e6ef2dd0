"""Compare the operator's files with those in use: do they come from a new CA, or belong to another cluster?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mmpctl.certificates.binary import CERTIFICATE
from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.files import CertificateSet
from mmpctl.certificates.read import read
from mmpctl.certificates.source_file import SourceFile
from mmpctl.renewal.jobs.database_cluster.observation import Sight


def origin_notes(
    sight: Sight, sets: Mapping[str, CertificateSet], certs: Path, others: Iterable[Sight]
) -> Iterator[str]:
    """Yield what the operator should know of where the new files come from, one sentence each.

    Args:
        sight: the cluster as it was observed.
        sets: the operator's files by inventory name.
        certs: the folder that `--certs` names.
        others: the other clusters that were looked at.
    """
    names = {node.name for node in sight.cluster.nodes}
    for folder in sorted(certs.glob(f"{sight.cluster.name}/*/")):
        if folder.name not in names and any(folder.glob("*.cer")):
            yield (
                f"{folder} holds files for {folder.name}, which is no node of {sight.cluster.name} in the inventory: "
                "if the cluster has such a node, add it to the inventory first"
            )
    given = {each.fingerprint_sha256: each for one in sets.values() for each in _certificates(one.ca_certificate)}
    present = _authorities(sight)
    if not given or not present or present.keys() & given.keys():
        return
    new, old = _subjects(given.values()), _subjects(present.values())
    theirs = [one.cluster.name for one in others if _authorities(one).keys() & given.keys()]
    if theirs:
        yield (
            f"the CA of the new files ({new}) is used by {', '.join(theirs)}, and by no node of "
            f"{sight.cluster.name} now ({old}): these may be the files of another cluster"
        )
    else:
        yield (
            f"the CA of the new files ({new}) is used by no node of {sight.cluster.name} now ({old}): make sure that "
            "the CA is meant to change"
        )


def files_elsewhere(sets: Mapping[str, CertificateSet], others: Iterable[Sight]) -> Iterator[str]:
    """Yield the new certificates that another cluster's nodes use already, one sentence each.

    Args:
        sets: the operator's files by inventory name.
        others: the other clusters that were looked at.
    """
    own = {
        each.fingerprint_sha256: file.path
        for one in sets.values()
        for file in (one.server_certificate, one.client_certificate)
        if file is not None
        for each in _certificates(file)
        if not each.is_ca
    }
    for sight in others:
        for node, facts in sight.facts.items():
            used = {each.fingerprint_sha256 for file in facts.certificates.values() for each in file.certificates}
            for fingerprint in sorted(used & own.keys()):
                yield f"{own[fingerprint]} is in use on {node} of {sight.cluster.name}: is it that cluster's file?"


def _authorities(sight: Sight) -> dict[str, Certificate]:
    """Return the CAs that the nodes of a cluster use now, by fingerprint."""
    files = (
        facts.certificates.get(facts.status.certificates.ca_certificate or "")
        for facts in sight.facts.values()
        if facts.status is not None
    )
    return {each.fingerprint_sha256: each for file in files if file is not None for each in file.certificates}


def _certificates(file: SourceFile) -> tuple[Certificate, ...]:
    return read(file.content.reveal(), str(file.path), CERTIFICATE).certificates


def _subjects(certificates: Iterable[Certificate]) -> str:
    return "; ".join(sorted({each.facts.subject for each in certificates}))
