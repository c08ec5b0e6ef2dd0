"""What the broker's owner needs for the sites of a file: which are at a broker, and all that it must have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from mmpctl.documents.sites.definitions import EngineDefinitionsDocument
from mmpctl.errors import UsageError
from mmpctl.reach.address import BrokerAddress
from mmpctl.reach.broker.definitions import definitions
from mmpctl.reach.broker.server_conf import PLUGINS, server_conf
from mmpctl.reach.sites_file import RemoteSite


def owner_setup(
    sites: Mapping[str, RemoteSite], desks: Sequence[str], wanted: Sequence[str] = ()
) -> EngineDefinitionsDocument:
    """Return all that the owner of the sites' broker needs.

    Args:
        sites: of the file, by name.
        desks: that may ask them.
        wanted: only these sites; empty for all that are at a broker.

    Raises:
        UsageError: no site is at a broker, they are at several, or the broker cannot carry a name (code `sites`).
    """
    unknown = [name for name in wanted if name not in sites]
    if unknown:
        raise UsageError(
            f"the file of sites has no site {unknown[0]}", code="sites", advice=f"Its sites are {', '.join(sites)}."
        )
    chosen = [site for site in sites.values() if not wanted or site.name in wanted]
    found = {site.name: site.address for site in chosen if isinstance(site.address, BrokerAddress)}
    places = list(dict.fromkeys(str(address) for address in found.values()))
    if len(places) != 1:
        raise UsageError(
            f"the sites are at {len(places)} brokers: {', '.join(places)}" if places else "no site is at a broker",
            code="sites",
            advice="Choose those of one broker with --site."
            if places
            else "In the file of sites, write the address of such a site as `amqps://host[:port]/vhost`.",
        )
    address = next(iter(found.values()))
    names, users = sorted(found), sorted(set(desks))
    told = definitions(address.vhost, names, users)
    head = {
        "schema": 1,
        "command": "engine definitions",
        "host": address.host,
        "port": address.port,
        "sites": names,
        "desks": users,
        "plugins": list(PLUGINS),
        "rabbitmq_conf": server_conf(address.port).splitlines(),
    }
    return cast("EngineDefinitionsDocument", {**head, **told})
