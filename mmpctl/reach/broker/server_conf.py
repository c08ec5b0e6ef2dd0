"""The broker's own configuration: TLS with certificates on both sides, and no other way in."""

from __future__ import annotations

from pathlib import PurePath, PurePosixPath
from typing import Final

# AMQP over TLS (RFC 2782 names it amqps; registered by IANA).
AMQPS_PORT: Final = 5671
# Where Debian's package has its files.
FOLDER: Final = PurePosixPath("/etc/rabbitmq")
DEFINITIONS_FILE: Final = "definitions.json"

# Milliseconds. A request may wait in a worker behind long ones, such as a renewal that is followed: RabbitMQ's half an
# hour would close the worker's channel meanwhile.
CONSUMER_TIMEOUT: Final = 24 * 60 * 60 * 1000

# A worker sends no more than one of the longest lines (16 MiB) at once. RabbitMQ's own bound is 128 MiB: with the
# certificate of a site, a desk could be sent more than its memory takes.
MOST_MESSAGE_BYTES: Final = 32 << 20


def server_conf(port: int = AMQPS_PORT, address: str = "", folder: PurePath = FOLDER) -> str:
    """Return the text of `rabbitmq.conf`.

    Args:
        port: where the broker listens.
        address: on which address; empty for all.
        folder: of its `ca.pem`, `cert.pem`, `key.pem` and definitions.
    """
    host = f"[{address}]" if ":" in address else address
    return "".join(
        f"{line}\n"
        for line in (
            "# Made by `mmpctl engine definitions`. TLS is the only way in.",
            "listeners.tcp = none",
            f"listeners.ssl.1 = {f'{host}:' if host else ''}{port}",
            "",
            "# Whoever comes shows a certificate of this CA.",
            f"ssl_options.cacertfile = {folder / 'ca.pem'}",
            f"ssl_options.certfile = {folder / 'cert.pem'}",
            f"ssl_options.keyfile = {folder / 'key.pem'}",
            "ssl_options.verify = verify_peer",
            "ssl_options.fail_if_no_peer_cert = true",
            "ssl_options.versions.1 = tlsv1.3",
            "ssl_options.versions.2 = tlsv1.2",
            "",
            "# Its common name is the user. With passwords as well, one's certificate and another's password would do.",
            "auth_mechanisms.1 = EXTERNAL",
            "ssl_cert_login_from = common_name",
            "loopback_users.guest = true",
            "",
            "# A request may wait behind a long one for a day.",
            f"consumer_timeout = {CONSUMER_TIMEOUT}",
            "# No site has more to say at once.",
            f"max_message_size = {MOST_MESSAGE_BYTES}",
            "",
            "# Read at each start: what is added there is added here.",
            f"load_definitions = {folder / DEFINITIONS_FILE}",
        )
    )


# Of RabbitMQ's own; the only one that is needed.
PLUGINS: Final = ("rabbitmq_auth_mechanism_ssl",)
