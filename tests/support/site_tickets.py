"""Tickets for a site of a lab, as a desk that has looked would make them."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from mmpctl.inventory.nodes import nodes_of
from mmpctl.lab.fleet import Fleet
from mmpctl.reach.services_asked import ServicesAsked
from mmpctl.reach.site_inventory import digest_of, nodes_around
from mmpctl.reach.tickets.confirmed_plan import plan_digest
from mmpctl.reach.tickets.ticket import Ticket
from mmpctl.renewal.jobs.database_cluster.cluster_plan import ClusterPlan
from mmpctl.renewal.jobs.services.group_plan import GroupPlan
from mmpctl.renewal.jobs.services.wish import ServiceWish
from mmpctl.renewal.run_options import RunOptions
from mmpctl.runbooks import plan as planning
from mmpctl.runbooks import renew_services
from mmpctl.times import now_utc
from tests.support.fleet import CLUSTER, KEEPER, nornir

SITE = "london"


def planned(fleet: Fleet, **options: Any) -> ClusterPlan:
    """What would be done with the sample's expired cluster."""
    options.setdefault("keepers", {CLUSTER: KEEPER})
    nr = nornir(fleet, CLUSTER)
    (plan,) = planning.run(nr, fleet.certificates, clock=now_utc, **options).clusters
    return plan


def ticket_for(fleet: Fleet, digest: str, work: str = CLUSTER, **changes: Any) -> Ticket:
    """A ticket that the lab's site takes, but for the changes.

    Args:
        fleet: the lab.
        digest: of what was confirmed.
        work: the cluster, or the run.
        changes: of its fields.
    """
    inventory = digest_of(nodes_around(SITE, nodes_of(nornir(fleet))))
    told = {"site": SITE, "inventory": inventory, "made": now_utc(), **changes}
    return Ticket(secrets.token_hex(16), work=work, digest=digest, **told)


def renewing_ticket(fleet: Fleet, **changes: Any) -> Ticket:
    """A ticket for the renewal of that cluster as it is planned now."""
    return ticket_for(fleet, plan_digest(planned(fleet)), **changes)


def services_planned(fleet: Fleet, asked: ServicesAsked) -> GroupPlan:
    """What would be done with the services of the only cluster, by the lab's new files."""
    wish = ServiceWish(
        fleet.service_certificates,
        asked.services,
        asked.max_calls,
        frozenset(asked.drop_calls),
        frozenset(asked.done),
        frozenset(asked.nodes),
    )
    (plan,) = renew_services.plan(nornir(fleet), wish, RunOptions()).clusters
    return plan


def services_ticket(fleet: Fleet, asked: ServicesAsked, **changes: Any) -> Ticket:
    """A ticket for the renewal of services as it is planned now."""
    return ticket_for(fleet, plan_digest(services_planned(fleet, asked)), job="services", **changes)


def renewing_options(fleet: Fleet, place: Path) -> tuple[str, ...]:
    """The options of `mmpctl site` with which it renews."""
    return ("--site", SITE, "--certs", str(fleet.certificates), "--runs", str(place / "runs"), "--renews")
