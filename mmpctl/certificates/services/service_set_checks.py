"""Check the new files of a service before a device is touched: by themselves, and against those in use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mmpctl.certificates.certificate import Certificate
from mmpctl.certificates.chain import build_chain
from mmpctl.certificates.fitness import check_strength, check_validity
from mmpctl.certificates.new_set_checks import outlived
from mmpctl.certificates.pair import key_findings, swapped_findings
from mmpctl.certificates.services.service_set import ServiceSet
from mmpctl.findings.finding import Finding, distinct, finding
from mmpctl.services.renewable import CLIENT_AUTH, PairSetting
from mmpctl.services.seen_services import PairNames


def check_service_set(
    given: ServiceSet, now: datetime, in_use: Certificate | None, names_in_use: PairNames | None = None
) -> tuple[Finding, ...]:
    """Check the files for one pair of a service.

    Args:
        given: the files.
        now: aware.
        in_use: the certificate that the service has now; None if it could not be read.
        names_in_use: the files that the service has now, by their names on the device.

    Returns:
        Findings in the order of the files; none for a good set.
    """
    bundle_file = str(given.files.bundle.path) if given.files.bundle is not None else ""
    swapped = tuple(swapped_findings((given.pair,), given.bundle, bundle_file))
    if swapped:  # everything else that could be told would only follow from it
        return swapped
    found = [*given.pair.key.findings, *given.pair.certificate.findings, *key_findings(given.pair)]
    leaf = given.leaf
    if leaf is not None:
        found += _of_leaf(leaf, given, now)
        if in_use is not None and in_use.fingerprint_sha256 != leaf.fingerprint_sha256:
            found += _against(leaf, in_use, given.setting, given.pair.certificate_file)
    found += given.bundle.findings
    found += _of_bundle(given, names_in_use)
    return distinct(found)


def _of_leaf(leaf: Certificate, given: ServiceSet, now: datetime) -> Iterator[Finding]:
    file, setting = given.pair.certificate_file, given.setting
    allowed = leaf.extended_key_usage
    lacking = [usage for usage in setting.usages if allowed is not None and usage not in allowed]
    if lacking:
        yield finding("eku", file, needed=" and ".join(lacking), detail=", ".join(allowed or ()))
    if leaf.digital_signature is False:
        yield finding("key-usage", file, detail=leaf.facts.subject)
    if setting.full_chain and given.chain.problem:
        yield finding("no-root", file, detail=given.chain.problem)
    # A chain that ends too soon has been told; as far as it goes, each of it is judged.
    for each in given.chain.path:
        yield from check_validity(each.facts, file, now)
        yield from check_strength(each, file, root=each.self_issued)
        if each is not leaf and not each.is_ca:
            yield finding("not-a-ca", file, detail=each.facts.subject)
    yield from outlived(given.chain.path, file, file, ())
    if given.is_mended:
        added = f", with {_subjects(given.completed)}, which the node has in use" if given.completed else ""
        yield finding("mended", file, detail=f"its own certificate first, then its CAs, the root last{added}")


def _of_bundle(given: ServiceSet, names_in_use: PairNames | None) -> Iterator[Finding]:
    file, leaf = given.pair.certificate_file, given.leaf
    if given.files.bundle is None:
        if names_in_use is not None and names_in_use.bundle is not None and given.setting.takes_bundle:
            yield finding("no-bundle", file, detail=names_in_use.bundle)
        return
    if not given.setting.takes_bundle:
        yield finding("bundle-unused", file)
    elif leaf is not None and given.bundle.certificates:
        chain = build_chain(leaf, given.pair.certificate.certificates, given.bundle.certificates)
        if chain.problem:
            yield finding("chain", file, other=str(given.files.bundle.path), detail=chain.problem)


def _against(leaf: Certificate, in_use: Certificate, setting: PairSetting, file: str) -> Iterator[Finding]:
    if leaf.common_names != in_use.common_names:
        yield finding("other-cn", file, detail=_named(leaf.common_names), present=_named(in_use.common_names))
    if leaf.facts.not_after <= in_use.facts.not_after:
        dates = {"date": f"{leaf.facts.not_after:%Y-%m-%d}", "present": f"{in_use.facts.not_after:%Y-%m-%d}"}
        yield finding("ends-sooner", file, **dates)
    names = alternative_names(leaf)
    lost = [name for name in alternative_names(in_use) if name not in names]
    if lost:
        yield finding("names-lost", file, detail=", ".join(lost))
    allowed = leaf.extended_key_usage
    usages = [usage for usage in in_use.extended_key_usage or () if allowed is not None and usage not in allowed]
    if usages == [CLIENT_AUTH] and setting.calls_nobody:
        yield finding("client-usage-lost", file)
    elif usages:
        yield finding("usage-lost", file, detail=", ".join(usages))


def alternative_names(certificate: Certificate) -> tuple[str, ...]:
    """Return the names and addresses that a certificate is made out to beside its subject; host names in lower case.

    Args:
        certificate: any.
    """
    return (*map(str.lower, certificate.host_names), *certificate.addresses)


def _named(names: tuple[str, ...]) -> str:
    return " and ".join(map(repr, names)) or "none"


def _subjects(certificates: tuple[Certificate, ...]) -> str:
    return "; ".join(f"[{each.facts.subject}]" for each in certificates)
