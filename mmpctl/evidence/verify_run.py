"""Whether a run's folder is what the run left: its seal, its backups, and the signature over its report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmpctl.documents.runs import Checks
from mmpctl.enums import Word
from mmpctl.errors import MmpError, RefusedError, UsageError
from mmpctl.evidence.collect import gather
from mmpctl.evidence.model import Evidence, FileNow
from mmpctl.evidence.report import JSON_FILE
from mmpctl.runs import signature
from mmpctl.runs.folder import RunFolder
from mmpctl.runs.seal import CHANGED
from mmpctl.runs.state import open_clusters


class CheckResult(Word):
    """What came of one check."""

    PROVED = "proved"
    NOT_PROVED = "not proved"
    WRONG = "wrong"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked.

    Args:
        what: the file, or the files.
        result: `proved`, `not proved`, `wrong` or `missing`.
        message: by what, or why not; one sentence.
    """

    what: str
    result: CheckResult
    message: str


def verify(folder: RunFolder, allowed_signers: Path | None = None) -> tuple[Check, ...]:
    """Check everything of a run that can be checked; nothing is changed.

    Args:
        folder: the run's folder.
        allowed_signers: who may sign a report, in OpenSSH's own form.

    Returns:
        What was checked; the run is as it was left when all of it is `proved`.

    Raises:
        UsageError: there is no `ssh-keygen`, or no such file of allowed signers.
    """
    evidence = gather(folder)
    signed = _signature(folder, allowed_signers)
    report = _report(folder)
    # A report of an earlier release says nothing of request and plan.
    whole = "files" in ((report or {}).get("evidence") or {})
    by_signer = (
        signed is not None and signed.result is CheckResult.PROVED and whole and _says_the_same(report, evidence)
    )
    checks = [_seal(evidence, by_signer), *_backups(evidence)]
    if evidence.journal.intact and not by_signer:
        checks += _end(folder)
    if report is not None and not _says_the_same(report, evidence):
        checks.append(
            Check(
                JSON_FILE,
                CheckResult.WRONG,
                "It belongs to another request, plan or journal than those in the folder: do not rely on it.",
            )
        )
    return (*checks, signed) if signed is not None else tuple(checks)


def sign(folder: RunFolder, key: Path) -> Path:
    """Sign a run's report with an SSH key, after checking that it is what the run left.

    Args:
        folder: the run's folder.
        key: the private key.

    Returns:
        The signature's file.

    Raises:
        UsageError: the run has no report, there is no such key, or no `ssh-keygen`.
        RefusedError: what would be signed is not proved.
        MmpError: OpenSSH did not sign.
    """
    if not (folder.path / JSON_FILE).is_file():
        raise UsageError(
            f"the run {folder.name} has no {JSON_FILE} yet", code="sign", advice="It is written when the run ends."
        )
    evidence = gather(folder)
    wrong = [check for check in (_seal(evidence, False), *_backups(evidence)) if check.result is not CheckResult.PROVED]
    if not _says_the_same(_report(folder), evidence):
        wrong.append(
            Check(
                JSON_FILE,
                CheckResult.WRONG,
                "It belongs to another request, plan or journal than the ones in the folder.",
            )
        )
    if wrong:
        raise RefusedError(
            f"the report of {folder.name} was not signed: {' '.join(f'{one.what}: {one.message}' for one in wrong)}",
            code="sign",
            advice="A signature would claim more than can be proved.",
        )
    return signature.sign(folder.path / JSON_FILE, key)


def document(checks: tuple[Check, ...]) -> Checks:
    """Return the checks as JSON.

    Args:
        checks: of one run.
    """
    return {
        "verified": all(one.result is CheckResult.PROVED for one in checks),
        "checks": [{"what": one.what, "result": one.result, "message": one.message} for one in checks],
    }


def _seal(evidence: Evidence, by_signer: bool) -> Check:
    what, journal = "request.json, plan.json, journal.jsonl", evidence.journal
    if journal.intact:
        return Check(what, CheckResult.PROVED, f"The seal of this user's key fits, over {journal.records} records.")
    if journal.proof in (None, CHANGED):
        problems = "; ".join(one.message for one in evidence.problems) or str(journal.why)
        return Check(what, CheckResult.WRONG, f"They are not what the run wrote: {problems}.")
    if by_signer:
        return Check(what, CheckResult.PROVED, "They are the ones that the signed report lists, by their SHA-256.")
    return Check(what, CheckResult.NOT_PROVED, f"Their lines fit together, but {journal.why}.")


def _end(folder: RunFolder) -> Iterator[Check]:
    """Yield a check if clusters have no end: a seal still fits if later records were cut off."""
    open_ = open_clusters(folder.request, folder.records())
    if open_:
        yield Check(
            "the end of journal.jsonl",
            CheckResult.NOT_PROVED,
            f"The run has not ended for {', '.join(open_)}: that no later records were cut off cannot be proved.",
        )


def _backups(evidence: Evidence) -> Iterator[Check]:
    for unit in evidence.clusters:
        for file in unit.kept:
            if file.now is FileNow.SAME:
                # What the journal says of it counts as far as the journal does.
                yield Check(file.path, CheckResult.PROVED, "It has the SHA-256 that the journal keeps.")
            elif file.now is FileNow.MISSING:
                yield Check(file.path, CheckResult.MISSING, f"The backup of {file.node} is not there any more.")
            else:
                yield Check(
                    file.path, CheckResult.WRONG, f"It is not what was fetched from {file.node}: do not restore it."
                )


def _signature(folder: RunFolder, allowed_signers: Path | None) -> Check | None:
    file = folder.path / JSON_FILE
    what = f"{JSON_FILE}{signature.SUFFIX}"
    if not signature.signature_of(file).is_file():
        if allowed_signers is None:
            return None
        return Check(
            what, CheckResult.MISSING, "The report is not signed. Sign it with `mmpctl runs RUN --sign KEYFILE`."
        )
    try:
        found = signature.verify(file, allowed_signers)
    except UsageError:
        raise
    except MmpError as error:
        return Check(what, CheckResult.WRONG, f"{error.message}. {error.advice}")
    if found.signer is None:
        return Check(
            what,
            CheckResult.NOT_PROVED,
            f"It fits ({found.told}). To prove whose key that is, add --allowed-signers FILE.",
        )
    return Check(what, CheckResult.PROVED, f"Signed by {found.signer}.")


def _report(folder: RunFolder) -> Mapping[str, Any] | None:
    try:
        found = folder.document(JSON_FILE)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) or found is None else {}


def _says_the_same(report: Mapping[str, Any] | None, evidence: Evidence) -> bool:
    told = (report or {}).get("evidence")
    journal = told.get("journal") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(journal, dict) or evidence.journal.chain is None:
        return False
    # A report of an earlier release tells of the journal alone.
    files = told.get("files", dict(evidence.files))
    return bool(files == dict(evidence.files) and journal.get("chain") == evidence.journal.chain)
