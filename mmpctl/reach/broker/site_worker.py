"""The worker of a site: takes requests of desks from the broker, and has each carried by a process of its own."""

from __future__ import annotations

import logging
import signal
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any, Final

from celery import Celery, Task, signals

from mmpctl.errors import MmpError, UsageError
from mmpctl.reach.address import BrokerAddress
from mmpctl.reach.broker.broker_files import CERTIFICATE, BrokerFiles, BrokerFilesError
from mmpctl.reach.broker.broker_trouble import BROKER_ERRORS, BrokerTrouble, trouble_of
from mmpctl.reach.broker.carried_task import LISTENING, REQUESTS, TASK, WITHIN, app_for, declare_nothing, within_bounds
from mmpctl.reach.broker.carrier import CarriedRequest, Carrier
from mmpctl.reach.broker.names import require_desk, site_queue, site_user
from mmpctl.reach.broker.over_conversations import OverConversations
from mmpctl.reach.broker.worker_program import PAUSES, SiteWorker, Tell
from mmpctl.reports.sanitize import harmless

logger = logging.getLogger(__name__)

# Of the request, as the first process hands it on: when it came, by the machine's monotonic clock.
_RECEIVED: Final = "mmpctl_received"
_LIBRARIES: Final = ("amqp", "celery", "kombu", "multiprocessing")
_SHOWN: Final = 300


class BrokerError(MmpError):
    """The broker cannot be used as things are; somebody must change something."""

    code = "broker"


@dataclass(frozen=True, slots=True)
class WorkerPlace:
    """What a worker serves, and where.

    Args:
        site: the name of the site.
        address: of the broker.
        files: of the site.
        program: the command that serves the site.
        at_once: so many requests are carried at the same time.
    """

    site: str
    address: BrokerAddress
    files: BrokerFiles
    program: Sequence[str]
    at_once: int

    def check(self) -> None:
        """Compare the name of the site with its certificate.

        Raises:
            UsageError: the name cannot be carried, or the certificate is of somebody else.
        """
        wanted = site_user(self.site)
        if self.files.user != wanted:
            raise BrokerFilesError(
                f"{self.files.folder / CERTIFICATE} is of {self.files.user!r}, and the worker of the site "
                f"{self.site} is {wanted!r} at the broker",
                advice="Correct --site, or name the folder of this site's files.",
            )

    def trouble(self, error: BaseException) -> BrokerTrouble:
        """Return what an error of the broker means here.

        Args:
            error: of a connection.
        """
        return trouble_of(error, self.address, self.files.user)


def serve(place: WorkerPlace, tell: Tell) -> int:
    """Serve a site until a signal ends it.

    Args:
        place: what is served, and where.
        tell: is told what happens, a line each.

    Returns:
        The exit code: 0 if it has come to its end in order, else 1.

    Raises:
        BrokerError: the broker does not let it in, or is not set up for it.
        UsageError: the certificate is of somebody else.
    """
    place.check()
    app = app_for(place.address, place.files)
    declare_nothing(app, place.site)
    tell(f"serves the site {place.site} by `{' '.join(place.program)}`, {place.at_once} requests at a time")
    if which(place.program[0]) is None:
        # It may come, as a folder that is mounted late; until then, a worker that waits in silence helps nobody.
        tell(f"`{place.program[0]}` is not there, or this account may not start it: requests fail until it may")
    _await_broker(place, app, tell)
    with TemporaryDirectory(prefix="mmpctl-worker-") as folder:
        over = OverConversations(Path(folder))
        carrier = Carrier(app, place.site, place.program, over)
        _only_task(app, carrier)
        take_note = partial(_take_note, over)
        signals.task_received.connect(take_note)
        signals.worker_process_init.connect(_heed_no_ctrl_c)
        signals.setup_logging.connect(_log_as_ever)
        _log_as_ever()
        with warnings.catch_warnings():
            # They are about settings of Celery's, and its user has none.
            warnings.simplefilter("ignore")
            worker = SiteWorker(
                app,
                tell,
                place.trouble,
                f"waits for requests at the broker {place.address.place}",
                hostname=f"{site_user(place.site)}@mmpctl",
                concurrency=place.at_once,
                pool="prefork",
                optimization="fair",
                queues=[site_queue(place.site)],
                without_gossip=True,
                without_mingle=True,
                without_heartbeat=True,
            )
            worker.start()
    if worker.trouble is not None:
        raise BrokerError(f"the broker {place.address.place} {worker.trouble.cause}", advice=worker.trouble.advice)
    tell("has ended")
    return int(worker.exitcode or 0)


def _await_broker(place: WorkerPlace, app: Celery, tell: Tell) -> None:
    """Wait until the broker can be reached, and look whether it is set up for this site."""
    told: str | None = None
    pause, step, longest = PAUSES
    while True:
        try:
            with app.connection_for_read(heartbeat=0) as connection:
                within_bounds(connection)
                connection.default_channel.queue_declare(site_queue(place.site), passive=True)
            return
        except BROKER_ERRORS as error:
            trouble = place.trouble(error)
            if trouble.lasts:
                raise BrokerError(f"the broker {place.address.place} {trouble.cause}", advice=trouble.advice) from error
            if trouble.cause != told:
                told = trouble.cause
                tell(f"the broker {place.address.place} {trouble.cause}; it is tried again. {trouble.advice}")
        threading.Event().wait(pause)
        pause = min(pause + step, longest)


def _only_task(app: Celery, carrier: Carrier) -> None:
    """Have the worker know one task and no other: Celery's own could run several."""

    @app.task(name=TASK, bind=True)  # type: ignore[untyped-decorator]  # Celery has no types
    def ask(self: Task, **told: Any) -> None:
        _carry(carrier, self.request, told)

    app.finalize()
    for name in [name for name in app.tasks if name != TASK]:
        del app.tasks[name]


def _carry(carrier: Carrier, request: Any, told: Mapping[str, Any]) -> None:
    properties: Mapping[str, Any] = request.properties or {}
    try:
        asked = _asked(properties, told, getattr(request, _RECEIVED))
    except (UsageError, TypeError, ValueError) as error:
        logger.warning("a request was thrown away: %s", error)
        return
    logger.info("carries a request of the desk %s", asked.desk)
    try:
        carrier.carry(asked)
    except BROKER_ERRORS as error:
        logger.warning("a request of the desk %s was let go: the broker went away (%s)", asked.desk, error)
    except Exception:
        logger.exception("a request of the desk %s was let go", asked.desk)


def _asked(properties: Mapping[str, Any], told: Mapping[str, Any], received: float) -> CarriedRequest:
    """Return the request of a message, which anybody may have written who is a desk."""
    desk, conversation = properties.get("user_id"), properties.get("correlation_id")
    # The broker compares it with the certificate; a message without it may be anybody's.
    if not isinstance(desk, str) or not isinstance(conversation, str) or not OverConversations.is_id(conversation):
        raise ValueError("it does not say whose it is")
    requests, within = told.get(REQUESTS), told.get(WITHIN)
    if not isinstance(requests, dict) or not all(isinstance(text, str) for text in requests.values()):
        raise TypeError("it has no request")
    if not isinstance(within, (int, float)):
        raise TypeError("it does not say how long it may wait")
    return CarriedRequest(require_desk(desk), conversation, requests, float(within), received)


def _take_note(over: OverConversations, sender: Any, request: Any, **others: Any) -> None:
    """Look at a request as soon as it comes, also if all processes are at work."""
    request.request_dict[_RECEIVED] = time.monotonic()
    properties = request.request_dict.get("properties") or {}
    desk, conversation = properties.get("user_id"), properties.get("correlation_id")
    listening = (request.message.headers or {}).get(LISTENING)
    # One that comes again says what was so at the time that it was sent.
    if request.delivery_info.get("redelivered") or not isinstance(desk, str) or not isinstance(listening, list):
        return
    if isinstance(conversation, str) and OverConversations.is_id(conversation):
        over.heard(desk, conversation, filter(OverConversations.is_id, listening))


def _heed_no_ctrl_c(**others: Any) -> None:
    """Leave Ctrl-C to the first process; programs that are started here must not begin with it ignored."""
    signal.signal(signal.SIGINT, lambda number, frame: None)


def _log_as_ever(**others: Any) -> None:
    """Have what the libraries log go where mmpctl logs, one line each."""
    for name in _LIBRARIES:
        library = logging.getLogger(name)
        if not any(isinstance(handler, _Forward) for handler in library.handlers):
            library.addHandler(_Forward(logging.WARNING))
            library.propagate = False
    # What they say of the connection, and of processes that are cut off, is told in plain words.
    for name in ("celery.worker.consumer.consumer", "multiprocessing"):
        logging.getLogger(name).setLevel(logging.ERROR)


class _Forward(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        first = record.getMessage().strip().partition("\n")[0]
        logger.log(record.levelno, "%s: %s", record.name, harmless(first)[:_SHOWN])
