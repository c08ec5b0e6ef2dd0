"""The findings about what is in a file, and what should be."""

from __future__ import annotations

from mmpctl.findings.rule import Rule, rewrite

CONTENT_RULES: dict[str, Rule] = {
    "not-a-certificate": Rule(
        "{file} holds {found}, not a certificate",
        "Put the certificate in place of {file}.",
        why="The service has no certificate to present, or no CA to trust.",
    ),
    "not-a-key": Rule("{file} holds {found}, not a private key", "Put the private key in place of {file}."),
    "key-in-certificate": Rule(
        "{file} holds a private key besides the certificate: anyone who may read the certificate can read the key",
        rewrite("Keep only the certificates", "sed -n '/BEGIN.*CERTIFICATE-----/,/END.*CERTIFICATE-----/p' {quoted}"),
        why="A certificate is public, so certificate files are handled with less care than keys.",
    ),
    "certificate-in-key": Rule(
        "{file} holds a certificate besides the private key",
        rewrite("Keep only the key", "sed -n '/BEGIN.*PRIVATE KEY/,/END.*PRIVATE KEY/p' {quoted}"),
    ),
    "encrypted-key": Rule(
        "{file} is protected by a passphrase; the device cannot ask for one",
        rewrite("Remove it", "openssl pkey -in {quoted}"),
    ),
    "openssh-key": Rule(
        "{file} is a private key in OpenSSH's own form, not in PEM form",
        # Of a key that others may read, ssh-keygen takes nothing: it works on a copy that is nobody else's.
        "Convert it: (umask 077; cp {quoted} {quoted}.new && ssh-keygen -q -p -N '' -m PKCS8 -f {quoted}.new"
        " && mv {quoted}.new {quoted}; rm -f {quoted}.new)",
    ),
    "trusted-certificate": Rule(
        "{file} is in OpenSSL's own form of a trusted certificate",
        rewrite("Convert it", "openssl x509 -in {quoted}"),
        why="The device reads plain PEM text, and may accept nothing else.",
    ),
    "several-keys": Rule("{file} holds more than one private key", "Keep only the right key in {file}."),
    "several-leafs": Rule(
        "{file} holds several certificates that do not belong to a CA: {detail}",
        "Keep in {file} the certificate that fits the key, followed by the CAs that lead to the root.",
    ),
    "swapped": Rule(
        "{file} and {other} are swapped: {detail}",
        "Swap the contents of {file} and {other}.",
        why="Each file is refused in the place of the other.",
    ),
    "key-mismatch": Rule(
        "{file} does not fit the certificate {other}",
        "Replace {file} by the key with which {other} was requested, or have a certificate issued for the key that "
        "is there.",
        why="Without the fitting key the service cannot start, at the latest at its next restart.",
    ),
    "other-request": Rule(
        "{file} is not the certificate for the key {detail} on the node: it has another public key than {other} tells",
        "Give `mmpctl sign` the answer to this node's own request, or make new requests with `mmpctl csr`; {file} "
        "answers another request.",
        why="The key never left its node, so no other certificate can be used with it.",
    ),
    "ca-as-leaf": Rule(
        "{file} holds only the certificate of a CA: {detail}",
        "Put the node's own certificate in place of {file}; the CA's belongs in ca.cer.",
    ),
    "key-type": Rule(
        "{file} has a key of a kind that database clusters may not accept: {detail}",
        "Make an RSA key of 2048 bits or more, or one on the curve P-256, and have {file} issued for it.",
        why="The database, or a node of another release, may not know how to use it.",
    ),
}
