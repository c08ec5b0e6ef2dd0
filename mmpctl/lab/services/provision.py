"""Sets up the services of a deployment: a CA, a pair for each purpose, and stores that hold whom they must."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmpctl.lab.authority import Authority, KeyType, Use
from mmpctl.lab.scenario import NodeSpec, Stores

from .form import Form, Pair, Release, form_of

_DAY = dt.timedelta(days=1)
_LIFE = 365 * _DAY
_LEFT = 300.0
_NEW_LIFE = 190 * _DAY
CA_FILE = "services-ca.cer"
# Whose certificates a store holds, by the service whose store it is and the store.
_HELD: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("callbridge", "c2w trust"): (("webbridge3", "c2w"),),
    ("callbridge", "cluster trust"): (("webadmin", ""), ("callbridge", "")),
    ("webbridge3", "c2w trust"): (("callbridge", ""), ("scheduler", "c2w")),
    ("scheduler", "c2w trust"): (("webbridge3", "c2w"),),
    ("recorder", "sip bundle"): (("callbridge", ""),),
    ("streamer", "sip bundle"): (("callbridge", ""),),
    ("uploader", "cms trust"): (("webadmin", ""),),
    ("webbridge", "trust"): (("callbridge", ""),),
    ("recorder", "trust"): (("callbridge", ""),),
    ("streamer", "trust"): (("callbridge", ""),),
    ("h323_gateway", "bundle"): (("callbridge", ""),),
    ("xmpp", "cluster trust"): (("xmpp", ""),),
}
# Both documents are right if such a bundle has the CA and the certificates in it.
_ALSO_CA = (("recorder", "sip bundle"), ("streamer", "sip bundle"), ("h323_gateway", "bundle"))


@dataclass(frozen=True, slots=True)
class _Issued:
    """A pair that was issued."""

    node: str
    word: str
    pair: str
    certificate: bytes


class Deployment:
    """The services that work together, before they start.

    Args:
        name: of the cluster whose Call Bridges are among them.
        nodes: each with the services that it names.
        releases: what each node runs, by name.
        stores: what the stores of the third release hold; those of the second hold certificates in any case.
        key_type: of all keys.
    """

    def __init__(
        self, name: str, nodes: Sequence[NodeSpec], releases: Mapping[str, Release], stores: Stores, key_type: KeyType
    ) -> None:
        self._nodes = nodes
        self._releases = releases
        self._stores = stores
        self._now = dt.datetime.now(dt.timezone.utc)
        self.authority = Authority(f"{name} services CA", self._now - _LIFE, self._now + 3650 * _DAY, key_type)

    def lay_down(self, folders: Mapping[str, Path]) -> dict[str, dict[str, dict[str, str]]]:
        """Write keys, certificates and stores into the nodes' folders.

        Args:
            folders: by node; each is there.

        Returns:
            The files of each node's services, by node, service and slot.
        """
        issued: list[_Issued] = []
        names: dict[str, dict[str, dict[str, str]]] = {}
        for spec in self._nodes:
            (folders[spec.name] / CA_FILE).write_bytes(self.authority.certificate)
            for form, pair in self._pairs(spec):
                end = self._now + dict(spec.days).get(f"{form.word} {pair.name}".strip(), _LEFT) * _DAY
                files = self._issue(folders[spec.name], spec, form, pair, (end - _LIFE, end))
                names.setdefault(spec.name, {}).setdefault(form.word, {}).update(files)
                certificate = (folders[spec.name] / files[f"{pair.name} certificate".strip()]).read_bytes()
                issued.append(_Issued(spec.name, form.word, pair.name, _first(certificate)))
        for spec in self._nodes:
            for form in self._forms(spec):
                stores = self._trusts(folders[spec.name], form, issued)
                names.setdefault(spec.name, {}).setdefault(form.word, {}).update(stores)
        return names

    def renewed(self, folder: Path) -> None:
        """Write a new set of files for each service: `<node>/<service>/key.key` and so on, as `--certs` wants them.

        Args:
            folder: is made.
        """
        for spec in self._nodes:
            for form, pair in self._pairs(spec):
                place = folder / spec.name / form.word / (pair.name if form.word in ("webbridge3", "scheduler") else "")
                place.mkdir(parents=True)
                made = self.authority.issue(
                    _host(spec, pair), "any", self._now - _DAY / 24, self._now + _NEW_LIFE, names=_names(spec, pair)
                )
                (place / "key.key").touch(mode=0o600)
                (place / "key.key").write_bytes(made.key)
                chain = self.authority.certificate if pair.full_chain else b""
                (place / "cert.cer").write_bytes(made.certificate + chain)
                if pair.takes_bundle:
                    (place / "bundle.cer").write_bytes(self.authority.certificate)

    def _forms(self, spec: NodeSpec) -> Iterator[Form]:
        for word in spec.services or ():
            form = form_of(word, self._releases[spec.name])
            if form is None:
                raise ValueError(f"{word} of {spec.name}: its release has no such service")
            yield form

    def _pairs(self, spec: NodeSpec) -> Iterator[tuple[Form, Pair]]:
        for form in self._forms(spec):
            for pair in form.pairs:
                yield form, pair

    def _issue(
        self, folder: Path, spec: NodeSpec, form: Form, pair: Pair, life: tuple[dt.datetime, dt.datetime]
    ) -> dict[str, str]:
        use: Use = "server" if form.word in ("turn", "meetingapps") or pair.name == "https" else "any"
        made = self.authority.issue(_host(spec, pair), use, *life, names=_names(spec, pair))
        base = f"{form.word}-{pair.name}".rstrip("-")
        (folder / f"{base}.key").write_bytes(made.key)
        chain = self.authority.certificate if pair.full_chain else b""
        (folder / f"{base}.cer").write_bytes(made.certificate + chain)
        files = dict(zip(pair.slots, (f"{base}.key", f"{base}.cer"), strict=False))
        return files | ({pair.slots[2]: CA_FILE} if pair.takes_bundle else {})

    def _trusts(self, folder: Path, form: Form, issued: Sequence[_Issued]) -> Iterator[tuple[str, str]]:
        for slots in form.setters().values():
            for slot in slots:
                wanted = _HELD.get((form.word, slot))
                if wanted is None:
                    continue
                leafs = b"".join(one.certificate for one in issued if (one.word, one.pair) in wanted)
                if not form.listed and self._stores == "ca":
                    yield slot, CA_FILE
                elif leafs:
                    also = self.authority.certificate if (form.word, slot) in _ALSO_CA else b""
                    file = f"{form.word}-{slot.replace(' ', '-')}.cer"
                    (folder / file).write_bytes(leafs + also)
                    yield slot, file


def _host(spec: NodeSpec, pair: Pair) -> str:
    return "join.example.com" if pair.name == "https" else f"{spec.name}.example.com"


def _names(spec: NodeSpec, pair: Pair) -> tuple[str, ...]:
    return tuple(dict.fromkeys((_host(spec, pair), f"{spec.name}.example.com", spec.address)))


def _first(pem: bytes) -> bytes:
    end = b"-----END CERTIFICATE-----\n"
    return pem.partition(end)[0] + end
