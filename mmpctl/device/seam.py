"""The seam to Netmiko: what leaves the platform is caught by the names that its users know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Final, ParamSpec, TypeVar

from netmiko.exceptions import (
    NetmikoAuthenticationException,
    NetmikoParsingException,
    NetmikoTimeoutException,
    ReadException,
    ReadTimeout,
)

from mmpctl.errors import (
    AuthenticationError,
    ConnectError,
    ConnectionLost,
    HostKeyError,
    MmpError,
    NoPrompt,
    ParseError,
    UnknownQuestion,
)

P = ParamSpec("P")
T = TypeVar("T")


class SeamConnectError(ConnectError, NetmikoTimeoutException):
    """A `ConnectError` that Netmiko's users know; they call every failed connection a time-out."""


class SeamConnectionLost(ConnectionLost, NetmikoTimeoutException, ReadException):
    """A `ConnectionLost` that Netmiko's users know."""


class SeamHostKeyError(HostKeyError, NetmikoTimeoutException):
    """A `HostKeyError` that Netmiko's users know."""


class SeamAuthenticationError(AuthenticationError, NetmikoAuthenticationException):
    """An `AuthenticationError` that Netmiko's users know."""


class SeamNoPrompt(NoPrompt, ReadTimeout):
    """A `NoPrompt` that Netmiko's users know."""


class SeamUnknownQuestion(UnknownQuestion, ReadTimeout):
    """An `UnknownQuestion` that Netmiko's users know: to them it is a prompt that did not come back."""


class SeamParseError(ParseError, NetmikoParsingException):
    """A `ParseError` that Netmiko's users know."""


KNOWN: Final[Mapping[type[MmpError], type[MmpError]]] = MappingProxyType(
    {
        ConnectError: SeamConnectError,
        ConnectionLost: SeamConnectionLost,
        HostKeyError: SeamHostKeyError,
        AuthenticationError: SeamAuthenticationError,
        NoPrompt: SeamNoPrompt,
        UnknownQuestion: SeamUnknownQuestion,
        ParseError: SeamParseError,
    }
)


def seam(call: Callable[P, T]) -> Callable[P, T]:
    """Let a call of the platform raise errors that are Netmiko's too, and stay ours.

    Args:
        call: a method of the platform.
    """

    @wraps(call)
    def called(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return call(*args, **kwargs)
        except MmpError as error:
            # The same error goes on, with its cause and its traceback; only its class gets a second base.
            error.__class__ = KNOWN.get(type(error), type(error))
            raise

    return called
