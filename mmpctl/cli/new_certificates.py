"""The options that say which new certificates there are and what for, which plan and renew share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from mmpctl.cli import options
from mmpctl.errors import UsageError

if TYPE_CHECKING:
    from mmpctl.cli.renewal_options import OperatorWord, Shape
    from mmpctl.inventory.nodes import Node
    from mmpctl.renewal.jobs.services.wish import ServiceWish

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
        help="With --service callbridge: the calls on this node may drop as its Call Bridge restarts (repeatable).",
    ),
]
MaxCalls = Annotated[
    int | None,
    typer.Option(
        "--max-calls",
        metavar="N",
        min=0,
        help="With --service callbridge: a Call Bridge restarts only if no more than N calls are on it then, by its "
        "REST API (MMP_API_USERNAME, MMP_API_PASSWORD).",
    ),
]
Done = Annotated[
    list[str] | None,
    typer.Option(
        "--done",
        metavar="SYSTEM",
        help="With --service and another CA than before: this system outside knows the new CA, or there is none "
        "(repeatable): CUCM, CMM, TMS, Expressway.",
    ),
]


@dataclass(frozen=True, slots=True)
class NewCertificates:
    """The new certificates, and what they are for.

    Args:
        certs: their folder.
        service: the services that they are for; None for the database cluster.
        drop_calls: nodes whose calls may drop.
        max_calls: a Call Bridge restarts with no more calls on it than that.
        done: systems outside that a person has seen to.
    """

    certs: options.Certs
    service: Services = None
    drop_calls: DropCalls = None
    max_calls: MaxCalls = None
    done: Done = None

    @property
    def of_services(self) -> bool:
        """Services are renewed, and no database cluster."""
        return bool(self.service)

    def check(self, word: OperatorWord, shape: Shape) -> None:
        """Refuse what cannot be meant, before any node is asked.

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
                "--done": bool(self.done),
            }
            given = next((option for option, was_given in of_services.items() if was_given), None)
            if given is not None:
                raise UsageError(f"{given} wants --service", advice="Name the service that is renewed.")
            return
        from mmpctl.services.outside_stores import outside
        from mmpctl.services.renewable import in_turn

        in_turn(self.service or ())
        if self.max_calls is not None and "callbridge" not in (self.service or ()):
            raise UsageError("--max-calls is about Call Bridges", advice="Name them with --service callbridge.")
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

    def wish(self, only: frozenset[str], everybody: tuple[Node, ...]) -> ServiceWish:
        """Return what is wanted, as the job takes it.

        Args:
            only: names of the nodes that were selected.
            everybody: all nodes of the inventory.
        """
        from mmpctl.renewal.jobs.services.wish import ServiceWish
        from mmpctl.services.outside_stores import outside

        return ServiceWish(
            self.certs,
            tuple(self.service or ()),
            max_calls=self.max_calls,
            drop_calls=frozenset(self.drop_calls or ()),
            done=frozenset(map(outside, self.done or ())),
            only=only,
            everybody=everybody,
        )

    def asked(self) -> dict[str, list[str]]:
        """Return these options for the next command, which is suggested."""
        given = {"service": self.service or [], "drop_calls": self.drop_calls or [], "done": self.done or []}
        if self.max_calls is not None:
            given["max_calls"] = [str(self.max_calls)]
        return {**given, "certs": [str(self.certs)]}
