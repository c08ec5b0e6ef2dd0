"""The `pki` commands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from .authority import Authority, key_pem, make_key
from .cluster.handshake import certificates
from .inspect import inspect_text
from .node import CERTIFICATE_FILE, Node
from .reply import Reply, error, usage

_USAGE = usage(
    "pki list",
    "pki inspect <filename>",
    "pki match <key> <certificate>",
    "pki verify <cert> <cert bundle/CA cert> [<CA cert>]",
    "pki csr <key/cert basename> <attribute>:<value>",
    "pki selfsigned <key/cert basename> [<attribute>:<value>]",
)


_MADE = ("key", "csr")
_ATTRIBUTES = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
}


def pki(node: Node, arguments: Sequence[str]) -> Reply:
    """Run a `pki` command."""
    if arguments == ["list"]:
        return Reply("\n".join(["User supplied certificates and keys:", *node.certificate_files()]))
    verb, rest = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    if verb == "inspect" and len(rest) == 1:
        return Reply(inspect_text(_read(node, rest[0]), node.switches))
    act, least, most = _VERBS.get(verb, (None, 0, 0))
    return act(node, rest) if act is not None and least <= len(rest) <= most else _USAGE


def _read(node: Node, file: str) -> bytes | None:
    path = node.files / file
    return path.read_bytes() if CERTIFICATE_FILE.fullmatch(file) and path.is_file() else None


def _public(key: object) -> bytes:
    return key.public_bytes(  # type: ignore[attr-defined,no-any-return]
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _match(node: Node, files: Sequence[str]) -> Reply:
    key_file, certificate_file = files
    key, certificate = _read(node, key_file), _read(node, certificate_file)
    if key is None or certificate is None:
        return error(f"File {key_file if key is None else certificate_file} not found")
    chain = certificates(certificate)
    try:
        private = serialization.load_pem_private_key(key, None)
    except (ValueError, TypeError):
        return error(f"{key_file} is not a private key")
    if not chain:
        return error(f"{certificate_file} is not a certificate")
    if node.switches.match_says != "plain":
        return Reply("" if node.switches.match_says == "nothing" else "Verification complete")
    same = _public(private.public_key()) == _public(chain[0].public_key())
    return Reply("Key and certificate match" if same else "ERROR: Key and certificate do not match")


def _verify(node: Node, files: Sequence[str]) -> Reply:
    contents = [_read(node, file) for file in files]
    for file, content in zip(files, contents, strict=True):
        if content is None:
            return error(f"File {file} not found")
    leaf = certificates(contents[0] or b"")
    bundle = [certificate for content in contents[1:] for certificate in certificates(content or b"")]
    if leaf and any(_signed(leaf[0], issuer) for issuer in bundle):
        return Reply("Certificate verified")
    return Reply("ERROR: Certificate could not be verified")


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _csr(node: Node, arguments: Sequence[str]) -> Reply:
    base, *attributes = arguments
    if not CERTIFICATE_FILE.fullmatch(f"{base}.key"):
        return error("Invalid file name")
    values = dict(attribute.partition(":")[::2] for attribute in attributes)
    known = {"CN", "OU", "O", "ST", "C", "subjectAltName"} | ({"L"} if node.switches.csr_locality else set())
    if "CN" not in values or values.keys() - known:
        return _USAGE
    if node.switches.csr_taken == "refuses" and any((node.files / f"{base}.{kind}").exists() for kind in _MADE):
        return error(f"File {base}.key already exists")
    key = make_key("ec")
    parts = [x509.NameAttribute(_ATTRIBUTES[name], values[name]) for name in _ATTRIBUTES if name in values]
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(parts))
    if values.get("subjectAltName"):
        names = [x509.DNSName(part) for part in values["subjectAltName"].split(",")]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    request = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (node.files / f"{base}.key").write_bytes(key_pem(key))
    (node.files / f"{base}.csr").write_bytes(request)
    if node.switches.csr_says == "nothing":
        return Reply()
    return Reply(
        f"..............\n......\nCreated key file {base}.key and CSR {base}.csr\n"
        f"CSR file {base}.csr ready for download via SFTP"
    )


def _selfsigned(node: Node, arguments: Sequence[str]) -> Reply:
    base, *attributes = arguments
    if not CERTIFICATE_FILE.fullmatch(f"{base}.key"):
        return error("Invalid file name")
    values = dict(attribute.partition(":")[::2] for attribute in attributes)
    now = dt.datetime.now(dt.timezone.utc)
    end = now + dt.timedelta(days=365)
    authority = Authority(values.get("CN", base), now, end, "ec")
    pair = authority.issue(values.get("CN", base), "any", now, end)
    (node.files / f"{base}.key").write_bytes(pair.key)
    (node.files / f"{base}.crt").write_bytes(pair.certificate)
    return Reply(f"..............\n......\nCreated key file {base}.key and self-signed certificate {base}.crt")


# What does it, and how many arguments it takes.
_VERBS: dict[str, tuple[Callable[[Node, Sequence[str]], Reply] | None, int, int]] = {
    "match": (_match, 2, 2),
    "verify": (_verify, 2, 3),
    "csr": (_csr, 1, 20),
    "selfsigned": (_selfsigned, 1, 20),
}
