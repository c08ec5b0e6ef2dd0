"""No task opens a session over anything but SSH to the host's own address, in anybody's project."""

from __future__ import annotations

import socket

import pytest
from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory
from nornir.plugins.runners import SerialRunner

from mmpctl import tasks
from mmpctl.errors import InventoryError


@pytest.mark.parametrize("task", [tasks.status, tasks.list_files], ids=lambda task: task.__name__)
@pytest.mark.parametrize(
    "options",
    [
        ConnectionOptions(platform="cisco_ios_telnet"),
        ConnectionOptions(extras={"device_type": "generic_telnet"}),
        ConnectionOptions(extras={"session_log": "session.log"}),
    ],
    ids=["platform", "device type", "log"],
)
def test_a_task_knocks_at_no_node_by_telnet(task: object, options: ConnectionOptions) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        both = {"netmiko": options, "mmp_sftp": options}
        host = Host("cms1", "127.0.0.1", port, "admin", "TopSecret1", "cisco_cms", connection_options=both)
        nr = Nornir(Inventory(Hosts({"cms1": host}), Groups(), Defaults()), runner=SerialRunner())
        error = nr.run(task=task)["cms1"][0].exception  # type: ignore[arg-type]
        assert isinstance(error, InventoryError)
        assert error.code == "connection-options"
        with pytest.raises(BlockingIOError):
            listener.accept()
