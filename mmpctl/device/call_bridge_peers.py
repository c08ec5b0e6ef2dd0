"""The peers of a Call Bridge, as its REST API lists them, each with the word for its state.

Source: the API's samples (a list is `<webBridges total="N">` with one `<webBridge id="…">` for each, page by page;
`<alarms total="N">` likewise, each with a `<type>`), and the paths of a release's API.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote
from xml.etree import ElementTree as Tree

from mmpctl.device.call_bridge_api import API, CallBridgeApi
from mmpctl.errors import ConnectError
from mmpctl.services.peer_links import NOUNS, LinksTold, PeerKind, PeerLink

# An answer is a page of a list: so many of them at most.
_MOST_PAGES: Final = 50
_ADDRESSES: Final = ("url", "serverAddress", "clientAddress")
_ALARMS: Final = "system/alarms"


def links_told(api: CallBridgeApi, kinds: Iterable[PeerKind]) -> LinksTold:
    """Ask a Call Bridge for the state of its peers, and for its alarms.

    Args:
        api: its REST API.
        kinds: the peers that matter; a kind that its release does not know has none.

    Raises:
        ConnectError: it could not be asked, or its answer is not understood.
    """
    links: dict[str, PeerLink] = {}
    for kind in kinds:
        for one in _listed(api, kind):
            number = one.get("id", "")
            if not number:
                continue
            status = _read(api, f"{kind}/{quote(number, safe='')}/status")
            if status is not None:
                links[f"{kind} {number}"] = PeerLink(f"{NOUNS[kind]} {_address(api, kind, one)}", _state(status))
    alarms = frozenset(filter(None, (_text(one, "type") for one in _listed(api, _ALARMS))))
    return LinksTold(links, alarms)


def _listed(api: CallBridgeApi, path: str) -> Iterator[Tree.Element]:
    seen = 0
    for _ in range(_MOST_PAGES):
        page = _read(api, f"{path}?offset={seen}" if seen else path)
        if page is None or not len(page):
            return
        yield from page
        seen += len(page)
        total = page.get("total", "")
        if not total.isdecimal() or seen >= int(total):
            return
    raise ConnectError(f"{api.where} gives a list without an end ({path})", code=API)


def _address(api: CallBridgeApi, kind: PeerKind, listed: Tree.Element) -> str:
    """Return where a peer is: some lists name it, others only what is at the peer's own path."""
    for name in _ADDRESSES:
        if found := _text(listed, name):
            return found
    whole = _read(api, f"{kind}/{quote(listed.get('id', ''), safe='')}")
    known = (_text(whole, name) for name in _ADDRESSES) if whole is not None else ()
    return next(filter(None, known), listed.get("id", ""))


def _state(status: Tree.Element) -> str:
    told = _text(status, "status")
    if told:
        return told
    # Of a TURN server, releases tell of each of its addresses.
    reached = [(one.text or "").strip() for one in status.iter("reachable")]
    return "" if not reached else "success" if "true" in reached else "not reachable"


def _text(element: Tree.Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def _read(api: CallBridgeApi, path: str) -> Tree.Element | None:
    body = api.get(path)
    if body is None:
        return None
    try:
        # Without a definition of its own, a document has no entities that could grow.
        if "<!DOCTYPE" in body:
            raise ValueError
        return Tree.fromstring(body)  # noqa: S314
    except (Tree.ParseError, ValueError):
        raise ConnectError(f"{api.where} gives an answer that is not understood ({path})", code=API) from None
