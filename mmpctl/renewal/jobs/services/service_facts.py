"""What the manual procedure for the services of a group is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mmpctl.cluster.job_words import JobWords
from mmpctl.procedure.common_rules import NEVER_AGAIN, RIGHT_WINDOW, WAVES
from mmpctl.procedure.leaderless_facts import LeaderlessFacts
from mmpctl.renewal.jobs.services.preparation import Prepared
from mmpctl.services.renewable import FileRole
from mmpctl.services.seen_services import SeenGroup, SeenNode
from mmpctl.services.service_goal import ServiceGoal
from mmpctl.services.service_words import SERVICE_WORDS

_RULES = (
    WAVES,
    RIGHT_WINDOW,
    "A service is never left off: whatever you see, finish with `enable`. If it does not start with the new files, "
    "name the old ones to it again, as they are listed at the step, and then `enable`.",
    NEVER_AGAIN,
    "If you do not see what must be seen, stop and ask before you go on to the next service. Never delete or overwrite "
    "a file on a node.",
)


@dataclass(frozen=True, slots=True)
class SourceOnDisk:
    """A file of the operator's, as it is sent.

    Args:
        path: where it lies here.
        size: bytes, as they are sent.
        mended: it is sent in another form: the file here cannot be sent by hand as it is.
    """

    path: str
    size: int
    mended: bool = False


@dataclass(frozen=True, slots=True)
class ServiceFacts(LeaderlessFacts):
    """What the instructions for one group are made of.

    Args:
        group: as it was seen last.
        goal: what its services are to use.
        sources: the operator's files, by inventory name and by name on the device.
    """

    group: SeenGroup
    goal: ServiceGoal
    sources: Mapping[str, Mapping[str, SourceOnDisk]]

    @property
    def name(self) -> str:
        """The group's name."""
        return self.group.name

    @property
    def words(self) -> JobWords:
        """What the job calls things."""
        return SERVICE_WORDS

    @property
    def about(self) -> tuple[str, ...]:
        """What ends while each service is off, one sentence each."""
        told = {
            unit.service.name: f"While {unit.service.name} is off or restarts, {unit.service.interrupts}."
            for unit in self.goal.units
        }
        return tuple(told.values())

    @property
    def rules(self) -> tuple[str, ...]:
        """What holds for every step."""
        return _RULES

    def node(self, name: str) -> SeenNode:
        """Return a node as it was seen last."""
        return self.group.node(name)


def sources_of(prepared: Prepared) -> dict[str, dict[str, SourceOnDisk]]:
    """Return where each file lies that is sent, by inventory name and by name on the device.

    Args:
        prepared: the group, its goal and the files.
    """
    sources: dict[str, dict[str, SourceOnDisk]] = {}
    for (key, _), given in prepared.sets.items():
        files = {
            FileRole.KEY: given.files.key,
            FileRole.CERTIFICATE: given.files.certificate,
            FileRole.BUNDLE: given.files.bundle,
        }
        names = (name for name in given.names() if name is not None)
        for name, (role, content) in zip(names, given.contents().items(), strict=True):
            file = files[role]
            if file is not None:
                sent = content.reveal()
                mended = sent != file.content.reveal()
                sources.setdefault(key.node, {})[name] = SourceOnDisk(str(file.path.absolute()), len(sent), mended)
    return sources
