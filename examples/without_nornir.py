"""One node with Netmiko alone: its certificate files, and its view of the cluster as data.

    python without_nornir.py HOST [PORT]

Takes MMP_USERNAME, MMP_PASSWORD and MMP_KNOWN_HOSTS from the environment, as `mmpctl` does.
"""

import os
import sys
from typing import Any

from netmiko import ConnectHandler, NetmikoAuthenticationException, NetmikoTimeoutException

from mmpctl.device import register

register()
try:
    session = ConnectHandler(
        device_type="cisco_cms",
        host=sys.argv[1],
        port=int(sys.argv[2]) if len(sys.argv) > 2 else 22,
        username=os.environ.get("MMP_USERNAME", "admin"),
        password=os.environ["MMP_PASSWORD"],
    )
except (NetmikoAuthenticationException, NetmikoTimeoutException) as error:
    sys.exit(str(error))
with session:
    print(session.send_command("pki list"))
    # One table, of one cluster; Netmiko does not know that beforehand.
    answer: Any = session.send_command("database cluster status", use_ttp=True)
    for node in answer[0][0]["nodes"]:
        print(node["address"], node["state"])
