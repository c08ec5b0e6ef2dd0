"""The `database cluster` commands."""

from __future__ import annotations

from collections.abc import Sequence

from mmpctl.lab.node import CERTIFICATE_FILE, Node
from mmpctl.lab.reply import Question, Reply, error, usage

from .database import Kind
from .handshake import Credentials
from .questions import accepted_text, question_text

_USAGE = usage(
    "database cluster status",
    "database cluster localnode <interface>",
    "database cluster certs <server_key> <server_crt> <client_key> <client_crt> <ca_crt>",
    "database cluster certs <client_key> <client_crt> <ca_crt>",
    "database cluster initialize",
    "database cluster join <hostname/IP address>",
    "database cluster connect <hostname/IP address>",
    "database cluster remove",
    "database cluster upgrade_schema",
    "database cluster clear_error",
)


# Operations by their word and their number of arguments.
_OPERATIONS: dict[tuple[str, int], Kind] = {
    ("remove", 0): "remove",
    ("initialize", 0): "initialize",
    ("join", 1): "join",
    ("connect", 1): "connect",
}


def database(node: Node, arguments: Sequence[str], command: str) -> Reply | Question:
    """Run a `database` command.

    Args:
        node: where.
        arguments: the words after `database`.
        command: the whole line as it was typed.
    """
    verb, rest = (arguments[1], list(arguments[2:])) if len(arguments) > 1 and arguments[0] == "cluster" else ("", [])
    if verb == "status" and not rest:
        return Reply(node.status())
    if verb == "certs" and len(rest) in (3, 5):
        return _certs(node, rest)
    if verb == "localnode" and len(rest) == 1:
        return _localnode(node, rest[0])
    operation = _OPERATIONS.get((verb, len(rest)))
    if operation == "remove":
        return _remove(node, command)
    return _begin(node, operation, command, "".join(rest)) if operation else _USAGE


def by_hand(node: Node, command: str) -> None:
    """Somebody else types and confirms a `database cluster` command; refused where another operation is under way."""
    words = command.split()
    operation = _OPERATIONS.get((words[2], len(words[3:])))
    if operation is None:
        node.tell("by-hand", command)
        database(node, words[1:], command)
    elif node.database.operation is None:
        node.database.start(operation, command, "".join(words[3:]), by_hand=True)


def _certs(node: Node, files: Sequence[str]) -> Reply:
    if node.database.enabled:
        return error("Cannot change certificates when clustering enabled.\n  Disable clustering on this node first")
    for file in files:
        if not CERTIFICATE_FILE.fullmatch(file) or not (node.files / file).is_file():
            return error(f"File {file} not found")
    if node.fault("certs", " ".join(files)) is None:
        node.database.credentials = Credentials.take(node.files, tuple(files))
    return Reply("Certificates updated")


def _localnode(node: Node, interface: str) -> Reply:
    if node.database.enabled:
        return error("Cannot change interface when clustering enabled.\n  Disable clustering on this node first")
    if interface not in ("a", "b", "c", "d"):
        return error(f"Interface {interface} not found")
    node.database.interface = interface
    return Reply("Interface updated")


def _remove(node: Node, command: str) -> Reply | Question:
    if node.database.operation is not None:
        return error("Another operation is in progress")
    if not node.database.enabled and node.switches.remove_when_disabled == "error":
        return error("This node is not in a cluster")
    return _ask(node, "remove", command, "")


def _begin(node: Node, kind: Kind, command: str, target: str) -> Reply | Question:
    state = node.database
    if state.operation is not None:
        return error("Another operation is in progress")
    needed = "client key" if kind == "connect" else "server key"
    if state.credentials is None or needed not in state.credentials.names:
        return error("Certificates are not configured.\n  Use database cluster certs first")
    if kind == "initialize" and state.enabled:
        return error("Cannot initialize when clustering enabled.\n  Disable clustering on this node first")
    return _ask(node, kind, command, target)


def _ask(node: Node, kind: Kind, command: str, target: str) -> Reply | Question:
    state = node.database
    client = state.credentials is not None and "server key" not in state.credentials.names
    text = question_text(kind, node.switches, client=client, clustered=state.enabled)

    def accept() -> Reply:
        node.keep_status()
        state.start(kind, command, target)
        return Reply(accepted_text(kind, node.switches))

    return Question(text, accept) if text else accept()
