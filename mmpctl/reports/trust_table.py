"""The host keys for people."""

from __future__ import annotations

from rich.console import RenderableType

from mmpctl.reports.parts import Column, Document, bullets, next_command, stack, table, with_options, words

_STATES = {
    "known": ("✓ known", "green"),
    "new": ("! NEW", "yellow"),
    "changed": ("✗ CHANGED", "bold red"),
    "unreachable": ("? NOT SEEN", "magenta"),
}
_COLUMNS = (Column("Node"), Column("Address"), Column("Key"), Column("Fingerprint"), Column("State", firm=True))


def trust(document: Document) -> RenderableType:
    """The document of `mmpctl trust`."""
    hosts = document["hosts"]
    states = [host["state"] for host in hosts]
    rows = (
        (
            words(host["name"]),
            words(f"{host['address']}:{host['port']}"),
            words(host["key_type"]),
            words(host["fingerprint"]),
            words(*_STATES.get(host["state"], (f"? {host['state']}", "magenta"))),
        )
        for host in hosts
    )
    silent = [f"{host['name']}: {host['error'] or 'no answer'}" for host in hosts if host["state"] == "unreachable"]
    changed = [
        f"{host['name']} shows another key than the recorded one: find out why before you trust it"
        for host in hosts
        if host["state"] == "changed"
    ]
    counts = ", ".join(
        f"{states.count(state)} {_STATES[state][0].split(' ', 1)[1]}" for state in _STATES if state in states
    )
    return stack(
        [
            table(_COLUMNS, rows),
            bullets(changed, "✗", "bold red") if changed else None,
            bullets(silent, "?", "magenta") if silent else None,
            words(f"{len(hosts)} host keys: {counts}" if hosts else "no host keys", "bold"),
            words(
                f"Recorded in {document['known_hosts']}."
                if document["written"]
                else f"{document['known_hosts']} is as it was."
            ),
            next_command(with_options(document, "mmpctl trust --yes", "inventory", "known_hosts", "ssh_config"))
            if "new" in states and not document["written"]
            else None,
        ]
    )
