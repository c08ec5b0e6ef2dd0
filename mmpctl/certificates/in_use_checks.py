"""Judge a certificate file that is in use on a device."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.certificate_places import DATABASE, Place
from mmpctl.certificates.chain import build_chain
from mmpctl.certificates.fitness import (
    Use,
    check_life,
    check_purpose,
    check_service,
    check_small_rsa,
    check_strength,
    check_validity,
    is_named_client,
)
from mmpctl.certificates.new_set_checks import outlived
from mmpctl.certificates.pair import order_findings
from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.defaults import DUE_DAYS
from mmpctl.findings.finding import Finding, as_deployed, distinct, finding

# As the device prints a subject; a value with commas is quoted, or they are escaped.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAMED_POSTGRES = re.compile(r"(?:^|(?<!\\)[,/+]\s*)CN\s*=\s*postgres\s*(?:$|[,/+])")

_PURPOSES = {Use.SERVER.value: Use.SERVER, Use.CLIENT.value: Use.CLIENT}


def leaf_of(certificates: Sequence[Certificate]) -> Certificate:
    """Return the node's own certificate in a file: the first that is no CA's, else the first.

    Args:
        certificates: what the file holds; at least one.
    """
    return next((each for each in certificates if not each.is_ca), certificates[0])


def check_leaf(
    certificates: Sequence[Certificate],
    place: Place,
    *,
    now: datetime,
    due_days: int = DUE_DAYS,
    authority: Sequence[Certificate] = (),
    fits: bool | None = None,
) -> tuple[Finding, ...]:
    """Check the own certificate of a node or service, with the chain that its file holds.

    Args:
        certificates: what the file holds, in its order; at least one.
        place: where it is used.
        now: aware.
        due_days: days of warning before a certificate expires.
        authority: what the CA file of the place holds.
        fits: what the device reports of key and certificate; None if it gave no verdict.
    """
    file, leaf = place.file, leaf_of(certificates)
    found = [*check_validity(leaf.facts, file, now, due_days), *_strength(leaf, place)]
    if place.use in _PURPOSES:
        found += check_purpose(leaf, _PURPOSES[place.use], file)
    else:
        found += [*check_service(leaf, place.use, file), *check_life(leaf, file)]
    if fits is False:
        found.append(finding("key-mismatch", place.key or file, other=file))
    found += _chain_findings(certificates, leaf, place, authority)
    return distinct(map(as_deployed, found))


def _chain_findings(
    held: Sequence[Certificate], leaf: Certificate, place: Place, authority: Sequence[Certificate]
) -> Iterator[Finding]:
    file, where = place.file, "the CA file in use"
    if place.service == DATABASE:
        # PostgreSQL's verify-ca: up to a root of the CA file.
        chain = build_chain(leaf, held, authority)
        if chain.problem and authority:
            yield finding("chain", file, other=where, detail=chain.problem)
    else:
        # A service shows its certificate and the CAs in between; the root is with those who look.
        chain = build_chain(leaf, held, (*authority, *held))
        beside = [each for each in (*authority, *held) if each.is_ca and each is not leaf]
        if beside and len(chain.path) == 1 and not leaf.self_issued:
            yield finding("chain", file, other=where if authority else "a CA", detail=chain.problem)
    yield from order_findings(held, leaf, chain.path, file)
    # The CA file has a row of its own; here it is told of the certificate that will stop with it.
    yield from (replace(each, file=file) for each in outlived(chain.path, file, where, authority))


def _strength(certificate: Certificate, place: Place) -> Iterator[Finding]:
    """Yield the findings of weak keys and signatures; kinds of key are judged for databases only."""
    for each in check_strength(certificate, place.file, root=certificate.self_issued):
        if place.service == DATABASE or each.id not in ("key-type", "curve"):
            yield each


def exchanged(server: Certificate, client: Certificate) -> bool:
    """Return whether a database's two certificates are in each other's place: the one name of a client is the server's.

    Args:
        server: the own certificate in the server's place.
        client: likewise.
    """
    return is_named_client(server) and not is_named_client(client)


def check_other(
    certificate: Certificate, place: Place, *, now: datetime, due_days: int = DUE_DAYS
) -> tuple[Finding, ...]:
    """Check a certificate of a bundle, or a CA beside a leaf.

    Args:
        certificate: one of the file.
        place: where the file is used.
        now: aware.
        due_days: days of warning before it expires.
    """
    file = place.file
    found = [
        *check_validity(certificate.facts, file, now, due_days),
        *_strength(certificate, place),
    ]
    # A service may trust another one's own certificate; a database cluster trusts CAs.
    if place.service == DATABASE and not certificate.is_ca:
        found.append(finding("not-a-ca", file, detail=certificate.facts.subject))
    return distinct(map(as_deployed, found))


def _is_sha1(facts: CertificateFacts) -> bool:
    return "sha1" in facts.signature_algorithm.lower().replace("-", "")


def check_inspected(
    facts: CertificateFacts,
    place: Place,
    *,
    now: datetime,
    due_days: int = DUE_DAYS,
    fits: bool | None = None,
    own: bool = True,
) -> tuple[Finding, ...]:
    """Check a certificate of which only the device's own words are known.

    Args:
        facts: by `pki inspect`.
        place: where the file is used.
        now: aware.
        due_days: days of warning before it expires.
        fits: what the device reports of key and certificate; None if it gave no verdict.
        own: it is the node's or service's own, not a CA's.
    """

    def findings() -> Iterator[Finding]:
        yield from check_validity(facts, place.file, now, due_days)
        yield from check_small_rsa(facts, place.file)
        if _is_sha1(facts) and facts.subject != facts.issuer:
            yield finding("sha1", place.file, algorithm=facts.signature_algorithm, detail=facts.subject)
        if own and place.use == Use.CLIENT.value and not _NAMED_POSTGRES.search(_QUOTED.sub('""', facts.subject)):
            yield finding("client-cn", place.file, detail=repr(facts.subject))
        if fits is False and place.key:
            yield finding("key-mismatch", place.key, other=place.file)

    return distinct(map(as_deployed, findings()))
