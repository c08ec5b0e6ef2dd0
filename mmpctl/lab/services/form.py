"""What each service takes: its pairs, its stores, its releases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Release = tuple[int, int]
Words = tuple[str, ...]

_FIRST: Release = (2, 0)
_NEWEST: Release = (3, 12)
_NUMBERS = re.compile(r"(\d{1,3})\.(\d{1,3})")


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and its certificate, which a service uses for one purpose.

    Args:
        name: word before `certs`: `https`, `c2w`, `sip`; empty where the service has one pair only.
        port: where the service listens with it, as the documents have it; None where it is shown to servers only.
        full_chain: the certificate's file has the whole chain in it.
        takes_bundle: a third file may follow.
    """

    name: str = ""
    port: int | None = None
    full_chain: bool = False
    takes_bundle: bool = True

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of its files in the order of the command, e.g. `https key`, `https certificate`."""
        kinds = ("key", "certificate", "bundle") if self.takes_bundle else ("key", "certificate")
        return tuple(f"{self.name} {kind}".strip() for kind in kinds)


@dataclass(frozen=True, slots=True)
class Form:
    """A service as a range of releases has it.

    Args:
        word: its command.
        pairs: what it presents.
        trusts: its stores: the words that set one, after the service's own, and the name of its file.
        listed: its stores are lists of exact certificates.
        since: first release that has it.
        before: first release that does not; None: the newest has it.
        can_stop: it takes `enable` and `disable`.
        title: as it calls itself when it has started.
    """

    word: str
    pairs: tuple[Pair, ...] = ()
    trusts: Mapping[Words, str] = field(default_factory=lambda: MappingProxyType({}))
    listed: bool = False
    since: Release = _FIRST
    before: Release | None = None
    can_stop: bool = True
    title: str = ""

    def is_in(self, release: Release) -> bool:
        """Whether a release has it."""
        return self.since <= release and (self.before is None or release < self.before)

    def setters(self) -> dict[Words, tuple[str, ...]]:
        """The words that set files, and the names of those files in the order of the command."""
        pairs = {(pair.name, "certs") if pair.name else ("certs",): pair.slots for pair in self.pairs}
        return pairs | {words: (slot,) for words, slot in self.trusts.items()}


_THIRD: Release = (3, 0)
_CALL_BRIDGE_TRUSTS: dict[Words, str] = {
    ("trust", "c2w"): "c2w trust",
    ("trust", "cluster"): "cluster trust",
    ("trust", "branding"): "branding trust",
    ("ucm", "certs"): "ucm trust",
    ("imps", "certs"): "imps trust",
}
_TRUST: dict[Words, str] = {("trust",): "trust"}

FORMS = (
    Form("callbridge", (Pair(port=5061),), _CALL_BRIDGE_TRUSTS, can_stop=False, title="Callbridge"),
    Form("webadmin", (Pair(port=443),), title="webadmin"),
    Form(
        "webbridge3",
        (Pair("https", 445, True, False), Pair("c2w", 6000, True, False)),
        {("c2w", "trust"): "c2w trust"},
        since=(2, 9),
        title="Webbridge3",
    ),
    Form("turn", (Pair(port=447),), title="TURN"),
    Form("recorder", (Pair("sip", 6000),), since=_THIRD, title="Recorder"),
    Form("streamer", (Pair("sip", 7000),), since=_THIRD, title="Streamer"),
    Form("uploader", (), {("cms", "trust"): "cms trust", ("rev", "trust"): "rev trust"}, title="uploader"),
    Form(
        "scheduler",
        (Pair("c2w", None, True, False), Pair("https", 8449, True, False)),
        {("c2w", "trust"): "c2w trust"},
        since=(3, 3),
        title="Scheduler",
    ),
    Form("meetingapps", (Pair("https", 5005, True, False),), since=(3, 5), title="Meetingapps"),
    Form("webbridge", (Pair(port=443),), _TRUST, listed=True, before=_THIRD, title="Webbridge"),
    Form("xmpp", (Pair(port=5223),), {("cluster", "trust"): "cluster trust"}, True, before=_THIRD, title="XMPP server"),
    Form("h323_gateway", (Pair(port=6061),), listed=True, before=_THIRD, title="H.323 gateway"),
    Form("recorder", (Pair(port=8443),), _TRUST, listed=True, before=_THIRD, title="Recorder"),
    Form("streamer", (Pair(port=8443),), _TRUST, listed=True, before=_THIRD, title="Streamer"),
)
WORDS = tuple(dict.fromkeys(form.word for form in FORMS))


def release_of(text: str) -> Release:
    """The first two numbers of what `version` prints; the newest if there are none."""
    found = _NUMBERS.search(text)
    return (int(found[1]), int(found[2])) if found else _NEWEST


def form_of(word: str, release: Release) -> Form | None:
    """The form of a service in a release; None where that release does not know it."""
    return next((form for form in FORMS if form.word == word and form.is_in(release)), None)
