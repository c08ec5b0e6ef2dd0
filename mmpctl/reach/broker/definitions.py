"""What the broker's owner imports: every user, right, exchange, queue and binding; nobody else may declare anything."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mmpctl.documents.sites.definitions import (
    BrokerBinding,
    BrokerDefinitions,
    BrokerExchange,
    BrokerQueue,
    BrokerRights,
    BrokerUser,
)
from mmpctl.reach.broker.names import (
    SITES_EXCHANGE,
    replies_exchange,
    replies_queue,
    require_desk,
    site_queue,
    site_user,
)

# Milliseconds. A request says itself until when it may be taken: this is for what was left behind.
REQUEST_TTL: Final = 60 * 60 * 1000
# A desk that reads takes each line at once; after it has gone away, its answers go too.
REPLY_TTL: Final = 10 * 60 * 1000
# Rows of 10,000 nodes (4.5 kB each), and as much again, may wait for a slow desk. Then the worker waits.
MOST_REPLIES: Final = 20_000
MOST_REPLY_BYTES: Final = 128 << 20

_NOTHING: Final = "^$"


def definitions(vhost: str, sites: Sequence[str], desks: Sequence[str]) -> BrokerDefinitions:
    """Return the definitions of one virtual host, in the form that RabbitMQ imports.

    Args:
        vhost: its name.
        sites: that have a worker there.
        desks: that may ask them.

    Returns:
        The JSON object, without any password: users log in with their certificates.

    Raises:
        UsageError: the broker cannot carry a name (code `sites`).
    """
    for desk in desks:
        require_desk(desk)
    queues = [site_queue(site) for site in sites]
    queues += [replies_queue(site, desk) for site in sites for desk in desks]
    exchanges = [SITES_EXCHANGE, *(replies_exchange(site) for site in sites)]
    rights = [_site_rights(vhost, site) for site in sites] + [_desk_rights(vhost, desk) for desk in desks]
    return {
        "vhosts": [{"name": vhost}],
        "users": [_user(right["user"]) for right in rights],
        "permissions": rights,
        "exchanges": [_exchange(vhost, name) for name in exchanges],
        "queues": [_queue(vhost, name) for name in queues],
        "bindings": [
            *(_binding(vhost, SITES_EXCHANGE, site_queue(site), site) for site in sites),
            *(
                _binding(vhost, replies_exchange(site), replies_queue(site, desk), desk)
                for site in sites
                for desk in desks
            ),
        ],
        "policies": [
            _policy(vhost, "requests", r"^site\.", {"message-ttl": REQUEST_TTL}),
            _policy(
                vhost,
                "replies",
                r"^replies\.",
                {
                    "message-ttl": REPLY_TTL,
                    "max-length": MOST_REPLIES,
                    "max-length-bytes": MOST_REPLY_BYTES,
                    "overflow": "reject-publish",
                },
            ),
        ],
    }


def _site_rights(vhost: str, site: str) -> BrokerRights:
    return {
        "user": site_user(site),
        "vhost": vhost,
        "configure": _NOTHING,
        "write": f"^{_exactly(replies_exchange(site))}$",
        "read": f"^{_exactly(site_queue(site))}$",
    }


def _desk_rights(vhost: str, desk: str) -> BrokerRights:
    return {
        "user": desk,
        "vhost": vhost,
        "configure": _NOTHING,
        "write": f"^{SITES_EXCHANGE}$",
        # Its own answers alone: who may read requests may take away those of other desks.
        "read": rf"^replies\..*\.{_exactly(desk)}$",
    }


def _exactly(name: str) -> str:
    # A hyphen means something in brackets only; without a backslash before it, people can read the pattern.
    return re.escape(name).replace(r"\-", "-")


def _user(name: str) -> BrokerUser:
    # RabbitMQ lets nobody in with an empty hash: the certificate alone counts.
    return {
        "name": name,
        "password_hash": "",
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": [],
        "limits": {},
    }


def _exchange(vhost: str, name: str) -> BrokerExchange:
    return {
        "name": name,
        "vhost": vhost,
        "type": "direct",
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": {},
    }


def _queue(vhost: str, name: str) -> BrokerQueue:
    return {"name": name, "vhost": vhost, "durable": True, "auto_delete": False, "arguments": {}}


def _binding(vhost: str, source: str, queue: str, key: str) -> BrokerBinding:
    return {
        "source": source,
        "vhost": vhost,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": {},
    }


def _policy(vhost: str, name: str, pattern: str, definition: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "vhost": vhost,
        "name": name,
        "pattern": pattern,
        "apply-to": "queues",
        "definition": dict(definition),
        "priority": 0,
    }
