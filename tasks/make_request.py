"""`pki csr`: a new key and the request for its certificate, made on the node; the key stays there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from nornir.core.task import Result, Task

from mmpctl.certificates.signing_request import SigningRequest, check_request
from mmpctl.cluster.request_names import request_of
from mmpctl.device.answers.vocabulary import vocabulary
from mmpctl.device.commands.pki_list import PKI_LIST
from mmpctl.errors import CommandRefused, ConnectionLost, HostKeyError, MmpError, NoPrompt, RefusedError
from mmpctl.findings.finding import refusal
from mmpctl.signing.requests import USES
from mmpctl.signing.subject import Subject
from mmpctl.tasks._ask import ask
from mmpctl.tasks._fresh_base import FreshBase, fresh_base, is_of_use
from mmpctl.tasks._request_file import fetched_request
from mmpctl.tasks.session import mmp, on_node
from mmpctl.times import now_utc

# A key of 4096 bits takes a slow node a while; no figure is known.
_CSR_SECONDS: Final = 180.0
# After a lost line, one more key is made; a line that is lost again wants a person.
_TRIES: Final = 2


@dataclass(frozen=True, slots=True)
class RequestMade:
    """A request that was made on a node and fetched.

    Args:
        use: `server` or `client`.
        key: the key's file on the node.
        content: of the request's file.
        request: as read.
        notes: what was odd about it, for people.
    """

    use: str
    key: str
    content: bytes
    request: SigningRequest
    notes: tuple[str, ...] = ()


def make_request(
    task: Task,
    use: str,
    subject: Subject,
    now: datetime | None = None,
    dry_run: bool | None = None,
    open_keys: Sequence[str] = (),
) -> Result:
    """Make a key and a request under names that are new on the node, fetch the request, and check it.

    If the line is lost meanwhile, `pki list` tells whether the key was made; the command is never repeated for the same
    name.

    Args:
        use: `server` or `client`.
        subject: whose certificate it asks for.
        now: aware; names the files, by default the present.
        dry_run: send nothing; by default as the Nornir object says.
        open_keys: keys on the node that nothing uses, as `find_requests` returns them: if the request of one asks for
            this very certificate, it is fetched, and no key is made.

    Returns:
        A result with a `RequestMade`; changed is set, in a dry run too, where the result is the command and `diff`
        names the new files.

    Raises:
        RefusedError: the subject cannot be sent, or the request is not what was asked for.
        MmpError: the node refused, or what it made could not be fetched.
    """
    with on_node(task):
        attributes = subject.attributes()
        notes: list[str] = []
        taken = _taken(task, [key for key in open_keys if is_of_use(key, use)], use, subject, notes)
        if taken is not None:
            return Result(host=task.host, result=taken)
        for _ in range(_TRIES):
            base = fresh_base(task, use, now or now_utc())
            files = f"+{base.key}\n+{base.request}"
            if task.is_dry_run(dry_run):
                command = " ".join(("pki csr", base.name, *attributes))
                return Result(host=task.host, result=command, changed=True, diff=files)
            made = _made(task, base, use, subject, notes)
            if made is not None:
                return Result(host=task.host, result=made, changed=True, diff=files)
        raise MmpError(
            f"no request for the {use} certificate came about: {'; '.join(notes)}",
            code="request-not-made",
            advice="Look at `pki list` on the node, and at the connection to it. Then give the command again: it makes "
            "new names, and reports what lies there unused.",
        )


def _taken(task: Task, keys: Sequence[str], use: str, subject: Subject, notes: list[str]) -> RequestMade | None:
    """Return the latest of the requests that lie on the node unused and ask for the same; None if none does."""
    # The day stands in the name.
    for key in sorted(keys, reverse=True):
        try:
            fetched = _fetched(task, key, use, subject)
        except RefusedError as error:
            notes.append(f"{key} lies on the node unused, and its request is of no use here ({error.message})")
            continue
        notes.append(f"{key} was made earlier and is not used yet: its request is taken, and no other key was made")
        return replace(fetched, notes=tuple(notes))
    return None


def _made(task: Task, base: FreshBase, use: str, subject: Subject, notes: list[str]) -> RequestMade | None:
    """Send the command once, and return what it made; None if the line was lost and nothing usable was made."""
    said = _send(task, " ".join(("pki csr", base.spend(), *subject.attributes())))
    missing = [name for name in (base.key, base.request) if name not in ask(task, PKI_LIST).files]
    if said is None:
        if missing:
            notes.append(f"the line was lost during `pki csr`, and the node does not list {' and '.join(missing)}")
            return None
        try:
            made = _fetched(task, base.key, use, subject)
        except HostKeyError:
            raise
        except MmpError as error:
            notes.append(
                f"the line was lost during `pki csr`; the node lists {base.key}, but its request is of no use "
                f"({error.message})"
            )
            return None
        notes.append(f"the line was lost during `pki csr`; {base.key} was made all the same, and its request fits")
        return replace(made, notes=tuple(notes))
    answer = " ".join(said.split()) or "nothing"
    if missing:
        raise MmpError(
            f"`pki csr` answered {answer!r}, and the node does not list {' and '.join(missing)}",
            code="request-not-made",
            advice="Look at `pki list` on the node. Make the request there by hand if this release wants it otherwise.",
        )
    if not _says_made(said, base):
        notes.append(f"`pki csr` answered {answer!r}, which nobody has seen before; the node lists both files")
    return replace(_fetched(task, base.key, use, subject), notes=tuple(notes))


def _send(task: Task, line: str) -> str | None:
    """Send the command, and return its answer; None if it is not known whether the node has carried it out."""
    try:
        return mmp(task).command(line, deadline=_CSR_SECONDS)
    except (ConnectionLost, NoPrompt):
        return None
    except CommandRefused as error:
        error.advice = error.advice or (
            "If the release does not know one of the fields, delete it below `pki:` in the inventory: the vendor's "
            "list of fields has no L."
        )
        raise


def _says_made(said: str, base: FreshBase) -> bool:
    found = vocabulary().request_made.search("".join(said.split()))
    return found is not None and found.groups() == (base.key, base.request)


def _fetched(task: Task, key: str, use: str, subject: Subject) -> RequestMade:
    """Fetch the request of a key, once more if it did not arrive whole, and hold it against what was asked for."""
    file = request_of(key)
    content, request = fetched_request(task, file)
    wrong = next((one for one in check_request(request, USES[use], file) if one.refuses), None)
    if wrong is not None:
        raise refusal(wrong)
    differences = tuple(subject.differences(request))
    if differences:
        raise RefusedError(
            f"the node made {file} for another subject: {', '.join(differences)}",
            code="request-differs",
            advice="Correct the fields below `pki:` in the inventory, and give the command again.",
        )
    return RequestMade(use, key, content, request)
