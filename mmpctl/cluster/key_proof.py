"""Whether the keys that never left a node are those of its new certificates, by what the node shows of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mmpctl.cluster.request_names import request_of


@dataclass(frozen=True, slots=True)
class KeySeen:
    """What a node shows of a key that never left it.

    Args:
        listed: `pki list` shows the key.
        request_key: SHA-256 of the public key in the key's request on the node; None if that was not read.
        trouble: why nothing was seen, or why the request was not read; empty if it was.
        asked: `pki match` was asked about the key and its new certificate: the certificate is on the node already.
        fits: what it answered; None if it was not asked, or gave no plain verdict.
    """

    listed: bool
    request_key: str | None = None
    trouble: str = ""
    asked: bool = False
    fits: bool | None = None


def unproved(wanted: Mapping[str, str], seen: Mapping[str, KeySeen]) -> Iterator[str]:
    """Yield why a key on a node is not proved to be its new certificate's, one sentence each with the cure.

    Args:
        wanted: SHA-256 of the certificates' public keys, by the files of their keys on the node.
        seen: what the node shows of these keys.
    """
    for key, public_key in wanted.items():
        shown = seen.get(key)
        if shown is None:
            yield f"the key {key} of its new certificate was not looked at. Make the plan again"
        elif not shown.listed and shown.trouble:
            yield f"whether it has the key {key} of its new certificate is not known: {shown.trouble}"
        elif not shown.listed:
            yield (
                f"the key {key} of its new certificate is not on it: `pki list` does not show it. Make new "
                "requests with `mmpctl csr`"
            )
        elif shown.request_key is None:
            yield (
                f"nothing proves that {key} is the key of its new certificate: its request "
                f"{request_of(key)} cannot be read there ({shown.trouble}). Make new requests with `mmpctl csr`"
            )
        elif shown.request_key != public_key:
            yield (
                f"{key} is not the key of its new certificate: {request_of(key)} on the node has another "
                "public key. Make new requests with `mmpctl csr`"
            )
        elif shown.fits is False:
            yield (
                f"`pki match` answers that {key} and its new certificate do not fit. Make new requests with "
                "`mmpctl csr`"
            )


def proof_notes(seen: Mapping[str, KeySeen]) -> Iterator[str]:
    """Yield what is worth knowing of a node's own proof of its keys, one sentence each.

    Args:
        seen: what the node shows of the keys.
    """
    for key, shown in seen.items():
        if shown.asked and shown.fits is None:
            yield (
                f"`pki match` gives no plain verdict on {key} and its new certificate. The request on the node "
                "proves that they fit"
            )
