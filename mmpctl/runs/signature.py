"""Signatures over a run's report, by OpenSSH: proof for somebody who does not have the user's key."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mmpctl.environment import for_programs
from mmpctl.errors import MmpError, UsageError, VerificationError
from mmpctl.trusted import require_trusted

NAMESPACE: Final = "mmpctl-report"
SUFFIX: Final = ".sig"
# OpenSSH may ask for a passphrase, or for a touch of a hardware key.
_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signature proves.

    Args:
        signer: who has signed, by the file of allowed signers; None if no such file was given.
        told: what OpenSSH said, one line.
    """

    signer: str | None
    told: str


def signature_of(file: Path) -> Path:
    """Return where the signature over a file lies.

    Args:
        file: what is signed.
    """
    return file.with_name(file.name + SUFFIX)


def sign(file: Path, key: Path) -> Path:
    """Sign a file with an SSH key; the signature lies beside it.

    Args:
        file: what is signed.
        key: the private key, or a public one whose private key is in the agent.

    Returns:
        The signature's file.

    Raises:
        UsageError: there is no such key, or no `ssh-keygen`.
        MmpError: OpenSSH did not sign; says why.
    """
    if not key.is_file():
        raise UsageError(f"there is no SSH key {key}", code="sign", advice="Name a private key with --sign KEYFILE.")
    target = signature_of(file)
    # It asks before it replaces one, and nobody may be there to answer.
    target.unlink(missing_ok=True)
    done = _ssh_keygen("sign", "-f", str(key.absolute()), "-n", NAMESPACE, str(file.absolute()))
    if done.returncode or not target.is_file():
        raise MmpError(
            f"{file} was not signed: {_line(done)}",
            code="sign",
            advice="Check that it is your own SSH key with mode 0600, and that its passphrase can be asked for, "
            "or the key is in the agent.",
        )
    target.chmod(0o600)
    return target


def verify(file: Path, allowed_signers: Path | None) -> Signature:
    """Check the signature over a file.

    Args:
        file: what is signed; the signature lies beside it.
        allowed_signers: who may sign, in OpenSSH's own form; without it only the key is named that has signed.

    Raises:
        UsageError: there is no `ssh-keygen`, or no such file of allowed signers.
        VerificationError: the signature does not fit, or nobody who is allowed has made it.
    """
    if allowed_signers is None:
        done = _ssh_keygen("check-novalidate", "-n", NAMESPACE, "-s", str(signature_of(file).absolute()), over=file)
        if done.returncode:
            raise _does_not_fit(file, done)
        return Signature(None, _line(done))
    if not allowed_signers.is_file():
        raise UsageError(f"there is no file of allowed signers {allowed_signers}", code="sign")
    require_trusted(allowed_signers, "the file of allowed signers")
    allowed = ("-f", str(allowed_signers.absolute()), "-s", str(signature_of(file).absolute()))
    found = _ssh_keygen("find-principals", *allowed)
    signer = found.stdout.decode("utf-8", "replace").strip().partition("\n")[0]
    if found.returncode or not signer:
        raise VerificationError(
            f"the signature of {file} is by nobody who is listed in {allowed_signers}",
            code="signature",
            advice="Ask who has signed it; if you trust the key, add it to the file of allowed signers.",
        )
    # Of one key several names may be known: it is the key that is proved, and the first of them that is told.
    done = _ssh_keygen("verify", *allowed, "-I", signer.split(",")[0], "-n", NAMESPACE, over=file)
    if done.returncode:
        raise _does_not_fit(file, done)
    return Signature(signer, _line(done))


def _does_not_fit(file: Path, done: subprocess.CompletedProcess[bytes]) -> VerificationError:
    return VerificationError(
        f"the signature of {file} does not fit: {_line(done)}",
        code="signature",
        advice="The file was changed after it was signed, or the signature belongs to another file: do not rely on "
        "either.",
    )


def _ssh_keygen(action: str, *options: str, over: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("ssh-keygen")
    if program is None:
        raise UsageError(
            "there is no ssh-keygen on this machine",
            code="sign",
            advice="Install OpenSSH's client (8.2 or newer); it makes and checks the signature.",
        )
    content = over.read_bytes() if over is not None else None
    try:
        return subprocess.run(  # noqa: S603 - a program of the system, and words that no shell sees
            [program, "-Y", action, *options],
            input=content,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            env=for_programs(),
        )
    except subprocess.TimeoutExpired:
        raise MmpError(
            f"ssh-keygen did not end in {_SECONDS:.0f} s",
            code="sign",
            advice="Check whether it is waiting for a passphrase.",
        ) from None


def _line(done: subprocess.CompletedProcess[bytes]) -> str:
    said = (done.stdout + b"\n" + done.stderr).decode("utf-8", "replace")
    return next((line.strip() for line in said.splitlines() if line.strip()), "it gave no reason")
