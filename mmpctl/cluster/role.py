"""The roles a node can have in a database cluster."""

from __future__ import annotations

from mmpctl.enums import Word


class Role(Word):
    """A node's part in its database cluster, as the inventory names it."""

    MASTER = "master"
    SLAVE = "slave"
    CLIENT = "client"

    @property
    def has_database(self) -> bool:
        """Whether the node keeps a copy of the cluster's database."""
        return self is not Role.CLIENT


# New releases of the device say primary and replica where old ones say master and slave.
_WORDS = {
    "master": Role.MASTER,
    "primary": Role.MASTER,
    "slave": Role.SLAVE,
    "replica": Role.SLAVE,
    "client": Role.CLIENT,
}

ROLE_WORDS = tuple(_WORDS)


def role_of(word: str) -> Role:
    """Return the role that a word of the inventory names.

    Args:
        word: ``master``, ``slave``, ``primary``, ``replica`` or ``client``.

    Raises:
        KeyError: the word names no role.
    """
    return _WORDS[word]
