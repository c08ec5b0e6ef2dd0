"""What changed since an earlier audit, out of the history; and how old audits are deleted from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from mmpctl import exit_codes as codes
from mmpctl.documents.history import ChangeDocument, ForgottenDocument, HistoryDocument
from mmpctl.documents.kept import KeptAudit, KeptNode
from mmpctl.errors import UsageError
from mmpctl.history.changes import Change, changes, missing, seen_in
from mmpctl.history.forgetting import to_forget
from mmpctl.times import iso, minute

if TYPE_CHECKING:
    from mmpctl.history.store import History, Selection


# As many audits before are looked through for a node that was silent: a month of nights.
_BACK = 30


def run(history: History, since: datetime | None = None) -> HistoryDocument:
    """Return the document of `mmpctl history`: the last audit against an earlier one of the same part of the inventory.

    Args:
        history: where the audits are kept.
        since: against the last one at this time or earlier, aware, UTC; if that is the last of all, against the last
            one before that day. By default against the one before the last.

    Raises:
        UsageError: there is nothing to compare, or the history cannot be read.
    """
    last = history.last()
    if last is None:
        raise UsageError(
            "no audit has been kept yet", code="history", advice="Keep one with `mmpctl audit --history FILE`."
        )
    selection = last.get("selection", {})
    earlier = _earlier(history, last["at"], selection, since)
    if earlier is None:
        raise _nothing(history, last["at"], selection, since)
    return {
        "schema": 1,
        "command": "history",
        "before": earlier["at"],
        "after": last["at"],
        "selection": selection,
        "changes": [_change(one) for one in changes(earlier, last, _last_seen(history, earlier, last, selection))],
        "counts": history.counts(selection=selection),
    }


def forget(
    history: History,
    before: datetime,
    confirm: Callable[[Sequence[str], int], bool | None] = lambda _times, _stay: None,
) -> ForgottenDocument:
    """Delete the audits from before a moment, and give their space back; the newest one of each selection stays.

    Args:
        history: where the audits are kept.
        before: aware, UTC.
        confirm: asked once, with the times of the audits to delete, the oldest first, and how many stay; nothing is
            deleted at no, or None: nobody can be asked.

    Raises:
        UsageError: the history cannot be read or written.
    """
    rows = history.kept()
    chosen = to_forget(rows, before)
    times = [row.at for row in chosen]
    answer = confirm(times, len(rows) - len(chosen)) if chosen else True
    size, reason = None, None
    if answer:
        history.forget(chosen)
        try:
            size = history.give_back()
        except UsageError as error:
            reason = f"The space was not given back ({error.message}). Give the same command again for that."
    else:
        reason = "Nobody has confirmed it. Add --yes to delete them." if answer is None else "You did not say yes."
    return {
        "schema": 1,
        "command": "history",
        "forget_before": iso(before),
        "forgotten": times,
        "done": bool(answer),
        "kept": len(rows) - (len(chosen) if answer else 0),
        "bytes": size,
        "reason": reason,
    }


def code_of(document: ForgottenDocument) -> int:
    """Return the exit code of a deletion: 5 if it was not confirmed, else 0.

    Args:
        document: of `forget`.
    """
    return codes.DONE if document["done"] else codes.REFUSED


def _change(one: Change) -> ChangeDocument:
    return {
        "kind": one.kind,
        "cluster": one.cluster,
        "node": one.node,
        "use": one.use,
        "before": one.before,
        "after": one.after,
    }


def _earlier(history: History, last: str, selection: Selection, since: datetime | None) -> KeptAudit | None:
    if since is None:
        return history.last(before=last, selection=selection)
    found = history.last(until=since, selection=selection)
    if found is not None and found["at"] == last:
        # Compared with itself, it would have changed in nothing.
        return history.last(before=iso(since.replace(hour=0, minute=0, second=0)), selection=selection)
    return found


def _last_seen(history: History, earlier: KeptAudit, last: KeptAudit, selection: Selection) -> dict[str, KeptNode]:
    """Return what was last known of the nodes that the earlier audit did not see."""
    names, found = missing(earlier, last), dict[str, KeptNode]()
    if names:
        for audit in islice(history.back(before=earlier["at"], selection=selection), _BACK):
            found = {**seen_in(audit, names), **found}
            if len(found) == len(names):
                break
    return found


def _nothing(history: History, last: str, selection: Selection, since: datetime | None) -> UsageError:
    when = f"before that of {last}" if since is None else f"from {minute(since)} or before"
    if since is not None and last <= iso(since):
        when = f"from before {since:%Y-%m-%d} (UTC)"
    advice = "Compare with a later day." if since is not None else "Audits that are kept from now on are compared."
    if history.last(before=last) is not None and history.last(before=last, selection=selection) is None:
        what = " ".join(f"--{name} {value}" for name, values in selection.items() for value in values)
        when = f"{when} of the same nodes ({what or 'all'})"
        advice = "Keep audits of different selections in separate files."
    return UsageError(f"no audit {when} has been kept", code="history", advice=advice)
