"""A database cluster as a unit of a run: its keeper leads it."""

from __future__ import annotations

from mmpctl.cluster.database_words import DATABASE_CLUSTER, DATABASE_WORDS
from mmpctl.documents.begun import BegunCluster
from mmpctl.renewal.unit import Unit


def cluster_unit(name: str, keeper: str | None) -> Unit:
    """Return a database cluster as a unit of a run.

    Args:
        name: the cluster's name.
        keeper: inventory name of the node whose database survives; None if it is not known.
    """
    return Unit(DATABASE_CLUSTER, name, keeper or "", {"keeper": keeper}, DATABASE_WORDS.unit)


def requested_unit(one: BegunCluster) -> Unit:
    """Return a cluster as a unit of the run that began with it.

    Args:
        one: the cluster's part of the request.
    """
    return cluster_unit(one["name"], one["keeper"])
