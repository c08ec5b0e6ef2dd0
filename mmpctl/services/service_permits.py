"""Single-use permissions for the commands that change a service; only its guards issue them."""

from __future__ import annotations

from mmpctl.cluster.permit import Permit
from mmpctl.services.service_steps import CERTS, DISABLE, ENABLE, RESTART, TRUST


class DisablePermit(Permit):
    """A permission to switch one service of one node off."""

    kind = DISABLE


class TrustPermit(Permit):
    """A permission to name a file to a service that says whom it trusts."""

    kind = TRUST


class ServiceCertsPermit(Permit):
    """A permission to name the files of one pair to its service."""

    kind = CERTS


class EnablePermit(Permit):
    """A permission to switch one service of one node on."""

    kind = ENABLE


class RestartPermit(Permit):
    """A permission to restart one service of one node."""

    kind = RESTART
