"""`mmpctl engine definitions`: what the broker's owner gets for a file of sites."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import schemas
from tests.support.command import Command
from tests.support.many_sites import sites_file

BROKER = "amqps://broker.example.com:5700/calls"
SITES = {"oslo": BROKER, "london": BROKER, "paris": "ssh://gw.paris.example.com", "rome": "amqps://other/calls"}


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    """Two sites at one broker, one at another, and one that is reached by SSH."""
    return sites_file(tmp_path, SITES)


def test_a_file_that_the_broker_imports(mmpctl: Command, sites: Path) -> None:
    words = ("--sites", sites, "--site", "oslo", "--site", "london", "--desk", "two", "--desk", "one")
    said = mmpctl("engine", "definitions", *words, "-o", "json")
    assert said.code == 0, said.err
    told = schemas.check(said.document)
    assert (told["host"], told["port"], told["vhosts"]) == ("broker.example.com", 5700, [{"name": "calls"}])
    assert (told["sites"], told["desks"]) == (["london", "oslo"], ["one", "two"])
    assert [user["name"] for user in told["users"]] == ["site-london", "site-oslo", "one", "two"]
    assert {user["password_hash"] for user in told["users"]} == {""} and not any(user["tags"] for user in told["users"])
    assert {right["user"]: (right["configure"], right["write"], right["read"]) for right in told["permissions"]} == {
        "site-london": ("^$", r"^replies\.london$", r"^site\.london$"),
        "site-oslo": ("^$", r"^replies\.oslo$", r"^site\.oslo$"),
        "one": ("^$", "^sites$", r"^replies\..*\.one$"),
        "two": ("^$", "^sites$", r"^replies\..*\.two$"),
    }
    assert {(one["source"], one["routing_key"], one["destination"]) for one in told["bindings"]} == {
        ("sites", "london", "site.london"),
        ("sites", "oslo", "site.oslo"),
        *((f"replies.{site}", desk, f"replies.{site}.{desk}") for site in told["sites"] for desk in told["desks"]),
    }


def test_its_configuration_lets_nobody_in_without_a_certificate(mmpctl: Command, sites: Path, tmp_path: Path) -> None:
    file = tmp_path / "rabbitmq.conf"
    words = ("--sites", sites, "--site", "oslo", "--desk", "one", "-o", "conf", "--output-file", file)
    assert mmpctl("engine", "definitions", *words).code == 0
    lines = set(file.read_text(encoding="utf-8").splitlines())
    assert lines >= {
        "listeners.tcp = none",
        "listeners.ssl.1 = 5700",
        "ssl_options.verify = verify_peer",
        "ssl_options.fail_if_no_peer_cert = true",
        "auth_mechanisms.1 = EXTERNAL",
        "ssl_cert_login_from = common_name",
    }
    assert not [line for line in lines if line.startswith(("auth_mechanisms.2", "listeners.tcp.", "default_"))]


def test_for_people(mmpctl: Command, sites: Path) -> None:
    said = mmpctl("engine", "definitions", "--sites", sites, "--site", "oslo", "--desk", "one")
    assert said.code == 0
    for text in (
        "broker.example.com:5700",
        "site-oslo",
        r"^replies\.oslo$",
        "auth_mechanisms.1 = EXTERNAL",
        "keyUsage",
    ):
        assert text in said.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--desk", "one"), "the sites are at 2 brokers: amqps://broker.example.com:5700/calls, amqps://other/calls"),
        (("--desk", "one", "--site", "paris"), "no site is at a broker"),
        (("--desk", "one", "--site", "oslo", "--site", "bonn"), "the file of sites has no site bonn"),
        (("--desk", "one.two", "--site", "oslo"), "a broker cannot carry the name of the desk 'one.two'"),
        (("--desk", "site-oslo", "--site", "oslo"), "the name of another kind of user"),
        ((), "--desk"),
    ],
)
def test_what_cannot_be_defined(mmpctl: Command, sites: Path, words: tuple[str, ...], told: str) -> None:
    said = mmpctl("engine", "definitions", "--sites", sites, *words)
    assert said.code == 2 and told in " ".join(said.err.split()), said


def test_a_site_that_cannot_be_carried(mmpctl: Command, tmp_path: Path) -> None:
    said = mmpctl("engine", "definitions", "--sites", sites_file(tmp_path, {"new york": BROKER}), "--desk", "one")
    assert said.code == 2 and "cannot carry the name of the site 'new york'" in said.err
