"""The guard of a deletion: a permit only for what nothing refers to, single-use, for one file of one node."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace

import pytest

from mmpctl.errors import RefusedError
from mmpctl.leftovers.deletion import DeletionPermit, SavedFile, objection, permit_deletion
from mmpctl.leftovers.node_files import NodeFiles, used_by

SEEN = NodeFiles(
    "cms-1", "SHA256:one", ("old.cer", "used.cer"), used_by=used_by([("used.cer", "webadmin (Certificate file)")])
)
SAVED = SavedFile("cms-1", "old.cer", "saved/cms-1/old.cer", 10, "aa")


def test_only_the_guard_makes_permits() -> None:
    with pytest.raises(RefusedError, match="only come from the guard"):
        DeletionPermit(SAVED, "SHA256:one", seal=object())
    permit = permit_deletion(SEEN, SAVED)
    for twice in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot be copied"):
            twice(permit)


def test_a_permit_is_for_one_content_on_one_node_and_for_one_time() -> None:
    permit = permit_deletion(SEEN, SAVED)
    for now, why in (
        (("SHA256:two", 10, "aa"), "host key"),
        (("SHA256:one", 11, "aa"), "11 bytes"),
        (("SHA256:one", 10, "bb"), "differs from the copy"),
    ):
        with pytest.raises(RefusedError, match=why):
            permit.spend(*now)
    assert permit.spend("SHA256:one", 10, "aa") == "old.cer"
    with pytest.raises(RefusedError, match="used before"):
        permit.spend("SHA256:one", 10, "aa")


def test_a_node_that_shows_no_host_key_is_nobody() -> None:
    with pytest.raises(RefusedError, match="host key"):
        permit_deletion(replace(SEEN, host_key=""), SAVED).spend("", 10, "aa")


@pytest.mark.parametrize(
    ("seen", "file", "why"),
    [
        (SEEN, "used.cer", "used by webadmin"),
        (SEEN, "gone.cer", "does not show it"),
        (SEEN, "live.json", "no certificate"),
        (SEEN, "pre-20260131-010203-abcd.bak", "no certificate"),
        (SEEN, "mark-20260131-010203-abcd-0123abcd.pem", "no certificate"),
        (replace(SEEN, at_work=("the run X has not ended",)), "old.cer", "run X has not ended"),
        (replace(SEEN, unsure=("`turn` is refused",)), "old.cer", "`turn` is refused"),
        (replace(SEEN, requests={"old.key": "request.json"}), "old.cer", "names the key of this pair"),
    ],
)
def test_the_guard_refuses_what_may_be_wanted(seen: NodeFiles, file: str, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        permit_deletion(seen, replace(SAVED, file=file))


def test_a_copy_of_another_nodes_file_permits_nothing() -> None:
    assert objection(SEEN, "old.cer") is None
    with pytest.raises(RefusedError, match="the copy is of cms-2"):
        permit_deletion(SEEN, replace(SAVED, node="cms-2"))
