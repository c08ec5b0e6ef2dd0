"""`mmpctl sign` of many requests by a private CA, beside the CA's bare signatures by the same library.

Ours reads, checks and judges each request, issues, keeps an index, completes each chain and lays down three files for
each node, safe from a power loss; the bare client reads each request and signs a certificate for it, in memory.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from benchmarks.row import Row, compared
from benchmarks.turns import Factory, in_turns
from mmpctl.authority.ca_folder import CaFolder
from mmpctl.authority.index import INDEX_FILE
from mmpctl.authority.private_ca import make
from mmpctl.authority.profile import KeyKind
from mmpctl.inventory.pki_fields import PkiFields
from mmpctl.runbooks import sign
from mmpctl.signing.own_request import make_own_request
from mmpctl.signing.request_folder import lay_request
from mmpctl.signing.requests import USES
from mmpctl.signing.sources import PrivateCa
from mmpctl.signing.subject import subject_of

_NODES, _FEW_NODES = 500, 100
_ROUNDS, _FEW_ROUNDS = 5, 2
_IN_A_CLUSTER = 4
_PASSPHRASE = "a passphrase for measurements"  # noqa: S105 - of a CA that lives as long as the benchmark
_BARE = "bare signatures"


@dataclass(frozen=True, slots=True)
class _Ours:
    """Signs with `mmpctl`, each time in a folder of requests that nobody has signed yet.

    Args:
        folder: with the CA, and the requests.
        rounds: how often.
    """

    folder: Path
    rounds: int

    def __call__(self) -> Callable[[], int]:
        copies = [shutil.copytree(self.folder / "requests", self.folder / f"copy-{one}") for one in range(self.rounds)]

        def work() -> int:
            # A request that was signed before would get the same certificate again.
            (self.folder / "ca" / INDEX_FILE).write_bytes(b"")
            report = sign.run(copies.pop(), PrivateCa(self.folder / "ca", _PASSPHRASE))
            return sum(len(answer.fitted) for answer in report.answers)

        return work


@dataclass(frozen=True, slots=True)
class _Bare:
    """Signs by the library alone.

    Args:
        folder: with the CA, and the requests.
    """

    folder: Path

    def __call__(self) -> Callable[[], int]:
        ca = CaFolder(self.folder / "ca")
        signer = ca.signer(ca.state.issuing, _PASSPHRASE)

        def work() -> int:
            return len([_certificate(path) for path in (self.folder / "requests").rglob("*.csr")])

        def _certificate(path: Path) -> x509.Certificate:
            request, now = x509.load_pem_x509_csr(path.read_bytes()), datetime.now(timezone.utc)
            serial, end = x509.random_serial_number(), now + timedelta(days=1095)
            builder = x509.CertificateBuilder(
                signer.certificate.subject, request.subject, request.public_key(), serial, now, end
            )
            return builder.sign(signer.key, hashes.SHA256())

        return work


def rows(quick: bool = False) -> Iterator[Row]:
    """Measure it.

    Args:
        quick: fewer requests and rounds.

    Raises:
        WrongAnswers: not every request was signed.
    """
    nodes, rounds = (_FEW_NODES, _FEW_ROUNDS) if quick else (_NODES, _ROUNDS)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        now = datetime.now(timezone.utc)
        make(folder / "ca", "Example", _PASSPHRASE, now, KeyKind.RSA_3072)
        for number in range(nodes):
            _request(folder / "requests", f"c{number // _IN_A_CLUSTER}", f"cms-{number}", now)
        # One round more, to warm up.
        clients: dict[str, Factory] = {"ours": _Ours(folder, rounds + 1), _BARE: _Bare(folder)}
        timings = in_turns(clients, rounds)
    what = f"`mmpctl sign` of {nodes * len(USES):,} requests by a private CA (RSA of 3072 bits)"
    # To open the CA's key takes as long as hundreds of signatures, however many follow: a guesser is to wait as well.
    yield from compared(what, timings, _BARE, wall=6.0 if quick else 4.0, cpu=5.0 if quick else 2.5)


def _request(folder: Path, cluster: str, node: str, now: datetime) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    made = {use: make_own_request(subject_of(use, node, PkiFields()), KeyKind.P256) for use in USES}
    lay_request(folder, cluster, node, {f"{use}.csr": one.content for use, one in made.items()}, now)
