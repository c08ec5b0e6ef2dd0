"""Send certificate files to the node by SFTP, and prove that they arrived whole."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from nornir.core.task import Result, Task

from mmpctl.certificates.secret import Secret
from mmpctl.device.sftp.mmp_sftp import FileDigest, SftpSession
from mmpctl.errors import UsageError
from mmpctl.tasks.session import on_node, transfer


def upload(
    task: Task, files: Mapping[str, Secret | Path], replace: bool = False, dry_run: bool | None = None
) -> Result:
    """Put files on the node; what is there already with the same content is not sent again.

    Nornir logs a task's arguments, and there may be private keys among the files: a file is given as a `Secret`, or
    as the `Path` that it is read from, and never as bare bytes.

    Args:
        files: content by name on the device.
        replace: overwrite files of these names that have another content.
        dry_run: look at the node and send nothing; by default as the Nornir object says.

    Returns:
        A result with the `FileDigest` of each file; changed is set when something was sent, or in a dry run would be,
        and `diff` names those files.

    Raises:
        UsageError: a content is of another type, or its file cannot be read.
        TransferError: a file of that name with another content is there, or what arrived is not what was sent.
    """
    with on_node(task):
        contents = {name: _content(name, given) for name, given in files.items()}
    dry = task.is_dry_run(dry_run)
    diff: dict[str, str] = {}

    def send(session: SftpSession) -> tuple[FileDigest, ...]:
        digests = []
        for name, content in contents.items():
            digest = FileDigest(name, len(content), sha256(content).hexdigest())
            if session.would_store(content, name, replace=replace):
                # Kept over a second try: what the first one sent has changed the node.
                diff[name] = f"+{name} ({digest.size} bytes, SHA-256 {digest.sha256})"
            digests.append(digest if dry else session.store(content, name, replace=replace))
        return tuple(digests)

    digests = transfer(task, send)
    return Result(host=task.host, result=digests, changed=bool(diff), diff="\n".join(diff.values()))


def _content(name: str, given: Secret | Path) -> bytes:
    if isinstance(given, Secret):
        return given.reveal()
    if not isinstance(given, Path):
        raise UsageError(
            f"the content of {name} was given as {type(given).__name__}, which Nornir writes into its log",
            advice="Give it as mmpctl.certificates.secret.Secret(content), or as the pathlib.Path of the file. If it "
            "was a private key, remove it from nornir.log and use another one.",
        )
    try:
        return given.read_bytes()
    except OSError as error:
        raise UsageError(f"{given} cannot be read ({error.strerror})", advice="Check the path.") from error
