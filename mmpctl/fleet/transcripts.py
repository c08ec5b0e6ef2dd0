"""Has every session of a fleet write its node's transcript."""

from __future__ import annotations

from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions

from mmpctl.runs.transcript import Transcripts
from mmpctl.tasks.session import MMP


def record_into(nr: Nornir, transcripts: Transcripts) -> None:
    """Give each host's session a recorder; sessions that are open already are closed first.

    Args:
        nr: the fleet.
        transcripts: where to.
    """
    nr.close_connections(on_failed=True)
    for host in nr.inventory.hosts.values():
        options = host.connection_options.get(MMP) or ConnectionOptions()
        # Nornir's extras replace those of the groups instead of merging with them: take over what holds now.
        extras = dict(host.get_connection_parameters(MMP).extras or {})
        options.extras = {**extras, "recorder": transcripts.recorder(host.name)}
        host.connection_options[MMP] = options
