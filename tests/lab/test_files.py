"""SFTP on a node."""

from __future__ import annotations

import io
import json

import paramiko
import pytest

from tests.support.lab import Lab
from tests.support.lab_client import Client, until


def test_flat_root_with_uploads_downloads_and_removals(lab: Lab) -> None:
    fleet = lab()
    with Client(fleet, "lon-1") as client:
        sftp = client.ssh.open_sftp()
        assert {"log", "live.json", "cms.lic", "dbclusterserver.key"} <= set(sftp.listdir("/"))
        sftp.putfo(io.BytesIO(b"x" * 100_000), "/new-1.cer")
        assert sftp.stat("/new-1.cer").st_size == 100_000
        assert "new-1.cer" in client.run("pki list").splitlines()
        read = io.BytesIO()
        sftp.getfo("/new-1.cer", read)
        assert read.getvalue() == b"x" * 100_000
        sftp.remove("/new-1.cer")
        assert "new-1.cer" not in sftp.listdir("/")
        sftp.close()
    done = [(event.kind, event.text, event.size) for event in fleet.log if event.kind.startswith("sftp")]
    assert done == [
        ("sftp-put", "new-1.cer", 100_000),
        ("sftp-get", "new-1.cer", 100_000),
        ("sftp-remove", "new-1.cer", None),
    ]


@pytest.mark.parametrize("name", ["/a b.cer", "/ü.cer", "/a/b.cer", "/../log", "/a..cer"])
def test_other_names_are_refused(lab: Lab, name: str) -> None:
    with Client(lab(), "lon-1") as client, pytest.raises(OSError, match=r"[Ii]nvalid|denied|Permission"):
        client.ssh.open_sftp().open(name, "w")


def test_renaming_is_a_switch(lab: Lab) -> None:
    fleet = lab(nodes={"lon-2": {"sftp_rename": True}})
    with Client(fleet, "lon-1") as client, pytest.raises(OSError, match="not supported"):
        client.ssh.open_sftp().rename("/log", "/old")
    with Client(fleet, "lon-2") as client:
        sftp = client.ssh.open_sftp()
        sftp.rename("/log", "/old")
        assert "old" in sftp.listdir("/")


def test_deleting_is_a_switch(lab: Lab) -> None:
    fleet = lab(nodes={"lon-2": {"sftp_remove": False}})
    with Client(fleet, "lon-1") as client:
        client.ssh.open_sftp().remove("/log")
    with Client(fleet, "lon-2") as client, pytest.raises(OSError, match=r"denied|cannot be deleted"):
        client.ssh.open_sftp().remove("/log")
    assert ["log" in {path.name for path in fleet.nodes[name].files.iterdir()} for name in ("lon-1", "lon-2")] == [
        False,
        True,
    ]


def test_overwriting_a_file_in_use_and_live_json_are_switches(lab: Lab) -> None:
    fleet = lab(nodes={"lon-2": {"overwrite_in_use": False, "live_json": False}})
    with Client(fleet, "lon-1") as client:
        client.ssh.open_sftp().putfo(io.BytesIO(b"new"), "/dbclusterserver.cer")
        # The cluster goes on with its copies.
        assert "In Sync" in client.run("database cluster status")
    with Client(fleet, "lon-2") as client:
        sftp = client.ssh.open_sftp()
        with pytest.raises(PermissionError):
            sftp.putfo(io.BytesIO(b"new"), "/dbclusterserver.cer")
        sftp.putfo(io.BytesIO(b"new"), "/other.cer")
        assert "live.json" not in sftp.listdir("/")
        with pytest.raises(FileNotFoundError):
            sftp.stat("/live.json")
        with pytest.raises(FileNotFoundError):
            sftp.open("/live.json")


def test_second_channel_for_sftp_is_a_switch(lab: Lab) -> None:
    fleet = lab(nodes={"lon-2": {"sftp_beside_shell": False}})
    with Client(fleet, "lon-1") as client:
        client.shell()
        assert client.ssh.open_sftp().listdir("/")
    with Client(fleet, "lon-2") as client:
        shell = client.shell()
        with pytest.raises(paramiko.SSHException):
            client.ssh.open_sftp()
        shell.channel.close()
    with Client(fleet, "lon-2") as client:
        assert client.ssh.open_sftp().listdir("/")


def test_a_half_upload_is_no_upload(lab: Lab) -> None:
    fleet = lab()
    with Client(fleet, "lon-1") as client:
        file = client.ssh.open_sftp().open("/half.cer", "w")
        file.write(b"half")
        file.flush()
        path = fleet.nodes["lon-1"].files / "half.cer"
        until(lambda: path.exists() and path.stat().st_size == 4, "the half file")
    until(lambda: not fleet.open_connections, "the connection's end")
    assert not fleet.log.select("sftp-put")


def test_backup_holds_the_rows(lab: Lab) -> None:
    fleet = lab("expired")
    with Client(fleet, "lon-3") as client:
        shell = client.shell()
        assert shell.run("backup snapshot before-1") == "before-1.bak ready for download\n"
        assert shell.run("backup list") == "before-1.bak\n"
        content = client.ssh.open_sftp().open("/before-1.bak").read()
    assert len(content) == 65536
    assert json.loads(content.splitlines()[0])["rows"] == list(fleet.nodes["lon-3"].rows)
    assert len(fleet.nodes["lon-3"].rows) == len(fleet.nodes["lon-1"].rows) - 1


@pytest.mark.parametrize(
    ("form", "text"),
    [("names", "x.bak\n"), ("sizes", "x.bak  65536\n"), ("header", "Backup files:\n  x.bak\n")],
)
def test_forms_of_the_backup_list(lab: Lab, form: str, text: str) -> None:
    with Client(lab(backup_list=form), "lon-1") as client:
        client.run("backup snapshot x")
        assert client.run("backup list") == text
