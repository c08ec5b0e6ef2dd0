"""Warn of passwords that expire soon: after that day nobody can log in, even in the middle of a renewal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timezone

from mmpctl.cluster.account import end_of_password
from mmpctl.cluster.observed import ObservedCluster

# As long as a certificate is due by default.
SOON_DAYS = 30


def password_notes(cluster: ObservedCluster, now: datetime) -> Iterator[str]:
    """Yield the accounts whose password ends soon or has ended, one sentence for each account and day.

    Args:
        cluster: what was observed.
        now: the time, aware.
    """
    today = now.astimezone(timezone.utc).date()
    found: dict[tuple[str, date], list[str]] = {}
    for node in cluster.nodes:
        account = node.account
        if account is None or account.password_ends is None:
            continue
        if (account.password_ends - today).days <= SOON_DAYS:
            found.setdefault((account.name, account.password_ends), []).append(node.name)
    for (name, day), nodes in found.items():
        yield (
            f"the password of the account {name} {end_of_password(day, today)} ({', '.join(nodes)}): after that "
            "nobody can log in with it. Change it before the renewal, on the node and where you keep it for mmpctl"
        )
