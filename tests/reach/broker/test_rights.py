"""Who may do what at the broker: what a stolen certificate of a site or a desk is good for, and what it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from amqp import Message
from amqp.exceptions import AccessRefused, PreconditionFailed

from mmpctl.reach.broker.server_conf import MOST_MESSAGE_BYTES
from tests.support.rabbitmq import DESKS, OWNER, VHOST, Broker, left_at

pytestmark = pytest.mark.gate

Attempt = Callable[[Any], object]

# Queues that somebody else's secrets would be in, or whose loss would hurt.
_REQUESTS, _ANSWERS = "site.oslo", "replies.oslo.desk"
_VICTIMS = (_REQUESTS, _ANSWERS, "replies.london.desk-2")


def _publish(exchange: str, key: str, **properties: Any) -> Attempt:
    return lambda channel: channel.basic_publish(_message(**properties), exchange, key, mandatory=True)


def _get(queue: str) -> Attempt:
    return lambda channel: channel.basic_get(queue)


def _consume(queue: str) -> Attempt:
    return lambda channel: channel.basic_consume(queue, callback=print)


def _purge(queue: str) -> Attempt:
    return lambda channel: channel.queue_purge(queue)


def _delete(queue: str) -> Attempt:
    return lambda channel: channel.queue_delete(queue)


def _declare(queue: str, **options: Any) -> Attempt:
    return lambda channel: channel.queue_declare(queue, **options)


def _bind(queue: str, exchange: str, key: str) -> Attempt:
    return lambda channel: channel.queue_bind(queue, exchange, key)


def _unbind(queue: str, exchange: str, key: str) -> Attempt:
    return lambda channel: channel.queue_unbind(queue, exchange, key)


def _bind_exchange(exchange: str, source: str, key: str) -> Attempt:
    return lambda channel: channel.exchange_bind(exchange, source, key)


def _declare_exchange(name: str) -> Attempt:
    return lambda channel: channel.exchange_declare(name, "fanout", durable=False)


def _delete_exchange(name: str) -> Attempt:
    return lambda channel: channel.exchange_delete(name)


# Whoever it is: nobody but the broker's owner makes or takes away anything.
_FOR_ALL: dict[str, Attempt] = {
    "declare a queue": _declare("spy"),
    "declare a queue that the broker names": _declare("", exclusive=True),
    # `$` of a pattern holds before a last line feed, too.
    "declare a queue called line feed": _declare("\n"),
    "declare a queue of another site anew": _declare(_REQUESTS, durable=True),
    "declare an exchange": _declare_exchange("spy"),
    "delete the requests": _delete(_REQUESTS),
    "delete the answers": _delete(_ANSWERS),
    "delete the exchange of the desks": _delete_exchange("sites"),
    "delete the exchange of another site": _delete_exchange("replies.oslo"),
    "publish through the default exchange": _publish("", _REQUESTS),
    "publish answers through the default exchange": _publish("", _ANSWERS),
    "publish to a stock exchange": _publish("amq.direct", _REQUESTS),
    "bind the requests to a stock exchange": _bind(_REQUESTS, "amq.fanout", ""),
    "publish answers of another site": _publish("replies.oslo", "desk"),
    "unbind the requests": _unbind(_REQUESTS, "sites", "oslo"),
    "unbind the answers": _unbind(_ANSWERS, "replies.oslo", "desk"),
    "publish to the log": _publish("amq.rabbitmq.log", "error"),
    "read the log": _bind_exchange("amq.fanout", "amq.rabbitmq.log", "error"),
}
# With the certificate of the site london.
_OF_A_SITE: dict[str, Attempt] = {
    **_FOR_ALL,
    "get requests of another site": _get(_REQUESTS),
    "consume requests of another site": _consume(_REQUESTS),
    "purge requests of another site": _purge(_REQUESTS),
    "get answers of another site": _get(_ANSWERS),
    "consume answers of another site": _consume(_ANSWERS),
    "purge answers of another site": _purge(_ANSWERS),
    "get its own answers": _get("replies.london.desk"),
    "purge its own answers": _purge("replies.london.desk"),
    "have requests of another site, too": _bind("site.london", "sites", "oslo"),
    "have answers of another site, too": _bind("site.london", "replies.oslo", "desk"),
    "have its own answers go elsewhere": _bind("replies.oslo.desk", "replies.london", "desk"),
    "have requests come through its exchange": _bind_exchange("replies.london", "sites", "oslo"),
    "have answers come through its exchange": _bind_exchange("replies.london", "replies.oslo", "desk"),
    "send its own answers to the sites": _bind_exchange("sites", "replies.london", "oslo"),
    "ask another site": _publish("sites", "oslo"),
    "ask itself as a desk": _publish("sites", "london"),
    "delete its own requests": _delete("site.london"),
}
# With the certificate of the desk.
_OF_A_DESK: dict[str, Attempt] = {
    **_FOR_ALL,
    "get answers to another desk": _get("replies.london.desk-2"),
    "consume answers to another desk": _consume("replies.london.desk-2"),
    "purge answers to another desk": _purge("replies.london.desk-2"),
    "have answers to another desk, too": _bind("replies.london.desk", "replies.london", "desk-2"),
    "get requests of other desks": _get("site.oslo"),
    "consume requests of other desks": _consume("site.oslo"),
    "purge requests of other desks": _purge("site.oslo"),
    "have requests of other desks, too": _bind("replies.london.desk", "sites", "london"),
    "have requests come elsewhere": _bind_exchange("replies.london", "sites", "london"),
    "answer for a site": _publish("replies.london", "desk-2"),
    "delete its own answers": _delete("replies.london.desk"),
}


@pytest.fixture
def victims(broker: Broker) -> Iterator[Broker]:
    """The broker with a message in each queue that others want; afterwards each has it still, and no other."""
    with broker.connection(OWNER) as connection, connection.channel() as channel:
        for queue in _VICTIMS:
            channel.basic_publish(_message(), "", queue)
    yield broker
    assert left_at(broker, *_VICTIMS) == dict.fromkeys(_VICTIMS, 1)
    with broker.connection(OWNER) as connection, connection.channel() as channel:
        channel.basic_publish(_message(), "sites", "oslo", mandatory=True)
        channel.basic_publish(_message(), "replies.oslo", "desk", mandatory=True)
    assert left_at(broker, _REQUESTS, _ANSWERS) == dict.fromkeys((_REQUESTS, _ANSWERS), 2), "the bindings are there"


@pytest.mark.parametrize("attempt", _OF_A_SITE.values(), ids=_OF_A_SITE)
def test_a_site_cannot(victims: Broker, attempt: Attempt) -> None:
    with pytest.raises(AccessRefused):
        _try(victims, "site-london", attempt)


@pytest.mark.parametrize("attempt", _OF_A_DESK.values(), ids=_OF_A_DESK)
def test_a_desk_cannot(victims: Broker, attempt: Attempt) -> None:
    with pytest.raises(AccessRefused):
        _try(victims, "desk", attempt)


@pytest.mark.parametrize(
    ("user", "exchange", "key", "forged"),
    [
        ("site-london", "replies.london", "desk", "site-oslo"),
        ("site-london", "replies.london", "desk", OWNER),
        ("desk", "sites", "oslo", "desk-2"),
        ("desk", "sites", "oslo", "site-london"),
    ],
)
def test_nobody_writes_under_another_name(victims: Broker, user: str, exchange: str, key: str, forged: str) -> None:
    with pytest.raises(PreconditionFailed, match="user_id"):
        _try(victims, user, _publish(exchange, key, user_id=forged))


@pytest.mark.parametrize("header", ["CC", "BCC"])
@pytest.mark.parametrize("elsewhere", ["oslo", _REQUESTS, _ANSWERS, "sites"])
def test_copies_go_nowhere_else(victims: Broker, header: str, elsewhere: str) -> None:
    _try(victims, "site-london", _publish("replies.london", "desk", headers={header: [elsewhere, "desk-2"]}))
    # To a desk, the site may write.
    assert left_at(victims, "replies.london.desk") == {"replies.london.desk": 1}
    with victims.connection("desk-2") as connection, connection.channel() as channel:
        channel.basic_ack(channel.basic_get("replies.london.desk-2").delivery_tag)


@pytest.mark.parametrize("user", ["site-london", "desk"])
def test_an_answer_box_of_the_brokers_own_is_out_of_reach(victims: Broker, user: str) -> None:
    # RabbitMQ lets everybody consume "amq.rabbitmq.reply-to"; nobody can write to what it names.
    with victims.connection(user) as connection, connection.channel() as channel:
        channel.basic_consume("amq.rabbitmq.reply-to", no_ack=True, callback=print)
        with pytest.raises(AccessRefused):
            channel.basic_publish(_message(), "", "amq.rabbitmq.reply-to")
            channel.queue_declare(_REQUESTS, passive=True)


def test_a_request_goes_to_its_site_and_the_answer_to_its_desk(broker: Broker) -> None:
    with broker.connection("desk") as connection, connection.channel() as channel:
        channel.basic_publish(_message(user_id="desk"), "sites", "london", mandatory=True)
        with broker.connection("site-london") as connected, connected.channel() as site:
            # It sees who listens, which is how it notices that nobody does.
            assert site.queue_declare("replies.london.desk", passive=True).consumer_count == 0
            request = site.basic_get("site.london")
            assert request.properties["user_id"] == "desk"
            site.basic_ack(request.delivery_tag)
            site.basic_publish(_message(user_id="site-london"), "replies.london", "desk", mandatory=True)
        assert channel.basic_get("replies.london.desk").properties["user_id"] == "site-london"
        # How a desk sees that nobody serves a site.
        assert channel.queue_declare("site.oslo", passive=True).consumer_count == 0
    assert not any(left_at(broker, "site.oslo", "replies.london.desk-2").values())


def test_what_a_stolen_certificate_is_good_for(broker: Broker) -> None:
    """It stands in docs/broker.md: a desk may ask; a site may take what it is asked, and answer for itself."""
    with broker.connection("desk") as connection, connection.channel() as channel:
        channel.basic_publish(_message(user_id="desk"), "sites", "oslo", mandatory=True)
    with broker.connection("site-oslo") as connection, connection.channel() as channel:
        assert channel.basic_get("site.oslo", no_ack=True).properties["user_id"] == "desk"
        for desk in DESKS:
            channel.basic_publish(_message(), "replies.oslo", desk, mandatory=True)
    answers = [f"replies.oslo.{desk}" for desk in DESKS]
    assert left_at(broker, "site.oslo", *answers) == {"site.oslo": 0, **dict.fromkeys(answers, 1)}


def test_no_message_is_longer_than_a_desk_bears(broker: Broker) -> None:
    whole = Message(b"x" * MOST_MESSAGE_BYTES)
    with broker.connection("site-oslo") as connection, connection.channel() as channel:
        channel.basic_publish(whole, "replies.oslo", "desk", mandatory=True)
    with pytest.raises(PreconditionFailed, match="larger than"):
        _try(
            broker,
            "site-oslo",
            lambda channel: channel.basic_publish(Message(whole.body + b"x"), "replies.oslo", "desk"),
        )
    assert left_at(broker, "replies.oslo.desk") == {"replies.oslo.desk": 1}


def test_what_is_left_behind_does_not_stay_for_ever(broker: Broker) -> None:
    told = dict(
        line.split() for line in broker.control("-q", "list_queues", "-p", VHOST, "name", "policy").splitlines()
    )
    assert told["site.london"] == "requests" and told["replies.london.desk"] == "replies"


def _message(**properties: Any) -> Any:
    headers = properties.pop("headers", {})
    return Message("{}", application_headers=headers, **properties)


def _try(broker: Broker, user: str, attempt: Attempt) -> None:
    """Do it, and wait until the broker has said what it thinks of it."""
    confirming = {"confirm_publish": True}
    with broker.connection(user, transport_options=confirming) as connection, connection.channel() as channel:
        attempt(channel)
        channel.queue_declare(_REQUESTS, passive=True)
