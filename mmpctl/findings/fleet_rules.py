"""What can be found of a whole node or cluster: that it was not seen, its clock, passwords, backups and members."""

from __future__ import annotations

from mmpctl.findings.rule import Rule
from mmpctl.severity import Severity

# As in the table of files; there is no file here.
FLEET_RULES: dict[str, Rule] = {
    "not-seen": Rule(
        "not seen: {detail}",
        "{cure}",
        Severity.UNKNOWN,
        why="The state of its certificates is unknown.",
    ),
    "may-not-look": Rule(
        "not seen: {detail}",
        "{cure}",
        Severity.UNKNOWN,
        why="Nothing was seen of this node, and that does not mean that nothing is wrong.",
    ),
    "password-ends": Rule(
        "the password of the account {detail}",
        "Change it before that day, on the node and in the place from which mmpctl reads it.",
        Severity.NOTE,
        why="From that day on nobody can log in with this account: no audit and no renewal is possible "
        "until it has a new password.",
    ),
    "host-key": Rule(
        "not seen: {detail}",
        "{cure}",
        Severity.UNKNOWN,
        why="Another machine may be answering in its place.",
    ),
    "not-understood": Rule(
        "{detail}",
        "Look at the node by hand. Its release may be new.",
        Severity.UNKNOWN,
        why="The part that was not understood is missing from this report.",
    ),
    "unknown-line": Rule(
        "the database cluster's status shows a line that is not known: {detail}",
        "Read the line. If it is no reason against a renewal, allow it in questions.yaml beside the inventory.",
        Severity.NOTE,
        why="Nobody knows what the line means in this release; a renewal does not start before a person has read it.",
    ),
    "backup-old": Rule(
        "the last good backup that is kept here {detail}",
        "Make one with `mmpctl backup --to DIR --host {node}`.",
        Severity.DUE,
        why="If the database is lost, all changes since that backup are lost with it. A renewal makes a "
        "backup of its own.",
    ),
    "clock": Rule(
        "the node's clock is {detail}; the node uses it to decide whether a certificate is valid",
        "Give the node a time server (NTP).",
        why="A node with a wrong clock refuses valid certificates, or accepts expired ones.",
    ),
    "this-clock": Rule(
        "{detail}; every date in this report is judged by it",
        "Correct the clock of this machine (NTP), then audit again, before anything else is done.",
        why="By a wrong clock here, certificates that are in order look expired, and some that have expired look well.",
    ),
    "not-in-sync": Rule(
        "the database cluster is not in sync: {detail}",
        "Check `mmpctl status`. If certificates have expired, renew them.",
        why="If the master fails, a slave that is behind has lost the changes that it had not copied yet.",
    ),
    "masters-differ": Rule(
        "the nodes do not agree on the master: {detail}",
        "Check `mmpctl status`, and find out which database is the right one before you change anything.",
        why="Two databases may receive changes at the same time, and the changes of one of them will be lost.",
    ),
    "stranger": Rule(
        "{detail} is a member of the cluster, but is not in the inventory",
        "Add the node to the inventory, or correct its db_address.",
        why="A renewal does not know this node, and would leave it behind.",
    ),
    "not-a-member": Rule(
        "{detail} is in the inventory's cluster, but no node lists it as a member",
        "Correct the inventory, or join the node.",
        why="The node works with data of its own, or with none.",
    ),
    "cas-differ": Rule(
        "the nodes' database CA files differ: {detail}",
        "Use one and the same CA file on all nodes of a cluster, and renew the cluster with it.",
        why="A node refuses other nodes whose certificates do not chain to its own CA file.",
    ),
    "no-set": Rule(
        "{detail}",
        "{cure}",
        why="A cluster can be renewed only if there are files for all of its nodes.",
    ),
    "nothing-due": Rule(
        "nothing is due on this node: its certificates in use are in order, and valid until {detail}",
        "Renew it later, unless there is another reason, such as a new CA.",
        Severity.NOTE,
        why="A renewal interrupts the database of the cluster.",
    ),
    "not-compared": Rule(
        "{detail}",
        "Audit the node, and compare with that audit.",
        Severity.NOTE,
        why="Nobody has looked at what a renewal changes on this node.",
    ),
}
