"""A program that signs requests, one at a time: run without a shell, and without our passwords."""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from mmpctl.environment import for_programs
from mmpctl.errors import UsageError
from mmpctl.signing.bounded_output import Unbounded, output_of
from mmpctl.signing.containers import Found, Passphrase, Unreadable, certificates_in
from mmpctl.signing.fitting import fit
from mmpctl.signing.layout import keep
from mmpctl.signing.packed_parts import MOST_BYTES
from mmpctl.signing.sources import Answers, Asked, files_of
from mmpctl.times import now_utc

_PROGRAM_SECONDS = 600.0
_MOST_TOLD = 300
_PLACEHOLDERS: Final = ("csr", "cer", "use", "node", "cluster")
# What a shell has as ${NAME} is none of ours.
# What a cut has left of a word.
_FIRST_PART: Final = re.compile(r"\A\S*\s+(?=\S)")
_PLACEHOLDER: Final = re.compile(r"(?<!\$)\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Program:
    """A program that signs one request at a time; it is run without a shell.

    Args:
        template: its command line; `{csr}` is the request's file, `{cer}` the file that it is to write, `{use}` is
            `server` or `client`, `{node}` and `{cluster}` are names. Without `{cer}`, its output is the certificate.
        above: files with the CAs above, where the program gives the certificate alone.
        passphrase: see `certificates_in`.
        clock: the present, aware.
    """

    template: str
    above: tuple[Path, ...] = ()
    passphrase: Passphrase = lambda _: None
    clock: Callable[[], datetime] = now_utc

    @property
    def completes(self) -> bool:
        """Certificates of an earlier time wait for their CAs: the program need not sign these again."""
        return True

    def authorities(self) -> tuple[Found, ...]:
        """Return the CAs in the files that are named; the command line is judged as well."""
        self._words()
        return tuple(files_of(self.above, self.passphrase, []))

    def cure(self, folder: Path) -> str:
        """Return how the CAs above are named."""
        looked = ", ".join(("the answers of the program", *map(str, self.above)))
        return (
            f"If the CAs above are missing, name them with --ca-file FILE (looked at: {looked}). Then give the command "
            f"again: certificates that came stay beside their requests, and are not signed again."
        )

    def answers(self, asked: Sequence[Asked]) -> Answers:
        """Run the program for one request after the other; what it refuses is told, and the others go on.

        Each certificate is kept at once: whatever ends this meanwhile, the program need not sign it again.
        """
        words = self._words()
        found = list(self.authorities())
        above = {each.certificate.fingerprint_sha256: each for each in found}
        notes: list[str] = []
        for one in asked:
            try:
                given = self._signed(words, one)
            except Unreadable as error:
                notes.append(f"{one.requests.file(one.name)}: {error}")
                continue
            self._keep(one, (*given, *above.values()))
            above.update((each.certificate.fingerprint_sha256, each) for each in given if each.certificate.is_ca)
            found += given
        return Answers(tuple(found), tuple(notes))

    def _keep(self, one: Asked, pool: Sequence[Found]) -> None:
        now = self.clock()
        (answer,), _ = fit([one.requests], pool, now)
        kept = answer.fitted.get(one.name) or answer.incomplete.get(one.name)
        if kept is not None:
            keep(one.requests, kept, now)

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
        unknown = [name for word in words for name in _PLACEHOLDER.findall(word) if name not in _PLACEHOLDERS]
        if unknown:
            raise UsageError(
                f"--command has {{{unknown[0]}}}, which stands for nothing",
                advice="Only {csr}, {cer}, {use}, {node} and {cluster} are replaced.",
            )
        return words

    def _signed(self, words: Sequence[str], one: Asked) -> list[Found]:
        with _workplace() as place:
            target = place / f"{one.name}.cer"
            given = {
                "csr": str(one.requests.file(one.name).absolute()),
                "cer": str(target),
                "use": one.name,
                "node": one.requests.node,
                "cluster": one.requests.cluster,
            }
            line = [_filled(word, given) for word in words]
            output = _run(line)
            if any("{cer}" in word for word in words):
                output = _written(target, line[0])
        return certificates_in(output, f"{line[0]} for {one.requests.node}", self.passphrase)


@contextmanager
def _workplace() -> Iterator[Path]:
    try:
        place = tempfile.TemporaryDirectory(prefix="mmpctl-", ignore_cleanup_errors=True)
    except OSError as error:
        raise UsageError(
            f"there is no folder for what --command writes ({error.strerror})",
            advice="Make room on the disk, or name a folder that can be written in TMPDIR.",
        ) from error
    with place as name:
        yield Path(name)


def _written(target: Path, program: str) -> bytes:
    """Return what a program has written to `{cer}`."""
    if not target.is_file():
        raise Unreadable(f"{program} ended well, but wrote no certificate to {{cer}}")
    try:
        with target.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"{program} ended well, but {{cer}} cannot be read ({error.strerror})") from error
    if len(content) > MOST_BYTES:
        raise Unreadable(f"{program} wrote more than {MOST_BYTES >> 20} MiB to {{cer}}")
    return content


def _filled(word: str, given: dict[str, str]) -> str:
    filled = _PLACEHOLDER.sub(lambda found: given[found[1]], word)
    if filled.startswith("-") and not word.startswith("-"):
        raise Unreadable(f"the name {filled!r} was not given to the program, which would take it for an option")
    return filled


def _run(line: Sequence[str]) -> bytes:
    """Run a program to its end, and return its output; it gets none of our passwords."""
    try:
        done = output_of(line, for_programs(), _PROGRAM_SECONDS, MOST_BYTES)
    except FileNotFoundError:
        # A script is there, but what its first line names is not.
        what = "the interpreter that its first line names is not there" if Path(line[0]).exists() else "not found"
        raise UsageError(
            f"--command: there is no program {line[0]} to run ({what})", advice="Install it, or write its whole path."
        ) from None
    except OSError as error:
        raise UsageError(
            f"--command: {line[0]!r} cannot be run ({error.strerror})",
            advice="Name the program by its path, and make sure that you may execute it (`chmod u+x`).",
        ) from error
    except Unbounded as error:
        raise Unreadable(f"{line[0]} {error}") from None
    if done.code != 0:
        told = _end_of(done.complaints.decode("utf-8", "replace").strip()) or "and said nothing"
        raise Unreadable(f"{line[0]} ended with {done.code}: {told}")
    return bytes(done.output)


def _end_of(text: str) -> str:
    """Return the end of a text, which begins with a whole word."""
    if len(text) <= _MOST_TOLD:
        return text
    cut = text[-_MOST_TOLD - 1 :]
    return "… " + _FIRST_PART.sub("", cut, count=1)
