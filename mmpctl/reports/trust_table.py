"""The host keys for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import RenderableType

from mmpctl.device.ssh.host_key import Trust
from mmpctl.documents.trust import TrustDocument, TrustedHost
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.sentences import Sentence
from mmpctl.reports.wide_table import WideTable
from mmpctl.reports.widgets import (
    block,
    bullets,
    counted,
    hosts_option,
    next_command,
    stack,
    with_options,
    words,
)

STATES: Mapping[str, tuple[str, str]] = {
    Trust.KNOWN: ("✓ known", "green"),
    Trust.NEW: ("! NEW", "yellow"),
    Trust.CHANGED: ("✗ CHANGED", "bold red"),
    Trust.REVOKED: ("✗ REVOKED", "bold red"),
    Trust.UNREACHABLE: ("? NOT SEEN", "magenta"),
}
_UNEXPECTED = ("✗ NOT THE EXPECTED KEY", "bold red")
_COLUMNS = (Column("Node"), Column("Address"), Column("Key"), Column("Fingerprint"), Column("State", firm=True))
_SELECTION = ("site", "cluster", "role", "filter")
_OPTIONS = ("inventory", "known_hosts", "ssh_config", "expect")


def trust(document: TrustDocument) -> RenderableType:
    """Return the document of `mmpctl trust`: the keys, and what was recorded."""
    return stack([trust_keys(document), trust_outcome(document)])


def trust_keys(document: TrustDocument) -> RenderableType:
    """Return the keys as they were found, for a person to compare before anything is recorded."""
    hosts = document["hosts"]
    rows = [
        (
            words(host["name"]),
            words(f"{host['address']}:{host['port']}"),
            words(host["key_type"]),
            words(host["fingerprint"]),
            words(*_state(host)),
        )
        for host in hosts
    ]
    wrong = [sentence for host in hosts for sentence in _wrong(document, host)]
    states = [host["state"] for host in hosts]
    counts = ", ".join(
        f"{states.count(state)} {STATES[state][0].split(' ', 1)[1]}" for state in STATES if state in states
    )
    return stack(
        [
            WideTable(_COLUMNS, rows, kept=3),
            bullets(wrong, "✗", "bold red") if wrong else None,
            _silent([host for host in hosts if host["state"] == Trust.UNREACHABLE]),
            words(f"{counted(len(hosts), 'host key')}: {counts}" if hosts else "no host keys", "bold"),
        ]
    )


def _silent(hosts: Sequence[TrustedHost]) -> RenderableType | None:
    """Return why nodes were not seen; what is to be done about several of them is told once."""
    cures: dict[str, list[str]] = {}
    for host in hosts:
        message, _, cure = (host["error"] or "no answer").partition(" · ")
        cures.setdefault(cure, []).append(f"{host['name']}: {message}")
    parts: list[RenderableType] = []
    for cure, messages in cures.items():
        parts += [bullets(messages, "?", "magenta"), *([bullets([cure], "→")] if cure else [])]
    return block(*parts) if parts else None


def trust_outcome(document: TrustDocument) -> RenderableType:
    """Return what was recorded, and what to type next."""
    hosts, file = document["hosts"], document["known_hosts"]
    recorded = [host["name"] for host in hosts if host.get("written")]
    told = f"Recorded in {file}: {', '.join(recorded)}." if recorded else f"Nothing was recorded in {file}."
    commands = _next(document)
    return stack([Sentence(words(told)), next_command(*commands) if commands else None])


def _next(document: TrustDocument) -> list[str]:
    hosts = document["hosts"]
    left = [host for host in hosts if not host.get("written") and host.get("expected") is not False]
    expecting = document.get("expect")
    new = [host for host in left if host["state"] == Trust.NEW and (host.get("expected") or not expecting)]
    changed = [host for host in left if host["state"] == Trust.CHANGED and (host.get("expected") or not expecting)]
    commands = []
    if new:
        commands.append(_with_selection(document, "mmpctl trust --yes"))
    if changed:
        replacing = f"mmpctl trust --replace {hosts_option(host['name'] for host in changed)}"
        commands.append(with_options(document, replacing, *_OPTIONS))
    if not commands and hosts and all(host.get("written") or host["state"] == Trust.KNOWN for host in hosts):
        commands.append(
            with_options(document, "mmpctl status", "inventory", "known_hosts", "ssh_config", *_SELECTION, "host")
        )
    return commands


def _with_selection(document: TrustDocument, command: str) -> str:
    return with_options(document, command, *_OPTIONS, *_SELECTION, "host")


def _state(host: TrustedHost) -> tuple[str, str]:
    if host.get("expected") is False:
        return _UNEXPECTED
    return STATES.get(host["state"], (f"? {host['state']}", "magenta"))


def _wrong(document: TrustDocument, host: TrustedHost) -> list[str]:
    name, recorded = host["name"], " or ".join(host.get("recorded") or ()) or "another one"
    if host.get("expected") is False:
        return [
            f"{name} does not show the key that {document['expect']} expects. It is not recorded. Do not log in to it "
            "before you know why: another machine may answer in its place."
        ]
    if host["state"] == Trust.REVOKED:
        return [f"{name} shows a key that {document['known_hosts']} marks as revoked. It cannot be recorded."]
    if host["state"] == Trust.CHANGED:
        return [
            f"{name} shows a key other than the recorded one ({recorded}). Make sure before you replace it: find out "
            "if the node was installed again or restored, and compare the fingerprint on its own console, not over "
            "the network."
        ]
    if document.get("expect") and host.get("expected") is None and host["state"] == Trust.NEW:
        return [f"{document['expect']} has no line for {name}. Its key is not recorded."]
    return []
