"""A program that signs requests, one at a time: run without a shell, and without our passwords."""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mmpctl.environment import for_programs
from mmpctl.errors import UsageError
from mmpctl.signing.containers import Found, Passphrase, Unreadable, certificates_in
from mmpctl.signing.packed_parts import MOST_BYTES
from mmpctl.signing.sources import Answers, Asked, files_of

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
    """

    template: str
    above: tuple[Path, ...] = ()
    passphrase: Passphrase = lambda _: None

    def authorities(self) -> tuple[Found, ...]:
        """Return the CAs in the files that are named; the command line is judged as well."""
        self._words()
        return tuple(files_of(self.above, self.passphrase, []))

    def cure(self, folder: Path) -> str:
        """Return how the CAs above are named."""
        looked = ", ".join(("the answers of the program", *map(str, self.above)))
        return (
            f"Name the CAs above with --ca-file FILE, and give the command again (looked at: {looked}). "
            f"The certificates stay beside their requests, so that the program need not sign these again."
        )

    def answers(self, asked: Sequence[Asked]) -> Answers:
        """Run the program for one request after the other; what it refuses is told, and the others go on."""
        words = self._words()
        found = list(self.authorities())
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
        unknown = [name for word in words for name in _PLACEHOLDER.findall(word) if name not in _PLACEHOLDERS]
        if unknown:
            raise UsageError(
                f"--command has {{{unknown[0]}}}, which stands for nothing",
                advice="Only {csr}, {cer}, {use}, {node} and {cluster} are replaced.",
            )
        return words

    def _signed(self, words: Sequence[str], one: Asked) -> list[Found]:
        with tempfile.TemporaryDirectory(prefix="mmpctl-") as place:
            target = Path(place) / f"{one.name}.cer"
            given = {
                "csr": str(one.requests.file(one.name).absolute()),
                "cer": str(target),
                "use": one.name,
                "node": one.requests.node,
                "cluster": one.requests.cluster,
            }
            line = [_filled(word, given) for word in words]
            output = _run(line)
            writes = any("{cer}" in word for word in words)
            if writes and not target.is_file():
                raise Unreadable(f"{line[0]} ended well, but wrote no certificate to {{cer}}")
            content = target.read_bytes()[:MOST_BYTES] if writes else output
        return certificates_in(content, f"{line[0]} for {one.requests.node}", self.passphrase)


def _filled(word: str, given: dict[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: given[found[1]], word)


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
        told = _end_of(done.stderr.decode("utf-8", "replace").strip()) or "and said nothing"
        raise Unreadable(f"{line[0]} ended with {done.returncode}: {told}")
    return done.stdout


def _end_of(text: str) -> str:
    """Return the end of a text, which begins with a whole word."""
    if len(text) <= _MOST_TOLD:
        return text
    cut = text[-_MOST_TOLD - 1 :]
    return "… " + _FIRST_PART.sub("", cut, count=1)
