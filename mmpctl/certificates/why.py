"""Why a finding matters, one sentence each; an id without a line here is plain from its message."""

from __future__ import annotations

WHY: dict[str, str] = {
    "expired": "Whoever checks the certificate refuses the connection: a database cluster falls apart, and users "
    "are warned or turned away.",
    "due": "On that day the connections that it protects end, and the nodes of a database cluster cannot join again "
    "before it is renewed.",
    "not-yet-valid": "Until then the certificate is refused like an expired one.",
    "ca-expires-first": "Once its CA has expired, a certificate is refused, however long it is valid itself.",
    "client-cn": "The database reads the user's name from the common name, and knows only the user postgres.",
    "eku-caller": "The Call Bridge also presents this certificate to Web Bridges and other servers that it calls; "
    "many public CAs leave clientAuth out.",
    "eku": "The other side refuses a certificate that was not made for this use.",
    "key-usage": "The other side refuses a certificate that may not sign the handshake.",
    "chain": "The other side cannot tell who vouches for the certificate, and refuses it.",
    "chain-order": "Some clients follow the file's order and stop at the first certificate that does not fit.",
    "key-mismatch": "Without the fitting key the service cannot start, at the latest at its next restart.",
    "swapped": "Each file is refused in the place of the other.",
    "sha1": "Such a signature can be forged, and current TLS libraries refuse it.",
    "rsa-small": "Such a key can be broken, and current TLS libraries refuse it.",
    "curve": "The database, or a node of another release, may not know how to use it.",
    "key-type": "The database, or a node of another release, may not know how to use it.",
    "key-in-certificate": "A certificate is public, so certificate files are handled with less care than keys.",
    "not-a-certificate": "The service has no certificate to present, or no CA to trust.",
    "empty": "The service has no certificate to present, or no CA to trust.",
    "not-pem": "The service has no certificate to present, or no CA to trust.",
    "der": "The device reads PEM text, and may accept nothing else.",
    "pkcs7": "The device reads PEM text, and may accept nothing else.",
    "pkcs12": "The device reads PEM text, and may accept nothing else.",
    "utf16": "The device reads plain ASCII, and may accept nothing else.",
    "csr": "A request is not a certificate, so the service has no certificate to present.",
    "trusted-certificate": "The device reads plain PEM text, and may accept nothing else.",
    "truncated": "Everything after the cut is ignored, and nobody notices.",
    "damaged": "The damaged part is ignored, and nobody notices.",
    "bom": "A stricter reader than this one may refuse it.",
    "crlf": "A stricter reader than this one may refuse it.",
    "stray-text": "A stricter reader than this one may refuse it.",
    "blank-lines": "A service that cannot read its certificate does not start, although the file looks right.",
    "loose-base64": "A stricter reader than this one may refuse it.",
    "encoding": "A stricter reader than OpenSSL refuses the certificate.",
    "too-many": "No service needs so many, and checking them all would delay the rest of the audit.",
    "not-loaded": "The device reads certificates with OpenSSL, too.",
    "same-key": "Anyone who takes the key from one node can pose as all of them.",
    "not-a-ca": "The cluster trusts only certificates signed by this one, but this one may not sign any.",
    "missing": "At its next restart the service has no certificate to present.",
    "not-read": "Nobody knows when it expires.",
    "inspect-differs": "Only one of the two can be the certificate that the service presents.",
    "presented-differs": "The cluster stops when the presented certificate expires, whatever the file on the node "
    "contains.",
    "not-protected": "Anyone who reaches the port may read and change the traffic of the database.",
    "not-presented": "If a file was replaced but never applied, the audit cannot notice it.",
    "by-inspect": "The device's output tells less than the file itself.",
    "not-seen": "The state of its certificates is unknown.",
    "may-not-look": "Nothing was seen of this node, and that does not mean that nothing is wrong.",
    "password-ends": "From that day on nobody can log in with this account: no audit and no renewal is possible "
    "until it has a new password.",
    "host-key": "Another machine may be answering in its place.",
    "not-understood": "The part that was not understood is missing from this report.",
    "unknown-line": "Nobody knows what the line means in this release; a renewal does not start before a person has "
    "read it.",
    "backup-old": "If the database is lost, all changes since that backup are lost with it. A renewal makes a "
    "backup of its own.",
    "clock": "A node with a wrong clock refuses valid certificates, or accepts expired ones.",
    "not-in-sync": "If the master fails, a slave that is behind has lost the changes that it had not copied yet.",
    "masters-differ": "Two databases may receive changes at the same time, and the changes of one of them will be "
    "lost.",
    "stranger": "A renewal does not know this node, and would leave it behind.",
    "not-a-member": "The node works with data of its own, or with none.",
    "cas-differ": "A node refuses other nodes whose certificates do not chain to its own CA file.",
}
