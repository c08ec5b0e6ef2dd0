"""The document of `mmpctl engine definitions`: RabbitMQ imports it as it is, and ignores what is not its own."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from mmpctl.documents.asked import WithAsked


class BrokerVhost(TypedDict):
    """A virtual host."""

    name: str


class BrokerUser(TypedDict):
    """A user; who has an empty hash has no password, and logs in with a certificate of this common name."""

    name: str
    password_hash: str
    hashing_algorithm: str
    tags: list[str]
    limits: dict[str, Any]


class BrokerRights(TypedDict):
    """What a user may do: patterns of names."""

    user: str
    vhost: str
    configure: str
    write: str
    read: str


class BrokerExchange(TypedDict):
    """An exchange."""

    name: str
    vhost: str
    type: str
    durable: bool
    auto_delete: bool
    internal: bool
    arguments: dict[str, Any]


class BrokerQueue(TypedDict):
    """A queue."""

    name: str
    vhost: str
    durable: bool
    auto_delete: bool
    arguments: dict[str, Any]


class BrokerBinding(TypedDict):
    """What of an exchange goes to a queue."""

    source: str
    vhost: str
    destination: str
    destination_type: str
    routing_key: str
    arguments: dict[str, Any]


class BrokerDefinitions(TypedDict):
    """What RabbitMQ imports; its own words."""

    vhosts: list[BrokerVhost]
    users: list[BrokerUser]
    permissions: list[BrokerRights]
    exchanges: list[BrokerExchange]
    queues: list[BrokerQueue]
    bindings: list[BrokerBinding]
    # `vhost`, `name`, `pattern`, `apply-to`, `definition`, `priority`.
    policies: list[dict[str, Any]]


class EngineDefinitionsDocument(BrokerDefinitions, WithAsked):
    """All that the broker's owner needs."""

    schema: Literal[1]
    command: Literal["engine definitions"]
    # By the file of sites: where the broker is reached.
    host: str
    port: int
    sites: list[str]
    desks: list[str]
    plugins: list[str]
    # The lines of `rabbitmq.conf`.
    rabbitmq_conf: list[str]
