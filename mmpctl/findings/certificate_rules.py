"""The findings about a certificate: who signed it, when it is valid, what it is for, how strong it is."""

from __future__ import annotations

from mmpctl.findings.rule import REISSUE, Rule
from mmpctl.severity import Severity

CERTIFICATE_RULES: dict[str, Rule] = {
    # Who signed it.
    "chain": Rule(
        "{file} has no chain to {other}: {detail}",
        "Put the CAs in between into {file}, after its own certificate, and the root CA into {other}.",
        why="The other side cannot tell who vouches for the certificate, and refuses it.",
    ),
    "chain-order": Rule(
        "{file} has its certificates in the wrong order: {detail}",
        "Put the node's own certificate first in {file}, then the CA that signed it, and so on up.",
        deployed=Severity.NOTE,
        why="Some clients follow the file's order and stop at the first certificate that does not fit.",
    ),
    "not-a-ca": Rule(
        "{file} holds a certificate that may not sign others: {detail}",
        "Put the certificate of the CA itself, marked as a CA, into {file}.",
        why="The cluster trusts only certificates signed by this one, but this one may not sign any.",
    ),
    "too-long": Rule(
        "{file} holds a CA that allows fewer CAs below it than there are above {other}: {detail}",
        "Have {other} issued by a CA that stands higher, or have the CA in {file} issued again with a longer path.",
        why="OpenSSL, and so the database, refuses a chain that is longer than a CA in it allows.",
    ),
    "ca-eku": Rule(
        "{file} holds a CA that is not made for certificates such as {other}: its extended key usage lacks {needed} "
        "({detail})",
        "Have {other} issued by a CA without an extended key usage, or by one that allows {needed} in {file}.",
        why="OpenSSL, and so the database, applies a CA's extended key usage to all that it has signed.",
    ),
    "ca-expires-first": Rule(
        "{file} expires on {ca_date}, before the certificate {other} that it signed, which expires on {date}",
        "Renew the CA in {file} first, or have {other} issued so that it expires before its CA.",
        deployed=Severity.NOTE,
        why="Once its CA has expired, a certificate is refused, however long it is valid itself.",
    ),
    "ca-differs": Rule(
        "{file} is not the same CA file as {other}, though both are for one cluster",
        "Use one and the same CA file for all nodes of a cluster, in {file} too.",
        Severity.NOTE,
    ),
    # When it is valid.
    "expired": Rule(
        "{file} expired on {date}: {detail}",
        REISSUE + ".",
        Severity.EXPIRED,
        why="Whoever checks the certificate refuses the connection: a database cluster falls apart, and users "
        "are warned or turned away.",
    ),
    "due": Rule(
        "{file} expires on {date}, in {days}: {detail}",
        REISSUE + " before that day.",
        Severity.DUE,
        why="On that day the connections that it protects end. If it is a database cluster's, its nodes cannot join "
        "again before it is renewed.",
    ),
    "not-yet-valid": Rule(
        "{file} is not valid before {date}: {detail}",
        "Do not use {file} before that day, or correct the clock, or have the certificate issued again.",
        why="Until then the certificate is refused like an expired one.",
    ),
    "not-longer": Rule(
        "{file} expires on {date}, no later than the certificate that is in use ({present})",
        "Have your CA issue a certificate that lasts longer in place of {file}.",
    ),
    # What it is for, and how strong it is.
    "client-cn": Rule(
        "{file} has the common name {detail}; the database accepts only a client with the name postgres",
        "Have your CA issue {file} for exactly CN=postgres.",
        why="The database reads the user's name from the common name, and knows only the user postgres.",
    ),
    "eku": Rule(
        "{file} has an extended key usage without {needed}: {detail}",
        "Have your CA issue {file} with the extended key usage {needed}, or with none.",
        why="The other side refuses a certificate that was not made for this use.",
    ),
    "eku-caller": Rule(
        "{file} has an extended key usage without clientAuth ({detail}): servers that the {caller} calls may refuse it",
        "Have your CA issue {file} with clientAuth too, or with no extended key usage. If your CA is a public one, use "
        "a private CA for this certificate.",
        Severity.NOTE,
        why="Call Bridge and scheduler also present their certificate to servers that they call. Many public CAs leave "
        "clientAuth out, and from 15 March 2027 on all of them do.",
    ),
    "life": Rule(
        "{file} lives {days} days; since {date} a public CA grants at most {limit} days, so its renewals will come "
        "more often",
        "Plan a renewal of {file} about every {limit} days, or use a private CA if only your own servers see the "
        "certificate.",
        Severity.NOTE,
        why="Public CAs may issue for 200 days since 15 March 2026, for 100 days from 15 March 2027 on, and for 47 "
        "days from 15 March 2029 on.",
    ),
    "key-usage": Rule(
        "{file} has a key usage that does not allow digital signatures: {detail}",
        "Have your CA issue {file} with the key usage digitalSignature, or with none.",
        why="The other side refuses a certificate that may not sign the handshake.",
    ),
    "sha1": Rule(
        "{file} is signed with {algorithm}, which can be forged and is refused by current TLS libraries: {detail}",
        REISSUE + ", signed with SHA-256 or better.",
        why="Such a signature can be forged, and current TLS libraries refuse it.",
    ),
    "rsa-small": Rule(
        "{file} has an RSA key of {bits} bits: {detail}",
        "Make a new key of 2048 bits or more, and have {file} issued for it.",
        why="Such a key can be broken, and current TLS libraries refuse it.",
    ),
    "curve": Rule(
        "{file} has a key on the unusual curve {curve}: {detail}",
        "Make a key on the curve P-256 (or an RSA key of 2048 bits or more), and have {file} issued for it.",
        why="The database, or a node of another release, may not know how to use it.",
    ),
}
