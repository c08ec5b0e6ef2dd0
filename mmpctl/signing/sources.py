"""Where certificates for requests come from: a private CA, a program, or files that another CA has sent."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from mmpctl.authority.issue import Order
from mmpctl.authority.issuer import Wanted, issuer
from mmpctl.authority.profile import LEAF_DAYS, Purpose
from mmpctl.environment import for_programs
from mmpctl.errors import UsageError
from mmpctl.signing.containers import MOST_BYTES, Found, Passphrase, Unreadable, certificates_in
from mmpctl.signing.requests import CLIENT, SERVER, NodeRequests
from mmpctl.times import now_utc

_PURPOSES: Final = {SERVER: Purpose.SERVER, CLIENT: Purpose.CLIENT}
_PROGRAM_SECONDS = 600.0
_MOST_TOLD = 300


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
    """

    folder: Path
    passphrase: str
    days: int | None = None
    clock: Callable[[], datetime] = now_utc

    def answers(self, asked: Sequence[Asked]) -> Answers:
        """Issue a certificate for each request, all of them or none."""
        now = self.clock()
        with issuer(self.folder, self.passphrase, now) as ca:
            issued = ca.issue([self._wanted(one, now) for one in asked])
            origin = f"{self.folder} (issued)"
            trust = tuple(_read(ca.trust, origin))
            pool = (*_read("".join(one.certificate for one in issued).encode(), origin), *trust) if issued else trust
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
class Program:
    """A program that signs one request at a time; it is run without a shell.

    Args:
        template: its command line; `{csr}` is the request's file, `{cer}` the file that it is to write, `{use}` is
            `server` or `client`, `{node}` and `{cluster}` are names. Without `{cer}`, its output is the certificate.
        authorities: files with the CAs above, where the program gives the certificate alone.
        passphrase: see `certificates_in`.
    """

    template: str
    authorities: tuple[Path, ...] = ()
    passphrase: Passphrase = lambda _: None

    def answers(self, asked: Sequence[Asked]) -> Answers:
        """Run the program for one request after the other; what it refuses is told, and the others go on."""
        words = self._words()
        found = list(_of_files(self.authorities, self.passphrase, []))
        notes: list[str] = []
        for one in asked:
            try:
                found += self._signed(words, one)
            except Unreadable as error:
                notes.append(f"{one.requests.file(one.name)}: {error}")
        return Answers(tuple(found), tuple(notes))

    def _words(self) -> list[str]:
        try:
            words = shlex.split(self.template)
        except ValueError as error:
            raise UsageError(
                f"--command {self.template!r} is no command line ({error})", advice="Close each quote."
            ) from error
        if not any("{csr}" in word for word in words[1:]):
            raise UsageError(
                "--command has no {csr}", advice="Write {csr} where the program takes the file of the request."
            )
        return words

    def _signed(self, words: Sequence[str], one: Asked) -> list[Found]:
        with tempfile.TemporaryDirectory(prefix="mmpctl-") as place:
            target = Path(place) / f"{one.name}.cer"
            given = {
                "{csr}": str(one.requests.file(one.name).absolute()),
                "{cer}": str(target),
                "{use}": one.name,
                "{node}": one.requests.node,
                "{cluster}": one.requests.cluster,
            }
            line = [_filled(word, given) for word in words]
            output = _run(line)
            writes = any("{cer}" in word for word in words)
            if writes and not target.is_file():
                raise Unreadable(f"{line[0]} ended well, but wrote no certificate to {{cer}}")
            content = target.read_bytes()[:MOST_BYTES] if writes else output
        return certificates_in(content, f"{line[0]} for {one.requests.node}", self.passphrase)


@dataclass(frozen=True, slots=True)
class Files:
    """Files that another CA has sent, under any names and in any form.

    Args:
        paths: files, or folders with such files in them.
        passphrase: see `certificates_in`.
    """

    paths: tuple[Path, ...]
    passphrase: Passphrase = lambda _: None

    def answers(self, asked: Sequence[Asked]) -> Answers:
        """Read all files; what holds no certificate is told."""
        notes: list[str] = []
        return Answers(tuple(_of_files(self.paths, self.passphrase, notes)), tuple(notes))


def _of_files(paths: Sequence[Path], passphrase: Passphrase, notes: list[str]) -> Iterator[Found]:
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path} is not there", advice="Name the files that the CA has sent, or their folder.")
        inside = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        for file in inside:
            try:
                with file.open("rb") as stream:
                    content = stream.read(MOST_BYTES + 1)
                if len(content) > MOST_BYTES:
                    raise Unreadable(f"{file} is larger than an answer of a CA can be")
                yield from certificates_in(content, str(file), passphrase)
            except OSError as error:
                notes.append(f"{file} cannot be read ({error.strerror})")
            except Unreadable as error:
                notes.append(str(error))


def _read(pem: bytes, origin: str) -> list[Found]:
    return certificates_in(pem, origin, lambda _: None)


def _filled(word: str, given: dict[str, str]) -> str:
    for name, value in given.items():
        word = word.replace(name, value)
    return word


def _run(line: Sequence[str]) -> bytes:
    """Run a program to its end, and return its output; it gets none of our passwords."""
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command line, without a shell
            line,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PROGRAM_SECONDS,
            env=for_programs(),
            check=False,
        )
    except FileNotFoundError:
        raise UsageError(
            f"--command: there is no program {line[0]}", advice="Install it, or write its whole path."
        ) from None
    except OSError as error:
        raise UsageError(f"--command: {line[0]} cannot be run ({error.strerror})") from error
    except subprocess.TimeoutExpired:
        raise Unreadable(f"{line[0]} did not end within {_PROGRAM_SECONDS:.0f} seconds, and was stopped") from None
    if done.returncode != 0:
        told = done.stderr.decode("utf-8", "replace").strip()[-_MOST_TOLD:] or "and said nothing"
        raise Unreadable(f"{line[0]} ended with {done.returncode}: {told}")
    return done.stdout
