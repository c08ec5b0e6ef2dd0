"""One Meeting Server of the lab."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from .cluster.database import Database, Operation
from .cluster.network import Network
from .cluster.status import status_text
from .events import EventLog
from .fault import Fault, FaultBook, When
from .scenario import NodeSpec
from .services.form import WORDS, form_of, release_of
from .services.service import Service
from .switches import Switches

CERTIFICATE_FILE = re.compile(r"[A-Za-z0-9_-]+\.(key|cer|crt|pem|csr)")


class Node:
    """A node: its files, its database, its switches.

    Args:
        spec: what it is.
        cluster: name of its cluster, where it has one.
        files: its SFTP root, an existing folder.
        network: the fleet's databases.
        switches: how it behaves; may be replaced at any time.
        log: where its events go.
        faults: the fleet's faults.
        services: the files of the services that are on, by service and slot.
        suffer: lets a fault of a whole node happen.
    """

    def __init__(
        self,
        *,
        spec: NodeSpec,
        cluster: str | None,
        files: Path,
        network: Network,
        switches: Switches,
        log: EventLog,
        faults: FaultBook,
        services: Mapping[str, Mapping[str, str]],
        suffer: Callable[[Fault], None],
    ) -> None:
        self.spec = spec
        self.name = spec.name
        self.cluster = cluster
        self.deployment = (cluster or spec.serves) if spec.services is not None else ""
        self.address = spec.address
        self.files = files
        self.switches = switches
        self.started = time.monotonic()
        self.hostname = spec.prompt or spec.name
        self._next_hostname = self.hostname
        self.database = Database(
            node=spec.name,
            address=spec.address,
            network=network,
            switches=lambda: self.switches,
            faults=faults,
            tell=self.tell,
            suffer=suffer,
        )
        forms = (form_of(word, release_of(switches.release)) for word in WORDS)
        self.services: dict[str, Service] = {
            form.word: Service(
                form,
                files,
                services.get(form.word, {}),
                enabled=form.word in services,
                switches=lambda: self.switches,
                tell=self.tell,
            )
            for form in forms
            if form is not None
        }
        self.services["callbridge"].busy = spec.calls
        self.listen: Callable[[Service], Awaitable[None]] | None = None
        self.suffer = suffer
        self.last_channel = float("-inf")
        self.channel_refusals = 0
        self.open_channels = 0
        self._log = log
        self._faults = faults
        self._stale: tuple[float, str] = (0.0, "")

    @property
    def prompt(self) -> str:
        """Host name, ``>`` and a blank."""
        return f"{self.hostname}{self.switches.domain}> "

    def rename(self, hostname: str) -> None:
        """Take a host name, which counts from the next restart on."""
        self._next_hostname = hostname

    def restart(self) -> None:
        """Restart in no time: what was set for then counts."""
        self.tell("accepted", "reboot")
        self.hostname = self._next_hostname
        self.started = time.monotonic()
        self.wake()

    def halt(self) -> None:
        """Lose power: the database and the services are down."""
        self.database.up = False
        for service in self.services.values():
            service.halt()

    def wake(self) -> None:
        """Begin again, with what is set."""
        for service in self.services.values():
            service.wake()
        if not self.database.up:
            self.database.up = True
            self.database.wake()

    @property
    def rows(self) -> tuple[str, ...]:
        """Contents of its database."""
        return self.database.rows

    @property
    def lost(self) -> Counter[str]:
        """How many calls, sessions, recordings … ended because a service stopped, by service."""
        return Counter({word: service.lost for word, service in self.services.items() if service.lost})

    @property
    def operation(self) -> Operation | None:
        """The operation under way."""
        return self.database.operation

    @property
    def enabled(self) -> bool:
        """Whether clustering is enabled."""
        return self.database.enabled

    @property
    def restarting(self) -> bool:
        """Whether Web Admin and Call Bridge are down for an operation: while it runs, and for a while after it."""
        seconds = self.switches.restart_seconds
        return seconds > 0 and (self.operation is not None or time.monotonic() - self.database.ended < seconds)

    @property
    def settings(self) -> dict[str, str]:
        """File names of the database's certificates by kind, as `database cluster certs` was last given them."""
        credentials = self.database.credentials
        return dict(credentials.names) if credentials else {}

    def tell(self, kind: str, text: str, size: int | None = None) -> None:
        """Record an event of this node; Call Bridge and Web Admin restart at the end of an operation."""
        self._log.add(self.name, kind, text, size)
        if kind in ("finished", "failed"):
            for word in ("callbridge", "webadmin"):
                self.services[word].wake()

    def fault(self, when: When, text: str = "", *kinds: str) -> Fault | None:
        """The fault that happens at this moment, if any, recorded."""
        fault = self._faults.take(self.name, when, text, kinds)
        if fault is not None:
            self.tell("fault", f"{fault.kind} at {when}: {text.partition(chr(10))[0]}")
        return fault

    def status(self) -> str:
        """What `database cluster status` prints now; for a while after an acceptance, what it printed before."""
        until, text = self._stale
        if time.monotonic() < until:
            return text
        present = status_text(self.database, self.switches)
        kinds = ("error", "lapse") if self.database.in_sync or self.database.lapsed else ("error",)
        fault = self.fault("status", present, *kinds)
        self.database.lapse(fault is not None and fault.kind == "lapse")
        if fault is not None and fault.kind == "error":
            self.database.error = fault.text
        return status_text(self.database, self.switches)

    def keep_status(self) -> None:
        """Let `status` go on showing the present for the switch's ``stale_seconds``."""
        if self.switches.stale_seconds:
            text = status_text(self.database, self.switches)
            self._stale = (time.monotonic() + self.switches.stale_seconds, text)

    def certificate_files(self) -> list[str]:
        """Names of the certificates, keys and requests on the node."""
        return sorted(path.name for path in self.files.iterdir() if CERTIFICATE_FILE.fullmatch(path.name))
