"""The part of an inventory that belongs to a site, its digest, and which site works on a cluster as a whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from mmpctl.errors import UsageError
from mmpctl.inventory.nodes import Cluster, Node
from mmpctl.reach.sites_file import RemoteSite


def nodes_of_site(site: str, everybody: Sequence[Node]) -> tuple[Node, ...]:
    """Return the nodes that a site looks at.

    Args:
        site: its name.
        everybody: all nodes of an inventory.
    """
    return tuple(node for node in everybody if node.site == site)


def nodes_around(site: str, everybody: Sequence[Node]) -> tuple[Node, ...]:
    """Return what the inventory of a site has: its nodes, and all others of their clusters, which are never halved.

    With a cluster come the servers outside that serve it. A site that has only such servers does not get the cluster:
    who has taken over an edge is to know nothing of what is behind it.

    Args:
        site: its name.
        everybody: all nodes of an inventory.
    """
    clusters = {node.cluster for node in nodes_of_site(site, everybody)} - {None}
    return tuple(node for node in everybody if node.site == site or node.cluster in clusters or node.serves in clusters)


def digest_of(nodes: Sequence[Node]) -> str:
    """Return a SHA-256 over names, sites, clusters, roles, addresses and whom servers serve, lower-case hex.

    Args:
        nodes: what the inventory of a site has, in any order.
    """
    rows = [
        [
            *(node.name, node.site, node.cluster, node.role and node.role.value),
            *(node.hostname, node.port, node.db_address, node.serves),
        ]
        for node in sorted(nodes, key=lambda node: node.name)
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def name_of_site(named: str | None, everybody: Sequence[Node]) -> str:
    """Return the site that an inventory is of.

    Args:
        named: by whoever started the program; None if nobody said.
        everybody: all nodes of the inventory.

    Raises:
        UsageError: no node is of that site, or it is not plain which site is meant.
    """
    known = sorted({node.site for node in everybody if node.site is not None})
    if named is not None and named not in known:
        raise UsageError(
            f"no node of the inventory is of the site {named!r}",
            code="site",
            advice=f"Its sites are {', '.join(known) or 'none'}.",
        )
    if named is None and len(known) != 1:
        raise UsageError(
            f"the inventory has {'nodes of ' + ' and '.join(known) if known else 'no site'}",
            code="site",
            advice="Say with --site NAME which one this is." if known else "Give its nodes the key `site`.",
        )
    return named if named is not None else known[0]


def site_of_cluster(cluster: Cluster, sites: Mapping[str, RemoteSite]) -> RemoteSite:
    """Return the site that plans and renews a cluster: the one that may renew, else the one of its master.

    Args:
        cluster: with all its nodes.
        sites: all of the file of sites, by name.

    Raises:
        UsageError: a node is of no site of the file, or two of the sites may renew (code `sites`).
    """
    found: dict[str, RemoteSite] = {}
    # The master comes first.
    for node in cluster.nodes:
        site = sites.get(node.site or "")
        if site is None:
            raise UsageError(
                f"the node {node.name} of the cluster {cluster.name} is of no site that the file of sites has",
                code="sites",
                advice="Add the site to the file, or give the node the key `site`.",
            )
        found[site.name] = site
    return one_that_renews(list(found.values()), cluster.unit_name)


def one_that_renews(sites: Sequence[RemoteSite], cluster: str) -> RemoteSite:
    """Return the site that plans and renews what several sites have: the one that may renew, else the first.

    Args:
        sites: those that have it whole; at least one.
        cluster: its name.

    Raises:
        UsageError: two of them may renew (code `sites`).
    """
    renewing = [site for site in sites if site.renews]
    if len(renewing) > 1:
        names = " and ".join(site.name for site in renewing)
        raise UsageError(
            f"the cluster {cluster} could be renewed from {names}: two at once would destroy it",
            code="sites",
            advice="Leave `renews: true` at one of them, in the file of sites.",
        )
    return (renewing or sites)[0]
