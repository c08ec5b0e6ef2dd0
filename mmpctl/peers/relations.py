"""Who presents a certificate to whom, among the services of Meeting Servers.

Sources: the vendor's notes on Web Bridge 3, scheduler, recorder and streamer, XMPP and H.323, release by release. Where
they disagree whether a list of certificates or a CA is wanted, a store is judged by what is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class Relation:
    """One kind of service that checks another.

    Args:
        name: of the link; both directions of one link have the same.
        presenter: the service that presents its certificate.
        presented: which of its pairs, by the words of its place that tell them apart.
        verifier: the service that checks it.
        own: which pair the verifier has itself, if its releases differ in that; None: that does not matter.
        store: words of the place of its store.
        command: sets the store, without the file's name.
        listed: the store is a list of exact certificates.
        demanded: without a store nobody is accepted; else everybody.
        between_nodes: no node presents it to itself.
        certain: every verifier meets every presenter; else some of them.
        with_call_bridge: only a presenter with a Call Bridge on its node takes part.
    """

    name: str
    presenter: str
    presented: Words
    verifier: str
    own: Words | None
    store: Words
    command: str
    listed: bool = False
    demanded: bool = True
    between_nodes: bool = False
    certain: bool = True
    with_call_bridge: bool = False


_ONLY: Words = frozenset()
_C2W: Words = frozenset({"c2w"})
_SIP: Words = frozenset({"sip"})
_TRUST: Words = frozenset({"trust"})
_CLUSTER: Words = frozenset({"cluster"})
_BUNDLE: Words = frozenset({"ca", "bundle"})


def _among_call_bridges(presenter: str) -> Relation:
    return Relation(
        "cluster",
        presenter,
        _ONLY,
        "callbridge",
        None,
        _CLUSTER,
        "callbridge trust cluster",
        demanded=False,
        between_nodes=True,
        with_call_bridge=True,
    )


RELATIONS: Final = (
    Relation("c2w", "webbridge3", _C2W, "callbridge", None, _C2W, "callbridge trust c2w"),
    Relation("c2w", "callbridge", _ONLY, "webbridge3", None, _C2W, "webbridge3 c2w trust"),
    Relation("scheduler", "webbridge3", _C2W, "scheduler", None, _C2W, "scheduler c2w trust"),
    Relation("scheduler", "scheduler", _C2W, "webbridge3", None, _C2W, "webbridge3 c2w trust"),
    # Which of the two the peers of a Call Bridge cluster check is not known; a store that holds both is right.
    _among_call_bridges("callbridge"),
    _among_call_bridges("webadmin"),
    Relation("recorder", "callbridge", _ONLY, "recorder", _SIP, _SIP | _BUNDLE, "recorder sip certs", demanded=False),
    Relation("streamer", "callbridge", _ONLY, "streamer", _SIP, _SIP | _BUNDLE, "streamer sip certs", demanded=False),
    Relation(
        "uploader", "webadmin", _ONLY, "uploader", None, frozenset({"cms"}), "uploader cms trust", certain=False
    ),
    # Releases 2.
    Relation("web bridge", "callbridge", _ONLY, "webbridge", None, _TRUST, "webbridge trust", listed=True),
    Relation("recorder", "callbridge", _ONLY, "recorder", _ONLY, _TRUST, "recorder trust", listed=True),
    Relation("streamer", "callbridge", _ONLY, "streamer", _ONLY, _TRUST, "streamer trust", listed=True),
    Relation(
        "h323", "callbridge", _ONLY, "h323_gateway", None, _BUNDLE, "h323_gateway certs", listed=True, demanded=False
    ),
    Relation(
        "xmpp", "xmpp", _ONLY, "xmpp", None, _CLUSTER, "xmpp cluster trust", listed=True, demanded=False,
        between_nodes=True,
    ),
)  # fmt: skip
