"""The findings about new certificates of a service, held against those that it uses now."""

from __future__ import annotations

from mmpctl.findings.rule import Rule
from mmpctl.severity import Severity

SERVICE_RULES: dict[str, Rule] = {
    "no-root": Rule(
        "{file} does not lead to a root: {detail}",
        "Put the CAs in between and the root into {file}, after the service's own certificate, or into a bundle.cer "
        "beside it.",
        why="The service wants the whole chain in one file, and does not start with a part of it.",
    ),
    "mended": Rule(
        "{file} is sent in another form than it has here: {detail}",
        "Nothing has to be done about {file}.",
        Severity.NOTE,
        why="The service wants its own certificate first, then each CA after the one that it signed, the root last.",
    ),
    "ends-sooner": Rule(
        "{file} expires on {date}, no later than the certificate in use ({present})",
        "Make sure that {file} is the right file. If your CA issues for a shorter time now, nothing has to be done.",
        Severity.NOTE,
        why="Lives of certificates become shorter; but so does a file of an earlier renewal end sooner.",
    ),
    "other-cn": Rule(
        "{file} has the common name {detail}, and the certificate in use has {present}",
        "Have your CA issue {file} with the same common name.",
        why="Others know the service by this name: CUCM, for one, refuses the trunk of a Call Bridge with another.",
    ),
    "names-lost": Rule(
        "{file} lacks names of the service's certificate in use, by which others reach it: {detail}",
        "Have your CA issue {file} with all of these names (subject alternative names).",
        why="Whoever connects to the service by one of these names refuses the new certificate.",
    ),
    "usage-lost": Rule(
        "{file} lacks extended key usages that the certificate in use has: {detail}",
        "Have your CA issue {file} with all of these usages.",
        why="Servers that the service calls, and others that demand the usage, refuse the new certificate.",
    ),
    "client-usage-lost": Rule(
        "{file} no longer allows clientAuth, which the certificate in use has",
        "Nothing has to be done about {file}: a service that only answers does not need it.",
        Severity.NOTE,
        why="Public CAs no longer issue certificates with clientAuth.",
    ),
    "no-bundle": Rule(
        "there is no bundle.cer beside {file}, and the service uses a bundle of CAs now ({detail})",
        "Put the CAs of {file} into a bundle.cer beside it. It may be a copy of the bundle in use.",
        why="With no bundle the service would present its certificate without the CAs that lead to the root.",
    ),
    "bundle-unused": Rule(
        "bundle.cer beside {file} is not sent: the service takes the whole chain in one file",
        "Nothing has to be done about {file}: what is missing in its chain is taken from bundle.cer.",
        Severity.NOTE,
    ),
}
