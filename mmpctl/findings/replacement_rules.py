"""The findings about what a new certificate changes: compared with the one that is in use in its place."""

from __future__ import annotations

from mmpctl.findings.rule import Rule
from mmpctl.severity import Severity

REPLACEMENT_RULES: dict[str, Rule] = {
    "new-issuer": Rule(
        "{file} comes from another CA than the certificate in use: {detail}",
        "Make sure that {file} is meant to come from this CA. If others trust only the CA of before, give them the new "
        "one.",
        Severity.NOTE,
        why="Whoever trusts only the CA of before refuses the new certificate. A renewal gives the new CA file to all "
        "nodes of the cluster.",
    ),
    "shorter-life": Rule(
        "{file} is valid for {days}, and the certificate in use for {before}",
        "If that is not intended, have your CA issue a certificate that lasts longer in place of {file}.",
        Severity.NOTE,
        why="The next renewal is due sooner than people are used to.",
    ),
    "fewer-names": Rule(
        "{file} lacks names of the database's certificate in use, which the cluster itself does not check: {detail}",
        "If anybody reaches the node by one of these names and checks it, have {file} issued with them.",
        Severity.NOTE,
        why="Whoever checks the name of the server refuses the new certificate. Nodes of a database cluster do not "
        "check it.",
    ),
    "already-in-use": Rule(
        "{file} is the very certificate that is in use",
        "Put the new certificate in place of {file}, unless it is meant to stay.",
        Severity.NOTE,
        why="A renewal with it changes nothing.",
    ),
}
