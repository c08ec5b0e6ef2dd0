"""Each rule of the inventory, with the file, the line, the host and the cure that it tells."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from mmpctl.inventory import addresses
from mmpctl.inventory.load import load
from mmpctl.inventory.mistakes import FaultyInventoryError
from tests.support.inventories import Write

_FORM = [
    (
        "a typo next to hostname",
        "x:\n  hostnam: 127.70.1.1\n",
        ("hosts.yaml:2", "x", "unknown key 'hostnam'", "Did you mean 'hostname'?"),
    ),
    (
        "a data key at the wrong depth",
        "x:\n  hostname: 127.70.1.1\n  role: master\n",
        ("hosts.yaml:3", "x", "unknown key 'role'", "Indent it below `data:`"),
    ),
    ("a name that is no word", "7:\n  hostname: 127.70.1.1\n", ("hosts.yaml:1", "7", "not a word", "quotes: '7'")),
    ("a host without keys", "x:\n", ("hosts.yaml:1", "x", "nothing instead of keys", "indented")),
    ("a list of hosts", "- x\n- y\n", ("hosts.yaml", None, "a list instead of names", "name and a colon")),
    (
        "a port in quotes",
        "x:\n  hostname: 127.70.1.1\n  port: '22'\n",
        ("hosts.yaml:3", "x", "port is a word", "a number"),
    ),
    (
        "a port that is yes",
        "x:\n  hostname: 127.70.1.1\n  port: true\n",
        ("hosts.yaml:3", "x", "port is yes/no", "a number"),
    ),
    (
        "a port of the database that is a word",
        "x:\n  hostname: 127.70.1.1\n  data:\n    db_port: '5432'\n",
        ("hosts.yaml:4", "x", "db_port '5432' is not a port", "a number from 1 to 65535"),
    ),
    (
        "a server that serves nobody",
        "x:\n  hostname: 127.70.1.1\n  data:\n    serves: lon-prod\n",
        ("hosts.yaml:4", "x", "serves the unknown cluster 'lon-prod'", "Write the name of a cluster"),
    ),
    (
        "a node of a cluster that serves another",
        "x:\n  hostname: 127.70.1.1\n  data:\n    cluster: lon-prod\n    role: master\n    serves: lon-prod\n",
        ("hosts.yaml:6", "x", "serves 'lon-prod', and is in a cluster itself", "Delete `serves`"),
    ),
    (
        "a service without a person that is one word",
        "x:\n  hostname: 127.70.1.1\n  data:\n    unattended: webbridge3\n",
        ("hosts.yaml:4", "x", "unattended 'webbridge3' is not a list", "[webbridge3, turn]"),
    ),
    (
        "an unknown service without a person",
        "x:\n  hostname: 127.70.1.1\n  data:\n    unattended: [webbridge3, database]\n",
        ("hosts.yaml:4", "x", "no service that a renewal switches off", "Choose from: callbridge"),
    ),
    (
        "hours at the wrong depth",
        "x:\n  hostname: 127.70.1.1\n  unattended_hours: '01:00-05:00'\n",
        ("hosts.yaml:3", "x", "unknown key 'unattended_hours'", "Indent it below `data:`"),
    ),
    (
        "hours of nothing",
        "x:\n  hostname: 127.70.1.1\n  data:\n    unattended_hours: '01:00-05:00'\n",
        ("hosts.yaml:4", "x", "unattended_hours without unattended", "Name the services"),
    ),
    (
        "hours that are none",
        "x:\n  hostname: 127.70.1.1\n  data:\n    unattended: [turn]\n    unattended_hours: 1-5\n",
        ("hosts.yaml:5", "x", "unattended_hours '1-5' is not a part of the day", "01:00-05:00 Europe/London"),
    ),
    (
        "hours without an end",
        "x:\n  hostname: 127.70.1.1\n  data:\n    unattended: [turn]\n    unattended_hours: '01:00-01:00'\n",
        ("hosts.yaml:5", "x", "ends when it begins", "leave the line out"),
    ),
    (
        "hours of an unknown zone",
        "x:\n  hostname: 127.70.1.1\n  data:\n    unattended: [turn]\n    unattended_hours: '01:00-05:00 London'\n",
        ("hosts.yaml:5", "x", "names the unknown time zone 'London'", "Europe/London"),
    ),
    (
        "a port of the Call Bridge that is none",
        "x:\n  hostname: 127.70.1.1\n  data:\n    sip_port: 70000\n",
        ("hosts.yaml:4", "x", "sip_port 70000 is not a port", "usually 5061"),
    ),
    (
        "a port of the database at the wrong depth",
        "x:\n  hostname: 127.70.1.1\n  db_port: 5432\n",
        ("hosts.yaml:3", "x", "unknown key 'db_port'", "Indent it below `data:`"),
    ),
    (
        "the fields of requests at the wrong depth",
        "x:\n  hostname: 127.70.1.1\n  pki: {O: Example}\n",
        ("hosts.yaml:3", "x", "unknown key 'pki'", "Indent it below `data:`"),
    ),
    (
        "groups as one word",
        "x:\n  hostname: 127.70.1.1\n  groups: north\n",
        ("hosts.yaml:3", "x", "groups is a word", "a list"),
    ),
    (
        "an unknown group",
        "x:\n  hostname: 127.70.1.1\n  groups: [nort]\n",
        ("hosts.yaml:3", "x", "unknown group 'nort'", "Did you mean 'north'?"),
    ),
    (
        "connection options of a wrong type",
        "x:\n  hostname: 127.70.1.1\n  connection_options:\n    netmiko: 5\n",
        ("hosts.yaml:4", "x", "connection_options of netmiko is a number", "block of keys"),
    ),
    (
        "an unknown connection option",
        "x:\n  hostname: 127.70.1.1\n  connection_options:\n    netmiko:\n      extra: {}\n",
        ("hosts.yaml:5", "x", "unknown key 'extra'", "Did you mean 'extras'?"),
    ),
    (
        "empty connection options",
        "x:\n  hostname: 127.70.1.1\n  connection_options:\n",
        ("hosts.yaml:3", "x", "connection_options is empty", "Delete the line."),
    ),
]
_RULES = [
    (
        "a country of three letters in requests",
        "x:\n  hostname: 127.70.1.1\n  data:\n    pki:\n      C: GBR\n",
        ("hosts.yaml:5", "x", "pki C 'GBR' is not a country", "two capital letters"),
    ),
    ("no hostname", "x:\n  port: 22\n", ("hosts.yaml:1", "x", "no hostname", "`hostname`")),
    (
        "a port out of range",
        "x:\n  hostname: 127.70.1.1\n  port: 70000\n",
        ("hosts.yaml:3", "x", "port 70000", "from 1 to 65535"),
    ),
    (
        "a platform of another kind",
        "x:\n  hostname: 127.70.1.1\n  platform: cisco_ios\n",
        ("hosts.yaml:3", "x", "'cisco_ios'", "platform: cisco_cms"),
    ),
    (
        "a cluster that is a number",
        "x:\n  hostname: 127.70.1.1\n  data:\n    cluster: 5\n    role: master\n",
        ("hosts.yaml:4", "x", "cluster 5 is not a word", "quotes"),
    ),
    (
        "a cluster that would leave its folder",
        "x:\n  hostname: 127.70.1.1\n  data:\n    cluster: ../x\n    role: master\n",
        ("hosts.yaml:4", "x", "cannot be the name of a folder", "letters"),
    ),
    (
        "a cluster with the name that runs have for the servers of none",
        "x:\n  hostname: 127.70.1.1\n  data:\n    cluster: standalone servers\n    role: master\n",
        ("hosts.yaml:4", "x", "'standalone servers' cannot be the name of a folder", "letters"),
    ),
    (
        "a host that would leave its folder",
        "../x:\n  hostname: 127.70.1.1\n",
        ("hosts.yaml:1", "../x", "cannot be the name of a folder", "letters"),
    ),
    (
        "a cluster without a role",
        "x:\n  hostname: 127.70.1.1\n  data:\n    cluster: c\n",
        ("hosts.yaml:4", "x", "in cluster 'c' without a role", "Add `role`"),
    ),
    (
        "a role without a cluster",
        "x:\n  hostname: 127.70.1.1\n  data:\n    role: slave\n",
        ("hosts.yaml:4", "x", "role 'slave' without a cluster", "Add `cluster`"),
    ),
    (
        "an unknown role",
        "x:\n  hostname: 127.70.1.1\n  data:\n    cluster: c\n    role: Primry\n",
        ("hosts.yaml:5", "x", "unknown role 'Primry'", "Did you mean 'primary'?"),
    ),
    (
        "a mistyped role of the master, whose place nobody else is to take",
        "x:\n  hostname: 127.70.1.1\n  data:\n    cluster: c\n    rol: master\n"
        "y:\n  hostname: 127.70.1.2\n  data: {cluster: c, role: slave}\n",
        ("hosts.yaml:4", "x", "in cluster 'c' without a role", "Write `role` in place of 'rol'."),
    ),
    (
        "a mistyped cluster",
        "x:\n  hostname: 127.70.1.1\n  data:\n    clustr: c\n    role: slave\n",
        ("hosts.yaml:5", "x", "role 'slave' without a cluster", "Write `cluster` in place of 'clustr'."),
    ),
    (
        "a cluster without a master",
        "x:\n  hostname: 127.70.1.1\n  data: {cluster: c, role: slave}\n",
        ("hosts.yaml:1", None, "cluster 'c' has no master", "Give one of x `role: master`"),
    ),
    (
        "a cluster with two masters",
        "x:\n  hostname: 127.70.1.1\n  data: {cluster: c, role: master}\n"
        "y:\n  hostname: 127.70.1.2\n  data:\n    cluster: c\n    role: primary\n",
        ("hosts.yaml:8", "y", "cluster 'c' has 2 masters: x, y", "Keep `role: master` for one"),
    ),
    (
        "one server twice",
        "x:\n  hostname: 127.70.1.1\ny:\n  hostname: 127.70.1.1\n  port: 2022\n",
        ("hosts.yaml:4", "y", "same hostname and port as x (127.70.1.1:2022)", "delete one of the two"),
    ),
    (
        "a service address that is none",
        "x:\n  hostname: 127.70.1.1\n  data:\n    service_address: 1.2.3.4.5/x\n",
        ("hosts.yaml:4", "x", "service_address '1.2.3.4.5/x' is neither a name nor an address", "DNS name"),
    ),
    (
        "one db_address twice in a cluster",
        "x:\n  hostname: 127.70.1.1\n  data: {cluster: c, role: master}\n"
        "y:\n  hostname: 127.70.1.2\n  data:\n    cluster: c\n    role: slave\n    db_address: 127.70.1.1\n",
        ("hosts.yaml:9", "y", "same db_address as x in cluster 'c'", "correct one of the two"),
    ),
    (
        "one hostname twice behind two ports of a cluster",
        "x:\n  hostname: 127.70.1.1\n  data: {cluster: c, role: master}\n"
        "y:\n  hostname: 127.70.1.1\n  port: 2023\n  data: {cluster: c, role: slave}\n",
        ("hosts.yaml:7", "y", "same db_address as x in cluster 'c'", "correct one of the two"),
    ),
    ("no hosts", "# nobody yet\n", ("hosts.yaml", None, "no hosts", "Write your servers into it")),
    ("an empty file", "", ("hosts.yaml", None, "no hosts", "Write your servers into it")),
]


@pytest.mark.parametrize(("hosts", "told"), [case[1:] for case in _FORM + _RULES], ids=[c[0] for c in _FORM + _RULES])
def test_every_rule_names_file_line_host_and_cure(
    write: Write, hosts: str, told: tuple[str, str | None, str, str]
) -> None:
    folder = write(hosts=hosts)
    with pytest.raises(FaultyInventoryError) as caught:
        load(folder)
    place, host, what, cure = told
    matching = [problem for problem in caught.value.problems if what in problem.what]
    assert len(matching) == 1, str(caught.value)
    assert str(matching[0].place) == str(folder / place)
    assert matching[0].host == host
    assert cure in matching[0].cure
    assert str(matching[0]) in str(caught.value)


_MANY_HOSTS = """\
lon-1: a word
lon-2: {hostname: 127.70.1.2, colour: blue}
lon-3: {hostname: 127.70.1.3, port: '22'}
lon-4: {hostname: 127.70.1.4, groups: [nowhere]}
lon-5: {hostname: 127.70.1.5, data: [role]}
lon-6: {port: 22}
lon-7: {hostname: 127.70.1.7, port: 70000}
lon-8: {hostname: 127.70.1.8, platform: cisco_ios}
lon-9: {hostname: bad name}
lon-10: {hostname: 127.70.1.2}
lon-11: {hostname: 127.70.1.11, password: TopSecret1}
lon-12: {hostname: 127.70.1.12, connection_options: {netmiko: {extras: {session_log: x}}}}
lon-13: {hostname: 127.70.1.13, data: {cluster: lon-prod}}
lon-14: {hostname: 127.70.1.14, data: {role: slave}}
lon-15: {hostname: 127.70.1.15, data: {cluster: osl-prod, role: mastr}}
lon-16: {hostname: 127.70.1.16, data: {site: 7, db_port: 0}}
lon-17: {hostname: 127.70.1.17, data: {cluster: par-prod, role: master}}
lon-18: {hostname: 127.70.1.18, data: {cluster: par-prod, role: master, db_address: 127.70.1.17}}
"""
_MANY_TOLD = [
    ("hosts.yaml", 1, "a word instead of keys"),
    ("hosts.yaml", 2, "unknown key 'colour'"),
    ("hosts.yaml", 3, "port is a word"),
    ("hosts.yaml", 4, "unknown group 'nowhere'"),
    ("hosts.yaml", 5, "data is a list"),
    ("hosts.yaml", 6, "no hostname"),
    ("hosts.yaml", 7, "port 70000 is not a port"),
    ("hosts.yaml", 8, "platform is 'cisco_ios'"),
    ("hosts.yaml", 9, "neither a name nor an address"),
    ("hosts.yaml", 10, "same hostname and port as lon-2"),
    ("hosts.yaml", 11, "password is a secret"),
    ("hosts.yaml", 12, "the option 'session_log' is not allowed"),
    ("hosts.yaml", 13, "without a role"),
    ("hosts.yaml", 14, "without a cluster"),
    ("hosts.yaml", 15, "unknown role 'mastr'"),
    ("hosts.yaml", 16, "site 7 is not a word"),
    ("hosts.yaml", 16, "db_port 0 is not a port"),
    ("hosts.yaml", 18, "has 2 masters"),
    ("hosts.yaml", 18, "same db_address as lon-17"),
    ("groups.yaml", 1, "inherits from itself"),
    ("groups.yaml", 2, "inherits from itself"),
    ("groups.yaml", 3, "nothing instead of keys"),
    ("groups.yaml", 4, "data.secret is a secret"),
    ("defaults.yaml", 2, "unknown key 'usernam'"),
]
_ONE_HOST = """\
lon-1:
  hostname: bad name
  port: '22'
  platform: cisco_ios
  password: TopSecret1
  colour: blue
  groups: [nowhere]
  connection_options: {netmiko: {port: 23, extras: {session_log: x, keepalive: soon}}}
  data: {cluster: lon/prod, role: mastr, site: 7, db_port: no, db_address: -x}
"""
_ONE_TOLD = [
    ("hosts.yaml", 2, "hostname 'bad name' is neither"),
    ("hosts.yaml", 3, "port is a word"),
    ("hosts.yaml", 4, "platform is 'cisco_ios'"),
    ("hosts.yaml", 5, "password is a secret"),
    ("hosts.yaml", 6, "unknown key 'colour'"),
    ("hosts.yaml", 7, "unknown group 'nowhere'"),
    ("hosts.yaml", 8, "port must not be set here"),
    ("hosts.yaml", 8, "the option 'session_log' is not allowed"),
    ("hosts.yaml", 8, "keepalive is not a number of seconds"),
    ("hosts.yaml", 9, "cluster 'lon/prod' cannot be"),
    ("hosts.yaml", 9, "unknown role 'mastr'"),
    ("hosts.yaml", 9, "site 7 is not a word"),
    ("hosts.yaml", 9, "is not a port"),
    ("hosts.yaml", 9, "db_address '-x' is neither"),
]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {
                "hosts": _MANY_HOSTS,
                "groups": "a: {groups: [b]}\nb: {groups: [a]}\nc:\nd: {data: {secret: TopSecret1}}\n",
                "defaults": "platform: cisco_cms\nusernam: admin\n",
            },
            _MANY_TOLD,
        ),
        ({"hosts": _ONE_HOST, "groups": None, "defaults": "platform: cisco_cms\n"}, _ONE_TOLD),
    ],
    ids=["one of each kind", "several kinds in one host"],
)
def test_every_problem_is_told_at_once_and_nothing_else(
    write: Write, files: dict[str, str | None], told: list[tuple[str, int, str]]
) -> None:
    with pytest.raises(FaultyInventoryError) as caught:
        load(write(**files))
    left = [(Path(problem.place.file).name, problem.place.line, problem.what) for problem in caught.value.problems]
    for file, line, what in told:
        matching = [one for one in left if one[:2] == (file, line) and what in one[2]]
        assert len(matching) == 1, (file, line, what, left)
        left.remove(matching[0])
    assert left == [], "what cannot be read is told once, and not as missing"


def test_all_problems_are_told_at_once_in_the_order_of_the_lines(write: Write) -> None:
    hosts = """\
    x:
      hostnam: 127.70.1.1
      port: 0
    y:
      hostname: 127.70.1.2
      data: {role: mastr}
    """
    with pytest.raises(FaultyInventoryError) as caught:
        load(write(hosts=hosts, defaults=None))
    problems = [(problem.place.line, problem.what) for problem in caught.value.problems]
    assert problems == [
        (1, "no hostname"),
        (1, "no platform"),
        (2, "unknown key 'hostnam'"),
        (3, "port 0 is not a port"),
        (4, "no platform"),
        (6, "role 'mastr' without a cluster"),
        (6, "unknown role 'mastr'"),
    ]
    assert "the inventory has 7 problems" in str(caught.value)


@pytest.mark.parametrize(
    ("file", "text", "line", "key"),
    [
        ("hosts", "x:\n  hostname: 127.70.1.1\n  password: TopSecret1\n", 3, "password"),
        ("hosts", "x:\n  hostname: 127.70.1.1\n  password: 271828\n", 3, "password"),
        (
            "hosts",
            "x:\n  hostname: 127.70.1.1\n  data:\n    snmp:\n      - secret: TopSecret1\n",
            4,
            "data.snmp.secret",
        ),
        (
            "hosts",
            "x:\n  hostname: 127.70.1.1\n  connection_options:\n    netmiko:\n      password: TopSecret1\n",
            5,
            "connection_options.netmiko.password",
        ),
        ("groups", "north:\n  data:\n    enable_password: TopSecret1\n", 3, "data.enable_password"),
        (
            "defaults",
            "platform: cisco_cms\nconnection_options:\n  netmiko:\n    extras:\n      passphrase: TopSecret1\n",
            5,
            "connection_options.netmiko.extras.passphrase",
        ),
    ],
)
def test_a_password_is_refused_wherever_it_stands_and_never_repeated(
    write: Write, file: str, text: str, line: int, key: str
) -> None:
    good = {"hosts": "x:\n  hostname: 127.70.1.1\n", "defaults": "platform: cisco_cms\n", "groups": None}
    folder = write(**{**good, file: text})
    with pytest.raises(FaultyInventoryError) as caught:
        load(folder)
    (problem,) = caught.value.problems
    assert str(problem.place) == f"{folder / file}.yaml:{line}"
    assert problem.what == f"{key} is a secret in the inventory"
    assert "TopSecret1" not in str(caught.value)
    assert "271828" not in str(caught.value)


def test_groups_that_inherit_from_each_other_are_told(write: Write) -> None:
    groups = "north: {groups: [south]}\nsouth: {groups: [north]}\n"
    with pytest.raises(FaultyInventoryError) as caught:
        load(write(hosts="x: {hostname: 127.70.1.1, groups: [north]}\n", groups=groups))
    assert [problem.host for problem in caught.value.problems] == ["north", "south"]
    assert all("inherits from itself" in problem.what for problem in caught.value.problems)


def test_two_names_of_one_server_are_found_by_resolving_them(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"db-x.example.com": "192.0.2.7", "db-y.example.com": "192.0.2.7"}

    def getaddrinfo(name: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        if name not in names:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (names[name], 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(addresses, "_known", {})
    hosts = """\
    x: {hostname: 127.70.1.1, data: {cluster: c, role: master, db_address: db-x.example.com}}
    y: {hostname: 127.70.1.2, data: {cluster: c, role: slave, db_address: db-y.example.com}}
    z: {hostname: 127.70.1.3, data: {cluster: c, role: slave, db_address: nowhere.example.com}}
    """
    with pytest.raises(FaultyInventoryError) as caught:
        load(write(hosts=hosts))
    assert [(p.host, p.what) for p in caught.value.problems] == [
        ("y", "same db_address as x in cluster 'c' (db-y.example.com)")
    ]


def test_a_null_on_the_host_takes_it_out_of_the_groups_cluster(write: Write) -> None:
    hosts = """\
    x: {hostname: 127.70.1.1, groups: [alpha], data: {role: master}}
    y: {hostname: 127.70.1.2, groups: [alpha], data: {cluster: null}}
    """
    assert len(load(write(hosts=hosts)).inventory) == 2


def test_the_same_db_address_in_two_clusters_is_allowed(write: Write) -> None:
    hosts = """\
    x: {hostname: 127.70.1.1, data: {cluster: c, role: master, db_address: 10.0.0.1}}
    y: {hostname: 127.70.1.2, data: {cluster: d, role: master, db_address: 10.0.0.1}}
    """
    assert len(load(write(hosts=hosts)).inventory) == 2


def test_a_problem_without_a_line_still_names_its_file(tmp_path: Path, write: Write) -> None:
    write(hosts="", folder="elsewhere")
    config = tmp_path / "config.yaml"
    config.write_text("inventory:\n  options:\n    host_file: elsewhere/hosts.yaml\n")
    with pytest.raises(FaultyInventoryError, match=r"elsewhere/hosts\.yaml · no hosts"):
        load(config)
