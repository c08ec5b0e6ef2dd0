"""What things are called at the broker: users, exchanges, queues and keys. Who may do what goes by these names."""

from __future__ import annotations

import re
from typing import Final

from mmpctl.errors import UsageError

# Desks publish their requests here, with the site's name as key.
SITES_EXCHANGE: Final = "sites"

_SITE_USER: Final = "site-"
# A user is the common name of a certificate, which has at most 64 characters (X.520, ub-common-name).
_MOST_USER: Final = 64
# No dot: it divides `replies.SITE.DESK`, and a desk `b.a` could be read by the right of a desk `a`.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)
_FORM: Final = "letters (A to Z), digits, `-` and `_`, and begin with a letter or digit"
# Users that a broker may have for itself.
_RESERVED: Final = frozenset({"guest", "none"})


def require_site(name: str) -> str:
    """Refuse the name of a site that a broker cannot carry.

    Args:
        name: of the site, as the file of sites has it.

    Returns:
        The name.

    Raises:
        UsageError: it has other characters, or is too long (code `sites`).
    """
    if not _NAME.fullmatch(name) or len(name) > _MOST_USER - len(_SITE_USER):
        raise _refused("site", name, _MOST_USER - len(_SITE_USER))
    return name


def require_desk(name: str) -> str:
    """Refuse the name of a desk that a broker cannot carry, or that is a site's.

    Args:
        name: of the desk, which is the common name of its certificate.

    Returns:
        The name.

    Raises:
        UsageError: it has other characters, is too long, or is the name of another kind of user (code `sites`).
    """
    if not _NAME.fullmatch(name) or len(name) > _MOST_USER:
        raise _refused("desk", name, _MOST_USER)
    if name.startswith(_SITE_USER) or name in _RESERVED:
        raise UsageError(
            f"a desk cannot be called {name!r}: at the broker, this is the name of another kind of user",
            code="sites",
            advice=f"Give the desk a name that does not begin with `{_SITE_USER}` and is none of "
            f"{', '.join(sorted(_RESERVED))}.",
        )
    return name


def site_user(site: str) -> str:
    """Return the broker user of a site's worker, which is the common name of its certificate."""
    return f"{_SITE_USER}{require_site(site)}"


def site_queue(site: str) -> str:
    """Return the queue in which requests wait for a site's worker."""
    return f"site.{require_site(site)}"


def replies_exchange(site: str) -> str:
    """Return the exchange to which a site's worker publishes its answers, with the desk's name as key."""
    return f"replies.{require_site(site)}"


def replies_queue(site: str, desk: str) -> str:
    """Return the queue in which a site's answers wait for one desk.

    Args:
        site: the name of the site.
        desk: the name of the desk.

    Raises:
        UsageError: a broker cannot carry one of the names.
    """
    return f"replies.{require_site(site)}.{require_desk(desk)}"


def _refused(what: str, name: str, most: int) -> UsageError:
    return UsageError(
        f"a broker cannot carry the name of the {what} {name!r}",
        code="sites",
        advice=f"Names of sites and desks that use a broker may have {_FORM}; for a {what}, at most {most} characters.",
    )
