"""Look at the certificate files on a node, and at all that may refer to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Final

from nornir.core.task import Result, Task

from mmpctl.cluster.status import DatabaseStatus
from mmpctl.device.commands.pki_list import PKI_LIST
from mmpctl.device.commands.service import services_of_release
from mmpctl.device.sftp.mmp_sftp import RemoteFile, SftpSession
from mmpctl.errors import AuthenticationError, HostKeyError, MmpError
from mmpctl.inventory.nodes import node_of
from mmpctl.leftovers.at_work import runs_at_work
from mmpctl.leftovers.node_files import DATABASE, KnownHere, NodeFiles, used_by
from mmpctl.tasks._ask import ask
from mmpctl.tasks.node_facts import NodeFacts, Subject
from mmpctl.tasks.read_node import read_node
from mmpctl.tasks.session import transfer

_SUBJECTS: Final = frozenset({Subject.STATUS, Subject.RELEASE, Subject.SERVICES, Subject.ACCOUNT})
_ADMIN: Final = "admin"


def look_at_files(task: Task, known: KnownHere, now: datetime, deleting: bool = False) -> Result:
    """List a node's certificate files, and find out who refers to each; nothing is changed and no file is fetched.

    Args:
        known: what this machine knows of requests and runs.
        now: the time, aware.
        deleting: something is about to be deleted: then a node that does not list its files by SFTP is an error.

    Returns:
        A result with `NodeFiles`.

    Raises:
        MmpError: the node could not be asked, or its list of files not be understood.
    """
    listed = ask(task, PKI_LIST).files
    facts: NodeFacts = read_node(task, _SUBJECTS, role=node_of(task.host).role, lenient=True).result
    # Last, so that a run that has come meanwhile is seen.
    files, host_key = _files(task, must=deleting)
    node = task.host.name
    at_work = runs_at_work((file.name for file in files), facts.status, known.over.get(node, frozenset()), now)
    begun = (f"the run {known.unfinished[node]} has not ended",) if node in known.unfinished else ()
    seen = NodeFiles(
        node,
        host_key,
        listed,
        {file.name: file.modified for file in files if file.modified is not None},
        used_by((*_database(facts.status, listed), *_services(facts))),
        known.requests.get(node, {}),
        (*facts.troubles, *_not_asked(facts)),
        (*begun, *at_work),
    )
    return Result(host=task.host, result=seen)


def _files(task: Task, *, must: bool) -> tuple[tuple[RemoteFile, ...], str]:
    def both(session: SftpSession) -> tuple[tuple[RemoteFile, ...], str]:
        return session.files(), session.host_key

    try:
        return transfer(task, both)
    except (AuthenticationError, HostKeyError):
        raise
    except MmpError:
        if must:
            raise
        # The list is of use without times as well.
        return (), ""


def _database(status: DatabaseStatus | None, listed: Collection[str]) -> Iterator[tuple[str, str]]:
    if status is None:
        return
    # All that it shows, also the server pair that a client goes on to show.
    yield from ((file, DATABASE) for file in (*status.certificates.names(), *status.expired))
    words = frozenset(word.strip("'\"(),:;") for line in status.unknown for word in line.split())
    yield from ((file, "a line of the database cluster's status that is not understood") for file in words & {*listed})


def _services(facts: NodeFacts) -> Iterator[tuple[str, str]]:
    for name, settings in facts.services.items():
        for label, file in settings.files.items():
            yield file, f"{name} ({label})"


def _not_asked(facts: NodeFacts) -> Iterator[str]:
    # What an account may not do is answered as if the node did not know the command.
    if facts.account is None or facts.account.role.casefold() == _ADMIN:
        return
    if len(facts.services) < len(services_of_release(facts.release)):
        yield (
            f"the account {facts.account.name} has the role {facts.account.role}, "
            "so it may not be allowed to ask all services"
        )
