"""Your own runbook: a backup of every slave, and only if all of them are good, of the masters.

    python slaves_then_master.py INVENTORY FOLDER

Takes MMP_USERNAME, MMP_PASSWORD and MMP_KNOWN_HOSTS from the environment, as `mmpctl` does.
"""

import sys
from functools import partial
from pathlib import Path

from nornir.core.inventory import Host

from mmpctl.inventory.load import load
from mmpctl.inventory.sign_in import sign_in
from mmpctl.runbooks import backup

# Both words of an inventory for a role; not `~F(role="master")`, which takes servers without a database, too.
WAVES = (("slaves", ("slave", "replica")), ("masters", ("master", "primary")))


def has_role(roles: tuple[str, ...], host: Host) -> bool:
    """Whether the inventory gives a host one of these roles, itself or by a group."""
    return host.get("role") in roles


nr = load(sys.argv[1])
sign_in(nr)
for wave, roles in WAVES:
    nodes = nr.filter(filter_func=partial(has_role, roles))
    if not nodes.inventory.hosts:
        continue
    report = backup.run(nodes, Path(sys.argv[2]))
    for node, outcome in report.outcomes.items():
        if outcome.error is not None:
            print(f"{wave}: {node}: {outcome.error.told}")
        else:
            print(f"{wave}: {node}: {', '.join(file.name for file in outcome.value.files)}")
    if report.code:
        sys.exit(report.code)
