"""Your own runbook: the database clusters of one site, node by node.

    python site_status.py INVENTORY SITE

Takes MMP_USERNAME, MMP_PASSWORD and MMP_KNOWN_HOSTS from the environment, as `mmpctl` does.
"""

import sys

from nornir_utils.plugins.functions import print_result

from mmpctl.inventory.load import load
from mmpctl.inventory.sign_in import sign_in
from mmpctl.tasks import list_files, status

nr = load(sys.argv[1])
sign_in(nr)
databases = nr.filter(site=sys.argv[2]).filter(filter_func=lambda host: host.get("role") in ("master", "slave"))

for task in (status, list_files):
    print_result(databases.run(task=task))
nr.close_connections()
