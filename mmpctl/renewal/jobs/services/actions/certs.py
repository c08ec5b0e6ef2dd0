"""The step that names the files of one pair to its service."""

from __future__ import annotations

from mmpctl.cluster.step import Step
from mmpctl.renewal.jobs.services.actions.setting import Setting
from mmpctl.renewal.jobs.services.actions.switching import key_of
from mmpctl.services.seen_services import SeenGroup
from mmpctl.services.service_permits import ServiceCertsPermit
from mmpctl.services.service_steps import CERTS


class Certs(Setting[ServiceCertsPermit]):
    """A service is given a key and a certificate."""

    kind = CERTS

    def permit(self, step: Step, now: SeenGroup) -> ServiceCertsPermit:
        """Return the guards' permit."""
        return self.work.guards().certs(key_of(step.node, step.part), step.part, now, back=step.again)
