"""The services of one group of nodes as a unit of a run."""

from __future__ import annotations

from collections.abc import Sequence

from mmpctl.renewal.unit import Unit
from mmpctl.services.seen_services import UnitKey
from mmpctl.services.service_words import SERVICE_WORDS, SERVICES_JOB


def group_unit(name: str, services: Sequence[UnitKey] = ()) -> Unit:
    """Return a group of nodes as a unit of a run.

    Args:
        name: of the cluster, or of the servers without one.
        services: those that the run renews; none if they are not known.
    """
    lead = services[0].node if services else ""
    facts = {"units": [[key.node, key.part] for key in services]}
    return Unit(SERVICES_JOB, name, lead, facts, SERVICE_WORDS.unit)
