"""No database is touched before every backup that is needed is at home and verified."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmpctl.cluster.backups import Backup
from tests.cluster.scenes import (
    INITIALIZE,
    JOIN,
    NAMES,
    REMOVE_CLIENT,
    REMOVE_KEEPER,
    REMOVE_SLAVE,
    Scene,
    backup,
    refused,
)


def wrong_backups(node: str) -> dict[str, Backup | None]:
    """All the ways in which a backup of a node is none."""
    return {
        "none": None,
        "empty": backup(node, bytes=0),
        "fetched once": backup(node, fetched_twice=False),
        "no .bak": backup(node, name="live.json"),
        "of another node": backup("lon-9"),
    }


@pytest.mark.parametrize("why", wrong_backups("lon-1"))
@pytest.mark.parametrize(
    ("scene", "needed"),
    [
        *((scene, node) for scene in (REMOVE_SLAVE, REMOVE_CLIENT, REMOVE_KEEPER) for node in NAMES),
        (INITIALIZE, "lon-1"),
        (JOIN, "lon-1"),
        (JOIN, "lon-2"),
    ],
    ids=lambda given: given if isinstance(given, str) else f"{given.permit} {given.node}",
)
def test_refused_without_a_verified_backup(scene: Scene, needed: str, why: str) -> None:
    backups = {needed: wrong_backups(needed)[why]}
    refused(replace(scene, backups=backups), needed, "no verified backup of it is on this machine")


@pytest.mark.parametrize("why", wrong_backups("lon-1"))
def test_initialize_is_refused_without_the_second_backup(why: str) -> None:
    second = wrong_backups("lon-1")[why]
    refused(replace(INITIALIZE, keeper_backup=second), "lon-1", "the keeper's second backup is not on this machine")


def test_initialize_is_refused_with_a_second_backup_of_before_the_run_was_resumed() -> None:
    settled = [line for line in INITIALIZE.settled if line != "backup lon-1 again"]
    refused(replace(INITIALIZE, settled=settled), "lon-1", "the keeper's second backup is not on this machine")
