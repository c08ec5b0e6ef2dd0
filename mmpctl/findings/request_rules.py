"""The findings about a certificate request, before it goes to a CA."""

from __future__ import annotations

from mmpctl.findings.rule import Rule
from mmpctl.severity import Severity

_AGAIN = "Make a new request in place of {file}."

REQUEST_RULES: dict[str, Rule] = {
    "request-unreadable": Rule(
        "{file} holds no certificate request that can be read: {detail}",
        "Fetch {file} again from where it was made, or make a new request.",
    ),
    "request-signature": Rule(
        "{file} is not signed with the key that it names",
        "Fetch {file} again from where it was made. It was changed on the way.",
        why="A CA refuses it, and nobody can prove that the key is the node's.",
    ),
    "request-cn": Rule(
        "{file} asks for the common name {detail}; the database accepts only a client with the name postgres",
        "Make a new request in place of {file}, for exactly CN=postgres.",
        why="The certificate would have this name, and no node could connect to the database with it.",
    ),
    "request-no-name": Rule(
        "{file} asks for a certificate without a common name",
        "Make a new request in place of {file}, with a common name.",
        why="Most CAs refuse it, and the device shows certificates by this name.",
    ),
    "request-key": Rule("{file} has a key that the device does not take: {detail}", _AGAIN),
    "request-other-key": Rule(
        "{file} has another key than the one that request.json beside it ties to the file {detail} on the node",
        "Fetch {file} again, or delete this folder and make new requests.",
        why="The certificate would not fit the key on the node.",
    ),
    "requests-swapped": Rule(
        "{file} and {other} look exchanged: the request for the server asks for the name postgres",
        "Exchange the names of {file} and {other}.",
    ),
    "requests-same-key": Rule(
        "{file} and {other} have the same key",
        "Make a new request in place of {file}, with a key of its own.",
        Severity.NOTE,
        why="Whoever gets one of the two keys has both certificates.",
    ),
    "request-missing": Rule(
        "{file} is not there, although the other request of the node is",
        "Make both requests of the node again with `mmpctl csr`, or put {file} there.",
        why="A database node needs a server certificate and a client certificate.",
    ),
    "request-open": Rule(
        "{file} has no certificate yet",
        "If you have a private CA, answer {file} with `mmpctl sign {folder} --ca CADIR`. If another CA has answered, "
        "give `mmpctl sign {folder} --answers PATH`.",
        why="The cluster can be renewed only if all of its nodes have their certificates.",
    ),
    "request-newer": Rule(
        "{file} asks for a certificate for another key than that of {other}: its answer is not here yet",
        "If {file} was sent to a CA, wait for the answer and lay it down with `mmpctl sign {folder} --answers PATH`. "
        "Otherwise remove it.",
        Severity.NOTE,
        why="Two requests for one place are easily mixed up.",
    ),
    "request-too-long": Rule(
        "{file} asks for a name that certificates have no place for: {detail}",
        "Make a new request in place of {file}, with values of at most 64 characters, and a country of two letters.",
        why="A CA refuses it, or cuts the name off.",
    ),
}
