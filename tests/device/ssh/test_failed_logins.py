"""A password is tried on one node first; who refused it is not asked again."""

from __future__ import annotations

import runpy
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mmpctl.device.ssh.failed_logins import REFUSED, FailedLogins
from mmpctl.device.ssh.login import Login
from mmpctl.device.ssh.tried_credential import WITHHELD
from mmpctl.errors import AuthenticationError, ConnectionLost
from mmpctl.inventory.credentials import Secret
from mmpctl.runs import login_memory
from mmpctl.runs.login_memory import LoginMemory

PASSWORD = "Secret.1"


def login(number: int, password: str = PASSWORD) -> Login:
    return Login.of(f"10.0.0.{number}", 22, "admin", password)


def attempt(
    logins: FailedLogins, number: int, error: Exception | None = None, password: str = PASSWORD, key: str = ""
) -> str:
    """The code of what came of it; `asked` where the node accepted."""
    try:
        with logins.attempt(login(number, password), password, key or f"SHA256:{number}"):
            if error is not None:
                raise error
    except (AuthenticationError, ConnectionLost) as raised:
        return raised.code
    return "asked"


def refusal() -> AuthenticationError:
    return AuthenticationError("no", code=REFUSED)


def test_what_one_node_refused_no_other_hears() -> None:
    logins = FailedLogins()
    assert attempt(logins, 1, refusal()) == REFUSED
    assert [attempt(logins, number) for number in (2, 3)] == [WITHHELD, WITHHELD]
    with pytest.raises(AuthenticationError) as caught:
        logins.check(login(4))
    assert caught.value.code == WITHHELD and "10.0.0.1:22" in caught.value.message
    assert PASSWORD not in str(caught.value)
    assert attempt(logins, 1, password="Other.2") == "asked", "another password is another matter"
    (withheld,) = logins.withheld()
    assert (withheld.user, withheld.refused_by, withheld.proved) == ("admin", ("10.0.0.1:22",), False)


def test_a_node_that_hangs_up_says_nothing_and_the_next_one_is_asked() -> None:
    logins = FailedLogins()
    assert attempt(logins, 1, ConnectionLost("gone")) == "connection-lost"
    assert attempt(logins, 2) == "asked"
    assert attempt(logins, 3, refusal()) == REFUSED, "only this node has another one"
    assert attempt(logins, 4) == "asked"
    assert logins.withheld() == ()


@pytest.mark.parametrize("good", [True, False])
def test_the_others_wait_for_the_first(good: bool) -> None:
    logins, first, answers = FailedLogins(), threading.Event(), threading.Event()
    at_once: list[int] = []

    def ask_first() -> str:
        try:
            with logins.attempt(login(0), PASSWORD, "SHA256:0"):
                first.set()
                assert answers.wait(60)
                assert at_once == [], "nobody else is asked meanwhile"
                if not good:
                    raise refusal()
        except AuthenticationError as error:
            return error.code
        return "asked"

    def ask(number: int) -> str:
        try:
            with logins.attempt(login(number), PASSWORD, f"SHA256:{number}"):
                at_once.append(number)
        except AuthenticationError as error:
            return error.code
        return "asked"

    with ThreadPoolExecutor(9) as pool:
        begun = pool.submit(ask_first)
        assert first.wait(60)
        others = [pool.submit(ask, number) for number in range(1, 8)]
        answers.set()
        assert begun.result(60) == ("asked" if good else REFUSED)
        assert {one.result(60) for one in others} == {"asked" if good else WITHHELD}
    assert sorted(at_once) == (list(range(1, 8)) if good else [])


def process(folder: Path) -> FailedLogins:
    """What a process of its own begins with."""
    logins = FailedLogins()
    logins.use(lambda: LoginMemory(folder))
    return logins


def test_a_refusal_is_remembered_across_processes_until_the_credential_changes(tmp_path: Path) -> None:
    folder = tmp_path / "logins"
    assert attempt(process(folder), 1, refusal()) == REFUSED
    logins = process(folder)
    with pytest.raises(AuthenticationError) as caught, logins.attempt(login(1), PASSWORD, "SHA256:1"):
        pytest.fail("the node is asked again")
    assert caught.value.code == REFUSED and "is not asked again" in caught.value.message
    file = Path(caught.value.advice.rsplit("rm ", 1)[1])
    assert attempt(process(folder), 1, password=Secret("Other.2")) == "asked"
    assert attempt(process(folder), 1, password=Secret(PASSWORD)) == REFUSED
    file.unlink()
    assert attempt(process(folder), 1) == "asked", "the way that the message names"


def test_a_job_that_runs_every_night_with_a_wrong_password_asks_two_nodes_ever(tmp_path: Path) -> None:
    heard: list[int] = []
    for _night in range(20):
        logins = process(tmp_path)
        for number in range(10):
            if attempt(logins, number, refusal()) == REFUSED and number not in heard:
                heard.append(number)
    assert heard == [0, 1]


def test_one_odd_node_hides_nobody_once_the_password_is_known_to_be_right(tmp_path: Path) -> None:
    logins = process(tmp_path)
    assert [attempt(logins, number) for number in (1, 2)] == ["asked", "asked"]
    logins = process(tmp_path)
    assert attempt(logins, 3, refusal()) == REFUSED
    assert [attempt(logins, number) for number in (1, 2)] == ["asked", "asked"]
    logins = process(tmp_path)
    assert [attempt(logins, 4, refusal()), attempt(logins, 5, refusal()), attempt(logins, 1)] == [
        REFUSED,
        REFUSED,
        WITHHELD,
    ]


def test_what_one_of_several_machines_with_the_same_host_key_refused_hides_none_of_the_others(tmp_path: Path) -> None:
    logins = process(tmp_path)
    assert attempt(logins, 1, key="SHA256:cloned") == "asked"
    assert attempt(logins, 2, refusal(), key="SHA256:cloned") == REFUSED
    logins = process(tmp_path)
    assert [attempt(logins, number, key="SHA256:cloned") for number in (1, 2, 3)] == ["asked", REFUSED, "asked"]


def test_what_was_remembered_by_the_host_key_alone_is_still_known(tmp_path: Path) -> None:
    attempt(process(tmp_path), 1, refusal())
    (file,) = tmp_path.glob("*.json")
    file.write_text(file.read_text().replace('"SHA256:1 10.0.0.1:22"', '"SHA256:1"'))
    assert attempt(process(tmp_path), 1) == REFUSED


def test_whoever_reads_the_folder_cannot_try_many_passwords() -> None:
    # As it is loaded: the tests make it cheap for themselves.
    cost = runpy.run_path(login_memory.__file__)["_COST"]
    assert cost["n"] * cost["r"] * cost["p"] >= 2**17


def test_nothing_that_is_kept_shows_the_password(tmp_path: Path) -> None:
    folder = tmp_path / "logins"
    attempt(process(folder), 1, refusal())
    attempt(process(folder), 2)
    kept = [path for path in folder.iterdir() if path.is_file()]
    assert kept and all(PASSWORD.encode() not in path.read_bytes() + path.name.encode() for path in kept)
    assert {path.stat().st_mode & 0o77 for path in (folder, *kept)} == {0}
    other = tmp_path / "other"
    attempt(process(other), 1, refusal())
    names = [{path.name for path in one.glob("*.json")} for one in (folder, other)]
    assert not names[0] & names[1], "salted"


@pytest.mark.parametrize(
    "content", ["", "[]", '{"accepted": 7, "refused": ["x"]}', '{"refused": {"SHA256:1": 3}}', "\0"]
)
def test_a_file_that_is_not_ours_is_no_obstacle(content: str, tmp_path: Path) -> None:
    attempt(process(tmp_path), 1, refusal())
    (file,) = tmp_path.glob("*.json")
    file.write_text(content)
    assert attempt(process(tmp_path), 1) == "asked"


def test_a_folder_that_cannot_be_used_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    logins = process(tmp_path / "file" / "logins")
    assert attempt(logins, 1) == "asked"
    assert attempt(logins, 2, refusal()) == REFUSED
    assert [record.message for record in caplog.records if "not remembered" in record.message] == [
        "failed logins are not remembered: the state folder cannot be used (Not a directory)"
    ]
