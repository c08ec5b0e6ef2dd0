"""Make the goal of a renewal from the operator's files and the observed nodes, with all its faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.expiry import first_expiry
from mmpctl.certificates.files import CLIENT_CERTIFICATE, SERVER_CERTIFICATE, CertificateSet, find
from mmpctl.certificates.fitness import Use
from mmpctl.certificates.handshake import check_cluster
from mmpctl.certificates.loaded_set import LoadedSet, load_set
from mmpctl.certificates.names import sent_files, versioned_names
from mmpctl.certificates.new_set_checks import check_set
from mmpctl.certificates.secret import Secret
from mmpctl.cluster.certificate_facts import CertificateFacts
from mmpctl.cluster.key_proof import KeySeen
from mmpctl.cluster.observed import ObservedCluster, ObservedNode
from mmpctl.cluster.progress import NOTHING_DONE, History
from mmpctl.cluster.status import CertificateFiles
from mmpctl.cluster.step import StepKey
from mmpctl.cluster.target import Goal, Naming, WantedFiles
from mmpctl.errors import MmpError
from mmpctl.findings.finding import Finding
from mmpctl.renewal.jobs.database_cluster.cluster_facts import ClusterFacts
from mmpctl.renewal.jobs.database_cluster.observation import Sight
from mmpctl.renewal.jobs.database_cluster.set_origin import files_elsewhere, origin_notes
from mmpctl.tasks.node_facts import NodeFacts


@dataclass(frozen=True, slots=True)
class Prepared:
    """A cluster, what it is to become, and what that takes.

    Args:
        cluster: as it was observed.
        goal: with the wanted files of every node that takes part.
        sets: the operator's files by inventory name; keys show themselves only when asked to.
        serials: the serial number that `pki inspect` must show, by inventory name and file.
        checked_at: when all of it was looked at, aware, UTC.
    """

    cluster: ObservedCluster
    goal: Goal
    sets: Mapping[str, CertificateSet]
    serials: Mapping[str, Mapping[str, str]]
    checked_at: datetime

    def contents(self, node: str) -> dict[str, Secret | Path]:
        """Return what is put on a node: content by name on the device, keys that lie here among it."""
        sent = sent_files(self.goal.wanted[node].names, self.sets[node])
        return {name: file.content for name, file in sent.items()}

    def with_keys(self, seen: Mapping[str, Mapping[str, KeySeen]]) -> Prepared:
        """Return the same with what the nodes show of the keys on them.

        Args:
            seen: by inventory name, and by the key's file.
        """
        return replace(self, cluster=self.cluster.with_keys(seen))

    def facts(
        self, home: Path, history: History = NOTHING_DONE, endings: Mapping[StepKey, str] = MappingProxyType({})
    ) -> ClusterFacts:
        """Return what a manual procedure for the cluster is made of.

        Args:
            home: the folder where backups are to be put.
            history: what the run has begun; none without a run.
            endings: what the run saw of the steps that did not end well, by their keys.
        """
        return ClusterFacts(self.cluster, self.goal, self.sets, self.serials, home, history, endings)


def prepare(sight: Sight, goal: Goal, certs: Path, now: datetime, others: Sequence[Sight] = ()) -> Prepared:
    """Find, check and name the files of every node that takes part.

    Args:
        sight: the cluster as it was observed.
        goal: without wanted files.
        certs: the folder that `--certs` names.
        now: the time, aware.
        others: the other clusters that were looked at: their files may have been given by mistake.

    Returns:
        The goal with the wanted files; what is wrong with them is in them, nothing is raised for it.

    Raises:
        UsageError: the folder is not there.
    """
    wanted: dict[str, WantedFiles] = {}
    sets: dict[str, CertificateSet] = {}
    loaded: dict[str, LoadedSet] = {}
    for node in sight.cluster.nodes:
        if node.name in goal.left_out:
            continue
        try:
            given = find(certs, sight.cluster.name, node.name, node.role)
        except MmpError as error:
            wanted[node.name] = WantedFiles(CertificateFiles(), problems=(str(error),))
            continue
        sets[node.name] = given
        loaded[node.name] = load_set(given)
        wanted[node.name] = _wanted(node, given, loaded[node.name], sight.facts.get(node.name), goal, now)
    # Between the nodes' files only real handshakes tell; files that are unfit by themselves need none.
    together = check_cluster({name: given for name, given in sets.items() if not wanted[name].problems})
    fit = {name: given for name, given in sets.items() if not wanted[name].problems}
    # Which keys stay on their nodes is a note of the plan, and so is that no handshake could be tried with them.
    told = tuple(one for one in together if one.id != "untried")
    notes = (*_notes(told), *origin_notes(sight, fit, certs, others), *files_elsewhere(fit, others))
    if wanted and (together or notes):
        name, mine = next(iter(wanted.items()))
        wanted[name] = replace(mine, problems=(*mine.problems, *_problems(together)), notes=(*mine.notes, *notes))
    serials = {name: _serials(one, wanted[name]) for name, one in loaded.items() if not wanted[name].problems}
    return Prepared(sight.cluster, replace(goal, wanted=wanted), sets, serials, now)


def _wanted(
    node: ObservedNode, given: CertificateSet, loaded: LoadedSet, facts: NodeFacts | None, goal: Goal, now: datetime
) -> WantedFiles:
    findings = check_set(loaded, now, _present(given, facts))
    problems = list(_problems(findings))
    names, keys = CertificateFiles(), given.keys_on_node()
    if goal.names == Naming.SAME and keys:
        problems.append(
            f"{node.name}: --names same would give the new keys the names in use, but {', '.join(keys)} cannot be "
            "renamed on the node: use --names versioned"
        )
    elif goal.names == Naming.SAME:
        names = node.status.certificates if node.status else CertificateFiles()
        if len(set(names.names())) != len(given.files()):
            shown = ", ".join(names.names()) or "no files"
            problems.append(
                f"{node.name}: --names same needs {len(given.files())} different names in use, "
                f"the status shows {shown}: use --names versioned"
            )
    elif not problems:
        names = versioned_names(given)
    digests = {name: file.sha256 for name, file in sent_files(names, given).items()}
    wanted = WantedFiles(names, digests, tuple(problems), tuple(_notes(findings)), keys_on_node=keys)
    if problems:
        return wanted
    begin, end = _validity(loaded)
    return replace(wanted, valid_from=begin, valid_until=end, first_expiry=first_expiry(loaded))


def _validity(loaded: LoadedSet) -> tuple[datetime, datetime]:
    """Return the time in which all certificates that the node presents are valid."""
    facts = [_leaf(pair.certificate.certificates).facts for pair in loaded.pairs]
    return max(one.not_before for one in facts), min(one.not_after for one in facts)


def _present(given: CertificateSet, facts: NodeFacts | None) -> dict[str, CertificateFacts]:
    """The certificates in use that the given ones must outlast; the very same ones need not outlast themselves."""
    if facts is None or facts.status is None:
        return {}
    files = facts.status.certificates
    present = {}
    for name, in_use, new in (
        (SERVER_CERTIFICATE, files.server_certificate, given.server_certificate),
        (CLIENT_CERTIFICATE, files.client_certificate, given.client_certificate),
    ):
        found = facts.certificates.get(in_use or "")
        if found is not None and new is not None and found.sha256 != new.sha256:
            present[name] = _leaf(found.certificates).facts
    return present


def _serials(loaded: LoadedSet, wanted: WantedFiles) -> dict[str, str]:
    names = {Use.SERVER: wanted.names.server_certificate, Use.CLIENT: wanted.names.client_certificate}
    named = ((names[pair.use], pair.certificate.certificates[0]) for pair in loaded.pairs)
    return {name: first.facts.serial for name, first in named if name}


def _leaf(certificates: tuple[Certificate, ...]) -> Certificate:
    return next((certificate for certificate in certificates if not certificate.is_ca), certificates[0])


def _problems(findings: tuple[Finding, ...]) -> Iterator[str]:
    return (f"{finding.message}. {finding.cure}" for finding in findings if finding.refuses)


def _notes(findings: tuple[Finding, ...]) -> Iterator[str]:
    return (f"{finding.message}. {finding.cure}" for finding in findings if not finding.refuses)
