"""What Nornir writes into its log at DEBUG, task by task, holds no key and no password."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.lab import Lab

# As the lab's `turn` shows it.
TURN_PASSWORD = "Example.123"

# A project of the user's own, in a process of its own: Nornir's logging is set up once in a process.
PROJECT = """
import json, sys
from pathlib import Path
from nornir import InitNornir
from mmpctl.cluster import step_kinds as kinds
from mmpctl import tasks
from mmpctl.certificates.secret import Secret
from mmpctl.cluster import permit as permits
from mmpctl.cluster.status import CertificateFiles, DatabaseStatus
from mmpctl.signing.subject import Subject as Requested
from mmpctl.tasks.node_facts import Subject
from mmpctl.tasks.read_node import read_node
from mmpctl.tasks.save_files import save_files
from mmpctl.tasks.awaited_status import AwaitedStatus

given = json.loads(sys.stdin.read())
inventory = Path(given["inventory"])
nr = InitNornir(
    inventory={"plugin": "SimpleInventory", "options": {
        "host_file": str(inventory / "hosts.yaml"), "group_file": str(inventory / "groups.yaml"),
        "defaults_file": str(inventory / "defaults.yaml")}},
    logging={"enabled": True, "level": "DEBUG", "log_file": "nornir.log",
             "loggers": ["nornir", "netmiko", "paramiko", "mmpctl"]},
)
nr.inventory.defaults.username, nr.inventory.defaults.password = given["username"], given["password"]
nr = nr.filter(name="lon-2")
facts = nr.run(task=read_node, subjects={Subject.STATUS, Subject.IDENTITY})["lon-2"][0].result
me = permits.Identity(facts.host_key, facts.hostname, frozenset({facts.status.me.address}))
key = Path(given["key"])

def permit(kind, given=()):
    return kind("lon-2", given, me, seal=permits.SEAL)

remove = permit(permits.RemovePermit)
files = CertificateFiles("a.key", "a.cer", "b.key", "b.cer", "c.cer")
arguments = {
    "connect": [{"permit": permit(permits.ConnectPermit, ("127.77.1.11",)), "dry_run": True}],
    "download": [{"backup": "mine", "folder": "home"}],
    "examine": [{}],
    "find_requests": [{}],
    "initialize": [{"permit": permit(permits.InitializePermit), "dry_run": True}],
    "inspect": [{"file": "dbclusterserver.cer"}],
    "join": [{"permit": permit(permits.JoinPermit, ("127.77.1.11",)), "dry_run": True}],
    "list_files": [{}],
    "make_request": [{"use": "client", "subject": Requested((("CN", "postgres"),))}],
    "match": [{"key": "dbclusterserver.key", "certificate": "dbclusterserver.cer"}],
    "probe": [{}],
    "read_certificate": [{"file": "dbclusterserver.cer"}, {"file": "dbclusterserver.key"}],
    "remove": [{"permit": remove}],
    "service": [{"service_name": "turn"}, {"service_name": "callbridge"}],
    "service_state": [{"service_name": "webadmin"}],
    "set_certificates": [
        {"permit": permit(permits.CertsPermit, files), "dry_run": True}
    ],
    "snapshot": [{"backup": "mine"}],
    "status": [{}],
    "surroundings": [{}],
    "upload": [{"files": {"new.key": Secret(key.read_bytes())}}, {"files": {"new.key": key}},
               {"files": {"new.key": Secret(b"other")}}],
    "verify": [{"files": facts.status.certificates, "serials": {"dbclusterserver.cer": "1"}}],
    "wait_for_state": [{"awaited": AwaitedStatus(kinds.REMOVE, remove.command, facts.status), "seconds": 20}],
}
assert sorted(arguments) == sorted(tasks.__all__), "each task is run here"
order = ["snapshot", *(name for name in arguments if name not in ("snapshot", "remove", "wait_for_state")), "remove"]
failed = []
for name in [*order, "wait_for_state"]:
    for each in arguments[name]:
        nr.data.reset_failed_hosts()
        if nr.run(task=getattr(tasks, name), **each).failed:
            failed.append(name)
nr.run(task=save_files, names=("dbclusterserver.key",), folder="saved")
nr.close_connections()
print(json.dumps(failed))
"""


def test_no_task_lets_nornir_log_a_secret(lab: Lab, tmp_path: Path) -> None:
    fleet = lab("healthy")
    keys = f"{{alt_host_keys: true, alt_key_file: {fleet.known_hosts}}}"
    (fleet.inventory / "defaults.yaml").write_text(
        f"---\nplatform: cisco_cms\nconnection_options:\n  netmiko:\n    extras: {keys}\n"
        f"  mmp_sftp:\n    extras: {keys}\n",
        encoding="utf-8",
    )
    key = next(fleet.certificates.rglob("server.key"))
    said = subprocess.run(
        [sys.executable, "-c", PROJECT],
        input=json.dumps(
            {
                "inventory": str(fleet.inventory),
                "username": fleet.username,
                "password": fleet.password,
                "key": str(key),
            }
        ),
        cwd=tmp_path,
        env={**os.environ, "MMP_KNOWN_HOSTS": str(fleet.known_hosts)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    # A failed task is logged with its traceback, so some of them fail here on purpose.
    assert json.loads(said.stdout) == ["read_certificate", "upload"]
    log = (tmp_path / "nornir.log").read_text(encoding="utf-8")
    for task in ("upload", "surroundings", "wait_for_state"):
        assert f"running task '{task}'" in log
    assert "Running task 'upload' with args {'files': {'new.key': Secret(hidden)}}" in log
    files = [*fleet.certificates.rglob("*.key"), *fleet.nodes["lon-2"].files.glob("*.key")]
    material = {line for file in files for line in file.read_text(encoding="utf-8").splitlines() if len(line) > 20}
    material -= {line for line in material if line.startswith("-----")}
    secrets = {fleet.password, TURN_PASSWORD} | material
    assert len(secrets) > 3
    assert not [secret for secret in secrets if secret in log]
    assert "PRIVATE KEY" not in log
