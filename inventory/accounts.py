"""Which account each node gets: one for all of them, or others for single sites and nodes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mmpctl.errors import UsageError
from mmpctl.inventory.credentials import (
    ADVICE,
    DEFAULT_USERNAME,
    KEYRING_SERVICE,
    Credentials,
    Secret,
    from_keyring,
    from_terminal,
    with_key,
)
from mmpctl.inventory.password_files import with_password_files

# What a name of a variable may not hold.
_UNFIT = re.compile(r"[^A-Za-z0-9]")

_USERNAME, _PASSWORD, _KEY = "MMP_USERNAME", "MMP_PASSWORD", "MMP_SSH_KEY"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an account is needed.

    Args:
        node: inventory name.
        site: its site, if it has one.
        username: the account that the inventory gives it.
    """

    node: str
    site: str | None = None
    username: str | None = None

    @property
    def scopes(self) -> tuple[str, ...]:
        """Its names, the narrowest first."""
        return (self.node, self.site) if self.site else (self.node,)


def suffix(name: str) -> str:
    """Return what stands behind `MMP_PASSWORD__` for a site or a node: capital letters, digits, and `_` for all else.

    Args:
        name: as the inventory has it.
    """
    return _UNFIT.sub("_", name).upper()


def find_accounts(
    places: Iterable[Place], environ: Mapping[str, str] | None = None, *, ask: bool = True
) -> dict[str, Credentials]:
    """Find the account of each node.

    The first that is there: the variables of the node (`MMP_PASSWORD__NODE`), of its site, and of all; the keyring's
    entry of its site (service `mmpctl:SITE`), and of all (`mmpctl`); an answer on the terminal, once for each account.
    Where a variable of a password is not set, the one with `_FILE` before the `__` may name a file that holds it.

    Args:
        places: the nodes.
        environ: environment variables; the process's own by default.
        ask: whether a terminal may be asked.

    Returns:
        Credentials by the node's name.

    Raises:
        UsageError: a node has none, a key cannot be used, or a variable is meant for two different names.
    """
    wanted = tuple(places)
    ends = dict.fromkeys(("", *(f"__{suffix(scope)}" for place in wanted for scope in place.scopes)))
    finder = _Finder(with_password_files(os.environ if environ is None else environ, ends), ask)
    require_one_meaning(wanted, finder.environ, (_PASSWORD, _KEY, _USERNAME))
    found = {place.node: finder.scoped(place) for place in wanted}
    _require_one_user([place for place in wanted if found[place.node] is None], finder.environ)
    return {place.node: found[place.node] or finder.general(place) for place in wanted}


@dataclass(slots=True)
class _Finder:
    """Looks for accounts, each source and each question once."""

    environ: Mapping[str, str]
    ask: bool
    _keys: dict[tuple[str, str, str | None], Credentials] = field(default_factory=dict)
    _keyring: dict[tuple[str, str], Secret | None] = field(default_factory=dict)
    _answers: dict[str, Secret | None] = field(default_factory=dict)

    def scoped(self, place: Place) -> Credentials | None:
        """Return the account by the variables of the node or of its site; None if they hold no secret."""
        username = self._username(place)
        for scope in place.scopes:
            found = self._of_environment(username, f"__{suffix(scope)}")
            if found is not None:
                return found
        return None

    def general(self, place: Place) -> Credentials:
        """Return the account from the settings for all nodes and the keyring's entries of the site."""
        username = self._username(place)
        named = next((name for name in self._names(place) if self.environ.get(name)), None)
        # The password for all nodes is that of the account for all nodes, and goes to no other one.
        found = self._of_environment(username, "") if named is None else None
        if found is not None:
            return found
        services = [f"{KEYRING_SERVICE}:{place.site}"] if place.site else []
        for service in (*services, KEYRING_SERVICE):
            password = self._from_keyring(service, username)
            if password is not None:
                return Credentials(username, password)
        if self.ask and username not in self._answers:
            self._answers[username] = from_terminal(username)
        answer = self._answers.get(username)
        if answer is not None:
            return Credentials(username, answer, typed=True)
        if named is not None:
            raise UsageError(
                f"{named} is set, but there is no password for it",
                code="credentials",
                node=place.node,
                advice=f"Set {named.replace(_USERNAME, _PASSWORD)} as well, or {named.replace(_USERNAME, _KEY)}.",
            )
        raise UsageError(f"no password for {username!r}", code="credentials", advice=ADVICE)

    def _names(self, place: Place) -> tuple[str, ...]:
        return tuple(f"{_USERNAME}__{suffix(scope)}" for scope in place.scopes)

    def _username(self, place: Place) -> str:
        given = (self.environ.get(name) for name in (*self._names(place), _USERNAME))
        return next((name for name in given if name), None) or place.username or DEFAULT_USERNAME

    def _of_environment(self, username: str, end: str) -> Credentials | None:
        key, text = self.environ.get(_KEY + end), self.environ.get(_PASSWORD + end)
        password = Secret(text) if text else None
        if not key:
            return Credentials(username, password) if password is not None else None
        wanted = (username, key, text)
        if wanted not in self._keys:
            self._keys[wanted] = with_key(username, Path(key), password, end)
        return self._keys[wanted]

    def _from_keyring(self, service: str, username: str) -> Secret | None:
        if (service, username) not in self._keyring:
            self._keyring[service, username] = from_keyring(username, service)
        return self._keyring[service, username]


def require_one_meaning(places: Iterable[Place], environ: Mapping[str, str], variables: Iterable[str]) -> None:
    """Make sure that no variable that is set may be meant for two different names.

    Args:
        places: the nodes.
        environ: environment variables.
        variables: what stands before `__NODE` or `__SITE`.

    Raises:
        UsageError: one is.
    """
    wanted = tuple(variables)
    names = {(scope, scope == place.site) for place in places for scope in place.scopes}
    by_suffix: dict[str, set[str]] = {}
    for name, _ in names:
        by_suffix.setdefault(suffix(name), set()).add(name)
    for end, meant in by_suffix.items():
        used = next((f"{one}__{end}" for one in wanted if environ.get(f"{one}__{end}")), None)
        if used is not None and len(meant) > 1:
            raise UsageError(
                f"{used} may mean {' or '.join(sorted(meant))}",
                code="credentials",
                advice="Rename one of them, or use the system keyring, which takes the name as it is.",
            )


def _require_one_user(places: Iterable[Place], environ: Mapping[str, str]) -> None:
    """Refuse to give one password to several accounts."""
    if environ.get(_USERNAME) or not (environ.get(_PASSWORD) or environ.get(_KEY)):
        return
    names = {place.username for place in places if place.username}
    if len(names) > 1:
        raise UsageError(
            f"the inventory names several users: {', '.join(sorted(names))}",
            code="credentials",
            advice=f"Set {_USERNAME} to the one to use, or give each site its own password: {_PASSWORD}__SITE.",
        )
