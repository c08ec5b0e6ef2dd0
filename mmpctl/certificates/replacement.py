"""What a new certificate changes, compared with the one that is in use in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.fitness import check_validity
from mmpctl.cluster.certificate_facts import same_name
from mmpctl.cluster.in_use import InUse, NodeInUse
from mmpctl.findings.finding import Finding, finding

# The common names of a subject that is written on one line.
_COMMON_NAME: Final = re.compile(r"(?:^|, | \+ )CN=(.*?)(?=(?:, | \+ )[A-Za-z0-9.]+=|$)")
# A year has a day more or less, and a CA rounds: that is no shorter life.
_ABOUT: Final = 0.95


def changed_by(new: Certificate, file: str, old: InUse) -> Iterator[Finding]:
    """Yield what is different with a new certificate; that it ends sooner is judged elsewhere (`check_set`).

    Args:
        new: the node's own certificate.
        file: its file.
        old: the one in use in its place.
    """
    facts, before = new.facts, old.facts
    if facts.serial == before.serial and same_name(facts.issuer, before.issuer):
        yield finding("already-in-use", file)
        return
    if before.issuer and not same_name(facts.issuer, before.issuer):
        yield finding("new-issuer", file, detail=f"[{facts.issuer}], before [{before.issuer}]")
    life, earlier = facts.not_after - facts.not_before, before.not_after - before.not_before
    if life < _ABOUT * earlier:
        yield finding("shorter-life", file, days=_days(life), before=_days(earlier))
    yield from lost_names((*new.common_names, *new.host_names, *new.addresses), file, old)


def lost_names(names: Iterable[str], file: str, old: InUse) -> Iterator[Finding]:
    """Yield a finding if the certificate in use has names that a new one, or a request for it, does not have.

    Args:
        names: of the new one, common names among them.
        file: the file.
        old: the one in use.
    """
    kept = {name.casefold() for name in names}
    lost = dict.fromkeys(
        name for name in (*_COMMON_NAME.findall(old.facts.subject), *(old.names or ())) if name.casefold() not in kept
    )
    if lost:
        yield finding("fewer-names", file, detail=", ".join(lost))


def nothing_due(in_use: NodeInUse, now: datetime) -> Iterator[Finding]:
    """Yield a finding if nothing that a node has in use makes a renewal necessary.

    Args:
        in_use: what an audit saw.
        now: aware, UTC.
    """
    held = in_use.certificates.values()
    if held and all(one.in_order and not any(check_validity(one.facts, one.file, now)) for one in held):
        yield finding("nothing-due", "", detail=f"{min(one.facts.not_after for one in held):%Y-%m-%d}")


def _days(life: timedelta) -> str:
    return f"{life.days} day{'' if life.days == 1 else 's'}"
