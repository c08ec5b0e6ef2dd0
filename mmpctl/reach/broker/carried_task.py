"""What both sides agree on: the one task, what its message has, and what its answers have."""

from __future__ import annotations

from typing import Any, Final

from celery import Celery
from kombu.connection import Connection
from kombu.entity import Exchange, Queue

from mmpctl.reach.address import CONNECT_SECONDS, BrokerAddress
from mmpctl.reach.broker.broker_files import BrokerFiles
from mmpctl.reach.broker.names import site_queue

TASK: Final = "mmpctl.ask"
# Of the task: the request by version of the wire, and how long it may wait, seconds.
REQUESTS: Final = "requests"
WITHIN: Final = "within"
# Header of the task: the ids of all conversations that the desk listens to.
LISTENING: Final = "listening"
# Headers of answers: which start of the site's program it is from, and whether it is the worker's own word.
BEGUN: Final = "begun"
WORD: Final = "word"
# Of the worker's own word.
CAUSE: Final = "cause"
ADVICE: Final = "advice"

# An open connection that says nothing for twice as long is given up by both ends.
HEARTBEAT_SECONDS: Final = 4.0
# For any one answer of the broker.
BROKER_SECONDS: Final = 10.0


def app_for(address: BrokerAddress, files: BrokerFiles) -> Celery:
    """Return Celery with the settings of both sides.

    Args:
        address: of the broker.
        files: of this side.
    """
    app = Celery("mmpctl", set_as_current=False)
    app.conf.update(_settings(address, files))
    return app


def within_bounds(connection: Connection) -> None:
    """Open a connection, and have nothing on it wait for the broker for ever.

    Args:
        connection: of either side.
    """
    connection.connect()
    connection.connection.transport.sock.settimeout(BROKER_SECONDS)


def declare_nothing(app: Celery, site: str) -> None:
    """Have a worker take requests from the queue of its site, which the broker's owner has made.

    Args:
        app: of the worker.
        site: its name.
    """
    name = site_queue(site)
    app.conf.task_queues = [Queue(name, Exchange("", no_declare=True), routing_key=name, no_declare=True)]
    app.conf.task_default_queue = name


def _settings(address: BrokerAddress, files: BrokerFiles) -> dict[str, Any]:
    return {
        "broker_url": address.url,
        "broker_use_ssl": files.tls(address.host),
        # The certificate alone says who this is.
        "broker_login_method": "EXTERNAL",
        "broker_heartbeat": HEARTBEAT_SECONDS,
        "broker_connection_timeout": CONNECT_SECONDS,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # The time-outs are those of the TLS handshake: nothing else would end it.
        "broker_transport_options": {
            "confirm_publish": True,
            "read_timeout": BROKER_SECONDS,
            "write_timeout": BROKER_SECONDS,
        },
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_ignore_result": True,
        "task_create_missing_queues": False,
        "task_publish_retry": False,
        "task_acks_late": False,
        "task_reject_on_worker_lost": False,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_prefetch_multiplier": 1,
        "worker_detect_quorum_queues": False,
        # There is none of those that it is about; it stops a warning.
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
    }
