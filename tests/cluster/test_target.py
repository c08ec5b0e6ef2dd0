"""When the certificates of a whole cluster end."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from mmpctl.cluster.status import CertificateFiles
from mmpctl.cluster.target import Goal, WantedFiles

END = datetime(2027, 11, 28, 8, 57, tzinfo=timezone.utc)
LATER = END + timedelta(days=1)


@pytest.mark.parametrize(
    ("ends", "end"),
    [([LATER, END], END), ([END, LATER], END), ([END, None], None), ([None], None), ([], None)],
)
def test_a_cluster_lasts_as_long_as_its_first_certificate(ends: list[datetime | None], end: datetime | None) -> None:
    wanted = {f"cms{at}": WantedFiles(CertificateFiles(), first_expiry=each) for at, each in enumerate(ends)}
    assert Goal("cms0", "10.0.0.1", wanted).valid_until == end
