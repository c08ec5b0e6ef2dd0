"""How the steps of a renewal of services are carried out: one class for each kind, with its permit and its task.

What a kind is, for the plan and the display, is in `mmpctl/services/service_steps.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mmpctl.cluster.step import Step
from mmpctl.procedure.instruction_parts import Document
from mmpctl.renewal.every_job.working_action import instructions_of
from mmpctl.renewal.jobs.services.actions.certs import Certs
from mmpctl.renewal.jobs.services.actions.disable import Disable
from mmpctl.renewal.jobs.services.actions.enable import Enable
from mmpctl.renewal.jobs.services.actions.more_trust import Trust
from mmpctl.renewal.jobs.services.actions.prove import Prove
from mmpctl.renewal.jobs.services.actions.restart import Restart
from mmpctl.renewal.jobs.services.actions.upload import Upload
from mmpctl.renewal.jobs.services.actions.verify import Verify
from mmpctl.renewal.jobs.services.service_facts import ServiceFacts

ACTIONS: Final = (Upload, Verify, Disable, Trust, Certs, Enable, Restart, Prove)

INSTRUCTIONS: Final[Mapping[str, Callable[[ServiceFacts, Step], Document]]] = instructions_of(ACTIONS)
