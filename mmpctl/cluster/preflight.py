"""What must be true before a cluster is taken apart: every reason to refuse, found before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mmpctl.cluster.clocks import clock_notes, not_valid_there, release_notes
from mmpctl.cluster.foreign_runs import at_work
from mmpctl.cluster.identity import addresses, identities, members
from mmpctl.cluster.keeper import KeeperDecision, emptied
from mmpctl.cluster.key_proof import proof_notes, unproved
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.password_ends import password_notes
from mmpctl.cluster.request_names import open_keys
from mmpctl.cluster.status import DISABLED, DatabaseStatus
from mmpctl.cluster.target import Goal, Naming, WantedFiles
from mmpctl.cluster.trouble import SILENT, UNCLEAR
from mmpctl.cluster.unseen import unseen_members
from mmpctl.enums import Word


class Verdict(Word):
    """Whether a renewal of a cluster may begin."""

    READY = "ready"
    NOTHING_TO_DO = "nothing to do"
    REFUSED = "refused"


_SAME_NAMES = (
    "the nodes have the wanted files already. If they were replaced by hand under the same names, it cannot "
    "be seen whether they are in use: a cluster uses its old copies until `database cluster certs` is run "
    "again. In doubt, renew with --names versioned"
)


@dataclass(frozen=True, slots=True)
class Preflight:
    """The verdict on a cluster before a renewal.

    Args:
        verdict: whether a renewal may begin.
        reasons: why it is refused, one sentence each with the cure; empty otherwise.
        notes: what the operator should know all the same.
    """

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def preflight(cluster: ObservedCluster, goal: Goal, keeper: KeeperDecision, now: datetime) -> Preflight:
    """Judge whether a renewal of the cluster may begin.

    Args:
        cluster: what was observed.
        goal: what is wanted.
        keeper: the decision about the keeper.
        now: the time, aware.

    Returns:
        The verdict; `nothing to do` when the wanted certificates are in use everywhere and the cluster is healthy.
    """
    found = (
        *_unanswered(cluster, goal),
        *identities(cluster),
        *addresses(cluster),
        *members(cluster),
        *_roles(cluster),
        *_states(cluster),
        *_files(cluster, goal),
    )
    # Nodes may share their files: what is wrong with them is told once.
    reasons = list(dict.fromkeys(found))
    if not reasons and not keeper.refusals and _is_renewed(cluster, goal):
        return Preflight(Verdict.NOTHING_TO_DO, notes=(_SAME_NAMES,) if goal.names == Naming.SAME else ())
    reasons += (
        *_unproved(cluster, goal),
        *_unknown_lines(cluster, goal),
        *_no_transfers(cluster, goal),
        *keeper.refusals,
        *not_valid_there(cluster, goal, now),
        *at_work(cluster, goal, now),
    )
    if not reasons and not keeper.settled and keeper.contradictions:
        reasons.append(_against(cluster, keeper))
    elif not reasons and not keeper.settled:
        question = "; ".join(keeper.open_questions)
        reasons.append(
            f"the keeper is not certain: {question}. Make sure that {keeper.keeper} holds the database that must "
            f"survive, then confirm it with --keeper {cluster.name}={keeper.keeper}"
        )
    if reasons:
        return Preflight(Verdict.REFUSED, tuple(reasons), tuple(dict.fromkeys(_notes_on_refusal(cluster, goal))))
    return Preflight(Verdict.READY, notes=tuple(dict.fromkeys(_notes(cluster, goal, now))))


def _against(cluster: ObservedCluster, keeper: KeeperDecision) -> str:
    # No option to be copied stands here: a wrong keeper is silent, and the data is gone.
    given = f"{keeper.keeper} was given as the keeper" if keeper.confirmed else "the keeper is not certain"
    return (
        f"{given}, but the evidence speaks against {keeper.keeper}: {'. '.join(keeper.contradictions)}. Find out which "
        f"node was the master last. If it was another one, make that one the master of {cluster.name} in the "
        f"inventory. Only if it is certain that {keeper.keeper} holds the database that must survive, confirm it by "
        "name and say why, on a terminal or with --keeper and --reason"
    )


def going_on(cluster: ObservedCluster, goal: Goal, now: datetime) -> tuple[str, ...]:
    """Return what must still be true when a renewal that has taken its cluster apart goes on.

    Args:
        cluster: what was observed.
        goal: what is wanted.
        now: the time, aware.

    Returns:
        Why it must not go on, one sentence each with the cure; none when it may.
    """
    found = (
        *identities(cluster),
        *addresses(cluster),
        *members(cluster),
        *emptied(cluster, cluster.node(goal.keeper)),
        *not_valid_there(cluster, goal, now),
    )
    return tuple(dict.fromkeys(found))


def against_staging(cluster: ObservedCluster, goal: Goal) -> tuple[str, ...]:
    """Return why the new files must not be put on the nodes yet; the keeper and the state of the cluster do not matter.

    Args:
        cluster: what was observed.
        goal: what is wanted.

    Returns:
        One sentence each with the cure; none if they may be.
    """
    found = (*identities(cluster), *_roles(cluster), *_files(cluster, goal), *_unproved(cluster, goal))
    return tuple(dict.fromkeys(found))


def unproved_keys(cluster: ObservedCluster, goal: Goal) -> dict[str, tuple[str, ...]]:
    """Return why keys on the nodes are not proved to be those of the new certificates; such a pair is unfit.

    Args:
        cluster: what was observed.
        goal: what is wanted.

    Returns:
        By node, one sentence each with the cure; none if all are proved. Of a node that does not answer, or whose files
        are unfit, that is told elsewhere.
    """
    asked = {node.name: node for node in cluster.nodes if node.answers and node.name in goal.wanted}
    found = {
        name: tuple(unproved(goal.wanted[name].keys_on_node, node.keys))
        for name, node in asked.items()
        if not goal.wanted[name].problems
    }
    return {name: why for name, why in found.items() if why}


def _unproved(cluster: ObservedCluster, goal: Goal) -> Iterator[str]:
    for name, found in unproved_keys(cluster, goal).items():
        yield from (f"{name}: {why}" for why in found)


def staged(cluster: ObservedCluster, goal: Goal) -> tuple[str, ...]:
    """Return the nodes that have files of all the new names: only the same content has the same new name.

    Args:
        cluster: what was observed.
        goal: what is wanted.
    """
    if goal.names is not Naming.VERSIONED:
        return ()
    names = {name: frozenset(wanted.sent()) for name, wanted in goal.wanted.items()}
    return tuple(node.name for node in cluster.nodes if names.get(node.name) and names[node.name] <= node.stored)


def _unanswered(cluster: ObservedCluster, goal: Goal) -> Iterator[str]:
    for node in cluster.nodes:
        left_out = node.name in goal.left_out
        if left_out and node.name == goal.keeper:
            yield f"{node.name} cannot be left out: it is the keeper, whose database must survive"
        elif left_out and node.answers:
            yield f"{node.name} is left out but answers: only a dead node may be left out, take it back in"
        elif left_out and node.trouble == UNCLEAR:
            yield f"{node.name} is left out, but it {node.trouble} ({node.error}): only a dead node may be left out"
        elif not left_out and not node.answers and node.trouble == SILENT:
            option = "" if node.name == goal.keeper else f", or leave it out with --leave-out {node.name}"
            yield f"{node.name} does not answer ({node.error}): bring it back{option}"
        elif not left_out and not node.answers:
            yield f"{node.name} {node.trouble} ({node.error})"


def _roles(cluster: ObservedCluster) -> Iterator[str]:
    lists = {node.name: _listed(cluster, node) for node in cluster.databases}
    for node in cluster.nodes:
        status = node.status
        others = {name: listed for name, listed in lists.items() if listed and name != node.name}
        seers = [name for name, listed in others.items() if node.name in listed]
        if not node.role.has_database:
            me = status.me if status else None
            if me is not None and me.has_database:
                seers.append(f"{node.name} itself")
            if seers:
                yield (
                    f"{node.name} is a client in the inventory, but {', '.join(seers)} shows it as a "
                    "database: if it were renewed as a client, it would no longer be one. Correct its role "
                    "in the inventory"
                )
        elif status is not None and node.is_enabled:
            files = status.certificates
            why = []
            if others and not seers:
                why.append(f"{', '.join(others)} does not list it as a member")
            if not (files.server_key and files.server_certificate):
                why.append("its status shows no server key and certificate")
            if why:
                yield (
                    f"{node.name} is a {node.role.value} in the inventory, but {' and '.join(why)}: if it is "
                    "a client, it would be joined and would lose its local database. Correct its role in the "
                    "inventory, or the cluster"
                )


def _listed(cluster: ObservedCluster, node: ObservedNode) -> frozenset[str]:
    owners = (cluster.owner(member.address) for member in (node.status.nodes if node.status else ()))
    return frozenset(owner.name for owner in owners if owner)


def _states(cluster: ObservedCluster) -> Iterator[str]:
    for node in cluster.nodes:
        status = node.status
        if status is not None and not node.settled:
            yield (
                f"{node.name} reports '{status.status}': an operation is running, or the state is not known; "
                "wait until it has ended and look again"
            )


def _unknown_lines(cluster: ObservedCluster, goal: Goal) -> Iterator[str]:
    shown: dict[str, list[str]] = {}
    for node in cluster.nodes:
        for line in node.status.unknown if node.status is not None and node.name not in goal.left_out else ():
            shown.setdefault(line, []).append(node.name)
    for line, names in shown.items():
        yield (
            f"the status of {', '.join(names)} shows a line that is not known: {line!r}. Read it. If it is no reason "
            "against a renewal, allow it: write it into questions.yaml beside the inventory, as an entry of `line`, "
            "`reviewed_by` and `date` (a `*` stands for one word that varies)"
        )


def _no_transfers(cluster: ObservedCluster, goal: Goal) -> Iterator[str]:
    for node in cluster.nodes:
        if node.no_transfer is not None and node.name not in goal.left_out:
            yield (f"{node.name} does not transfer files by SFTP, which backups and new files need: {node.no_transfer}")


def _files(cluster: ObservedCluster, goal: Goal) -> Iterator[str]:
    for node in cluster.nodes:
        if node.name in goal.left_out:
            continue
        wanted = goal.wanted.get(node.name)
        if wanted is None:
            yield f"{node.name} has no certificate files: put them into the folder that --certs names"
            continue
        yield from wanted.problems
        if goal.names == Naming.SAME:
            shared = sorted(set(wanted.names.names()) & node.service_files)
            if shared:
                yield (
                    f"{node.name}: {', '.join(shared)} would be replaced, but another service of the node uses it too: "
                    "use --names versioned"
                )


def _is_renewed(cluster: ObservedCluster, goal: Goal) -> bool:
    return cluster.is_healthy(goal.left_out) and all(
        _uses(cluster.node(name), wanted, goal.names) for name, wanted in goal.wanted.items()
    )


def _uses(node: ObservedNode, wanted: WantedFiles, names: str) -> bool:
    status = node.status or DatabaseStatus(DISABLED)
    files = status.certificates.in_places_of(wanted.names)
    if set(files.names()) & set(status.expired):
        return False
    # A cluster runs on copies: of a file that was replaced under its old name, the content on disk proves nothing.
    if names != Naming.SAME and files != wanted.names:
        return False
    certificates = (files.server_certificate, files.client_certificate, files.ca_certificate)
    return tuple(node.in_use.get(name) for name in certificates if name) == wanted.certificate_digests()


def _notes(cluster: ObservedCluster, goal: Goal, now: datetime) -> Iterator[str]:
    yield (
        "Call Bridge and Web Admin of every node restart several times: calls drop. Freeze provisioning: "
        "changes made on a Call Bridge after its remove are lost when it joins"
    )
    for node in cluster.nodes:
        status = node.status
        if status is None:
            yield f"{node.name} is left out: it must never be started as a member of the old cluster again"
            continue
        if node.hostname and not node.is_called(node.name):
            yield f"{node.name}'s prompt shows {node.hostname!r}, which is not its inventory name"
        if node.has_left:
            yield f"{node.name} has left its cluster already: it is not removed again"
        elif status.status == DISABLED:
            yield (
                f"{node.name} reports Disabled, but shows no remove: it may still be in its cluster, so it is removed"
            )
        if node.role.has_database and status.interface is None:
            yield f"{node.name} shows no interface: `database cluster localnode` may be missing"
        if status.error:
            yield f"{node.name} reports an error: {status.error}"
    ready = staged(cluster, goal)
    if ready:
        yield f"the new files are already on {', '.join(ready)}: the upload compares them, and sends what is missing"
    proved = [node.name for node in cluster.nodes if node.keys]
    if proved:
        yield (
            f"the keys for {', '.join(proved)} never leave their nodes: the request that was made with each has the "
            "public key of the new certificate. Without the keys no TLS handshake can be tried here: who signed the "
            "certificates, for what use and until when was checked instead"
        )
    for node in cluster.nodes:
        yield from (f"{node.name}: {note}" for note in proof_notes(node.keys))
    yield from _open_requests(cluster, goal)
    yield from unseen_members(cluster)
    if not cluster.names_commands:
        yield (
            "no node shows a `Last command` that succeeded: if none is shown after a step either, the step counts as "
            "done when its state has been seen again and again for a minute, and nothing contradicts it"
        )
    yield from clock_notes({node.name: node.clock_ahead for node in cluster.nodes})
    yield from release_notes(cluster)
    yield from password_notes(cluster, now)
    untold = [node.name for node in cluster.nodes if node.answers and node.backups is None]
    if untold:
        yield f"backups of {', '.join(untold)} are not known: whether another run is at work there cannot be seen"
    yield from _file_notes(goal)


def _open_requests(cluster: ObservedCluster, goal: Goal) -> Iterator[str]:
    for node in cluster.nodes:
        used = node.status.certificates.names() if node.status is not None else ()
        wanted = goal.wanted.get(node.name)
        keys = [key for key in open_keys(node.listed, used) if wanted is None or key not in wanted.keys_on_node]
        if keys:
            made, newer = ("was", "it: a newer one may be on its") if len(keys) == 1 else _SEVERAL
            yield (
                f"{node.name}: {', '.join(keys)} {made} made on it for a request and never used, and the new "
                f"certificates do not belong to {newer} way"
            )


_SEVERAL = ("were", "them: newer ones may be on their")


def _notes_on_refusal(cluster: ObservedCluster, goal: Goal) -> Iterator[str]:
    """Yield hints for finding out why it is refused, and the next likely obstacles."""
    if all(node.answers for node in cluster.nodes):
        yield from unseen_members(cluster)
    yield from clock_notes({node.name: node.clock_ahead for node in cluster.nodes})
    yield from _file_notes(goal)


def _file_notes(goal: Goal) -> Iterator[str]:
    for wanted in goal.wanted.values():
        yield from wanted.notes
