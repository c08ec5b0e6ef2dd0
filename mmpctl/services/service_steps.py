"""The kinds of steps of a renewal of services, as facts: what each is called, sends, and does to its service.

For whoever plans, shows or explains steps; pure. How a step is carried out on its node is its action:
`mmpctl/renewal/jobs/services/actions/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mmpctl.cluster.expected import Expected
from mmpctl.cluster.step import PlainKind, Step, StepKind
from mmpctl.enums import Word
from mmpctl.services.renewable import RenewableService
from mmpctl.services.seen_services import UnitKey
from mmpctl.services.service_words import SERVICE_WORDS
from mmpctl.services.switched_services import switched


class ServiceAction(Word):
    """The names of the kinds, in the order of a calm run."""

    UPLOAD = "upload"
    VERIFY = "verify"
    DISABLE = "disable"
    TRUST = "trust"
    CERTS = "certs"
    ENABLE = "enable"
    RESTART = "restart"
    PROVE = "prove"


_SHORT = Expected(2, 20)


class ServiceKind(StepKind):
    """A kind of step of this job."""

    words = SERVICE_WORDS


class SwitchKind(ServiceKind):
    """A kind of step whose command begins with a service; the first of what it is given stands before its verb."""

    def command(self, *payload: str) -> str:
        """Return what is sent: `webadmin disable`, `webbridge3 https certs KEY CERTIFICATE`."""
        before, *rest = payload
        return " ".join((before, self.verb, *rest))


class Upload(PlainKind, ServiceKind):
    """The new files of all services of a node are put on it, under names that nothing there has."""

    name = ServiceAction.UPLOAD
    verb = "sftp put"
    doing = "sending the new files to {nodes}"
    expected = _SHORT
    comes_first = True
    touches = False


class Verify(PlainKind, ServiceKind):
    """The new files are read back from the node, which is asked whether each key and certificate fit."""

    name = ServiceAction.VERIFY
    verb = "pki match"
    doing = "verifying the new files on {nodes}"
    expected = _SHORT
    comes_first = True
    touches = False

    def command(self, *payload: str) -> str:
        """Return what is sent, a command for each: a key and a certificate in turn, no key for a file of trust."""
        pairs = zip(payload[::2], payload[1::2], strict=True)
        return ", ".join(f"{self.verb} {key} {file}" if key else f"pki inspect {file}" for key, file in pairs)


class Disable(SwitchKind):
    """A service is switched off, so that it takes new files."""

    name = ServiceAction.DISABLE
    verb = "disable"
    doing = "switching off {nodes}"
    expected = _SHORT

    def effect(self, step: Step, plan: tuple[Step, ...], lead: str) -> str:
        """Return what it does to the service."""
        return f"off: {_service(step).interrupts}"


class Trust(ServiceKind):
    """A service is given a file of more certificates that it trusts; the first of what it is given is the command."""

    name = ServiceAction.TRUST
    verb = ""
    doing = "extending whom {nodes} trusts"
    expected = _SHORT

    def command(self, *payload: str) -> str:
        """Return what is sent: `callbridge trust c2w FILE`, `recorder sip certs KEY CERTIFICATE BUNDLE`."""
        return " ".join(payload)

    def effect(self, step: Step, plan: tuple[Step, ...], lead: str) -> str:
        """Return what it does to the service."""
        return "trusts whom it trusted before" if step.again else "trusts the new certificates as well, and all others"


class Certs(SwitchKind):
    """The files of one pair are named to its service."""

    name = ServiceAction.CERTS
    verb = "certs"
    doing = "setting the certificates of {nodes}"
    expected = _SHORT

    def effect(self, step: Step, plan: tuple[Step, ...], lead: str) -> str:
        """Return what it does to the service."""
        return "given its old files again" if step.again else "given its new files"


class Enable(PlainKind, SwitchKind):
    """A service is switched on, and tells what it thinks of its files."""

    name = ServiceAction.ENABLE
    verb = "enable"
    doing = "switching on {nodes}"
    expected = Expected(5, 120)
    returns = True
    does = "on"


class Restart(SwitchKind):
    """A service that is never switched off takes its new files into use."""

    name = ServiceAction.RESTART
    verb = "restart"
    doing = "restarting {nodes}"
    expected = Expected(10, 180)
    returns = True

    def effect(self, step: Step, plan: tuple[Step, ...], lead: str) -> str:
        """Return what it does to the service."""
        return f"restarts: {_service(step).interrupts}"


class Prove(ServiceKind):
    """The service is looked at, and connected to: it must present the right certificate."""

    name = ServiceAction.PROVE
    verb = ""
    doing = "proving {nodes} by a TLS connection"
    expected = Expected(1, 60)
    touches = False
    # Only then it is back: on, and with the right certificate.
    returns = True

    def command(self, *payload: str) -> str:
        """Return what is sent: the bare name of the service, which shows its settings."""
        return " ".join(payload)

    def effect(self, step: Step, plan: tuple[Step, ...], lead: str) -> str:
        """Return what it does to the service."""
        if _unit(step).aim and not _service(step).settings:
            return "proved to be on, with the new file of whom it trusts: it has no certificate to show"
        if _unit(step).aim:
            return "proved by a connection to work, with the certificates that it had"
        return f"proved by a connection to show its {'old' if step.again else 'new'} certificate"


def _unit(step: Step) -> UnitKey:
    return UnitKey.of_part(step.node, step.part)


def _service(step: Step) -> RenewableService:
    return switched(_unit(step).service)


UPLOAD: Final = Upload()
VERIFY: Final = Verify()
DISABLE: Final = Disable()
TRUST: Final = Trust()
CERTS: Final = Certs()
ENABLE: Final = Enable()
RESTART: Final = Restart()
PROVE: Final = Prove()

SERVICE_KINDS: Final[Mapping[str, StepKind]] = {
    kind.name: kind for kind in (UPLOAD, VERIFY, DISABLE, TRUST, CERTS, ENABLE, RESTART, PROVE)
}
