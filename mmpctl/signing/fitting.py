"""Which certificate belongs to which request: recognised by the public key, completed to the root, and judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.chain import Chain, build_chain
from mmpctl.certificates.fitness import check_purpose, check_strength, check_validity
from mmpctl.findings.finding import Finding
from mmpctl.signing.containers import Found
from mmpctl.signing.requests import USES, NodeRequests


@dataclass(frozen=True, slots=True)
class Fitted:
    """The certificate for one request.

    Args:
        name: `server` or `client`.
        leaf: the certificate, and where it came from.
        path: from it up to the root, or of one that is incomplete, as far up as there are CAs.
    """

    name: str
    leaf: Found
    path: tuple[Certificate, ...]


@dataclass(slots=True)
class NodeAnswer:
    """What came for one node.

    Args:
        requests: of the node.
        fitted: what fits, by `server` and `client`.
        notes: what a person should know, one sentence each.
        missing: what is not there yet, one sentence each.
        incomplete: certificates that are fit, but whose CAs above are not all there, by `server` and `client`.
    """

    requests: NodeRequests
    fitted: dict[str, Fitted] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    incomplete: dict[str, Fitted] = field(default_factory=dict)


def fit(nodes: Sequence[NodeRequests], pool: Sequence[Found], now: datetime) -> tuple[list[NodeAnswer], list[str]]:
    """Give each request its certificate.

    Args:
        nodes: their requests.
        pool: all certificates that came, those of CAs among them.
        now: aware.

    Returns:
        What came for each node, in the order of the nodes; and a sentence for each certificate that belongs to nobody.
    """
    # Each node's file of CAs may hold the same ones.
    each_ca = {one.certificate.fingerprint_sha256: one.certificate for one in pool if one.certificate.is_ca}
    authorities = list(each_ca.values())
    leafs: dict[str, list[Found]] = defaultdict(list)
    for one in pool:
        # The same certificate may be in several files.
        if not one.certificate.is_ca:
            held = leafs[one.certificate.key_sha256]
            if all(each.certificate.fingerprint_sha256 != one.certificate.fingerprint_sha256 for each in held):
                held.append(one)
    answers = [_answer(requests, leafs, authorities, now) for requests in nodes]
    keys = {request.key_sha256 for node in nodes for request in node.requests.values()}
    nobody = [_nobodys(one, nodes) for key, held in leafs.items() if key not in keys for one in held]
    return answers, nobody


def bundle(answers: Sequence[NodeAnswer], trust: Sequence[Found] = ()) -> list[Certificate]:
    """Return the CAs of one cluster's certificates, each once: those in between first, the roots last.

    Args:
        answers: of the nodes of one cluster.
        trust: what the CA that signed them hands out beside, such as its older root while there are two.
    """
    held: dict[str, Certificate] = {}
    for answer in answers:
        for one in answer.fitted.values():
            held.update((each.fingerprint_sha256, each) for each in one.path[1:])
    if any(one.certificate.fingerprint_sha256 in held for one in trust):
        held.update((one.certificate.fingerprint_sha256, one.certificate) for one in trust)
    return sorted(held.values(), key=lambda each: (each.self_issued, each.facts.subject, each.fingerprint_sha256))


def _answer(
    requests: NodeRequests, leafs: dict[str, list[Found]], authorities: list[Certificate], now: datetime
) -> NodeAnswer:
    answer = NodeAnswer(requests)
    theirs = {str(requests.file(name)) for name in USES}
    # What refuses a request is told where its certificate is missing; a `request.json` is not missed here.
    answer.notes += [one.message for one in requests.findings if not one.refuses or one.file not in theirs]
    for name in USES:
        if not requests.file(name).exists():
            continue
        if not requests.is_fit(name):
            answer.missing += _why_not_asked(requests, name)
            continue
        held = leafs.get(requests.requests[name].key_sha256, [])
        if not held:
            answer.missing.append(f"there is no certificate for {requests.file(name)}")
            continue
        _take(answer, name, held, authorities, now)
    return answer


def _why_not_asked(requests: NodeRequests, name: str) -> Iterator[str]:
    file = str(requests.file(name))
    for one in requests.findings:
        if one.file == file and one.refuses:
            yield f"{one.message}. {one.cure}"


def _take(answer: NodeAnswer, name: str, held: list[Found], authorities: list[Certificate], now: datetime) -> None:
    """Take the best of the certificates that came for a request, if one is fit."""
    file = answer.requests.file(name)
    judged = [(one, list(_judged(one.certificate, name, file.with_suffix(".cer").name, now))) for one in held]
    fit_ones = [one for one, findings in judged if not any(each.refuses for each in findings)]
    if not fit_ones:
        for one, findings in judged:
            words = "; ".join(each.message for each in findings if each.refuses)
            answer.missing.append(f"the certificate for {file} from {one.origin} is not fit: {words}")
        return
    best, chain = _best(fit_ones, authorities)
    if len(held) > 1:
        is_longest = best is max(fit_ones, key=_end)
        why = "lasts longest" if is_longest else "lasts longest of those whose CAs above are here"
        answer.notes.append(
            f"{len(held)} certificates came for {file}: the one from {best.origin} was taken, which {why}"
        )
    if chain.problem:
        lacks = (
            f"its CA [{chain.lacks}] is in none of the files"
            if len(chain.path) == 1
            else (f"the CA above, [{chain.lacks}], is in none of the files")
        )
        why = lacks if chain.lacks else chain.problem
        answer.missing.append(f"the certificate for {file} (from {best.origin}) is not complete: {why}")
        answer.incomplete[name] = Fitted(name, best, chain.path)
        return
    answer.notes += [each.message for one, found in judged if one is best for each in found]
    answer.fitted[name] = Fitted(name, best, chain.path)


def _best(fit_ones: list[Found], authorities: list[Certificate]) -> tuple[Found, Chain]:
    """Return the one that lasts longest of those whose CAs above are all there; if there is none, of all."""
    roots = [one for one in authorities if one.self_issued]
    longest_first = sorted(fit_ones, key=_end, reverse=True)
    chains = ((one, build_chain(one.certificate, authorities, roots)) for one in longest_first)
    first = next(chains)
    return first if not first[1].problem else next((each for each in chains if not each[1].problem), first)


def _end(one: Found) -> datetime:
    return one.certificate.facts.not_after


def _judged(certificate: Certificate, name: str, file: str, now: datetime) -> Iterator[Finding]:
    yield from check_purpose(certificate, USES[name], file)
    yield from check_validity(certificate.facts, file, now)
    yield from check_strength(certificate, file)


def _nobodys(one: Found, nodes: Sequence[NodeRequests]) -> str:
    names = set(one.certificate.common_names)
    alike = [
        str(node.file(name))
        for node in nodes
        for name, request in node.requests.items()
        if names & set(request.common_names)
    ]
    told = f"{one.certificate.facts.subject} from {one.origin} belongs to none of the requests"
    if len(alike) == 1:
        return f"{told}: it has the name that {alike[0]} asks for, but another key, so it answers another request"
    return told
