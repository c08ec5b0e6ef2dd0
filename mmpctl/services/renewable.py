"""The services whose certificates can be renewed: what each is told, in which order, and what its files must be.

Source: the notes on the services' commands (arguments everywhere key, certificate, bundle) and on their interruption.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from mmpctl.enums import Word
from mmpctl.errors import UsageError

SERVER_AUTH, CLIENT_AUTH = "serverAuth", "clientAuth"


class FileRole(Word):
    """The files of one pair, in the order in which commands name them."""

    KEY = "key"
    CERTIFICATE = "certificate"
    BUNDLE = "bundle"


class FileSlot(NamedTuple):
    """One file of a service: what it is here, and what its name on the device begins and ends with.

    Args:
        role: which of the pair's files.
        source_name: its name in the operator's folder.
        device_prefix: the beginning of its name on the device.
        ending: of its name on the device.
    """

    role: FileRole
    source_name: str
    device_prefix: str
    ending: str


class TakesEffect(Word):
    """How a service takes new files into use."""

    # Switched off, given its files, switched on again: wherever that is the habit.
    OFF_AND_ON = "off and on"
    # Given its files while it runs, then restarted: it is never switched off.
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class PairSetting:
    """One pair of a service: the command that sets it, and what its files must be.

    Args:
        command: what stands before `certs`, e.g. `webbridge3 https`; in a run it names the setting.
        words: those of its labels in the service's settings that tell it from the service's other pairs.
        folder: where its files lie below the service's folder; empty for the service's folder itself.
        full_chain: the certificate's file must lead to the root, which comes last.
        takes_bundle: a file of CAs may be the third argument.
        usages: extended key usages that the certificate must allow, if it names any.
        calls_nobody: the service only answers with it: it is no loss if a new certificate no longer allows clientAuth.
        port: where it answers, if its settings do not show it.
        bundle_is_store: the bundle also says whom the service trusts: what is in it now stays in the new one.
        listens: it answers somewhere: a pair that only calls with it cannot be connected to.
    """

    command: str
    words: frozenset[str]
    folder: str = ""
    full_chain: bool = False
    takes_bundle: bool = False
    usages: tuple[str, ...] = (SERVER_AUTH,)
    calls_nobody: bool = False
    port: int | None = None
    bundle_is_store: bool = False
    listens: bool = True

    @property
    def service(self) -> str:
        """The service's name."""
        return self.command.partition(" ")[0]

    @property
    def slots(self) -> tuple[FileSlot, ...]:
        """Its files, in the order of the command."""
        prefix = self.command.replace(" ", "-")
        pair = (
            FileSlot(FileRole.KEY, "key.key", prefix, ".key"),
            FileSlot(FileRole.CERTIFICATE, "cert.cer", prefix, ".cer"),
        )
        bundle = FileSlot(FileRole.BUNDLE, "bundle.cer", f"{prefix}-ca", ".cer")
        return (*pair, bundle) if self.takes_bundle else pair


@dataclass(frozen=True, slots=True)
class RenewableService:
    """A service whose certificates can be renewed.

    Args:
        name: its command.
        settings: its pairs.
        takes_effect: how it takes new files into use.
        interrupts: what ends while it is off or restarts, for people.
    """

    name: str
    settings: tuple[PairSetting, ...]
    takes_effect: TakesEffect
    interrupts: str


def _one(command: str, *words: str, **more: object) -> PairSetting:
    return PairSetting(command, frozenset(words), **more)  # type: ignore[arg-type]


_BOTH = (SERVER_AUTH, CLIENT_AUTH)

# At the edge first, the Call Bridges last: what few depend on comes before what all depend on.
RENEWABLE: Final = (
    RenewableService(
        "webbridge3",
        (
            _one("webbridge3 https", "https", folder="https", full_chain=True, calls_nobody=True),
            _one("webbridge3 c2w", "c2w", folder="c2w", full_chain=True, calls_nobody=True),
        ),
        TakesEffect.OFF_AND_ON,
        "the web sessions on this Web Bridge end",
    ),
    RenewableService(
        "webbridge",
        (_one("webbridge", takes_bundle=True),),
        TakesEffect.OFF_AND_ON,
        "the web sessions on this Web Bridge end",
    ),
    RenewableService(
        "turn",
        (_one("turn", "tls", takes_bundle=True, calls_nobody=True),),
        TakesEffect.OFF_AND_ON,
        "the relayed media of external web clients ends",
    ),
    RenewableService(
        "scheduler",
        (
            _one("scheduler c2w", "c2w", folder="c2w", full_chain=True, usages=(CLIENT_AUTH,), listens=False),
            _one("scheduler https", "https", folder="https", full_chain=True, calls_nobody=True),
        ),
        TakesEffect.OFF_AND_ON,
        "nobody can schedule meetings",
    ),
    RenewableService(
        "recorder",
        # Releases 2 have one pair without a name, and a store of its own.
        (
            _one("recorder sip", "sip", takes_bundle=True, bundle_is_store=True, usages=_BOTH),
            _one("recorder", usages=_BOTH),
        ),
        TakesEffect.OFF_AND_ON,
        "the recordings on this recorder end",
    ),
    RenewableService(
        "streamer",
        (
            _one("streamer sip", "sip", takes_bundle=True, bundle_is_store=True, usages=_BOTH),
            _one("streamer", usages=_BOTH),
        ),
        TakesEffect.OFF_AND_ON,
        "the streams of this streamer end",
    ),
    RenewableService(
        "meetingapps",
        (_one("meetingapps https", "https", full_chain=True, calls_nobody=True),),
        TakesEffect.OFF_AND_ON,
        "file sharing in progress ends",
    ),
    RenewableService(
        "xmpp",
        # Its ports begin without TLS: what it says as it starts is all the proof there is.
        (_one("xmpp", takes_bundle=True, usages=_BOTH, listens=False),),
        TakesEffect.OFF_AND_ON,
        "nobody can log in to apps, and recorders and streamers are cut off",
    ),
    RenewableService(
        "h323_gateway",
        (_one("h323_gateway", takes_bundle=True, bundle_is_store=True, usages=_BOTH),),
        TakesEffect.OFF_AND_ON,
        "the H.323 calls through this gateway drop",
    ),
    RenewableService(
        "webadmin",
        (_one("webadmin", takes_bundle=True),),
        TakesEffect.OFF_AND_ON,
        "browsers, the REST API and the links of the Call Bridges to this node are cut off",
    ),
    RenewableService(
        "callbridge",
        (_one("callbridge", takes_bundle=True, usages=_BOTH, port=5061),),
        TakesEffect.RESTART,
        "the calls on this node drop",
    ),
)


def renewable(name: str) -> RenewableService:
    """Return a service whose certificates can be renewed.

    Args:
        name: its command.

    Raises:
        UsageError: there is no such service, or its certificates are not renewed here.
    """
    found = next((one for one in RENEWABLE if one.name == name), None)
    if found is None:
        known = ", ".join(sorted(one.name for one in RENEWABLE))
        raise UsageError(f"--service {name}: no such service can be renewed", advice=f"Choose from: {known}.")
    return found


def in_turn(names: Iterable[str]) -> tuple[RenewableService, ...]:
    """Return services in the order in which they are renewed.

    Args:
        names: their commands.

    Raises:
        UsageError: one of them cannot be renewed.
    """
    wanted = {renewable(name).name for name in names}
    return tuple(one for one in RENEWABLE if one.name in wanted)
