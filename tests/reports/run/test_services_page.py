"""The page of a run that renewed services: what each had before and after, and in the words of services."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.scenario import deployment
from mmpctl.renewal.context import Watch
from tests.support.lab import Lab
from tests.support.person import squeezed
from tests.support.run_page import Page, check_page
from tests.support.service_runs import LIMITS, renewed

# What is said of databases only.
FOREIGN = ("database", "keeper", "mmpctlstatus", "Filenames", "healthy", "Data safety")


def page_of(folder: Path | None) -> Page:
    assert folder is not None
    return check_page((folder / "report.html").read_text(encoding="utf-8"))


def test_a_service_that_went_back_is_shown_with_its_old_files_and_what_to_do(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment(), faults=[Fault("lon-edge-1", "service", "fail", match="webbridge3 enable", text="no")])
    report = renewed(fleet, tmp_path, "webbridge3", watch=Watch(limits=LIMITS), done=frozenset({"CUCM"}))
    text = squeezed(page_of(report.folder).text)
    for told in (
        "Serviceswebbridge3",
        "DoneoutsideCUCM",
        "Stateoftheservices,andwhattodonext",
        "mmpctlauditshowsthenewcertificates",
        "Theservicesbeforeandafter",
        "lon-edge-1webbridge3httpson,webbridge3-https.key,webbridge3-https.ceron,webbridge3-https.key,webbridge3-https.cer"
        "!provedwithitsoldfiles",
        "lon-edge-2webbridge3httpson,webbridge3-https.key,webbridge3-https.ceron,webbridge3-https.key,webbridge3-https.cer"
        "!notprovedinthisrun",
    ):
        assert told in text, told
    assert [word for word in FOREIGN if squeezed(word) in text] == []
    assert report.folder is not None
    by_hand = (report.folder / "by-hand.txt").read_text(encoding="utf-8")
    assert "the services are as they were" in " ".join(by_hand.split())
    assert [word for word in ("database", "the cluster is", "keeper") if word in by_hand] == []


@pytest.mark.gate
def test_services_that_were_renewed_are_shown_with_their_new_files_and_the_proof(lab: Lab, tmp_path: Path) -> None:
    fleet = lab(deployment())
    nodes = frozenset({"lon-1", "lon-2"})
    report = renewed(fleet, tmp_path, "scheduler", "callbridge", drop_calls=nodes)
    text = squeezed(page_of(report.folder).text)
    assert "Everyservicethatwasrenewedhaspresenteditsnewcertificate,andallthatwereonareon." in text
    assert "Callsmaydroplon-1,lon-2Journal" in text
    # A scheduler only calls with this pair; no Call Bridge says whether it is on.
    assert text.count("nothinglistenswiththispair") == 2 and text.count("✓provedwithitsnewfiles") == 6
    assert "lon-1callbridgecallbridge.key,callbridge.cer,services-ca.cer" in text
    assert [word for word in FOREIGN if squeezed(word) in text] == []


@pytest.mark.gate
def test_stores_and_peers_are_shown_with_what_was_seen_of_them(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMP_API_USERNAME", "admin")
    monkeypatch.setenv("MMP_API_PASSWORD", "Example-123")
    fleet = lab(deployment("leafs"))
    fleet.api.alarms["lon-1"] = ["cdrConnectionFailure"]
    nodes = frozenset({"lon-1", "lon-2"})
    report = renewed(fleet, tmp_path, "webbridge3", drop_calls=nodes)
    text = squeezed(page_of(report.folder).text)
    stores = "lon-1callbridgetrustc2wcallbridge-c2w-trust.cercallbridge-c2w-trust-"
    assert stores in text and "itshowsthefile,andaconnectionshowedthecertificatethatitpresents" in text
    assert "doesnotlisten" not in text and "nofiles" not in text
    assert "✓connectedagain:WebBridgec2w://lon-edge-1" in text and "!newalarm" not in text


def test_peers_that_nobody_could_be_asked_for_are_not_known(lab: Lab, tmp_path: Path) -> None:
    report = renewed(lab(deployment()), tmp_path, "recorder")
    text = squeezed(page_of(report.folder).text)
    assert "?notknownwhetheritspeersareconnectedagain:lon-1toldnothingbefore(thereisnoaccount" in text
    # The plan has said so before.
    assert "itwillnotbeknownwhetherpeersareconnectedagain:thereisnoaccountfortheRESTAPIoflon-1,lon-2" in text
