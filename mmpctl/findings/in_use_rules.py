"""The findings about files in use that only an audit makes."""

from __future__ import annotations

from mmpctl.findings.rule import Rule
from mmpctl.severity import Severity

IN_USE_RULES: dict[str, Rule] = {
    "not-read": Rule(
        "{file} could not be read: {detail}",
        "Look at the file on the node with `pki inspect {file}`.",
        Severity.UNKNOWN,
        why="Nobody knows when it expires.",
    ),
    "missing": Rule(
        "{file} is configured, but is not on the node",
        "Upload {file} again, or configure the right file.",
        why="At its next restart the service has no certificate to present.",
    ),
    "inspect-differs": Rule(
        "{file} was fetched, and differs from the output of `pki inspect`: {detail}",
        "Run the audit again. If the difference stays, look at {file} on the node by hand.",
        Severity.UNKNOWN,
        why="Only one of the two can be the certificate that the service presents.",
    ),
    "presented-differs": Rule(
        "the database does not present {file} but another certificate: {detail}",
        "Renew the cluster with {file}: a replaced file has no effect before `database cluster certs` is run with it.",
        why="The cluster stops when the presented certificate expires, whatever the file on the node contains.",
    ),
    "not-protected": Rule(
        "the database offers no TLS, though {file} is configured: {detail}",
        "Check `mmpctl status`. If the node has left its cluster, it must join again before it uses {file}.",
        why="Anyone who reaches the port may read and change the traffic of the database.",
    ),
    "not-presented": Rule(
        "could not check whether the database presents {file}: {detail}",
        "To check {file}, run the audit on a machine that reaches the database's port, or leave out --probe.",
        Severity.NOTE,
        why="If a file was replaced but never applied, the audit cannot notice it.",
    ),
    "by-inspect": Rule(
        "{file} could not be fetched ({detail}); only the output of `pki inspect` was checked, not the chain and "
        "purpose",
        "Allow SFTP for the account, or look at {file} by hand.",
        Severity.NOTE,
        why="The device's output tells less than the file itself.",
    ),
    "same-key": Rule(
        "{file} has a key that several nodes share ({detail}): if one node loses it, the key of all is lost",
        "Give each node a key of its own when {file} is renewed next.",
        Severity.NOTE,
        why="Anyone who takes the key from one node can pose as all of them.",
    ),
    "handshake": Rule(
        "{file} failed in a real TLS handshake with {other}: {detail}",
        "See the other findings on {file} and {other}. If there are none, have both issued again by one CA.",
    ),
    "untried": Rule(
        "no TLS handshake could be tried here with {file}{more}: the key is on the node. Who signed the certificate, "
        "for what use and until when was checked instead",
        "Nothing has to be done about {file}: the check after a renewal shows whether the nodes connect.",
        Severity.NOTE,
        why="A handshake needs the private key, which never left its node.",
    ),
}
