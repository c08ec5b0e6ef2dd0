"""The findings about a whole node or cluster that affect its certificates."""

from __future__ import annotations

from mmpctl.certificates.rules import Rule
from mmpctl.severity import Severity

# As in the table of files; there is no file here.
FLEET_RULES: dict[str, Rule] = {
    "not-seen": Rule("not seen: {detail}", "{cure}", Severity.UNKNOWN),
    "may-not-look": Rule("not seen: {detail}", "{cure}", Severity.UNKNOWN),
    "password-ends": Rule(
        "the password of the account {detail}",
        "Change it before that day, on the node and in the place from which mmpctl reads it.",
        Severity.NOTE,
    ),
    "host-key": Rule("not seen: {detail}", "{cure}", Severity.UNKNOWN),
    "not-understood": Rule("{detail}", "Look at the node by hand. Its release may be new.", Severity.UNKNOWN),
    "unknown-line": Rule(
        "the database cluster's status shows a line that is not known: {detail}",
        "Read the line. If it is no reason against a renewal, allow it in questions.yaml beside the inventory.",
        Severity.NOTE,
    ),
    "backup-old": Rule(
        "the last good backup that is kept here {detail}",
        "Make one with `mmpctl backup --to DIR --host {node}`. DIR is the folder that was given as --backups.",
        Severity.DUE,
    ),
    "clock": Rule(
        "the node's clock is {detail}; the node uses it to decide whether a certificate is valid",
        "Give the node a time server (NTP).",
    ),
    "not-in-sync": Rule(
        "the database cluster is not in sync: {detail}",
        "Check `mmpctl status`. If certificates have expired, renew them.",
    ),
    "masters-differ": Rule(
        "the nodes do not agree on the master: {detail}",
        "Check `mmpctl status`, and find out which database is the right one before you change anything.",
    ),
    "stranger": Rule(
        "{detail} is a member of the cluster, but is not in the inventory",
        "Add the node to the inventory, or correct its db_address.",
    ),
    "not-a-member": Rule(
        "{detail} is in the inventory's cluster, but no node lists it as a member",
        "Correct the inventory, or join the node.",
    ),
    "cas-differ": Rule(
        "the nodes' database CA files differ: {detail}",
        "Use one and the same CA file on all nodes of a cluster, and renew the cluster with it.",
    ),
}
