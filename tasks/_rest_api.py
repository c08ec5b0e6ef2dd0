"""Where the REST API of a node's Call Bridge is, and what it must present before it is told a password."""

from __future__ import annotations

from nornir.core.task import Task

from mmpctl.certificates.certificate_places import service_places
from mmpctl.certificates.in_use_checks import leaf_of
from mmpctl.device.call_bridge_api import API, CallBridgeApi, Login
from mmpctl.device.commands.service import ServiceView
from mmpctl.errors import ConnectError
from mmpctl.inventory.api_accounts import ApiAccount
from mmpctl.inventory.nodes import node_of
from mmpctl.tasks.read_certificate import CertificateFile, read_certificate
from mmpctl.tasks.read_services import read_services

_WEB_ADMIN = "webadmin"


def rest_api_of(task: Task, account: ApiAccount) -> CallBridgeApi:
    """Return the REST API at the inventory's `service_address` and the port that Web Admin shows.

    It is told the password only if it presents the certificate that Web Admin is configured with, which is fetched
    from the node now.

    Args:
        task: Nornir's task on the node.
        account: of the REST API.

    Raises:
        MmpError: the node could not be asked, or its Web Admin shows no certificate or no port.
    """
    views: dict[str, ServiceView] = read_services(task, (_WEB_ADMIN,)).result
    view = views.get(_WEB_ADMIN)
    places = service_places(_WEB_ADMIN, view.files) if view is not None else ()
    file = next((place.file for place in places if not place.bundle), None)
    ports = [port for found in view.ports.values() for port in found] if view is not None else []
    if file is None or not ports:
        raise ConnectError("Web Admin, which the REST API is a part of, shows no certificate or no port", code=API)
    configured: CertificateFile = read_certificate(task, file).result
    login = Login(account.username, account.password.encode())
    expected = frozenset({leaf_of(configured.certificates).fingerprint_sha256})
    return CallBridgeApi(node_of(task.host).service_address, ports[0], login, expected)
