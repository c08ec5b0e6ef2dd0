"""Why a broker cannot be used, in words for people, and whether it is worth while to try again."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

from amqp.exceptions import AccessRefused, AMQPError, ConsumerCancelled, MessageNacked, NotAllowed, NotFound
from kombu.exceptions import OperationalError

from mmpctl.reach.address import BrokerAddress
from mmpctl.reach.broker.broker_files import CA, CERTIFICATE
from mmpctl.reports.sanitize import harmless

# What a connection, a channel or the network under it raises.
BROKER_ERRORS = (AMQPError, MessageNacked, OperationalError, OSError)
# So much of what a broker says is shown, characters.
_SHOWN = 200
_SEE_LOG = "Look at the log of the broker."


@dataclass(frozen=True, slots=True)
class BrokerTrouble:
    """Why a broker cannot be used.

    Args:
        cause: goes on after "the broker HOST:PORT".
        advice: what to do.
        lasts: it does not go away by itself.
    """

    cause: str
    advice: str
    lasts: bool = False


def trouble_of(error: BaseException, address: BrokerAddress, user: str) -> BrokerTrouble:
    """Return what an error of a connection means.

    Args:
        error: one of `BROKER_ERRORS`.
        address: of the broker.
        user: who wanted to use it.
    """
    if isinstance(error, OperationalError) and error.__cause__ is not None:
        error = error.__cause__
    # Before OSError, of which it is one.
    if isinstance(error, ssl.SSLError):
        return _of_tls(error, address)
    if isinstance(error, OSError):
        return _of_network(error)
    said = f" ({_said(error)})"
    if isinstance(error, NotAllowed):
        return BrokerTrouble(
            f"does not let {user!r} into {address.vhost!r}{said}",
            "Compare the virtual host in the address with the broker's definitions.",
            lasts=True,
        )
    if isinstance(error, AccessRefused):
        return BrokerTrouble(
            f"refuses the user {user!r}{said}",
            f"Compare the common name of {CERTIFICATE} with the broker's definitions.",
            lasts=True,
        )
    if isinstance(error, NotFound | ConsumerCancelled):
        # The text of the second is a number of the library's own. A queue that has only moved to another machine of the
        # broker's says so, too: then it is there again.
        gone = isinstance(error, NotFound)
        return BrokerTrouble(
            f"does not have what is asked for{said}" if gone else "has taken the queue away",
            "Import its definitions again, as `mmpctl engine definitions` makes them.",
            lasts=gone,
        )
    return BrokerTrouble(f"ended the connection{said}", _SEE_LOG)


def _of_tls(error: ssl.SSLError, address: BrokerAddress) -> BrokerTrouble:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message.removesuffix(".")
        return BrokerTrouble(
            f"shows a certificate that is not accepted ({why})",
            f"It must be valid, be of a CA in {CA}, and have the name {address.host}.",
            lasts=True,
        )
    if isinstance(error, ssl.SSLWantReadError):
        return _silent()
    if "ALERT" in (getattr(error, "reason", None) or ""):
        return BrokerTrouble(
            f"refuses the certificate of this side ({_said(error)})",
            f"{CERTIFICATE} must be valid, be for TLS clients, and be of the CA that the broker accepts.",
            lasts=True,
        )
    return BrokerTrouble(f"does not speak TLS as it should ({_said(error)})", "Check the port in its address.")


def _of_network(error: OSError) -> BrokerTrouble:
    if isinstance(error, socket.gaierror):
        return BrokerTrouble("has a name that is not known here", "Check its name in the address, and DNS.")
    if isinstance(error, TimeoutError):
        return _silent()
    why = error.strerror or _said(error)
    return BrokerTrouble(f"cannot be reached ({why})", "Check if it runs, and if a firewall is between.")


def _silent() -> BrokerTrouble:
    return BrokerTrouble("does not answer", "Check if it runs, if it is overloaded, and if a firewall is between.")


def _said(error: BaseException) -> str:
    return harmless(" ".join(str(getattr(error, "reply_text", "") or error).split()))[:_SHOWN].removesuffix(".")
