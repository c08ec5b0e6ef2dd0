"""When the certificates of a whole cluster end."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from mmpctl.cluster.status import CertificateFiles
from mmpctl.cluster.target import Goal, Naming, WantedFiles
from mmpctl.errors import UsageError

END = datetime(2027, 11, 28, 8, 57, tzinfo=timezone.utc)
LATER = END + timedelta(days=1)


@pytest.mark.parametrize(
    ("ends", "end"),
    [([LATER, END], END), ([END, LATER], END), ([END, None], None), ([None], None), ([], None)],
)
def test_a_cluster_lasts_as_long_as_its_first_certificate(ends: list[datetime | None], end: datetime | None) -> None:
    wanted = {f"cms{at}": WantedFiles(CertificateFiles(), first_expiry=each) for at, each in enumerate(ends)}
    assert Goal("cms0", "10.0.0.1", wanted).valid_until == end


def test_a_naming_that_is_none_is_refused_with_the_choices() -> None:
    assert [Naming.of(text) for text in ("versioned", "same")] == [Naming.VERSIONED, Naming.SAME]
    with pytest.raises(UsageError) as refused:
        Naming.of("new")
    assert (str(refused.value.message), refused.value.advice) == (
        "--names new: no such choice",
        "Choose versioned or same.",
    )
