"""What lies in a folder of requests: what is signed and lasts, what waits for its certificate, what is to come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from mmpctl.certificates.files import CA_CERTIFICATE
from mmpctl.defaults import DUE_DAYS
from mmpctl.enums import Word
from mmpctl.inventory.nodes import Node
from mmpctl.signing.containers import Found
from mmpctl.signing.fitting import NodeAnswer, fit
from mmpctl.signing.layout import INCOMPLETE
from mmpctl.signing.request_folder import has_request
from mmpctl.signing.requests import NodeRequests, has_requests, requests_in, uses_of
from mmpctl.signing.sources import Files


class Standing(Word):
    """How far the new certificates of a node are."""

    # There is no request, or its certificate has had its time.
    NONE = "none"
    # There is a request without a certificate that fits.
    OPEN = "open"
    # There are certificates, and they last.
    SIGNED = "signed"


def held(nodes: Sequence[NodeRequests]) -> tuple[Found, ...]:
    """Return the certificates that lie beside requests.

    Args:
        nodes: their requests.
    """
    kinds = ("*.cer", f"*.cer{INCOMPLETE}")
    found = (file for node in nodes for kind in kinds for file in sorted(node.folder.glob(kind)))
    # To read a pipe is to wait for whoever writes into it.
    places = tuple(file for file in found if file.is_file())
    return Files(places).answers(()).found


def lasts(answer: NodeAnswer, use: str, now: datetime) -> bool:
    """Return whether a certificate is in place that is not due yet.

    Args:
        answer: what is in place for the node.
        use: `server` or `client`.
        now: aware.
    """
    fitted = answer.fitted.get(use)
    return fitted is not None and not _is_due(fitted.leaf, now)


def standings(folder: Path, nodes: Sequence[Node], now: datetime) -> dict[str, Standing]:
    """Return how far the new certificates of some nodes are.

    Args:
        folder: of all requests.
        nodes: of database clusters.
        now: aware.

    Returns:
        By inventory name.

    Raises:
        UsageError: others could change the folder or a file in it.
    """
    requests = requests_in(folder) if has_requests(folder) else []
    here = held(requests)
    answers = {(one.requests.cluster, one.requests.node): one for one in fit(requests, here, now)[0]}
    return {node.name: _of(folder, node, answers.get((node.cluster or "", node.name)), here, now) for node in nodes}


def _of(folder: Path, node: Node, answer: NodeAnswer | None, here: Sequence[Found], now: datetime) -> Standing:
    cluster, uses = node.cluster or "", uses_of(node.role)
    if answer is None:
        # Somebody else's certificates need no request of ours; a key alone is one that was never asked for.
        place = folder / cluster / node.name
        names = (*(f"{use}.cer" for use in uses), CA_CERTIFICATE)
        whole = all((place / name).exists() for name in names) and has_request(folder, cluster, node.name)
        return Standing.SIGNED if whole else Standing.NONE
    if all(lasts(answer, use, now) for use in uses):
        return Standing.SIGNED
    return Standing.NONE if any(_had_its_time(answer, use, here, now) for use in uses) else Standing.OPEN


def _had_its_time(answer: NodeAnswer, use: str, here: Sequence[Found], now: datetime) -> bool:
    request = answer.requests.requests.get(use)
    if request is None:
        return False
    mine = [one for one in here if one.certificate.key_sha256 == request.key_sha256]
    return bool(mine) and all(_is_due(one, now) for one in mine)


def _is_due(found: Found, now: datetime) -> bool:
    return found.certificate.facts.not_after <= now + timedelta(days=DUE_DAYS)
