"""How many calls are on a node, by the REST API of its Call Bridge."""

from __future__ import annotations

from nornir.core.task import Result, Task

from mmpctl.certificates.certificate_places import service_places
from mmpctl.certificates.in_use_checks import leaf_of
from mmpctl.device.call_bridge_api import API, Login, active_calls
from mmpctl.device.commands.service import ServiceView
from mmpctl.errors import ConnectError
from mmpctl.inventory.api_accounts import ApiAccount
from mmpctl.inventory.nodes import node_of
from mmpctl.tasks.read_certificate import CertificateFile, read_certificate
from mmpctl.tasks.read_services import read_services

_WEB_ADMIN = "webadmin"


def count_calls(task: Task, account: ApiAccount) -> Result:
    """Ask the REST API, at the inventory's `service_address` and the port that Web Admin shows.

    The password is sent only to who presents the certificate that Web Admin is configured with, which is fetched from
    the node right before.

    Args:
        account: of the REST API.

    Returns:
        A result with the number of call legs on this Call Bridge.

    Raises:
        MmpError: the node or its REST API could not be asked, or did not tell.
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
    address = node_of(task.host).service_address
    calls = active_calls(address, ports[0], login, {leaf_of(configured.certificates).fingerprint_sha256})
    return Result(host=task.host, result=calls)
