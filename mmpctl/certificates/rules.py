"""Everything that can be wrong with a certificate or key: one table of ids, severities, messages and cures."""

from __future__ import annotations

from dataclasses import dataclass

from mmpctl.severity import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of finding; `{file}` is the file, `{quoted}` the same for a shell, the other words come with it.

    Args:
        message: what is wrong.
        cure: what to do about it.
        severity: for a file that shall be installed.
        deployed: for a file that is in use on a device already; None means the same severity.
    """

    message: str
    cure: str
    severity: Severity = Severity.UNFIT
    deployed: Severity | None = None


# A cure to be copied: the new file is nobody else's, takes the old one's place only where something is in it, and
# nothing is left behind, neither a file nor a umask.
_INTO = " > {quoted}.new && test -s {quoted}.new && mv {quoted}.new {quoted}; rm -f {quoted}.new)"


def _rewrite(lead: str, command: str) -> str:
    return f"{lead}: (umask 077; {command}{_INTO}"


_REISSUE = "Have your CA issue a new certificate in place of {file}"

RULES: dict[str, Rule] = {
    # What the bytes are.
    "unreadable": Rule("{file} cannot be read: {detail}", "Make {file} readable for the user that runs mmpctl."),
    "too-large": Rule("{file} is far too large for a certificate or key", "Put the right file in place of {file}."),
    "empty": Rule("{file} is empty", "Copy {file} again from where it was made."),
    "bom": Rule(
        "{file} begins with a byte-order mark, which is not part of PEM",
        _rewrite("Remove it", "tail -c +4 {quoted}"),
        deployed=Severity.NOTE,
    ),
    "utf16": Rule(
        "{file} is UTF-16 text, as some Windows tools write it; PEM is plain ASCII",
        _rewrite("Convert it", "iconv -f UTF-16 -t ASCII {quoted}"),
    ),
    "crlf": Rule(
        "{file} has Windows line ends (CRLF), which the device may not understand",
        _rewrite("Convert it", "tr -d '\\r' < {quoted}"),
        deployed=Severity.NOTE,
    ),
    "der": Rule(
        "{file} is binary (DER), not PEM text",
        _rewrite("Convert it", "openssl {tool} -inform DER -in {quoted}"),
    ),
    "pkcs12": Rule(
        "{file} is a PKCS#12 store (.p12, .pfx), not PEM text",
        _rewrite("Extract {wanted} from it", "openssl pkcs12 -in {quoted} {p12} | {keep}"),
    ),
    "pkcs7": Rule(
        "{file} is a PKCS#7 bundle (.p7b), not PEM certificates",
        _rewrite("Convert it", "openssl pkcs7 {p7}-print_certs -in {quoted} | {keep}"),
    ),
    "csr": Rule(
        "{file} is a certificate request (CSR), not {wanted}",
        "Send the request to your CA, and put {wanted} from its answer in place of {file}.",
    ),
    "not-pem": Rule(
        "{file} holds no PEM text: no line -----BEGIN …-----",
        "Put {wanted} in PEM form in place of {file}.",
    ),
    "truncated": Rule(
        "{file} is cut off or badly joined: a BEGIN line has no END line on a line of its own",
        "Copy the whole of {file} again. If you join files, each must end in a new line.",
    ),
    "damaged": Rule("{file} is damaged: {detail}", "Copy {file} again from where it was made."),
    "stray-text": Rule(
        "{file} holds text outside the BEGIN and END lines, which the device may not skip",
        _rewrite("Keep only the PEM blocks", "sed -n '/^-----BEGIN/,/^-----END/p' {quoted}"),
        deployed=Severity.NOTE,
    ),
    "blank-lines": Rule(
        "{file} has blank lines within its Base64 text, and OpenSSL does not read past them",
        _rewrite("Remove the blank lines", "sed '/^[[:space:]]*$/d' {quoted}"),
    ),
    "loose-base64": Rule(
        "{file} has blanks within its Base64 text, or lines longer than 253 characters, which the device may not read",
        _rewrite("Write it again in plain lines", "sed '/^-----/!s/[[:space:]]//g' {quoted} | fold -w 64"),
        deployed=Severity.NOTE,
    ),
    "encoding": Rule(
        "{file} can be read by OpenSSL, but a part of it breaks the rules of its encoding (DER) or cannot be "
        "checked: {detail}",
        "{file} can stay as long as connections succeed. Tell your CA, so that the next certificate does not have "
        "this fault.",
        Severity.NOTE,
    ),
    "not-loaded": Rule(
        "{file} cannot be used: OpenSSL does not read all of it ({detail})",
        "Have {file} exported again as plain PEM text, with lines of 64 characters.",
    ),
    "too-many": Rule(
        "{file} holds more than {most} certificates; the rest were not checked",
        "Keep only the needed certificates in {file}.",
        deployed=Severity.UNKNOWN,
    ),
    # What is in the file, and what should be.
    "not-a-certificate": Rule("{file} holds {found}, not a certificate", "Put the certificate in place of {file}."),
    "not-a-key": Rule("{file} holds {found}, not a private key", "Put the private key in place of {file}."),
    "key-in-certificate": Rule(
        "{file} holds a private key besides the certificate: anyone who may read the certificate can read the key",
        _rewrite("Keep only the certificates", "sed -n '/BEGIN CERTIFICATE/,/END CERTIFICATE/p' {quoted}"),
    ),
    "certificate-in-key": Rule(
        "{file} holds a certificate besides the private key",
        _rewrite("Keep only the key", "sed -n '/BEGIN.*PRIVATE KEY/,/END.*PRIVATE KEY/p' {quoted}"),
    ),
    "encrypted-key": Rule(
        "{file} is protected by a passphrase; the device cannot ask for one",
        _rewrite("Remove it", "openssl pkey -in {quoted}"),
    ),
    "openssh-key": Rule(
        "{file} is a private key in OpenSSH's own form, not in PEM form",
        # Of a key that others may read, ssh-keygen takes nothing: it works on a copy that is nobody else's.
        "Convert it: (umask 077; cp {quoted} {quoted}.new && ssh-keygen -q -p -N '' -m PKCS8 -f {quoted}.new"
        " && mv {quoted}.new {quoted}; rm -f {quoted}.new)",
    ),
    "trusted-certificate": Rule(
        "{file} is in OpenSSL's own form of a trusted certificate",
        _rewrite("Convert it", "openssl x509 -in {quoted}"),
    ),
    "several-keys": Rule("{file} holds more than one private key", "Keep only the right key in {file}."),
    "several-leafs": Rule(
        "{file} holds several certificates that do not belong to a CA: {detail}",
        "Keep in {file} the certificate that fits the key, followed by the CAs that lead to the root.",
    ),
    "swapped": Rule("{file} and {other} are swapped: {detail}", "Swap the contents of {file} and {other}."),
    "key-mismatch": Rule(
        "{file} does not fit the certificate {other}",
        "Replace {file} by the key with which {other} was requested, or have a certificate issued for the key that "
        "is there.",
    ),
    "ca-as-leaf": Rule(
        "{file} holds only the certificate of a CA: {detail}",
        "Put the node's own certificate in place of {file}; the CA's belongs in ca.cer.",
    ),
    "key-type": Rule(
        "{file} has a key of a kind that database clusters may not accept: {detail}",
        "Make an RSA key of 2048 bits or more, or one on the curve P-256, and have {file} issued for it.",
    ),
    # Who signed it.
    "chain": Rule(
        "{file} has no chain to {other}: {detail}",
        "Put the root CA of {file} into {other}. If there are CAs in between, put them into {file}, after its own "
        "certificate.",
    ),
    "chain-order": Rule(
        "{file} has its certificates in the wrong order: {detail}",
        "Put the node's own certificate first in {file}, then the CA that signed it, and so on up.",
        deployed=Severity.NOTE,
    ),
    "not-a-ca": Rule(
        "{file} holds a certificate that may not sign others: {detail}",
        "Put the certificate of the CA itself, marked as a CA, into {file}.",
    ),
    "ca-expires-first": Rule(
        "{file} expires on {ca_date}, before the certificate {other} that it signed, which expires on {date}",
        "Renew the CA in {file} first, or have {other} issued so that it expires before its CA.",
        deployed=Severity.NOTE,
    ),
    "ca-differs": Rule(
        "{file} is not the same CA file as {other}, though both are for one cluster",
        "Use one and the same CA file for all nodes of a cluster, in {file} too.",
        Severity.NOTE,
    ),
    # When it is valid.
    "expired": Rule("{file} expired on {date}: {detail}", _REISSUE + ".", Severity.EXPIRED),
    "due": Rule("{file} expires on {date}, in {days}: {detail}", _REISSUE + " before that day.", Severity.DUE),
    "not-yet-valid": Rule(
        "{file} is not valid before {date}: {detail}",
        "Do not use {file} before that day, or correct the clock, or have the certificate issued again.",
    ),
    "not-longer": Rule(
        "{file} expires on {date}, no later than the certificate that is in use ({present})",
        "Have your CA issue a certificate that lasts longer in place of {file}.",
    ),
    # What it is for, and how strong it is.
    "client-cn": Rule(
        "{file} has the common name {detail}; the database accepts only a client with the name postgres",
        "Have your CA issue {file} for exactly CN=postgres.",
    ),
    "eku": Rule(
        "{file} has an extended key usage without {needed}: {detail}",
        "Have your CA issue {file} with the extended key usage {needed}, or with none.",
    ),
    "eku-caller": Rule(
        "{file} has an extended key usage without clientAuth ({detail}): servers that the Call Bridge calls may "
        "refuse it",
        "Have your CA issue {file} with both serverAuth and clientAuth, or with no extended key usage.",
        Severity.NOTE,
    ),
    "key-usage": Rule(
        "{file} has a key usage that does not allow digital signatures: {detail}",
        "Have your CA issue {file} with the key usage digitalSignature, or with none.",
    ),
    "sha1": Rule(
        "{file} is signed with {algorithm}, which can be forged and is refused by current TLS libraries: {detail}",
        _REISSUE + ", signed with SHA-256 or better.",
    ),
    "rsa-small": Rule(
        "{file} has an RSA key of {bits} bits: {detail}",
        "Make a new key of 2048 bits or more, and have {file} issued for it.",
    ),
    "curve": Rule(
        "{file} has a key on the unusual curve {curve}: {detail}",
        "Make a key on the curve P-256 (or an RSA key of 2048 bits or more), and have {file} issued for it.",
    ),
    # What an audit finds besides.
    "not-read": Rule(
        "{file} could not be read: {detail}",
        "Look at the file on the node with `pki inspect {file}`.",
        Severity.UNKNOWN,
    ),
    "missing": Rule(
        "{file} is configured, but is not on the node",
        "Upload {file} again, or configure the right file.",
    ),
    "inspect-differs": Rule(
        "{file} was fetched, and differs from the output of `pki inspect`: {detail}",
        "Run the audit again. If the difference stays, look at {file} on the node by hand.",
        Severity.UNKNOWN,
    ),
    "presented-differs": Rule(
        "the database does not present {file} but another certificate: {detail}",
        "Renew the cluster with {file}: a replaced file has no effect before `database cluster certs` is run with it.",
    ),
    "not-protected": Rule(
        "the database offers no TLS, though {file} is configured: {detail}",
        "Check `mmpctl status`. If the node has left its cluster, it must join again before it uses {file}.",
    ),
    "not-presented": Rule(
        "could not check whether the database presents {file}: {detail}",
        "To check {file}, run the audit on a machine that reaches the database's port, or leave out --probe.",
        Severity.NOTE,
    ),
    "by-inspect": Rule(
        "{file} could not be fetched ({detail}); only the output of `pki inspect` was checked, not the chain and "
        "purpose",
        "Allow SFTP for the account, or look at {file} by hand.",
        Severity.NOTE,
    ),
    "same-key": Rule(
        "{file} has a key that several nodes share ({detail}): if one node loses it, the key of all is lost",
        "Give each node a key of its own when {file} is renewed next.",
        Severity.NOTE,
    ),
    "handshake": Rule(
        "{file} failed in a real TLS handshake with {other}: {detail}",
        "See the other findings on {file} and {other}. If there are none, have both issued again by one CA.",
    ),
}
