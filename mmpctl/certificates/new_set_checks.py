"""Check the files for one node before a device is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.chain import Chain, build_chain
from mmpctl.certificates.fitness import check_purpose, check_strength, check_validity
from mmpctl.certificates.loaded_set import LoadedSet
from mmpctl.certificates.pair import Pair, key_findings, order_findings, swapped_findings
from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.defaults import DUE_DAYS
from mmpctl.findings.finding import Finding, distinct, finding

_NOTHING: Mapping[str, CertificateFacts] = MappingProxyType({})


def check_set(
    given: LoadedSet,
    now: datetime,
    present: Mapping[str, CertificateFacts] = _NOTHING,
    due_days: int = DUE_DAYS,
) -> tuple[Finding, ...]:
    """Check the files for one node, all of them and against each other.

    Args:
        given: the files.
        now: aware.
        present: the certificates in use on the node, by `server.cer` and `client.cer`; the new ones must last longer.
        due_days: days of warning before a certificate expires.

    Returns:
        Findings in the order of the files; none for a good set.
    """
    pairs, ca, ca_file = given.pairs, given.authority, given.ca_file
    swapped = tuple(swapped_findings(pairs, ca, ca_file))
    if swapped:  # everything else that could be told would only follow from it
        return swapped
    found: list[Finding] = []
    for pair in pairs:
        found += pair.key.findings
        found += pair.certificate.findings
        found += key_findings(pair)
        if pair.leaf:
            found += _leaf_findings(
                pair, pair.leaf, authority=ca.certificates, ca_file=ca_file, now=now, due_days=due_days
            )
            found += _not_longer(pair, pair.leaf.facts, present.get(pair.name))
    found += ca.findings
    found += (finding("not-a-ca", ca_file, detail=each.facts.subject) for each in ca.certificates if not each.is_ca)
    return distinct(found)


def _leaf_findings(
    pair: Pair, leaf: Certificate, *, authority: tuple[Certificate, ...], ca_file: str, now: datetime, due_days: int
) -> Iterator[Finding]:
    """Yield the findings of the leaf and of every certificate on its way to the root, each with its file."""
    file = pair.certificate_file
    yield from check_purpose(leaf, pair.use, file)
    # A CA file that cannot be read has its own findings; what follows from them is not told again.
    chain = build_chain(leaf, pair.certificate.certificates, authority) if authority else Chain((leaf,))
    if chain.problem:
        yield finding("chain", file, other=ca_file, detail=chain.problem)
    yield from order_findings(pair.certificate.certificates, leaf, chain.path, file)
    for each in chain.path:
        place = ca_file if each in authority else file
        yield from check_validity(each.facts, place, now, due_days)
        yield from check_strength(each, place, root=each.self_issued)
        if each is not leaf and not each.is_ca:
            yield finding("not-a-ca", place, detail=each.facts.subject)
    yield from outlived(chain.path, file, ca_file, authority)


def outlived(
    path: Sequence[Certificate], file: str, ca_file: str, authority: Sequence[Certificate]
) -> Iterator[Finding]:
    """CAs that end before the leaf does.

    Args:
        path: from the leaf up.
        file: the file of the leaf, for the finding.
        ca_file: what to call the CA file.
        authority: what that file holds.
    """
    for each in path[1:]:
        if each.facts.not_after < path[0].facts.not_after:
            place = ca_file if each in authority else file
            dates = {"ca_date": f"{each.facts.not_after:%Y-%m-%d}", "date": f"{path[0].facts.not_after:%Y-%m-%d}"}
            yield finding("ca-expires-first", place, other=file, **dates)


def _not_longer(pair: Pair, facts: CertificateFacts, in_use: CertificateFacts | None) -> Iterator[Finding]:
    """Yield a finding if the new certificate gains no time; the very same certificate is not judged."""
    if in_use is None or (facts.serial, facts.issuer) == (in_use.serial, in_use.issuer):
        return
    if facts.not_after <= in_use.not_after:
        dates = {"date": f"{facts.not_after:%Y-%m-%d}", "present": f"{in_use.not_after:%Y-%m-%d}"}
        yield finding("not-longer", pair.certificate_file, **dates)
