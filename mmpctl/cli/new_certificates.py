"""The options that say which new certificates there are and what for, which plan and renew share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmpctl.cli.sites import required_folder
from mmpctl.errors import UsageError

if TYPE_CHECKING:
    from mmpctl.cli.renewal_options import OperatorWord, Shape
    from mmpctl.inventory.nodes import Node
    from mmpctl.reach.services_asked import ServicesAsked
    from mmpctl.renewal.jobs.services.wish import ServiceWish

Certs = Annotated[
    Path | None,
    typer.Option(
        "--certs",
        metavar="DIR",
        help="Folder with the new certificates and keys. With --engine: none, each site has its own.",
    ),
]
Services = Annotated[
    list[str] | None,
    typer.Option(
        "--service",
        metavar="NAME",
        help="Renew the certificates of this service instead of the database cluster's (repeatable): webadmin, "
        "callbridge, webbridge3, turn, recorder, streamer, …",
    ),
]
DropCalls = Annotated[
    list[str] | None,
    typer.Option(
        "--drop-calls",
        metavar="NODE",
        help="With --service: the calls on this node may drop as its Call Bridge restarts (repeatable).",
    ),
]
MaxCalls = Annotated[
    int | None,
    typer.Option(
        "--max-calls",
        metavar="N",
        min=0,
        help="With --service: a Call Bridge restarts only if no more than N calls are on it then, by its "
        "REST API (MMP_API_USERNAME, MMP_API_PASSWORD).",
    ),
]
IfDue = Annotated[
    int | None,
    typer.Option(
        "--if-due",
        metavar="DAYS",
        min=1,
        help="With --service, for a timer: renew only what expires within DAYS; with --yes, only what the inventory "
        "names in `unattended`, and a Call Bridge only without calls.",
    ),
]
Done = Annotated[
    list[str] | None,
    typer.Option(
        "--done",
        metavar="SYSTEM",
        help="With --service and another CA than before: this system outside knows the new CA, or there is none "
        "(repeatable): CUCM, CMM, TMS, Expressway, IMPS, SIP.",
    ),
]


@dataclass(frozen=True, slots=True)
class NewCertificates:
    """The new certificates, and what they are for.

    Args:
        certs: their folder; None if each site has its own.
        service: the services that they are for; None for the database cluster.
        drop_calls: nodes whose calls may drop.
        max_calls: a Call Bridge restarts with no more calls on it than that.
        if_due: only what expires within so many days.
        done: systems outside that a person has seen to.
    """

    certs: Certs = None
    service: Services = None
    drop_calls: DropCalls = None
    max_calls: MaxCalls = None
    if_due: IfDue = None
    done: Done = None

    @property
    def of_services(self) -> bool:
        """Services are renewed, and no database cluster."""
        return bool(self.service)

    @property
    def folder(self) -> Path:
        """Their folder, which must have been given."""
        return required_folder("--certs", self.certs, "Name the folder with the new certificates and keys.")

    def check(self, word: OperatorWord, shape: Shape) -> None:
        """Refuse options that do not go together, before any node is asked.

        Args:
            word: what the operator confirms of a database cluster.
            shape: how a database cluster is taken apart.

        Raises:
            UsageError: with the option that is wrong.
        """
        if not self.of_services:
            of_services = {
                "--drop-calls": bool(self.drop_calls),
                "--max-calls": self.max_calls is not None,
                "--if-due": self.if_due is not None,
                "--done": bool(self.done),
            }
            given = next((option for option, was_given in of_services.items() if was_given), None)
            if given is not None:
                raise UsageError(f"{given} wants --service", advice="Name the service that is renewed.")
            return
        self._check_timer()
        from mmpctl.services.outside_stores import outside
        from mmpctl.services.renewable import in_turn

        in_turn(self.service or ())
        for system in self.done or ():
            outside(system)
        of_databases = {
            "--keeper": word.keeper,
            "--reason": word.reason,
            "--leave-out": shape.leave_out,
            "--slaves-at-once": shape.slaves_at_once,
            "--names same": shape.names != "versioned",
        }
        given = next((option for option, value in of_databases.items() if value), None)
        if given is not None:
            raise UsageError(
                f"{given} is about database clusters, and --service about services",
                advice="Renew the two one after the other, each with its own options.",
            )

    def _check_timer(self) -> None:
        """Refuse that calls drop without a person."""
        if self.if_due is None:
            return
        given = "--drop-calls" if self.drop_calls else "--max-calls" if self.max_calls else None
        if given is not None:
            raise UsageError(
                f"{given} cannot be combined with --if-due",
                advice="A run without a person must not drop calls. Leave out one of the two options.",
            )

    def wish(self, only: frozenset[str], everybody: tuple[Node, ...], *, alone: bool = False) -> ServiceWish:
        """Return what is wanted, as the job takes it.

        Args:
            only: names of the nodes that were selected.
            everybody: all nodes of the inventory.
            alone: nobody is asked.
        """
        from mmpctl.renewal.jobs.services.wish import ServiceWish
        from mmpctl.services.outside_stores import outside

        return ServiceWish(
            self.folder,
            tuple(self.service or ()),
            max_calls=self.max_calls,
            drop_calls=frozenset(self.drop_calls or ()),
            done=frozenset(map(outside, self.done or ())),
            only=only,
            everybody=everybody,
        ).within_days(self.if_due, alone=alone)

    def at_sites(self, nodes: Collection[str], *, alone: bool = False) -> ServicesAsked | None:
        """Return the same as sites take it; None for the database cluster.

        Args:
            nodes: names of those that were selected.
            alone: nobody is asked.
        """
        if not self.of_services:
            return None
        from mmpctl.reach.services_asked import ServicesAsked
        from mmpctl.services.outside_stores import outside

        return ServicesAsked(
            tuple(self.service or ()),
            tuple(nodes),
            self.max_calls,
            tuple(self.drop_calls or ()),
            tuple(map(outside, self.done or ())),
            self.if_due,
            alone,
        )

    def asked(self) -> dict[str, list[str]]:
        """Return these options for the next command, which is suggested."""
        given = {"service": self.service or [], "drop_calls": self.drop_calls or [], "done": self.done or []}
        numbers = {"max_calls": self.max_calls, "if_due": self.if_due}
        given |= {option: [str(number)] for option, number in numbers.items() if number is not None}
        return {**given, **({"certs": [str(self.certs)]} if self.certs is not None else {})}
