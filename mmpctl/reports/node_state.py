"""What a node said of its cluster, in the few words that tell whether it is well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mmpctl.cluster.status import DISABLED, ENABLED, Member
from mmpctl.cluster.trouble import SILENT
from mmpctl.documents.renewal import FoundNode
from mmpctl.reports.widgets import Document


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node's state.

    Args:
        sign: one character.
        word: the device's own word, or why there is none.
        kind: `good`, `warn` or `bad`, for the colour.
        own: what it says it is itself.
        sees: each other member with its state.
        expired: files that the device marks as expired.
        files: configured files, by what they are.
        last: the last cluster command with its result.
    """

    sign: str
    word: str
    kind: str
    own: str | None = None
    sees: tuple[tuple[str, str], ...] = ()
    expired: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    last: str | None = None


def state_of(seen: Document | None, names: Mapping[str, str]) -> NodeState:
    """Return the state of a node that was looked at, or why it was not.

    Args:
        seen: `error` and `status`, as the journal keeps them; None if nobody wrote it down.
        names: inventory names by the address that a status shows.
    """
    if seen is None:
        return NodeState("–", "not recorded", "none")
    status = seen.get("status")
    if not status:
        trouble = seen.get("trouble") or SILENT
        return NodeState("✗", f"{trouble}: {seen.get('error') or 'no reason is known'}", "bad")
    members = [Member(one["address"], one["me"], one["state"]) for one in status["nodes"]]
    expired = tuple(status["expired"])
    me = next((member for member in members if member.me), None)
    if status["status"] == ENABLED and not expired and members and all(member.healthy for member in members):
        sign, kind = "✓", "good"
    elif status["status"] == DISABLED and not expired:
        sign, kind = "·", "none"
    else:
        sign, kind = ("✗", "bad") if expired or status["error"] else ("!", "warn")
    last = status["last_command"]
    return NodeState(
        sign,
        status["status"] + (f": {status['error']}" if status["error"] else ""),
        kind,
        own=me.state if me else None,
        sees=tuple((names.get(member.address, member.address), member.state) for member in members if not member.me),
        expired=expired,
        files=tuple((what.replace("_", " "), file) for what, file in status["certificates"].items() if file),
        last=f"{last} ({status['last_result'] or 'no result'})" if last else None,
    )


def follows(found: FoundNode) -> str:
    """Return what follows for a node of a run that is resumed: `done`, `again: join`, `next: remove`.

    Args:
        found: one of a cluster's `nodes`.
    """
    return f"{found['conclusion']}: {found['step']}" if found.get("step") else str(found["conclusion"])
