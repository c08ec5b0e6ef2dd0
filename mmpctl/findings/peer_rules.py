"""The findings about the stores of services: whom they trust, and when that ends."""

from __future__ import annotations

from mmpctl.findings.rule import Rule
from mmpctl.severity import Severity

_EXTEND = (
    "Make a bundle of all that is in {file} and the CA of {detail} (or the certificate itself, if CAs do not "
    "count there), upload it under a new name, set it with `{command}`, and restart the service in a maintenance "
    "window."
)
_REFUSED = "{file} covers neither the certificate nor a CA of {detail}: {verifier} refuses the connection"

PEER_RULES: dict[str, Rule] = {
    "not-trusted": Rule(
        _REFUSED,
        _EXTEND,
        why="The two services cannot connect, although both run.",
    ),
    "call-bridge-not-trusted": Rule(
        _REFUSED,
        _EXTEND,
        why="A Call Bridge whose peers do not have its CA is alone: no calls are spread to it, or no web session "
        "reaches it.",
    ),
    "scheduler-not-trusted": Rule(
        _REFUSED,
        _EXTEND,
        why="A Web Bridge accepts a scheduler only if its C2W store covers it too; otherwise nobody can schedule "
        "meetings in the web app.",
    ),
    "half-trusted": Rule(
        "{file} covers only one of the two certificates of {detail}, which peers may see",
        "Make a bundle of all that is in {file} and the CAs of both, the Call Bridge's and the Web Admin's "
        "certificate, and set it with `{command}` in a maintenance window.",
        Severity.NOTE,
        why="The peers of a cluster connect to each other's Web Admin; which of the two certificates a release checks "
        "is not documented.",
    ),
    "store-not-set": Rule(
        "{verifier} has no store for {file} of {detail}, and refuses the connection",
        "Set a bundle with the CA of {file} with `{command}`, and restart the service in a maintenance window.",
        why="Without a store, the service trusts nobody.",
    ),
    "store-of-leafs": Rule(
        "{file} holds the very certificates of {detail}, and not their CA: {verifier} refuses each of them once it is "
        "renewed",
        "Before you renew them, make a bundle of all that is in {file} and their CA (or the new certificates), and set "
        "it with `{command}`.",
        Severity.NOTE,
        why="Such a store is a list of exact certificates: it must be extended before a renewal, or the connection "
        "ends.",
    ),
    "store-without-root": Rule(
        "{file} holds a CA of {detail}, but not the root above it: {verifier} may refuse the connection",
        "Make a bundle of all that is in {file} and the root, and set it with `{command}` in a maintenance window.",
        Severity.NOTE,
        why="Releases may differ in whether a CA that is no root is enough.",
    ),
    "store-ends": Rule(
        "{file} covers {detail} only until {date}: then {verifier} refuses the connection, though the certificates are "
        "valid for longer",
        "Before that day, make a bundle of all that is in {file} and the CA that follows, and set it with `{command}`.",
        Severity.DUE,
        why="A CA in the store expires before the certificates that it vouches for.",
    ),
}
