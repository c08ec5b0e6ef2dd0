"""Desks whose only site is reached over the tests' broker, and its worker."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from mmpctl.lab.fleet import Fleet
from tests.support.desk import Desk, desk_of
from tests.support.many_sites import sites_file
from tests.support.rabbitmq import DESKS, Broker
from tests.support.site_worker import SiteWorker, site_worker


def sites_at_broker(broker: Broker, place: Path, sites: Sequence[str], desk: str = DESKS[0]) -> Path:
    """A file of sites that are reached over the broker, with a desk's certificate beside it.

    Args:
        broker: where their workers wait.
        place: its folder; there.
        sites: their names.
        desk: whose certificate it is.
    """
    shutil.copytree(broker.desk_files(desk), place / "broker", dirs_exist_ok=True)
    return sites_file(place, {site: {"address": broker.address, "renews": True} for site in sites})


def desk_at(broker: Broker, fleet: Fleet, folder: Path, certs: Path | None = None) -> Desk:
    """A desk whose only site is reached over the broker.

    Args:
        broker: where its worker waits.
        fleet: the lab.
        folder: for desk and site.
        certs: the site's new certificates; by default those of the cluster's database.
    """
    desk = desk_of(fleet, folder, certs)
    place = folder / "desk-files"
    place.mkdir()
    return replace(desk, file=sites_at_broker(broker, place, ["london"]))


def other_desk(broker: Broker, desk: Desk) -> Desk:
    """Another desk of the same site: of another name, and with no ticket of the first.

    Args:
        broker: where the worker waits.
        desk: the first one.
    """
    place = desk.place.parent / "other-desk"
    place.mkdir()
    return replace(desk, place=place, file=sites_at_broker(broker, place, ["london"], DESKS[1]))


def worker_of(broker: Broker, desk: Desk, program: Path | None = None) -> AbstractContextManager[SiteWorker]:
    """The worker of a desk's site.

    Args:
        broker: where it waits.
        desk: whose site it serves.
        program: that serves the site; its own by default.
    """
    return site_worker(broker, desk.site, "london", [str(program or desk.site / "site-london")])
