"""Documents as the commands make them, with all that can stand in them: small models, and the program's own code.

Each comes as JSON has it (`Any`), so that a test can change it.
"""

from tests.support.documents.audits import (
    audit,
    audit_cluster,
    audit_node,
    audit_of,
    authority,
    certificate,
    finding,
    rows_of,
)
from tests.support.documents.backups import backup
from tests.support.documents.fleets import HISTORY, SERVICES, fleet
from tests.support.documents.host_keys import trust
from tests.support.documents.inventories import inventory
from tests.support.documents.labs import lab
from tests.support.documents.plain import HOSTILE, altered
from tests.support.documents.plans import CERTS, plan, steps
from tests.support.documents.renewals import renewal
from tests.support.documents.runs import run, runs
from tests.support.documents.sites import asked, audit_of_sites, engine_check, engine_definitions
from tests.support.documents.states import status, status_of
from tests.support.documents.trust_graphs import trust_graph

__all__ = [
    "CERTS",
    "HISTORY",
    "HOSTILE",
    "SERVICES",
    "altered",
    "asked",
    "audit",
    "audit_cluster",
    "audit_node",
    "audit_of",
    "audit_of_sites",
    "authority",
    "backup",
    "certificate",
    "engine_check",
    "engine_definitions",
    "finding",
    "fleet",
    "inventory",
    "lab",
    "plan",
    "renewal",
    "rows_of",
    "run",
    "runs",
    "status",
    "status_of",
    "steps",
    "trust",
    "trust_graph",
]
