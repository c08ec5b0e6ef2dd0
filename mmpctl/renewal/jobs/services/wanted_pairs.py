"""One pair of a service: the operator's files for it, what it is to be, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.in_use_checks import leaf_of
from mmpctl.certificates.services.pair_files import find_pair
from mmpctl.certificates.services.service_set import ServiceSet, load_service_set
from mmpctl.certificates.services.service_set_checks import check_service_set
from mmpctl.findings.finding import Finding
from mmpctl.renewal.jobs.services.observation import PortSight
from mmpctl.services.renewable import PairSetting
from mmpctl.services.seen_services import PairNames, SeenNode
from mmpctl.services.service_goal import Presented, WantedPair
from mmpctl.services.service_preflight import not_valid_yet
from mmpctl.tasks.node_facts import FileSeen, NodeFacts

# So many files are named before the rest is counted.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class PairInUse:
    """One pair as a node uses it.

    Args:
        node: as it was observed.
        names: of the files in use.
        facts: what was found on the node.
        port: what is presented with the pair; None if nobody has looked.
    """

    node: SeenNode
    names: PairNames
    facts: NodeFacts | None
    port: PortSight | None

    @property
    def leaf(self) -> Certificate | None:
        """The certificate in use; None if it could not be read."""
        file = _file(self.facts, self.names.certificate)
        return leaf_of(file.certificates) if file is not None and file.certificates else None

    @property
    def shown(self) -> tuple[Certificate, ...]:
        """The certificates that its ports present; none if nobody has looked, or nothing answers."""
        return tuple(chain[0] for chain in self.port.shown.values() if chain) if self.port is not None else ()

    @property
    def end(self) -> datetime | None:
        """When the first of what is set and what is presented ends; None if what is set could not be read."""
        ends = [one.facts.not_after for one in (self.leaf, *self.shown) if one is not None]
        return min(ends) if self.leaf is not None else None


@dataclass(slots=True)
class PairFindings:
    """What speaks against new files, one sentence each, gathered pair by pair.

    Args:
        problems: why they are not fit for use.
        unproved: why it could not be proved that a service uses them.
        notes: what the operator should know all the same.
        findings: likewise, of the files by themselves.
    """

    problems: list[str] = field(default_factory=list)
    unproved: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def noted(self) -> Iterator[str]:
        """Yield a sentence for each kind of finding: what is found of many files is told once, of the first."""
        for kind in dict.fromkeys(one.id for one in self.findings):
            first, *others = {one.file: one for one in self.findings if one.id == kind}.values()
            named = ", ".join(one.file for one in others[:_NAMED])
            more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
            yield f"{first.message}. {first.cure}" + (f" The same goes for {named}{more}." if others else "")


def given_set(
    certs: Path, node: str, setting: PairSetting, facts: NodeFacts | None, old: PairNames
) -> ServiceSet | None:
    """Return the operator's files for one pair, in the form in which they are sent; None if there are none.

    Args:
        certs: what `--certs` names.
        node: inventory name.
        setting: which pair.
        facts: what was found on the node; its CAs in use complete a chain.
        old: the files in use.

    Raises:
        RefusedError: some are missing or cannot be read.
    """
    files = find_pair(certs, node, setting)
    if files is None:
        return None
    if first_store(setting, old):
        files = replace(files, bundle=None)
    in_use = [*_certificates(facts, old.certificate), *_certificates(facts, old.bundle)]
    return load_service_set(files, in_use, _certificates(facts, old.bundle) if setting.bundle_is_store else ())


def first_store(setting: PairSetting, old: PairNames) -> bool:
    """Return whether a bundle would be the first that says whom a service trusts: who is not in it would be refused.

    Args:
        setting: which pair.
        old: the files in use.
    """
    return setting.bundle_is_store and old.bundle is None


def held_whole(facts: NodeFacts | None, name: str) -> tuple[Certificate, ...] | None:
    """Return all that a file holds; None if that is not known for certain: what could not be read would be lost.

    Args:
        facts: what was found on the node.
        name: of the file on the device.
    """
    file = _file(facts, name)
    if file is None or file.error is not None or any(one.refuses for one in file.findings):
        return None
    return file.certificates or None


def wanted_pair(new: ServiceSet, used: PairInUse, found: PairFindings, now: datetime) -> WantedPair | None:
    """Return what a pair is to be; None if it has the new certificate already, or its files are not fit.

    Args:
        new: the operator's files.
        used: the pair as the node uses it.
        found: is told what speaks against them.
        now: the time, aware.
    """
    where = f"{new.setting.command} of {used.node.name}"
    in_use, leaf = used.leaf, new.leaf
    findings = check_service_set(new, now, in_use, used.names)
    found.problems += (f"{one.message}. {one.cure}" for one in findings if one.refuses)
    found.findings += (one for one in findings if not one.refuses)
    if leaf is None or any(one.refuses for one in findings):
        return None
    if _is_in_use(new, used):
        others = [one for one in used.shown if one.fingerprint_sha256 != leaf.fingerprint_sha256]
        if others:
            found.problems.append(
                f"{where} is set to this certificate already, and presents another one ([{others[0].facts.subject}], "
                f"serial {others[0].facts.serial}): it was not taken into use, or somebody else answers there. Find "
                f"out which, and let {new.setting.service} start again by hand"
            )
        else:
            found.notes.append(f"{where} uses this certificate already")
        return None
    if in_use is None:
        found.problems.append(
            f"{where}: {used.names.certificate}, which is in use, could not be read, so the new certificate cannot be "
            "held against it"
        )
        return None
    bundle = used.names.bundle
    if new.setting.bundle_is_store and bundle is not None and held_whole(used.facts, bundle) is None:
        found.problems.append(
            f"{bundle} of {used.node.name} says whom {new.setting.service} trusts, and is not read whole: what it "
            "holds could be missing in the new one. Set a file that is whole there by hand first"
        )
        return None
    if (why := not_valid_yet(used.node, leaf.facts.not_before, now)) is not None:
        found.problems.append(why)
    found.unproved += unproved(new.setting, used.node.name, in_use, used.port)
    names = new.names()
    chain = tuple(one.fingerprint_sha256 for one in new.sent[0][1:] if not one.self_issued)
    return WantedPair(
        new.setting,
        used.names,
        names,
        Presented(leaf.fingerprint_sha256, chain),
        Presented(in_use.fingerprint_sha256),
        _digests(new, names),
        leaf.facts.serial,
    )


def _is_in_use(new: ServiceSet, used: PairInUse) -> bool:
    """Return whether the node uses the very contents already, whatever they are called there."""
    digests = _digests(new, names := new.names())
    pairs = [(names.certificate, used.names.certificate), (names.bundle, used.names.bundle)]
    return all(
        (name is None and given is None)
        or (name is not None and (file := _file(used.facts, given)) is not None and file.sha256 == digests[name])
        for name, given in pairs
    )


def _digests(new: ServiceSet, names: PairNames) -> dict[str, str]:
    given = (name for name in names if name is not None)
    contents = new.contents().values()
    return {name: sha256(content.reveal()).hexdigest() for name, content in zip(given, contents, strict=True)}


def unproved(setting: PairSetting, node: str, in_use: Certificate, port: PortSight | None) -> Iterator[str]:
    """Yield why a new certificate could not be proved by a connection: the present one must be seen that way first.

    Args:
        setting: which pair.
        node: inventory name.
        in_use: the certificate that it has now.
        port: what is presented with the pair; None if nobody has looked.
    """
    if not setting.listens:
        return
    where = f"{setting.command} of {node}"
    if port is None or port.error is not None:
        why = port.error.message if port is not None and port.error is not None else "its port is not known"
        yield (
            f"{where} cannot be connected to from here ({why}): it could not be proved that it presents the new "
            "certificate. Run this where its port is reached, or give its address as service_address in the inventory"
        )
        return
    # Each of its ports must present the new one afterwards.
    shown = [chain[0] for chain in port.shown.values() if chain]
    others = [one for one in shown if one.fingerprint_sha256 != in_use.fingerprint_sha256]
    if others or not shown:
        subjects = "; ".join(dict.fromkeys(one.facts.subject for one in others))
        yield (
            f"{where} presents another certificate than the one that it is configured with ([{subjects}]): find out "
            "who answers there, or restart the service by hand first"
        )


def _certificates(facts: NodeFacts | None, name: str | None) -> tuple[Certificate, ...]:
    file = _file(facts, name)
    return file.certificates if file is not None else ()


def _file(facts: NodeFacts | None, name: str | None) -> FileSeen | None:
    return facts.files.get(name) if facts is not None and name is not None else None
