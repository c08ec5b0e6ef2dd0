"""The way from a certificate up to a root of the CA file, every signature verified."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

from mmpctl.certificates.certificate import Certificate
from mmpctl.cluster.certificate_facts import same_name

_DEEPEST = 100  # as OpenSSL has it
# Signatures that are tried on the way up: of more CAs with one name, none is a CA that anybody works with.
_TRIES = 100
# Verdicts by certificate and key, which many chains share; forgotten all at once, so that they do not pile up.
_MOST_VERDICTS = 50_000
_verdicts: dict[tuple[str, str], bool | None] = {}


@dataclass(frozen=True, slots=True)
class Chain:
    """How far up a certificate leads.

    Args:
        path: the certificate itself first; up to the root if there is no problem.
        problem: why the root is not reached, or an empty string.
        lacks: the name of the CA that is not there, if that is the problem.
    """

    path: tuple[Certificate, ...]
    problem: str = ""
    lacks: str = ""


def build_chain(leaf: Certificate, helpers: Sequence[Certificate], roots: Sequence[Certificate]) -> Chain:
    """Find a way from a certificate to a self-signed one of the CA file, as PostgreSQL's `verify-ca` demands it.

    Args:
        leaf: where to begin.
        helpers: the CAs in between that come with the certificate.
        roots: the certificates of the CA file.
    """
    trusted = {root.fingerprint_sha256 for root in roots}
    # Of several CAs with one name and key, the one that lasts longest is the one to lean on.
    pool = sorted((*roots, *helpers), key=lambda each: each.facts.not_after, reverse=True)
    seen: set[str] = set()
    best = Chain((), "")
    left = _TRIES

    def made_by(top: Certificate, issuer: Certificate) -> bool:
        nonlocal left
        left -= 1
        return left >= 0 and signed_by(top, issuer)

    def climb(path: tuple[Certificate, ...]) -> Chain | None:
        nonlocal best
        top = path[-1]
        seen.add(top.fingerprint_sha256)
        if top.self_issued and made_by(top, top):
            if top.fingerprint_sha256 in trusted:
                return Chain(path)
            lacks, problem = "", f"{_name(top.facts.subject)} is self-signed, and is not in the CA file"
        else:
            named = [each for each in pool if same_name(each.facts.subject, top.facts.issuer)]
            signers = [each for each in named if made_by(top, each)]
            for signer in signers if len(path) < _DEEPEST else ():
                if signer.fingerprint_sha256 not in seen and (chain := climb((*path, signer))):
                    return chain
            lacks = "" if named or left < 0 else top.facts.issuer
            unsure = left >= 0 and not signers and any(_verdict(top, each) is None for each in named)
            problem = _why(top, named=bool(named), signed=bool(signers), tried=left >= 0, unsure=unsure)
        if len(path) > len(best.path):
            best = Chain(path, problem, lacks)
        return None

    return climb((leaf,)) or best


def signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Return whether the issuer's key made the certificate's signature; names are not looked at.

    Args:
        certificate: that is signed.
        issuer: whose key may have signed it.
    """
    return _verdict(certificate, issuer) is True


def _verdict(certificate: Certificate, issuer: Certificate) -> bool | None:
    """Return whether the issuer's key made the signature; None if that cannot be checked here."""
    pair = (certificate.fingerprint_sha256, issuer.key_sha256)
    with suppress(KeyError):
        return _verdicts[pair]
    try:
        verdict = _verify(certificate, issuer)
    except UnsupportedAlgorithm:
        verdict = None
    if len(_verdicts) >= _MOST_VERDICTS:
        _verdicts.clear()
    _verdicts[pair] = verdict
    return verdict


def _verify(certificate: Certificate, issuer: Certificate) -> bool:
    key, signed = issuer.public_key, certificate.x509
    signature, content = certificate.signature, certificate.content
    try:
        # By hand: the library's own check refuses SHA-1, which a root's own signature may well be made with.
        how, digest = signed.signature_algorithm_parameters, signed.signature_hash_algorithm
        if isinstance(key, rsa.RSAPublicKey) and isinstance(how, padding.PKCS1v15 | padding.PSS) and digest:
            key.verify(signature, content, how, digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(how, ec.ECDSA):
            key.verify(signature, content, how)
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signature, content)
        elif isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) and (how is not None or digest is None):
            return False  # the signature is of another kind than the key
        else:
            raise UnsupportedAlgorithm("neither MD5 nor a key of this kind verifies anything here")
    except (InvalidSignature, ValueError):
        return False
    return True


def _why(top: Certificate, *, named: bool, signed: bool, tried: bool, unsure: bool) -> str:
    issuer = _name(top.facts.issuer)
    if not tried:
        return f"too many CAs have the name {issuer}; not all of them were tried"
    if signed:
        return f"the chain from {issuer} runs in a circle or is too long, and reaches no root"
    if unsure:
        return f"whether {issuer} signed it cannot be checked: it is signed with {top.facts.signature_algorithm}"
    if named:
        return f"the CA certificate with the name {issuer} did not sign it; it belongs to another CA of the same name"
    return f"its issuer {issuer} is in neither file"


def _name(subject: str) -> str:
    return f"[{subject}]"
