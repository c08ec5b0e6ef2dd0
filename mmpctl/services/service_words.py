"""What the renewal of services calls things."""

from __future__ import annotations

from typing import Final

from mmpctl.cluster.job_words import JobWords

# The job of runs that renew services.
SERVICES_JOB: Final = "services"

SERVICE_WORDS: Final = JobWords(
    work="renewal",
    of="service certificates",
    unit="group",
    units="groups",
    touched="service",
    has="has the new certificates",
    untouched="the services are as they were",
    waits="the service that was begun on {nodes} is off, or not proved yet",
    if_asked="the service that was begun will be finished, no other one started",
    by_signal="finishes the service that was begun, starts no other one",
    between="services that were renewed keep the new certificates, the others their old ones",
)
