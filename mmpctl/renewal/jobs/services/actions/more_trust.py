"""The step that names a file to a service which says whom it trusts: all that it trusted before, and more."""

from __future__ import annotations

from mmpctl.cluster.step import Step
from mmpctl.renewal.jobs.services.actions.setting import Setting
from mmpctl.renewal.jobs.services.actions.switching import key_of
from mmpctl.services.seen_services import SeenGroup
from mmpctl.services.service_permits import TrustPermit
from mmpctl.services.service_steps import TRUST


class Trust(Setting[TrustPermit]):
    """A service is given a file of more certificates that it trusts."""

    kind = TRUST

    def permit(self, step: Step, now: SeenGroup) -> TrustPermit:
        """Return the guards' permit."""
        return self.work.guards().trust(key_of(step.node, step.part), step.part, now, back=step.again)
