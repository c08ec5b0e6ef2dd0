"""The command `rotate`: without a terminal and on one, interrupted, killed, and gone on with."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmpctl.lab.fault import Fault
from mmpctl.lab.fleet import Fleet
from tests.support.children import PATIENCE_SECONDS, ended
from tests.support.command import Command
from tests.support.fleet import CLUSTER, KEEPER, accepted
from tests.support.lab import Lab
from tests.support.lab_client import until
from tests.support.person import Person, squeezed
from tests.support.private_ca import PASSPHRASE, cheap_passphrases, make_ca
from tests.support.process import COMMAND, environment, quick_to_read

HERE = ("--off-device", "--key", "p256")
KEPT = ("--keeper", f"{CLUSTER}={KEEPER}")


@pytest.fixture
def ca(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("MMP_CA_PASSPHRASE", PASSPHRASE)
    with cheap_passphrases():
        yield str(make_ca(tmp_path / "ca").path)


def words(fleet: Fleet, ca: str, *more: str) -> list[str]:
    return ["rotate", "--ca", ca, "-i", str(fleet.inventory), *KEPT, *more]


def keys_of(fleet: Fleet, node: str) -> set[str]:
    """The keys that requests have left on a node."""
    return {one.name for one in fleet.nodes[node].files.glob("db*-????????-????.key")}


def test_without_a_terminal_it_ends_before_the_window(lab: Lab, ca: str, mmpctl: Command) -> None:
    fleet = lab("expired")
    said = mmpctl("rotate", "--ca", ca, *HERE, *KEPT, "-o", "json", fleet=fleet)
    (cluster,) = said.document["clusters"]
    assert (said.code, cluster["code"], cluster["outcome"], said.document["run"]) == (5, 5, "refused", None)
    assert "not confirmed" in cluster["reason"] and cluster["plan"]["verdict"] == "ready"
    assert said.document["next"] == [
        f"mmpctl renew --inventory {fleet.inventory} --cluster {CLUSTER} --certs new-certs --keeper {CLUSTER}={KEEPER}"
    ]
    assert [part for part in ("csr:", "sign:", "stage:", "plan:") if part in said.err]
    assert accepted(fleet) == []
    said = mmpctl("rotate", "--ca", ca, *HERE, *KEPT, "--until-plan", fleet=fleet)
    assert said.code == 0
    told = squeezed(said.out)
    assert "Next:mmpctlrenew--inventory" in told
    assert told.endswith(f"--cluster{CLUSTER}--certsnew-certs--keeper{CLUSTER}={KEEPER}")


def test_what_is_wrong_is_told_before_anything_is_made(lab: Lab, ca: str, mmpctl: Command) -> None:
    fleet = lab("due")
    assert mmpctl("rotate", "--ca", ca, "--off-device", "--key", "md5", fleet=fleet).code == 2
    assert mmpctl("rotate", "--ca", "nowhere", fleet=fleet).code == 2
    assert mmpctl("rotate", "--ca", ca, "--keeper", "nobody=lon-1", fleet=fleet).code == 2
    assert fleet.log.select("command") == []


def test_a_node_that_is_down_is_told_with_its_part_and_the_same_command_is_next(
    lab: Lab, ca: str, mmpctl: Command
) -> None:
    fleet = lab("due")
    fleet.take_down("lon-3")
    said = mmpctl("rotate", "--ca", ca, "--until-plan", "--leave-out", "lon-2", fleet=fleet)
    assert said.code == 5
    told = squeezed(said.out)
    assert "REFUSED" in told and "✗csr:lon-3:" in told
    assert f"Next:mmpctlrotate--ca{ca}--until-plan" in told
    assert told.endswith(f"--cluster{CLUSTER}--certsnew-certs--leave-outlon-2")


def interrupted(fleet: Fleet, ca: str, by: signal.Signals, *more: str) -> tuple[int, str]:
    """A rotation that is ended from outside when the first fault has happened: exit code, and what it said last."""
    process = subprocess.Popen(
        [*COMMAND, *words(fleet, ca, *more)],
        env=environment(fleet),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with ended(process):
        until(lambda: bool(fleet.log.select("fault")), "the fault", seconds=PATIENCE_SECONDS)
        process.send_signal(by)
        _, told = process.communicate(timeout=PATIENCE_SECONDS)
    fleet.faults.clear()
    return process.returncode, told


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT], ids=lambda one: one.name)
def test_keys_that_were_made_before_the_end_are_not_made_again(
    lab: Lab, ca: str, mmpctl: Command, by: signal.Signals
) -> None:
    fleet = quick_to_read(lab("due", faults=[Fault("lon-2", "output", "freeze", match="pki csr dbclient")]))
    code, told = interrupted(fleet, ca, by)
    assert code == (130 if by is signal.SIGINT else -by)
    assert by is not signal.SIGINT or ("the same command goes on from here" in told and told.count("stopped") == 1)
    made = {name: keys_of(fleet, name) for name in fleet.nodes}
    assert len(made["lon-2"]) == 2
    assert mmpctl("rotate", "--ca", ca, *KEPT, "--until-plan", fleet=fleet).code == 0
    for name in fleet.nodes:
        keys = keys_of(fleet, name)
        assert made[name] <= keys and len(keys) == (1 if name == "lon-4" else 2)
    assert len(list(Path("new-certs").rglob("*.csr"))) == 7, "no draft is left"


@pytest.mark.parametrize("by", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.gate)])
def test_files_that_were_sent_before_the_end_are_not_sent_again(
    lab: Lab, ca: str, mmpctl: Command, by: signal.Signals
) -> None:
    fleet = quick_to_read(lab("due", faults=[Fault("lon-2", "upload", "freeze", nth=2)]))
    interrupted(fleet, ca, by, *HERE)
    before = {path: path.read_bytes() for path in Path("new-certs").rglob("*.*") if path.is_file()}
    assert len(before) == 7 * 3 + 4
    assert mmpctl("rotate", "--ca", ca, *HERE, *KEPT, "--until-plan", fleet=fleet).code == 0
    assert {path: path.read_bytes() for path in before} == before
    whole = [(one.node, one.text) for one in fleet.log.select("sftp-put")]
    assert len(whole) == len(set(whole))


@pytest.mark.gate
def test_a_person_types_the_passphrase_sees_the_plan_and_says_yes(lab: Lab, ca: str, tmp_path: Path) -> None:
    fleet = quick_to_read(lab("due"))
    surroundings = {name: value for name, value in environment(fleet).items() if name != "MMP_CA_PASSPHRASE"}
    for answer, code in (("\n", 5), ("yes\n", 0)):
        person = Person(words(fleet, ca, *HERE), tmp_path, surroundings)
        try:
            if code:
                person.waits_for("Passphrase of the CA")
                person.types(f"{PASSPHRASE}\n")
            person.waits_for("type 'yes' to go on:")
            assert "READY" in person.seen
            person.types(answer)
            assert person.ends() == code, person.seen
            assert code == 0 or ("DECLINED" in person.seen and "You did not say yes" in person.seen)
        finally:
            person.leaves()
    assert PASSPHRASE not in person.seen and accepted(fleet)
