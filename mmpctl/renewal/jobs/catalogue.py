"""The table of jobs: what is known of each kind, by the name that requests and journals have."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mmpctl.renewal.job_kind import AnyKind
from mmpctl.renewal.jobs.database_cluster.kind import DatabaseRenewals
from mmpctl.renewal.jobs.services.kind import ServiceRenewals

DATABASE: Final = DatabaseRenewals()
SERVICES: Final = ServiceRenewals()

_KINDS: Final[tuple[AnyKind, ...]] = (DATABASE, SERVICES)
JOBS: Final[Mapping[str, AnyKind]] = MappingProxyType({kind.name: kind for kind in _KINDS})
