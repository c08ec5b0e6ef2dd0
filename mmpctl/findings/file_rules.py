"""The findings about a file: what its bytes are."""

from __future__ import annotations

from mmpctl.findings.rule import Rule, rewrite
from mmpctl.severity import Severity

FILE_RULES: dict[str, Rule] = {
    "unreadable": Rule("{file} cannot be read: {detail}", "Make {file} readable for the user that runs mmpctl."),
    "too-large": Rule("{file} is far too large for a certificate or key", "Put the right file in place of {file}."),
    "empty": Rule(
        "{file} is empty",
        "Copy {file} again from where it was made.",
        why="The service has no certificate to present, or no CA to trust.",
    ),
    "bom": Rule(
        "{file} holds a byte-order mark, which is not part of PEM",
        rewrite("Remove it", "LC_ALL=C tr -d '\\357\\273\\277' < {quoted}"),
        deployed=Severity.NOTE,
        why="OpenSSL before version 3 does not read the block that follows it.",
    ),
    "utf16": Rule(
        "{file} is {encoding} text, as some Windows tools write it; PEM is plain ASCII",
        rewrite("Convert it", "iconv -f {encoding} -t ASCII {quoted}"),
        why="The device reads plain ASCII, and may accept nothing else.",
    ),
    "crlf": Rule(
        "{file} has Windows line ends (CRLF), which the device may not understand",
        rewrite("Convert it", "tr -d '\\r' < {quoted}"),
        deployed=Severity.NOTE,
        why="A stricter reader than this one may refuse it.",
    ),
    "bare-cr": Rule(
        "{file} has line ends that are only carriage returns, and OpenSSL takes it for one long line",
        rewrite("Convert it", "tr '\\r' '\\n' < {quoted}"),
        why="A service that cannot read its certificate does not start, although the file looks right.",
    ),
    "odd-characters": Rule(
        "{file} holds characters that are no part of PEM, and may be invisible (NUL, no-break spaces and the like)",
        rewrite("Remove them", "LC_ALL=C tr -cd '\\11\\12\\15\\40-\\176' < {quoted}"),
        deployed=Severity.NOTE,
        why="OpenSSL passes over them at the end of a line, and nowhere else.",
    ),
    "pem-lines": Rule(
        "{file} has BEGIN and END lines that OpenSSL does not know as such: {detail}",
        "Have {file} exported again as plain PEM text: -----BEGIN …----- and -----END …----- on lines of their own, "
        "with nothing before or behind them.",
        why="OpenSSL, and so the device, finds no block in it.",
    ),
    "bare-base64": Rule(
        "{file} is the Base64 text of {content} without its BEGIN and END lines",
        rewrite("Convert it", "tr -d '[:space:]' < {quoted} | openssl base64 -d -A | {convert}"),
        why="OpenSSL, and so the device, finds no block in it.",
    ),
    "der": Rule(
        "{file} is binary (DER), not PEM text",
        rewrite("Convert it", "openssl {tool} -inform DER -in {quoted}"),
        why="The device reads PEM text, and may accept nothing else.",
    ),
    "pkcs12": Rule(
        "{file} is a PKCS#12 store (.p12, .pfx), not PEM text",
        rewrite("Extract {wanted} from it", "openssl pkcs12 -in {quoted} {p12} | {keep}"),
        why="The device reads PEM text, and may accept nothing else.",
    ),
    "pkcs7": Rule(
        "{file} is a PKCS#7 bundle (.p7b), not PEM certificates",
        rewrite("Convert it", "openssl pkcs7 {p7}-print_certs -in {quoted} | {keep}"),
        why="The device reads PEM text, and may accept nothing else.",
    ),
    "csr": Rule(
        "{file} is a certificate request (CSR), not {wanted}",
        "Send the request to your CA, and put {wanted} from its answer in place of {file}.",
        why="A request is not a certificate, so the service has no certificate to present.",
    ),
    "not-pem": Rule(
        "{file} holds no PEM text: no line -----BEGIN …-----",
        "Put {wanted} in PEM form in place of {file}.",
        why="The service has no certificate to present, or no CA to trust.",
    ),
    "truncated": Rule(
        "{file} is cut off or badly joined: a BEGIN line has no END line on a line of its own",
        "Copy the whole of {file} again. If you join files, each must end in a new line.",
        why="Everything after the cut is ignored, and nobody notices.",
    ),
    "damaged": Rule(
        "{file} is damaged: {detail}",
        "Copy {file} again from where it was made.",
        why="The damaged part is ignored, and nobody notices.",
    ),
    "stray-text": Rule(
        "{file} holds text, or blocks, beside {wanted}, which the device may not skip",
        rewrite("Keep only {wanted}", "sed -n '/BEGIN.*{block}-----/,/END.*{block}-----/p' {quoted}"),
        deployed=Severity.NOTE,
        why="A stricter reader than this one may refuse it.",
    ),
    "blank-lines": Rule(
        "{file} has blank lines within its Base64 text, and OpenSSL does not read past them",
        rewrite("Remove the blank lines", "sed '/^[[:space:]]*$/d' {quoted}"),
        why="A service that cannot read its certificate does not start, although the file looks right.",
    ),
    "loose-base64": Rule(
        "{file} has blanks within its Base64 text, or lines longer than 252 characters, which the device may not read",
        rewrite("Write it again in plain lines", "sed '/^-----/!s/[[:space:]]//g' {quoted} | fold -w 64"),
        deployed=Severity.NOTE,
        why="A stricter reader than this one may refuse it.",
    ),
    "encoding": Rule(
        "{file} can be read by OpenSSL, but a part of it breaks the rules of its encoding (DER) or cannot be "
        "checked: {detail}",
        "{file} can stay as long as connections succeed. Tell your CA, so that the next certificate does not have "
        "this fault.",
        Severity.NOTE,
        why="A stricter reader than OpenSSL refuses the certificate.",
    ),
    "country": Rule(
        "{file} holds a certificate in which a country is not a code of two letters: {detail}",
        "{file} can stay as long as connections succeed. Tell your CA, so that the next certificate has the code.",
        Severity.NOTE,
        why="OpenSSL, and so the device, accepts it; a stricter reader refuses the certificate.",
    ),
    "not-loaded": Rule(
        "{file} cannot be used: OpenSSL does not read all of it ({detail})",
        "Have {file} exported again as plain PEM text, with lines of 64 characters.",
        why="The device reads certificates with OpenSSL, too.",
    ),
    "too-many": Rule(
        "{file} holds more than {most} certificates; the rest were not checked",
        "Keep only the needed certificates in {file}.",
        deployed=Severity.UNKNOWN,
        why="No service needs so many, and checking them all would delay the rest of the audit.",
    ),
}
