"""Where certificates for requests come from: a private CA, or files that another CA has sent."""

from __future__ import annotations

import shlex
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mmpctl.authority.issue import Order
from mmpctl.authority.issuer import Wanted, issuer
from mmpctl.authority.profile import LEAF_DAYS, Purpose, require_days
from mmpctl.certificates.certificate import certificate_of
from mmpctl.certificates.key_ties import TIES_FILE
from mmpctl.errors import UsageError
from mmpctl.signing.containers import Found, Passphrase, Unreadable, certificates_in
from mmpctl.signing.files_below import files_below
from mmpctl.signing.packed_parts import MOST_BYTES
from mmpctl.signing.requests import CLIENT, SERVER, NodeRequests
from mmpctl.times import now_utc

# So many files without a certificate are named.
_MOST_TOLD: Final = 50
_PURPOSES: Final = {SERVER: Purpose.SERVER, CLIENT: Purpose.CLIENT}


class Asked(NamedTuple):
    """One request that a certificate is wanted for.

    Args:
        requests: of the node.
        name: `server` or `client`.
    """

    requests: NodeRequests
    name: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What a source gives.

    Args:
        found: certificates, those of CAs among them.
        notes: what a person should know, one sentence each.
        trust: CAs that nodes are to trust beside those above their certificates, if these are of the same CA.
    """

    found: tuple[Found, ...]
    notes: tuple[str, ...] = ()
    trust: tuple[Found, ...] = ()


class Source(Protocol):
    """Gives certificates for requests."""

    @property
    def completes(self) -> bool:
        """Whether a certificate that waits for the CAs above it is completed by these, and not asked for again."""

    def authorities(self) -> tuple[Found, ...]:
        """Return the CAs that it knows before it signs: they may complete what was signed earlier.

        Raises:
            MmpError: the source cannot be used; nothing was signed.
        """

    def cure(self, folder: Path) -> str:
        """Return what completes certificates whose CAs are missing, or that have not come, one sentence or two.

        Args:
            folder: of the requests.
        """

    def answers(self, asked: Sequence[Asked]) -> Answers:
        """Return what there is for these requests.

        Args:
            asked: fit requests.

        Raises:
            MmpError: the source cannot be used; nothing was laid down.
        """


@dataclass(frozen=True, slots=True)
class PrivateCa:
    """A private CA.

    Args:
        folder: of the CA.
        passphrase: opens its keys.
        days: how long the certificates last; None for the usual time.
        clock: the present, aware.

    Raises:
        UsageError: no certificate lasts that long.
    """

    folder: Path
    passphrase: str = field(repr=False)
    days: int | None = None
    clock: Callable[[], datetime] = now_utc

    def __post_init__(self) -> None:
        """Refuse what cannot be written as a date."""
        if self.days is not None:
            require_days(self.days, "--days")

    @property
    def completes(self) -> bool:
        """It signs again: what it has issued comes with its CAs."""
        return False

    def authorities(self) -> tuple[Found, ...]:
        """Return nothing: what it has issued comes with its CAs."""
        return ()

    def cure(self, folder: Path) -> str:
        """Return how the rest gets its certificates."""
        return (
            f"Correct the requests, or make new ones with `mmpctl csr`; then give "
            f"`mmpctl sign {shlex.quote(str(folder))} --ca {shlex.quote(str(self.folder))}`."
        )

    def answers(self, asked: Sequence[Asked]) -> Answers:
        """Issue a certificate for each request, all of them or none."""
        now = self.clock()
        with issuer(self.folder, self.passphrase, now) as ca:
            issued = ca.issue([self._wanted(one, now) for one in asked])
            origin = f"{self.folder} (issued)"
            trust = tuple(_own(ca.trust, origin))
            pool = (*_own("".join(one.certificate for one in issued).encode(), origin), *trust) if issued else trust
            wanted = [now + timedelta(days=self._days(one.name)) for one in asked]
            cut = sum(end > ca.not_after for end in wanted)
        notes = (
            f"The CA's issuing certificate ends on {ca.not_after:%Y-%m-%d}, so {cut} of the certificates end "
            f"then as well. "
            f"Make a new one with `mmpctl ca renew {shlex.quote(str(self.folder))}`, and sign again.",
        )
        return Answers(pool, notes if cut else (), trust)

    def _days(self, name: str) -> int:
        return self.days if self.days is not None else LEAF_DAYS[_PURPOSES[name]]

    def _wanted(self, one: Asked, now: datetime) -> Wanted:
        request = one.requests.requests[one.name]
        end = now + timedelta(days=self._days(one.name))
        order = Order(request.parsed.subject, request.public_key, request.names, _PURPOSES[one.name], end)
        return Wanted(order, request.sha256, one.requests.node, one.requests.cluster)


@dataclass(frozen=True, slots=True)
class Files:
    """Files that another CA has sent, under any names and in any form.

    Args:
        paths: files, or folders with such files in them.
        passphrase: see `certificates_in`.
    """

    paths: tuple[Path, ...]
    passphrase: Passphrase = lambda _: None

    @property
    def completes(self) -> bool:
        """It is asked for whatever is not in place."""
        return False

    def authorities(self) -> tuple[Found, ...]:
        """Return nothing: all that there is comes as an answer."""
        return ()

    def cure(self, folder: Path) -> str:
        """Return how the rest comes in."""
        looked = ", ".join(map(str, self.paths))
        return (
            f"When the rest has come, the CAs above included, give it to "
            f"`mmpctl sign {shlex.quote(str(folder))} --answers PATH` (looked at: {looked}). "
            f"The certificates that came stay."
        )

    def answers(self, asked: Sequence[Asked]) -> Answers:
        """Read all files; what holds no certificate is told."""
        notes: list[str] = []
        return Answers(tuple(files_of(self.paths, self.passphrase, notes)), tuple(notes))


def files_of(paths: Sequence[Path], passphrase: Passphrase, notes: list[str]) -> Iterator[Found]:
    """Yield the certificates in files and folders.

    Args:
        paths: files, or folders with such files in them.
        passphrase: see `certificates_in`.
        notes: gets a sentence for each file that holds none, but for requests in a folder, and for each damaged part
            of the others.

    Raises:
        UsageError: one is not there.
    """

    def unseen(error: OSError) -> None:
        notes.append(f"{error.filename} cannot be looked into ({error.strerror})")

    without = 0
    for path in paths:
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise UsageError(
                f"{path} is not there, or cannot be read ({why})",
                advice="Name the files that the CA has sent, or their folder.",
            ) from error
        for file in files_below(path, unseen) if is_folder else [path]:
            try:
                with file.open("rb") as stream:
                    content = stream.read(MOST_BYTES + 1)
                if len(content) > MOST_BYTES:
                    raise Unreadable(f"{file} is larger than an answer of a CA can be")
                yield from certificates_in(content, str(file), passphrase, notes)
            except OSError as error:
                notes.append(f"{file} cannot be read ({error.strerror})")
            except Unreadable as error:
                # `certreq` leaves each answer beside its request, which is none.
                if file == path or not _is_of_requests(file):
                    without += 1
                    if without <= _MOST_TOLD:
                        notes.append(str(error))
    if without > _MOST_TOLD:
        notes.append(f"{without - _MOST_TOLD} more files hold no certificate that can be got out")


def _is_of_requests(file: Path) -> bool:
    return file.suffix.lower() == ".csr" or file.name == TIES_FILE


def _own(pem: bytes, origin: str) -> Iterator[Found]:
    """What comes from a CA of one's own needs no bounds and has one form."""
    for one in x509.load_pem_x509_certificates(pem):
        yield Found(certificate_of(one.public_bytes(Encoding.DER)), origin)
