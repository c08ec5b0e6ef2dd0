"""Why a finding matters, one sentence each; an id without a line here is plain from its message."""

from __future__ import annotations

WHY: dict[str, str] = {
    "expired": "Who checks it refuses the connection: a database cluster falls apart, users are warned or turned away.",
    "due": "On that day the connections that it protects end, and a database cluster cannot be joined again quietly.",
    "not-yet-valid": "Until then it is refused like an expired one.",
    "ca-expires-first": "With its CA, the certificate is worth nothing, however long it lasts itself.",
    "client-cn": "The database takes its clients for the user that the common name names, and knows postgres only.",
    "eku-caller": "The Call Bridge shows it to Web Bridges and others that it calls as well; many public CAs leave "
    "clientAuth out.",
    "eku": "The other side refuses a certificate that was not made for this use.",
    "key-usage": "The other side refuses a certificate that may not sign the handshake.",
    "chain": "The other side cannot tell who vouches for the certificate, and refuses it.",
    "chain-order": "Some clients follow the file's order and stop at the first certificate that does not fit.",
    "key-mismatch": "Without the fitting key the service cannot start, or does not at its next restart.",
    "swapped": "Each is refused in the other's place.",
    "sha1": "Such a signature can be forged, and present TLS libraries refuse it.",
    "rsa-small": "Such a key can be broken, and present TLS libraries refuse it.",
    "same-key": "Who takes the key from one node can speak for all of them.",
    "not-a-ca": "The cluster trusts whoever it signed, and it may sign nobody.",
    "missing": "At its next restart the service has nothing to show.",
    "not-read": "Nobody knows when it expires.",
    "inspect-differs": "One of the two is not what the service shows to others.",
    "presented-differs": "What is presented decides when the cluster stops, whatever the file on the node says.",
    "not-presented": "A file that was replaced and never applied would not show.",
    "by-inspect": "The device's own words tell less than the file.",
    "not-seen": "Nobody knows what is on it.",
    "host-key": "It may be another machine that answers there.",
    "not-understood": "What was not understood is not in this report.",
    "clock": "A node with a wrong clock refuses valid certificates, or takes expired ones.",
    "not-in-sync": "A slave that is behind loses what it has not copied when its master fails.",
    "masters-differ": "Two databases may be changed at the same time, and one of them will be lost.",
    "stranger": "A renewal that does not know it leaves it behind.",
    "not-a-member": "It works on data of its own, or on none.",
    "cas-differ": "A node refuses those whose certificates its own CA file does not vouch for.",
}
