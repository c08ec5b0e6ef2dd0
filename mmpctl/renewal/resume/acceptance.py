"""A run that cannot be proved: what is shown of it, and a person's confirmation to resume it all the same."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mmpctl.documents.begun import BegunCluster
from mmpctl.errors import RefusedError
from mmpctl.renewal.job_kind import AnyKind
from mmpctl.renewal.journal_context import user
from mmpctl.renewal.request import check_request, request_for
from mmpctl.runs.folder import RunFolder, changed
from mmpctl.runs.journal import Journal, read
from mmpctl.runs.record import Event, Record
from mmpctl.runs.seal import CHANGED, Proof


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is shown of a run before anybody is asked and before anything is sent to a device.

    Args:
        run: its name.
        inventory: where its inventory lies, as the request says.
        certs: the folder of its certificates, likewise.
        keepers: the keeper of each cluster, likewise; none of a job whose nodes follow none.
        confirmed: who confirmed a keeper, by cluster, likewise; nobody if the nodes proved it.
        by: who worked on it last, as the journal says; None if it does not say.
        proof: what can be proved of all this.
    """

    run: str
    inventory: str
    certs: str
    keepers: Mapping[str, str]
    confirmed: Mapping[str, str]
    by: str | None
    proof: Proof

    @property
    def unproved(self) -> tuple[str, ...]:
        """What cannot be proved, one sentence each; none if the seal fits."""
        if self.proof.holds:
            return ()
        keepers = ", ".join(f"{node} of {cluster}" for cluster, node in self.keepers.items())
        led = f"that the keeper is right ({keepers}), nor " if keepers else ""
        return (
            f"It cannot be proved that request, plan and journal are what the run wrote: {self.proof.why}.",
            f"It cannot be proved {led}what was done on the nodes: the journal only says so ({self.proof.records} "
            "records).",
            f"It cannot be proved that the inventory {self.inventory} is the one that the run began with.",
        )


def facts_of(folder: RunFolder, jobs: Mapping[str, AnyKind]) -> RunFacts:
    """Return what a run's folder says of the run, after checking what can be checked.

    Args:
        folder: the run's folder.
        jobs: the kinds of jobs that are known, by their names.

    Raises:
        JournalError: the journal, or what is sealed with it, was changed.
        RefusedError: the request is not the journal's, or of another job.
    """
    reading = read(folder.path / "journal.jsonl", folder.name)
    kind, request = request_for(folder, jobs)
    check_request(folder, reading.records, kind)
    proof = folder.proof_of(reading)
    if proof.standing == CHANGED:
        raise changed(folder)
    return RunFacts(
        folder.name,
        str(request.get("inventory") or ""),
        str(request.get("certs") or ""),
        {unit.name: unit.lead for unit in map(kind.from_request, request["clusters"])} if kind.words.lead else {},
        {one["name"]: _by_whom(one) for one in request["clusters"] if one.get("keeper_confirmed")},
        _last_by(reading.records),
        proof,
    )


def check_accepted(facts: RunFacts, accepted: bool) -> None:
    """Refuse to resume a run that cannot be proved, unless a person confirms it.

    Args:
        facts: of the run.
        accepted: the word was given.

    Raises:
        RefusedError: it was not, and nothing proves the run (code `unproved-run`).
    """
    if facts.proof.holds or accepted:
        return
    raise RefusedError(
        f"the run {facts.run} cannot be proved: {facts.proof.why}",
        code="unproved-run",
        advice=" ".join(facts.unproved)
        + f" Look at it with `mmpctl runs {facts.run}`, and ask whoever ran it. If it is the run that you know, "
        "go on with --accept-run. Nothing was sent to any device.",
    )


def is_own(facts: RunFacts, records: Iterable[Record]) -> bool:
    """Return whether this user is known to have said all that the request says of the operator.

    Args:
        facts: of the run.
        records: the journal's: a run that was accepted once stays one that somebody else has begun.
    """
    return facts.proof.holds and not any(record.event == Event.VOUCHED for record in records)


def vouch(folder: RunFolder, journal: Journal, clusters: Iterable[str], facts: RunFacts) -> None:
    """Write down who takes up a run that cannot be proved; from here on the journal is sealed with this user's key.

    Args:
        folder: the run's folder.
        journal: the run's journal.
        clusters: those that have not come to their end.
        facts: of the run.
    """
    folder.seal(journal)
    detail = {"by": {"user": user(), "machine": socket.gethostname()}, "unproved": list(facts.unproved)}
    for name in clusters:
        journal.append(Event.VOUCHED, name, detail=detail)


def _by_whom(one: BegunCluster) -> str:
    return str(one.get("keeper_confirmed_by") or "the operator")


def _last_by(records: tuple[Record, ...]) -> str | None:
    by: Mapping[str, Any] | None = None
    for record in records:
        said = record.detail.get("by")
        by = said if isinstance(said, dict) else by
    return f"{by.get('user')} on {by.get('machine')}" if by else None
