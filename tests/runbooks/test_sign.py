"""Requests become the files that `--certs` takes, whoever signs them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mmpctl.authority.ca_folder import CaFolder
from mmpctl.authority.issuer import issuer
from mmpctl.authority.private_ca import drop_older, renew
from mmpctl.authority.profile import KeyKind, LifeTimes, Purpose
from mmpctl.certificates.files import find
from mmpctl.certificates.handshake import check_cluster
from mmpctl.certificates.loaded_set import load_set
from mmpctl.certificates.new_set_checks import check_set
from mmpctl.cluster.role import Role
from mmpctl.errors import UsageError
from mmpctl.runbooks import sign
from mmpctl.runbooks.sign import SignReport
from mmpctl.runs.lock import LockedError
from mmpctl.signing.request_folder import kept_to_one
from mmpctl.signing.signing_program import Program
from mmpctl.signing.sources import Files, PrivateCa, Source, files_of
from mmpctl.times import now_utc
from tests.support.children import PATIENCE_SECONDS
from tests.support.command import Command
from tests.support.deaths import at_each_death
from tests.support.other_ca import OtherCa, requests
from tests.support.private_ca import NOW, PASSPHRASE, cheap_passphrases, make_ca, request, wanted
from tests.support.requests import Key, lay_requests, put_keys
from tests.support.schemas import check

NODES = ("cms1", "cms2", "cms3")


@pytest.fixture(autouse=True)
def _cheap() -> Iterator[None]:
    with cheap_passphrases():
        yield


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, dict[str, Key]]:
    """Requests of three database nodes and a client node in `new/`, and their keys."""
    made = {node: lay_requests(tmp_path / "new", node) for node in NODES}
    return {**made, "cb1": lay_requests(tmp_path / "new", "cb1", database=False)}


def private_ca(folder: Path, days: int | None = None) -> PrivateCa:
    if not folder.exists():
        make_ca(folder)
    return PrivateCa(folder, PASSPHRASE, days, lambda: NOW)


def run(folder: Path, source: Source, *, again: bool = False) -> SignReport:
    report = sign.run(folder, source, again=again, clock=lambda: NOW)
    check(sign.document(report))
    return report


def told(report: SignReport) -> dict[str, list[str]]:
    """The names of the files in place, by node."""
    return {one["name"]: [Path(each["file"]).name for each in one["files"]] for one in sign.document(report)["nodes"]}


def require_ready(folder: Path, keys: dict[str, dict[str, Key]], now: datetime = NOW) -> None:
    """All sets are fit, each by itself and against each other."""
    sets = {}
    for node, held in keys.items():
        put_keys(folder, held, node)
        sets[node] = find(folder, "lon", node, Role.SLAVE if len(held) == 2 else Role.CLIENT)
        assert check_set(load_set(sets[node]), now) == ()
    assert check_cluster(sets) == ()


def test_a_private_ca_makes_a_folder_ready(tmp_path: Path, keys: dict[str, dict[str, Key]]) -> None:
    report = run(tmp_path / "new", private_ca(tmp_path / "ca"))
    files = ["server.cer", "client.cer", "ca.cer"]
    assert told(report) == {**dict.fromkeys(NODES, files), "cb1": files[1:]}
    assert (report.code, report.notes) == (0, ())
    assert sign.document(report)["next"] == f"mmpctl check --certs {tmp_path / 'new'} --cluster lon"
    require_ready(tmp_path / "new", keys)


def test_to_sign_again_changes_nothing_unless_it_is_asked_for(tmp_path: Path, keys: dict[str, dict[str, Key]]) -> None:
    source = private_ca(tmp_path / "ca")
    run(tmp_path / "new", source)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}
    assert run(tmp_path / "new", source).code == 0
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()} == before
    longer = private_ca(tmp_path / "ca", days=2000)
    report = run(tmp_path / "new", longer, again=True)
    kept = [one["kept"] for node in sign.document(report)["nodes"] for one in node["files"]]
    assert sum(one is not None for one in kept) == 7
    for name in filter(None, kept):
        assert Path(name).read_bytes() in before.values()
    require_ready(tmp_path / "new", keys)


def test_a_node_that_is_added_later_gets_the_same_ca_file(tmp_path: Path) -> None:
    keys = {"cms1": lay_requests(tmp_path / "new", "cms1")}
    run(tmp_path / "new", private_ca(tmp_path / "ca"))
    keys["cms2"] = lay_requests(tmp_path / "new", "cms2")
    run(tmp_path / "new", private_ca(tmp_path / "ca"))
    require_ready(tmp_path / "new", keys)


def test_nodes_signed_before_and_after_a_new_root_trust_both(tmp_path: Path) -> None:
    keys = {"cms1": lay_requests(tmp_path / "new", "cms1")}
    run(tmp_path / "new", private_ca(tmp_path / "ca"))
    renew(tmp_path / "ca", PASSPHRASE, NOW, KeyKind.P256, with_root=True)
    keys["cms2"] = lay_requests(tmp_path / "new", "cms2")
    run(tmp_path / "new", private_ca(tmp_path / "ca"))
    require_ready(tmp_path / "new", keys)


def test_a_private_ca_signs_more_than_any_file_from_elsewhere_may_hold(
    tmp_path: Path, keys: dict[str, dict[str, Key]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mmpctl.signing.containers.MOST_PARTS", 6)
    assert run(tmp_path / "new", private_ca(tmp_path / "ca")).code == 0
    require_ready(tmp_path / "new", keys)


def test_nodes_get_both_roots_until_the_older_one_is_dropped(tmp_path: Path) -> None:
    keys = {"cms1": lay_requests(tmp_path / "new", "cms1")}
    place = make_ca(tmp_path / "ca").path
    renew(place, PASSPHRASE, NOW, KeyKind.P256, with_root=True)
    for dropped, names in ((False, ["issuing 1", "issuing 2", "root 1", "root 2"]), (True, ["issuing 2", "root 2"])):
        if dropped:
            drop_older(place)
        run(tmp_path / "new", private_ca(place))
        handed_out = x509.load_pem_x509_certificates((tmp_path / "new" / "lon" / "cms1" / "ca.cer").read_bytes())
        assert [one.subject.rfc4514_string().partition(",")[0] for one in handed_out] == [
            f"CN=Example {name}" for name in names
        ]
        require_ready(tmp_path / "new", keys)


def test_a_ca_that_ends_soon_is_told(tmp_path: Path) -> None:
    lay_requests(tmp_path / "new")
    make_ca(tmp_path / "ca", lives=LifeTimes(root_days=400, issuing_days=100))
    report = run(tmp_path / "new", private_ca(tmp_path / "ca"))
    assert [note for note in report.notes if "2 of the certificates end then as well" in note]
    assert "mmpctl ca renew" in report.notes[0]


def test_a_request_that_is_not_fit_goes_to_no_ca(tmp_path: Path) -> None:
    lay_requests(tmp_path / "new")
    place = tmp_path / "new" / "lon" / "cms1"
    (place / "client.csr").write_bytes(request("postgrest").public_bytes(Encoding.PEM))
    report = run(tmp_path / "new", private_ca(tmp_path / "ca"))
    assert report.code == 4
    assert told(report) == {"cms1": ["server.cer", "ca.cer"]}
    missing = " ".join(report.answers[0].missing)
    assert "'postgrest'" in missing and "another key than the one that request.json" in missing
    assert len((tmp_path / "ca" / "issued.jsonl").read_text().splitlines()) == 1


def test_a_request_json_of_another_node_is_told_and_its_keys_count(tmp_path: Path) -> None:
    for node in ("cms1", "cms2"):
        lay_requests(tmp_path / "new", node)
    place = tmp_path / "new" / "lon"
    shutil.copy(place / "cms2" / "request.json", place / "cms1" / "request.json")
    report = run(tmp_path / "new", private_ca(tmp_path / "ca"))
    assert (report.code, report.signed) == (4, 2)
    assert "it is about keys on cms2 of lon, not on cms1 of lon" in " ".join(report.answers[0].notes)
    assert "another key than the one" in " ".join(report.answers[0].missing)


@pytest.mark.parametrize("content", ["{}", "[]", "no JSON", '{"files": {"server.key": 1}}'])
def test_a_damaged_request_json_is_told_and_its_requests_are_judged_without(tmp_path: Path, content: str) -> None:
    lay_requests(tmp_path / "new")
    (tmp_path / "new" / "lon" / "cms1" / "request.json").write_text(content)
    report = run(tmp_path / "new", private_ca(tmp_path / "ca"))
    assert any("request.json" in one for one in report.answers[0].notes)


# What another CA sends.


@pytest.fixture
def answered(tmp_path: Path, keys: dict[str, dict[str, Key]]) -> list[bytes]:
    """The certificates that somebody else's CA has issued for the requests, PEM, and its own, the root first."""
    make_ca(tmp_path / "elsewhere")
    made: list[bytes] = []
    with issuer(tmp_path / "elsewhere", PASSPHRASE, NOW) as ca:
        for csr in sorted((tmp_path / "new").rglob("*.csr")):
            purpose = Purpose.SERVER if csr.stem == "server" else Purpose.CLIENT
            orders = [wanted(x509.load_pem_x509_csr(csr.read_bytes()), purpose)]
            made += [one.certificate.encode() for one in ca.issue(orders)]
    above = [CaFolder(tmp_path / "elsewhere").certificate(name) for name in ("root-1", "issuing-1")]
    return [*made, *(one.public_bytes(Encoding.PEM) for one in above)]


def send(folder: Path, parts: list[bytes]) -> Path:
    """Files of names that say nothing."""
    folder.mkdir()
    for number, part in enumerate(parts):
        (folder / f"{len(parts) - number:02}-download ({number}).txt").write_bytes(part)
    return folder


def test_answers_are_known_by_their_keys(
    tmp_path: Path, keys: dict[str, dict[str, Key]], answered: list[bytes]
) -> None:
    sent = send(tmp_path / "sent", answered)
    report = run(tmp_path / "new", Files((sent,)))
    assert report.code == 0
    (note,) = report.notes
    assert note.startswith("Completed with the CAs above from other files: ") and note.endswith(" and 3 more")
    require_ready(tmp_path / "new", keys)
    assert "(" in sign.document(report)["nodes"][0]["files"][0]["from"]


def test_where_files_are_from_and_what_was_done_to_answers_is_told(tmp_path: Path) -> None:
    lay_requests(tmp_path / "new", ties=False)
    make_ca(tmp_path / "elsewhere")
    place = tmp_path / "new" / "lon" / "cms1"
    with issuer(tmp_path / "elsewhere", PASSPHRASE, NOW) as ca:
        server, client = (
            ca.issue([wanted(x509.load_pem_x509_csr((place / f"{use}.csr").read_bytes()), purpose)])[
                0
            ].certificate.encode()
            for use, purpose in (("server", Purpose.SERVER), ("client", Purpose.CLIENT))
        )
        trust = ca.trust
    der = x509.load_pem_x509_certificate(client).public_bytes(Encoding.DER)
    sent = send(tmp_path / "sent", [der, trust + server, server])
    report = run(tmp_path / "new", Files((sent,)))
    words = {note.partition(": ")[0] for note in report.notes}
    assert words == {"Came twice", "Converted from DER", "Completed with the CAs above from other files"}
    for file in place.glob("*.cer"):
        file.unlink()
    report = run(tmp_path / "new", Files((send(tmp_path / "whole", [trust + server, client + trust]),)))
    assert "Reordered: lon/cms1/server.cer" in report.notes
    for file in place.glob("*.cer"):
        file.unlink()
    report = run(tmp_path / "new", Files((sent,)))
    (root,) = [one for one in x509.load_pem_x509_certificates(trust) if one.subject == one.issuer]
    ca_file = report.laid[0][-1]
    assert ca_file.origin == str(sent / "02-download (1).txt") and ca_file.certificate.x509 == root
    assert {one.origin for one in run(tmp_path / "new", Files((sent,))).laid[0]} == {"in place"}


def test_what_has_not_come_yet_is_named_and_comes_later(
    tmp_path: Path, keys: dict[str, dict[str, Key]], answered: list[bytes]
) -> None:
    report = run(tmp_path / "new", Files((send(tmp_path / "first", answered[2:]),)))
    assert report.code == 4
    assert {one.requests.node: len(one.missing) for one in report.answers if one.missing} == {"cb1": 1, "cms1": 1}
    report = run(tmp_path / "new", Files((send(tmp_path / "second", answered[:2]),)))
    assert report.code == 0
    require_ready(tmp_path / "new", keys)


def test_a_chain_that_is_not_complete_lays_nothing_down(
    tmp_path: Path, keys: dict[str, dict[str, Key]], answered: list[bytes]
) -> None:
    report = run(tmp_path / "new", Files((send(tmp_path / "sent", answered[:-1]),)))
    assert report.code == 4
    assert all(
        "is not complete: " in text and "is in none of the files" in text
        for one in report.answers
        for text in one.missing
    )
    assert list((tmp_path / "new").rglob("*.cer")) == []


def test_an_answer_for_another_request_and_two_for_one_are_told(
    tmp_path: Path, keys: dict[str, dict[str, Key]], answered: list[bytes]
) -> None:
    with issuer(tmp_path / "elsewhere", PASSPHRASE, NOW) as ca:
        stranger = ca.issue([wanted(request("cms1.example.com"), Purpose.SERVER)])[0].certificate.encode()
        csr = x509.load_pem_x509_csr((tmp_path / "new" / "lon" / "cms2" / "server.csr").read_bytes())
        longer = ca.issue([wanted(csr, Purpose.SERVER, days=700)])[0].certificate.encode()
    report = run(tmp_path / "new", Files((send(tmp_path / "sent", [*answered, stranger, longer]),)))
    assert report.code == 0
    (nobody,) = [note for note in report.notes if not note.startswith("Completed")]
    assert "belongs to none of the requests" in nobody and "but another key" in nobody
    (note,) = next(one.notes for one in report.answers if one.requests.node == "cms2")
    assert "2 certificates came" in note and "lasts longest" in note
    taken = x509.load_pem_x509_certificate((tmp_path / "new" / "lon" / "cms2" / "server.cer").read_bytes())
    assert taken.not_valid_after_utc == NOW + timedelta(days=700)


def test_an_answer_that_is_not_fit_is_not_laid_down(tmp_path: Path) -> None:
    lay_requests(tmp_path / "new", ties=False)
    make_ca(tmp_path / "elsewhere")
    csr = x509.load_pem_x509_csr((tmp_path / "new" / "lon" / "cms1" / "server.csr").read_bytes())
    with issuer(tmp_path / "elsewhere", PASSPHRASE, NOW) as ca:
        sent = [ca.issue([wanted(csr, Purpose.CLIENT)])[0].certificate.encode(), ca.trust]
    report = run(tmp_path / "new", Files((send(tmp_path / "sent", sent),)))
    assert any("is not fit" in text and "without serverAuth" in text for text in report.answers[0].missing)
    assert list((tmp_path / "new").rglob("server.cer")) == []


def test_requests_among_the_answers_are_passed_over_unless_one_is_named(
    tmp_path: Path, keys: dict[str, dict[str, Key]], answered: list[bytes]
) -> None:
    # As `certreq` leaves a folder: each certificate beside its request.
    sent = send(tmp_path / "sent", answered)
    for place in (tmp_path / "new" / "lon").iterdir():
        shutil.copytree(place, sent / place.name)
    report = run(tmp_path / "new", Files((sent,)))
    assert report.code == 0
    assert [note for note in report.notes if ".csr" in note or "request.json" in note] == []
    csr = sent / "cms1" / "server.csr"
    assert any(f"{csr} holds certificate request, no certificate" in note for note in files_told(csr))


def files_told(*paths: Path) -> list[str]:
    notes: list[str] = []
    assert list(files_of(paths, lambda _: None, notes)) == []
    return notes


def test_a_file_that_holds_nothing_is_told_and_the_rest_counts(
    tmp_path: Path, keys: dict[str, dict[str, Key]], answered: list[bytes]
) -> None:
    report = run(tmp_path / "new", Files((send(tmp_path / "sent", [b"See you on Monday", *answered]),)))
    assert report.code == 0
    assert [note for note in report.notes if "neither a certificate nor a container" in note]


def test_no_requests_and_no_answers_are_usage_errors(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        run(tmp_path / "nowhere", Files(()))
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="there are no requests"):
        run(tmp_path / "empty", Files(()))
    lay_requests(tmp_path / "new")
    with pytest.raises(UsageError, match="is not there"):
        run(tmp_path / "new", Files((tmp_path / "nowhere",)))


@pytest.mark.parametrize("name", [b"bad\xff", b"esc\x1b[31m", b"two\nlines", b"cms1 "])
def test_a_folder_that_can_be_no_nodes_is_told_before_anything_is_signed(tmp_path: Path, name: bytes) -> None:
    lay_requests(tmp_path / "new")
    (tmp_path / "new" / "lon" / "cms1").rename(tmp_path / "new" / "lon" / os.fsdecode(name))
    source = private_ca(tmp_path / "ca")
    with pytest.raises(UsageError, match="cannot be that of a cluster or a node"):
        run(tmp_path / "new", source)
    assert (tmp_path / "ca" / "issued.jsonl").read_bytes() == b""


def test_no_certificate_lasts_for_ever(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--days 99999999: no certificate can last that long"):
        private_ca(tmp_path / "ca", days=99999999)


def test_a_hidden_folder_is_no_nodes(tmp_path: Path) -> None:
    lay_requests(tmp_path / "new")
    lay_requests(tmp_path / "new", ".trash")
    assert told(run(tmp_path / "new", private_ca(tmp_path / "ca"))) == {"cms1": ["server.cer", "client.cer", "ca.cer"]}


def test_nobody_waits_for_a_pipe_beside_the_requests(tmp_path: Path) -> None:
    lay_requests(tmp_path / "new")
    os.mkfifo(tmp_path / "new" / "lon" / "cms1" / "server.cer.incomplete")
    assert run(tmp_path / "new", private_ca(tmp_path / "ca")).code == 0


# Programs that sign.


def openssl_ca(folder: Path) -> tuple[str, Path]:
    """A CA of OpenSSL's own, with a template for it."""
    folder.mkdir()
    ca, key = folder / "ca.pem", folder / "ca.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2000",
         "-subj", "/CN=OpenSSL CA", "-addext", "keyUsage=critical,keyCertSign", "-keyout", key, "-out", ca],
        check=True, capture_output=True,
    )  # fmt: skip
    for use in ("server", "client"):
        (folder / f"{use}.ext").write_text(f"extendedKeyUsage={use}Auth\nkeyUsage=critical,digitalSignature\n")
    template = (
        f"openssl x509 -req -in {{csr}} -CA {ca} -CAkey {key} -days 900 -extfile {folder}/{{use}}.ext -out {{cer}}"
    )
    return template, ca


def easy_rsa(folder: Path) -> tuple[str, Path]:
    """Debian's easy-rsa, by a little program of its user's: it takes a request by name."""
    program = Path("/usr/share/easy-rsa/easyrsa")
    if not program.exists():
        pytest.skip("Debian's easy-rsa is not there")
    folder.mkdir()
    pki = folder / "pki"
    words = f"{program} --batch --pki-dir={pki} --use-algo=ec --curve=prime256v1"
    for what in ("init-pki", "build-ca nopass"):
        subprocess.run([*words.split(), *what.split()], check=True, capture_output=True, cwd=folder)
    script = folder / "sign"
    script.write_text(
        f"#!/bin/sh\nset -e\ncd {folder}\nrm -f {pki}/reqs/$2.req {pki}/issued/$2.crt\n"
        f"{words} import-req $1 $2 >&2\n{words} sign-req $3 $2 >&2\ncat {pki}/issued/$2.crt\n"
    )
    script.chmod(0o755)
    return f"{script} {{csr}} {{node}}-{{use}} {{use}}", pki / "ca.crt"


def cfssl(folder: Path) -> tuple[str, Path]:
    """CloudFlare's cfssl, which answers in JSON."""
    if shutil.which("cfssl") is None:
        pytest.skip("cfssl is not there")
    folder.mkdir()
    _, ca = openssl_ca(folder / "own")
    usages = '"usages": ["digital signature", "%s auth"], "expiry": "20000h"'
    profiles = ", ".join(f'"{use}": {{{usages % use}}}' for use in ("server", "client"))
    (folder / "config.json").write_text(f'{{"signing": {{"profiles": {{{profiles}}}, "default": {{"expiry": "1h"}}}}}}')
    key = ca.with_name("ca.key")
    return f"cfssl sign -ca {ca} -ca-key {key} -config {folder}/config.json -profile {{use}} {{csr}}", ca


@pytest.mark.parametrize("make", [openssl_ca, easy_rsa, cfssl])
def test_a_program_signs_each_request(tmp_path: Path, make: Callable[[Path], tuple[str, Path]]) -> None:
    keys = {node: lay_requests(tmp_path / "new", node) for node in NODES[:2]}
    template, ca = make(tmp_path / "program")
    report = sign.run(tmp_path / "new", Program(template, (ca,)))
    assert (report.code, [one.missing for one in report.answers]) == (0, [[], []])
    assert all(note.startswith("Completed") for note in report.notes)
    require_ready(tmp_path / "new", keys, now_utc())


def test_a_program_gets_no_shell_and_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_requests(tmp_path / "new; touch oops $(id)")
    monkeypatch.setenv("MMP_PASSWORD", "secret")
    seen = tmp_path / "seen"
    code = f"import os, sys; open({str(seen)!r}, 'w').write(repr((sys.argv[1:], 'MMP_PASSWORD' in os.environ)))"
    program = tmp_path / "program.py"
    program.write_text(code)
    report = run(tmp_path / "new; touch oops $(id)", Program(f"{sys.executable} {program} {{csr}} {{node}}"))
    place = tmp_path / "new; touch oops $(id)" / "lon" / "cms1"
    assert seen.read_text() == repr(([str(place / "client.csr"), "cms1"], False))
    assert report.code == 4


@pytest.mark.parametrize(
    ("template", "told_"),
    [
        ("false {csr}", "false ended with 1: and said nothing"),
        ("true {csr} {cer}", "true ended well, but wrote no certificate to {cer}"),
        ("echo {csr}", "neither a certificate nor a container"),
    ],
)
def test_what_a_program_does_wrong_is_told_for_each_request(tmp_path: Path, template: str, told_: str) -> None:
    lay_requests(tmp_path / "new")
    report = run(tmp_path / "new", Program(template))
    assert report.code == 4
    assert len(report.notes) == 2
    assert all(told_ in note for note in report.notes)


@pytest.mark.parametrize(
    ("template", "told_"),
    [
        ("no-such-program-here {csr}", "there is no program no-such-program-here"),
        ("/etc/passwd {csr}", "'/etc/passwd' cannot be run"),
        ("'' {csr}", "'' cannot be run"),
        ("openssl x509", "has no {csr}"),
        ("openssl 'x {csr}", "is no command line"),
        ("{csr}", "has no {csr}"),
        ("openssl {nope} {csr}", "has {nope}, which stands for nothing"),
    ],
)
def test_a_template_that_cannot_be_run_is_a_usage_error(tmp_path: Path, template: str, told_: str) -> None:
    lay_requests(tmp_path / "new")
    with pytest.raises(UsageError, match=told_.replace("{", r"\{")):
        run(tmp_path / "new", Program(template))


def test_a_program_that_signs_nothing_again_ends_with_4(tmp_path: Path, mmpctl: Command) -> None:
    lay_requests(tmp_path / "new")
    sign.run(tmp_path / "new", PrivateCa(make_ca(tmp_path / "ca").path, PASSPHRASE))
    command = ("sign", tmp_path / "new", "--again", "--command", "false {csr}")
    said = mmpctl(*command)
    assert said.code == 4 and "0 of 2 signed, the earlier certificates stay" in said.out and "Next" not in said.out
    document = mmpctl(*command, "-o", "json").document
    assert (document["wanted"], document["signed"], document["next"]) == (2, 0, None)


def test_a_failed_programs_long_message_is_cut_at_a_word(tmp_path: Path) -> None:
    lay_requests(tmp_path / "new")
    words = "word " * 100
    report = run(tmp_path / "new", Program(f"sh -c 'echo {words} >&2; exit 1' {{csr}}"))
    assert "ended with 1: … word word" in report.notes[0] and report.notes[0].endswith("word")


def test_what_is_incomplete_is_kept_until_its_ca_is_named(tmp_path: Path) -> None:
    keys = {"cms1": lay_requests(tmp_path / "new")}
    template, ca = openssl_ca(tmp_path / "program")
    report = sign.run(tmp_path / "new", Program(template))
    assert report.code == 4 and report.cure is not None
    assert "--ca-file" in report.cure and "the answers of the program" in report.cure
    assert list((tmp_path / "new").rglob("*.cer")) == []
    ca.with_name("ca.key").rename(tmp_path / "gone.key")
    report = sign.run(tmp_path / "new", Program(template, (ca,)))
    assert (report.code, report.asked, report.cure) == (0, 0, None)
    assert list((tmp_path / "new").rglob("*.incomplete")) == []
    require_ready(tmp_path / "new", keys, now_utc())


def test_of_two_answers_the_one_whose_cas_are_there_is_taken(tmp_path: Path) -> None:
    keys = {"cms1": lay_requests(tmp_path / "new")}
    source = private_ca(tmp_path / "ca", days=365)
    run(tmp_path / "new", source)
    # Another CA's lasts longer, and nobody knows that CA.
    other = OtherCa(tmp_path / "other").found()
    for file in requests(tmp_path / "new"):
        (tmp_path / f"{file.stem}.der").write_bytes(other.signs(file))
    report = sign.run(tmp_path / "new", Files(tuple(tmp_path.glob("*.der"))))
    assert (report.code, [one.missing for one in report.answers]) == (0, [[]])
    assert all("lasts longest of those whose CAs above are here" in note for note in report.answers[0].notes)
    require_ready(tmp_path / "new", keys, now_utc())


def test_cas_that_came_first_are_not_lost_until_the_root_comes(tmp_path: Path) -> None:
    keys = {"cms1": lay_requests(tmp_path / "new")}
    ca = OtherCa(tmp_path / "other").found()
    sent = tmp_path / "sent"
    sent.mkdir()
    for file in requests(tmp_path / "new"):
        (sent / f"{file.stem}.cer").write_bytes(ca.signs(file))
    shutil.copy(ca.place / "issuing.pem", sent)
    assert sign.run(tmp_path / "new", Files((sent,))).code == 4
    # Whoever reads "the root is missing" gets the root, and names that alone.
    report = sign.run(tmp_path / "new", Files((ca.place / "root.pem",)))
    assert ([one.missing for one in report.answers], report.code, report.cure) == ([[]], 0, None)
    assert [one.name for one in (tmp_path / "new").rglob("*incomplete*")] == []
    require_ready(tmp_path / "new", keys, now_utc())


def test_a_program_is_not_asked_again_for_what_it_has_signed(tmp_path: Path) -> None:
    """It kills us while it has the second request: by then the first one is signed, and the CA has counted it."""
    keys = {"cms1": lay_requests(tmp_path / "new")}
    template, ca = openssl_ca(tmp_path / "program")
    log = tmp_path / "log"
    script = tmp_path / "sign"
    words = template.replace("{use}", "$2").replace("{csr}", "$1").replace("{cer}", "$3")
    script.write_text(
        f"#!/bin/sh\nset -e\n"
        f"if [ $2 = client ] && ! [ -e {log}.died ]; then touch {log}.died; kill -9 $PPID; exit 1; fi\n"
        f"echo $2 >> {log}\nexec {words}\n"
    )
    script.chmod(0o755)
    source = Program(f"{script} {{csr}} {{use}} {{cer}}", (ca,))
    dies = get_context("fork").Process(target=sign.run, args=(tmp_path / "new", source))
    dies.start()
    dies.join(PATIENCE_SECONDS)
    assert dies.exitcode == -signal.SIGKILL
    assert sign.run(tmp_path / "new", source).code == 0
    assert log.read_text().split() == ["server", "client"]
    assert [one.name for one in (tmp_path / "new").rglob("*incomplete*")] == []
    require_ready(tmp_path / "new", keys, now_utc())


def test_a_program_is_not_asked_again_while_only_the_cas_above_are_missing(tmp_path: Path) -> None:
    lay_requests(tmp_path / "new")
    template, _ = openssl_ca(tmp_path / "program")
    assert [sign.run(tmp_path / "new", Program(template), again=again).asked for again in (False, False, True)] == [
        2,
        0,
        2,
    ]


def test_a_program_is_not_asked_by_two_processes_at_once(tmp_path: Path) -> None:
    lay_requests(tmp_path / "new")
    with kept_to_one(tmp_path / "new"), pytest.raises(LockedError, match="another process works on the requests"):
        sign.run(tmp_path / "new", Program("false {csr}"))


def test_of_many_files_that_hold_nothing_a_few_are_told(tmp_path: Path) -> None:
    lay_requests(tmp_path / "new")
    (tmp_path / "sent").mkdir()
    for number in range(60):
        (tmp_path / "sent" / f"{number}.txt").write_text("hello")
    notes = run(tmp_path / "new", Files((tmp_path / "sent",))).notes
    assert len(notes) == 51 and notes[-1] == "10 more files hold no certificate that can be got out"


def test_nobody_waits_for_a_child_that_a_program_leaves_behind(tmp_path: Path) -> None:
    lay_requests(tmp_path / "new")
    child = tmp_path / "child"
    report = run(tmp_path / "new", Program(f"sh -c 'sleep {PATIENCE_SECONDS} & echo $! >> {child}; echo x' {{csr}}"))
    for number in map(int, child.read_text().split()):
        # It is there still: it was not waited for.
        os.kill(number, signal.SIGKILL)
    assert all("neither a certificate nor a container" in note for note in report.notes)


@pytest.mark.parametrize("template", ["yes {csr}", "sh -c 'head -c 9000000 /dev/zero > $2' x {csr} {cer}"])
def test_a_program_that_writes_without_end_is_stopped(tmp_path: Path, template: str) -> None:
    lay_requests(tmp_path / "new")
    report = run(tmp_path / "new", Program(template))
    assert len(report.notes) == 2 and all("wrote more than 8 MiB" in note for note in report.notes)


def test_a_program_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_requests(tmp_path / "new")
    monkeypatch.setattr("mmpctl.signing.signing_program._PROGRAM_SECONDS", 0.1)
    for silent in ("", "exec >&- 2>&-; "):
        report = run(tmp_path / "new", Program(f"sh -c '{silent}exec sleep {PATIENCE_SECONDS}' {{csr}}"))
        assert all("did not end within 0 seconds, and was stopped" in note for note in report.notes)


def test_a_name_that_is_an_option_is_not_given_to_a_program(tmp_path: Path) -> None:
    lay_requests(tmp_path / "new", "--help")
    report = run(tmp_path / "new", Program("cat {csr} {node}"))
    assert all("take it for an option" in note for note in report.notes)
    assert all("neither a certificate" in note for note in run(tmp_path / "new", Program("echo {csr} x{node}")).notes)


def test_what_signs_nothing_says_so(tmp_path: Path, mmpctl: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMP_CA_PASSPHRASE", PASSPHRASE)
    lay_requests(tmp_path / "new")
    make_ca(tmp_path / "ca")
    command = ("sign", tmp_path / "new", "--ca", tmp_path / "ca", "-i", "inv")
    said = mmpctl(*command).out
    assert "2 of 2 signed." in said
    assert f"mmpctl check --certs {tmp_path / 'new'} --cluster lon --inventory inv" in said
    assert "Nothing was to be signed" in mmpctl(*command).out


def test_a_pkcs12_file_names_its_variable_without_a_terminal(tmp_path: Path, mmpctl: Command) -> None:
    lay_requests(tmp_path / "new")
    _, ca = openssl_ca(tmp_path / "program")
    subprocess.run(
        ["openssl", "pkcs12", "-export", "-nokeys", "-in", ca, "-passout", "pass:x", "-out", tmp_path / "sent.pfx"],
        check=True,
    )
    said = mmpctl("sign", tmp_path / "new", "--answers", tmp_path / "sent.pfx")
    assert said.code == 4 and "MMP_P12_PASSPHRASE" in said.out


def test_a_death_at_any_point_of_signing_loses_nothing_and_issues_nothing_twice(tmp_path: Path) -> None:
    keys = {"cms1": lay_requests(tmp_path / "new")}
    source = private_ca(tmp_path / "ca")
    index = tmp_path / "ca" / "issued.jsonl"

    def check() -> None:
        for path in (tmp_path / "new").rglob("*.cer"):
            assert x509.load_pem_x509_certificates(path.read_bytes())
        assert len(index.read_bytes().splitlines()) <= 2

    def act() -> None:
        sign.run(tmp_path / "new", source, clock=lambda: NOW)

    assert at_each_death(act, check) > 10
    assert len(index.read_text().splitlines()) == 2
    require_ready(tmp_path / "new", keys)


def test_a_full_disk_lays_nothing_half_down_and_the_next_time_nothing_is_issued_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {"cms1": lay_requests(tmp_path / "new")}
    source = private_ca(tmp_path / "ca")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk, pytest.raises(UsageError, match="No space left on device"):
        disk.setattr("mmpctl.signing.layout.write_private", full)
        run(tmp_path / "new", source)
    assert list((tmp_path / "new").rglob("*.cer")) == []
    assert run(tmp_path / "new", source).code == 0
    assert len((tmp_path / "ca" / "issued.jsonl").read_text().splitlines()) == 2
    require_ready(tmp_path / "new", keys)
