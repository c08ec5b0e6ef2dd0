"""Turn requests into the files that `--certs` takes."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mmpctl import exit_codes as codes
from mmpctl.documents.asked import Asked as Options
from mmpctl.documents.issuing.sign import SignDocument
from mmpctl.reports.typed import with_asked
from mmpctl.signing.fitting import NodeAnswer, bundle, fit
from mmpctl.signing.layout import Laid, lay_down
from mmpctl.signing.request_folder import kept_to_one
from mmpctl.signing.requests import USES, requests_in
from mmpctl.signing.sources import Asked, Source
from mmpctl.signing.standing import held, lasts
from mmpctl.signing.treatments import treatments
from mmpctl.times import iso, now_utc

# So many nodes' files are written at the same time.
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class SignReport:
    """What is in place after signing.

    Args:
        folder: of the requests.
        answers: what came for each node.
        laid: the files in place, for each node.
        notes: what concerns no node.
        asked: so many requests a certificate was wanted for.
        signed: so many of them got one that is in place now.
        cure: what completes the folder, as sentences; None if it is complete.
    """

    folder: Path
    answers: tuple[NodeAnswer, ...]
    laid: tuple[tuple[Laid, ...], ...]
    notes: tuple[str, ...]
    asked: int
    signed: int
    cure: str | None

    @property
    def code(self) -> int:
        """The exit code of the contract: whether something is missing, or was not signed again."""
        return codes.EXPIRED if self.signed < self.asked or self.is_missing else codes.DONE

    @property
    def is_missing(self) -> bool:
        """Whether a request has no certificate."""
        return any(one.missing for one in self.answers)


def run(folder: Path, source: Source, *, again: bool = False, clock: Callable[[], datetime] = now_utc) -> SignReport:
    """Get a certificate for each request that has none, and lay down all that fits.

    Args:
        folder: `DIR/<cluster>/<node>/` with `server.csr`, `client.csr`, and `request.json` if the keys are on the node.
        source: signs them, or has what was signed.
        again: also for requests whose certificate is in place and lasts.
        clock: the present, aware.

    Returns:
        What is in place.

    Raises:
        UsageError: there are no requests, or the source cannot be used.
        LockedError: another process has them signed, by a program that would sign them twice.
    """
    # A CA of one's own knows what it has signed for another process meanwhile.
    with kept_to_one(folder) if source.completes and folder.is_dir() else nullcontext():
        return _signed(folder, source, again, clock)


def _signed(folder: Path, source: Source, again: bool, clock: Callable[[], datetime]) -> SignReport:
    now = clock()
    nodes = requests_in(folder)
    here = (*source.authorities(), *held(nodes))
    present, _ = fit(nodes, here, now)
    asked = [
        Asked(node, name)
        for node, answer in zip(nodes, present, strict=True)
        for name in USES
        if node.is_fit(name)
        and (again or not (lasts(answer, name, now) or (source.completes and name in answer.incomplete)))
    ]
    given = source.answers(asked)
    # A program signs as of its own present, which is later.
    now = clock()
    # What came is looked at first: of equals, it is told where the new one is from.
    pool = (*given.found, *here)
    answers, nobody = fit(nodes, pool, now)
    clusters: dict[str, list[NodeAnswer]] = defaultdict(list)
    for answer in answers:
        clusters[answer.requests.cluster].append(answer)
    trusted = {name: bundle(held, given.trust) for name, held in clusters.items()}
    origins = {one.certificate.fingerprint_sha256: one.origin for one in reversed(pool)}
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        # What takes time here is the disk, which takes many files on at once.
        laid = tuple(
            threads.map(lambda one: tuple(lay_down(one, trusted[one.requests.cluster], origins, now)), answers)
        )
    fresh = {one.certificate.fingerprint_sha256 for one in given.found}
    leafs = {(one.requests.folder, name): fitted.leaf for one in answers for name, fitted in one.fitted.items()}
    taken = [leafs.get((one.requests.folder, one.name)) for one in asked]
    # One that waited for the CAs above it counts as soon as these have come.
    waited = {(one.requests.folder, name) for one in present for name in one.incomplete}
    signed = sum(
        leaf is not None and (leaf.certificate.fingerprint_sha256 in fresh or (one.requests.folder, one.name) in waited)
        for leaf, one in zip(taken, asked, strict=True)
    )
    done = treatments(answers, given.found)
    cure = source.cure(folder) if any(one.missing for one in answers) else None
    return SignReport(folder, tuple(answers), laid, (*given.notes, *done, *nobody), len(asked), signed, cure)


def document(report: SignReport, options: Options | None = None) -> SignDocument:
    """Return the report as the JSON of the contract.

    Args:
        report: of `run`.
        options: those of this command that the next one takes too, as the document repeats them.
    """
    return {
        "schema": 1,
        "command": "sign",
        "folder": str(report.folder),
        "nodes": [
            {
                "name": answer.requests.node,
                "cluster": answer.requests.cluster,
                "files": [
                    {
                        "file": str(one.file),
                        "subject": one.certificate.facts.subject,
                        "not_after": iso(one.certificate.facts.not_after),
                        "from": one.origin,
                        "kept": None if one.kept is None else str(one.kept),
                    }
                    for one in laid
                ],
                "notes": list(answer.notes),
                "missing": list(answer.missing),
            }
            for answer, laid in zip(report.answers, report.laid, strict=True)
        ],
        "notes": list(report.notes),
        "wanted": report.asked,
        "signed": report.signed,
        "cure": report.cure,
        "next": _next(report, options) if report.code == codes.DONE else None,
    }


def _next(report: SignReport, options: Options | None) -> str:
    # The folder may hold the requests of a part of the inventory.
    names = dict.fromkeys(one.requests.cluster for one in report.answers)
    clusters = " ".join(f"--cluster {shlex.quote(name)}" for name in names)
    command = f"mmpctl check --certs {shlex.quote(str(report.folder))} {clusters}"
    return with_asked(command, options, "inventory")
