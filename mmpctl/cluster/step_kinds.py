"""The kinds of steps of a database cluster's renewal, as facts: what each is called, does, takes, and leads to.

For whoever plans, shows or explains steps; pure. How a step is carried out on its node is its action:
`mmpctl/renewal/jobs/database_cluster/actions/`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Final

from mmpctl.cluster.database_words import DATABASE_WORDS
from mmpctl.cluster.expected import Expected
from mmpctl.cluster.status import DISABLED, ENABLED, ERROR, DatabaseStatus
from mmpctl.cluster.step import PlainKind, Step, StepKind
from mmpctl.enums import Word

INITIALIZE_COMMAND = "database cluster initialize"
REMOVE_COMMAND = "database cluster remove"
STATUS_COMMAND = "database cluster status"


class ActionName(Word):
    """The names of the kinds, in the order of a calm run."""

    BACKUP = "backup"
    UPLOAD = "upload"
    REMOVE = "remove"
    CERTS = "certs"
    INITIALIZE = "initialize"
    JOIN = "join"
    CONNECT = "connect"
    VERIFY = "verify"


# A remove of 19 s was seen, and no other duration. The restart of the Call Bridge and the Web Admin is the same in the
# others; what copies the whole database has no upper end.
_RESTART = Expected(20, 120)
_SHORT = Expected(2, 20)
_GROWS = "the database"


class DatabaseKind(StepKind):
    """A kind of step of this job."""

    words = DATABASE_WORDS


class Backup(DatabaseKind):
    """A backup is made on the node and fetched; the keeper's a second time, once the cluster is apart."""

    name = ActionName.BACKUP
    verb = "backup snapshot"
    doing = "backing up {nodes}"
    expected = Expected(30, None, _GROWS)
    comes_first = True
    touches = False

    def effect(self, step: Step, plan: tuple[Step, ...], lead: str) -> str:
        """Return what it does to the node's database."""
        return "saved once more, nothing changed" if step.again else "saved, nothing changed"


class Upload(PlainKind, DatabaseKind):
    """The new files are put on the node and verified there."""

    name = ActionName.UPLOAD
    verb = "sftp put"
    doing = "sending the new files to {nodes}"
    expected = _SHORT
    touches = False


class Certs(PlainKind, DatabaseKind):
    """The node's new files are configured."""

    name = ActionName.CERTS
    verb = "database cluster certs"
    doing = "setting the new certificates on {nodes}"
    expected = _SHORT


class Verify(PlainKind, DatabaseKind):
    """The node's status and files are looked at once everything is done."""

    name = ActionName.VERIFY
    verb = STATUS_COMMAND
    doing = "verifying from every node"
    expected = Expected(2, 120)
    touches = False
    is_check = True


class OperationKind(DatabaseKind):
    """A command that is confirmed by `Y` and continues on the node: only the status shows how it ends.

    Args of the class:
        may_be_repeated: another try can lose nothing, if the node is where it was before.
        fails_clearly: after a failure, a node that is where it was before needs no person.
        lasting_is_enough: a state that lasts proves the end without a last command: nothing can be lost.
    """

    may_be_repeated: ClassVar[bool] = True
    fails_clearly: ClassVar[bool] = False
    lasting_is_enough: ClassVar[bool] = False

    @abstractmethod
    def at_target(self, status: DatabaseStatus) -> bool:
        """Return whether the node is where the operation leads; the command need not be the cause.

        Args:
            status: what the node shows.
        """

    @abstractmethod
    def after_failure(self, back: bool) -> str:
        """Return what to do after the operation has failed.

        Args:
            back: the node is where it was before.
        """


class Remove(OperationKind):
    """The node leaves its cluster and keeps its database."""

    name = ActionName.REMOVE
    verb = REMOVE_COMMAND
    doing = "removing {nodes} from the cluster"
    expected = _RESTART
    fails_clearly = True

    def effect(self, step: Step, plan: tuple[Step, ...], lead: str) -> str:
        """Return what it does to the node's database."""
        if any(one.kind is CONNECT and one.node == step.node for one in plan):
            return "has none"
        return "kept; the only good copy" if step.node == lead else "kept, no longer updated"

    def at_target(self, status: DatabaseStatus) -> bool:
        """Return whether the node has left."""
        return status.settled and status.status == DISABLED

    def after_failure(self, back: bool) -> str:
        """Return what to do."""
        return "Its database is untouched. Look at the node's log, then resume."


class Initialize(OperationKind):
    """The keeper becomes the master of the new cluster."""

    name = ActionName.INITIALIZE
    verb = INITIALIZE_COMMAND
    doing = "making {nodes} the master of the new cluster"
    expected = _RESTART
    returns = True
    # A second initialize is never sent in one run.
    may_be_repeated = False

    def effect(self, step: Step, plan: tuple[Step, ...], lead: str) -> str:
        """Return what it does to the node's database."""
        return "kept; master of the new cluster"

    def at_target(self, status: DatabaseStatus) -> bool:
        """Return whether the node is the master of a cluster of its own."""
        if not status.settled or status.status != ENABLED:
            return False
        return status.me.is_master if status.me else len(status.nodes) == len(status.masters) == 1

    def after_failure(self, back: bool) -> str:
        """Return what to do."""
        return (
            "Its database is as the device left it, and its backup is on this machine. Look at the node's log. After a "
            "failed initialize, no run sends it again: when the cause is removed, type it by hand, then resume."
        )


# It is still in the cluster that it failed to get into: there it is asked about what it is not to be told.
_TAKE_IT_OUT = f" Type `{REMOVE_COMMAND}` on it first, since it does not show {DISABLED}."


class Join(OperationKind):
    """The node's database is replaced by a copy of the keeper's."""

    name = ActionName.JOIN
    verb = "database cluster join"
    doing = "joining {nodes}: a copy of the keeper's database"
    expected = Expected(60, None, _GROWS)
    returns = True
    destroys = True

    def effect(self, step: Step, plan: tuple[Step, ...], lead: str) -> str:
        """Return what it does to the node's database."""
        return f"DESTROYED, then a copy of {lead}'s"

    def at_target(self, status: DatabaseStatus) -> bool:
        """Return whether the node follows its master."""
        if not status.settled or status.status != ENABLED:
            return False
        me = status.me
        return me.in_sync if me else len(status.nodes) > 1 and all(member.healthy for member in status.nodes)

    def after_failure(self, back: bool) -> str:
        """Return what to do; a join has nothing left to destroy after a failed one."""
        told = (
            "Its own database is gone, as with every join; the good copy is the keeper's. Look at the node's log, then "
            "resume: the node is joined again."
        )
        return told if back else told + _TAKE_IT_OUT


class Connect(OperationKind):
    """A client node, which has no database, uses the keeper's."""

    name = ActionName.CONNECT
    verb = "database cluster connect"
    doing = "connecting {nodes}"
    expected = _RESTART
    returns = True
    # A client has no database to lose.
    lasting_is_enough = True

    def effect(self, step: Step, plan: tuple[Step, ...], lead: str) -> str:
        """Return what it does to the node's database."""
        return f"has none; uses {lead}'s"

    def at_target(self, status: DatabaseStatus) -> bool:
        """Return whether the client is connected: what it calls itself then is an open set of words."""
        word = status.status
        # Words that end so are of something running.
        return word not in (DISABLED, ERROR) and not word.endswith("ing") and status.started_seconds is None

    def after_failure(self, back: bool) -> str:
        """Return what to do."""
        told = (
            "It has no database of its own, so nothing is lost. Look at the node's log, then resume: the node is "
            "connected again."
        )
        return told if back else told + _TAKE_IT_OUT


BACKUP: Final = Backup()
UPLOAD: Final = Upload()
REMOVE: Final = Remove()
CERTS: Final = Certs()
INITIALIZE: Final = Initialize()
JOIN: Final = Join()
CONNECT: Final = Connect()
VERIFY: Final = Verify()

KINDS: Final[Mapping[str, StepKind]] = {
    kind.name: kind for kind in (BACKUP, UPLOAD, REMOVE, CERTS, INITIALIZE, JOIN, CONNECT, VERIFY)
}
