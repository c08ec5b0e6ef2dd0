"""What stands below the options in the help of each command: examples, and the exit codes that it ends with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mmpctl import exit_codes as codes
from mmpctl.exit_codes import MEANINGS
from mmpctl.reports.typed import Call, program

_RENEWAL = tuple(code for code in MEANINGS if code not in (codes.DUE, codes.EXPIRED))
_ALWAYS = (codes.DONE, codes.UNEXPECTED, codes.USAGE, codes.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Guide:
    """How a command is used.

    Args:
        examples: command lines to be copied.
        codes: the exit codes that it ends with.
        meanings: what a code means here, if that is not what it means elsewhere.
    """

    examples: tuple[str, ...]
    codes: tuple[int, ...] = _ALWAYS
    meanings: Mapping[int, str] | None = None

    def lines(self) -> list[tuple[int, str]]:
        """Return each exit code with its meaning."""
        meanings = {**MEANINGS, **(self.meanings or {})}
        return [(code, meanings[code]) for code in sorted(self.codes)]


# The first sentence of each command's help, in the order of `mmpctl --help`, which loads no command for it.
SUMMARIES: Mapping[str, str] = {
    "demo": "Renew a simulated fleet's certificates, from audit to report.",
    "init": "Make a folder to start with: inventory, .gitignore, README.",
    "trust": "Collect the nodes' host keys, show them, and record them.",
    "status": "Show each cluster and its certificates, as nodes report them.",
    "audit": "Report all certificates, their use and when they expire.",
    "history": "Show what changed since an earlier audit: new, gone, worse.",
    "backup": "Make a backup on every node, download it, and verify it.",
    "plan": "Check whether a renewal may begin, and show its steps.",
    "renew": "Renew the certificates of whole clusters.",
    "resume": "Finish what an interrupted run began.",
    "runs": "List past runs, or show one.",
    "ca": "Make and keep a private CA, if you have none.",
    "csr": "Make keys and requests on the nodes, and fetch the requests.",
    "sign": "Turn requests into the certificates that plan and renew take.",
    "check": "Check new certificates, or requests, without any device.",
    "stage": "Put new certificate files on the nodes days before the window.",
    "rotate": "Do it all with a private CA, from requests to renewal.",
    "cleanup": "List certificate files on the nodes that nothing refers to.",
    "parse": "Turn a device's output into JSON, offline.",
    "help": "Show the help of a command.",
    "inventory": "Check the inventory itself, or split it by sites.",
    "engine": "Check the sites that `--engine` asks, or set up their broker.",
    "site": "Serve one request from standard input, as `--engine` sends it.",
    "worker": "Serve requests from a broker; for sites that only dial out.",
    "lab": "Simulate a fleet to try things on (loopback only).",
}

GUIDES: Mapping[str, Guide] = {
    "": Guide(
        (
            "mmpctl demo",
            "mmpctl init my-fleet",
            "mmpctl audit -i my-fleet/inventory",
            "mmpctl help renew",
        ),
        tuple(MEANINGS),
    ),
    "demo": Guide(("mmpctl demo", "mmpctl demo --runs kept"), _RENEWAL),
    "init": Guide(("mmpctl init my-fleet",)),
    "inventory": Guide(("mmpctl inventory check -i my-fleet/inventory", "mmpctl inventory split --to split")),
    "inventory split": Guide(("mmpctl inventory split --to split", "mmpctl inventory split --site oslo --to split")),
    "inventory check": Guide(("mmpctl inventory check", "mmpctl inventory check -i my-fleet/inventory -o json")),
    "trust": Guide(
        ("mmpctl trust", "mmpctl trust --host cms-1 --replace"),
        (*_ALWAYS, codes.REFUSED, codes.DIFFERENT),
        {codes.DIFFERENT: "a node did not answer"},
    ),
    "status": Guide(
        ("mmpctl status", "mmpctl status --site london --watch", "mmpctl status -o json"),
        (*_ALWAYS, codes.EXPIRED, codes.DIFFERENT),
        {
            codes.DONE: "all selected clusters are healthy",
            codes.EXPIRED: "a cluster is not healthy",
            codes.DIFFERENT: "a node could not be seen",
        },
    ),
    "audit": Guide(
        (
            "mmpctl audit --site london --due 60",
            "mmpctl audit -o html --output-file audit.html",
            "mmpctl audit --backups backups --backup-days 7",
            "mmpctl audit --thorough --probe",
            "mmpctl audit -o html -o csv --output-dir reports --history audits.db",
        ),
        (*_ALWAYS, codes.DUE, codes.EXPIRED, codes.DIFFERENT),
        {codes.DIFFERENT: "a node could not be checked"},
    ),
    "history": Guide(
        (
            "mmpctl history audits.db",
            "mmpctl history audits.db --since 2026-01-31",
            "mmpctl history audits.db --forget-before 2025-01-01",
        ),
        (*_ALWAYS, codes.REFUSED),
        {codes.REFUSED: "not confirmed, nothing was deleted"},
    ),
    "backup": Guide(
        ("mmpctl backup --to backups", "mmpctl backup --to backups --cluster london --keep 7"),
        (*_ALWAYS, codes.LOOK, codes.DIFFERENT),
        {
            codes.LOOK: "no node could be backed up",
            codes.DIFFERENT: "some nodes could not be backed up, or not be seen",
        },
    ),
    "plan": Guide(
        (
            "mmpctl plan --cluster london --certs new-certs",
            "mmpctl plan --cluster london --certs new-certs --by-hand",
            "mmpctl plan --service webbridge3 --certs new-certs",
        ),
        (*_ALWAYS, codes.REFUSED, codes.DIFFERENT),
        {codes.DONE: "ready, or nothing to do", codes.DIFFERENT: "some clusters are refused"},
    ),
    "renew": Guide(
        (
            "mmpctl renew --cluster london --certs new-certs",
            "mmpctl renew --cluster london --certs new-certs --keeper london=cms-1",
            "mmpctl renew --certs new-certs --canary test --yes",
            "mmpctl renew --service webbridge3 --service webadmin --certs new-certs",
            "mmpctl renew --service callbridge --certs new-certs --drop-calls cms-1",
            "mmpctl renew --service callbridge --certs new-certs --max-calls 0 --yes",
            "mmpctl renew --service webbridge3 --certs new-certs --if-due 30 --yes",
        ),
        _RENEWAL,
    ),
    "resume": Guide(("mmpctl resume", "mmpctl resume latest", "mmpctl resume 20260131-0102 --yes"), _RENEWAL),
    "runs": Guide(
        (
            "mmpctl runs",
            "mmpctl runs latest",
            "mmpctl runs 20260131-0102 -o html --output-file run.html",
            "mmpctl runs latest --verify",
            "mmpctl runs --backups",
            "mmpctl runs --purge-backups 20260131-0102",
            "mmpctl runs --close 20260131-0102 --reason 'finished by hand'",
        ),
        (*_ALWAYS, codes.REFUSED, codes.UNVERIFIED, codes.DIFFERENT),
        {
            codes.REFUSED: "run not ended, or its journal damaged",
            codes.UNVERIFIED: "with --verify: not proved",
            codes.DIFFERENT: "with --engine: a site did not answer",
        },
    ),
    "ca": Guide(
        ("mmpctl ca init our-ca --name 'Example Conferencing'", "mmpctl ca show our-ca", "mmpctl ca renew our-ca")
    ),
    "ca init": Guide(("mmpctl ca init our-ca --name 'Example Conferencing'", "mmpctl ca init our-ca --key p256")),
    "ca show": Guide(("mmpctl ca show our-ca", "mmpctl ca show our-ca -o json")),
    "ca renew": Guide(
        ("mmpctl ca renew our-ca", "mmpctl ca renew our-ca --root", "mmpctl ca renew our-ca --drop-older")
    ),
    "csr": Guide(
        (
            "mmpctl csr --to requests --cluster london",
            "mmpctl csr --to requests --off-device --key p256",
        ),
        (*_ALWAYS, codes.EXPIRED, codes.REFUSED, codes.LOCKED, codes.DIFFERENT),
        {
            codes.DONE: "every node has its requests",
            codes.EXPIRED: "no node could make its requests",
            codes.REFUSED: "earlier requests are not used yet; none were made",
            codes.LOCKED: "another process makes requests in this folder",
            codes.DIFFERENT: "some nodes could not make their requests",
        },
    ),
    "sign": Guide(
        (
            "mmpctl sign requests --ca our-ca",
            "mmpctl sign requests --answers ~/Downloads/from-our-ca",
            "mmpctl sign requests --command 'our-ca-client sign {csr} {cer}'",
        ),
        (*_ALWAYS, codes.EXPIRED, codes.LOCKED),
        {
            codes.EXPIRED: "a certificate is missing or not fit",
            codes.LOCKED: "another process works in this folder",
        },
    ),
    "check": Guide(
        (
            "mmpctl check --certs new-certs",
            "mmpctl check --certs requests --cluster london -o json",
            "mmpctl check --certs new-certs --against audit.json",
        ),
        (*_ALWAYS, codes.EXPIRED),
        {codes.DONE: "all files are fit", codes.EXPIRED: "a file is missing or not fit"},
    ),
    "rotate": Guide(
        (
            "mmpctl rotate --ca our-ca --cluster london",
            "mmpctl rotate --ca our-ca --until-plan",
            "mmpctl rotate --ca our-ca --cluster london --keeper london=cms-1 --yes",
        ),
        _RENEWAL,
        {
            codes.DONE: "renewed, or nothing to do; with --until-plan: ready",
            codes.REFUSED: "refused or not confirmed, no cluster was touched",
        },
    ),
    "stage": Guide(
        ("mmpctl stage --cluster london --certs new-certs", "mmpctl stage --certs new-certs -o json"),
        (*_ALWAYS, codes.REFUSED, codes.LOCKED, codes.DIFFERENT),
        {
            codes.DONE: "all new files are on the nodes",
            codes.REFUSED: "the files are not fit; nothing was sent",
            codes.DIFFERENT: "some files could not be sent",
        },
    ),
    "cleanup": Guide(
        (
            "mmpctl cleanup --requests requests",
            "mmpctl cleanup --host cms-1 --delete cms-1:old.cer --delete cms-1:old.key",
        ),
        (*_ALWAYS, codes.REFUSED, codes.LOCKED, codes.DIFFERENT),
        {
            codes.REFUSED: "refused, or not confirmed; nothing was deleted",
            codes.DIFFERENT: "some nodes were not seen, or some files not deleted",
        },
    ),
    "parse": Guide(("mmpctl parse 'pki list' saved.txt", "mmpctl parse 'database cluster status' < saved.txt")),
    "help": Guide(("mmpctl help renew", "mmpctl help lab up")),
    "engine": Guide(("mmpctl engine check", "mmpctl engine definitions --desk desk-1")),
    "engine definitions": Guide(
        (
            "mmpctl engine definitions --desk desk-1 --desk desk-2",
            "mmpctl engine definitions --desk desk-1 -o json --output-file definitions.json",
            "mmpctl engine definitions --desk desk-1 -o conf --output-file rabbitmq.conf",
        )
    ),
    "engine check": Guide(
        ("mmpctl engine check", "mmpctl engine check --engine sites.yaml --site oslo", "mmpctl engine check -o json"),
        (*_ALWAYS, codes.EXPIRED, codes.DIFFERENT),
        {codes.EXPIRED: "something would be in the way of a site", codes.DIFFERENT: "a site does not answer"},
    ),
    "site": Guide(("mmpctl site --site oslo < request.json", "mmpctl site --backups backups < request.json")),
    "worker": Guide(
        (
            "mmpctl worker --site oslo --broker amqps://broker.example.com/mmpctl --broker-files broker",
            "mmpctl worker --site oslo --broker amqps://broker.example.com/mmpctl -- /srv/mmpctl/site",
        )
    ),
    "lab": Guide(("mmpctl lab up", "mmpctl lab status", "mmpctl lab down")),
    "lab up": Guide(("mmpctl lab up", "mmpctl lab up --minutes 480")),
    "lab status": Guide(("mmpctl lab status",)),
    "lab down": Guide(("mmpctl lab down",)),
}


def epilog(command: str) -> str:
    """Return the text below the options of a command.

    Args:
        command: its words, without `mmpctl`; empty for the program itself.
    """
    guide = GUIDES[command]
    # \b: the lines are kept as they are.
    as_typed = Call(program())
    examples = "\n".join(f"  {as_typed.plain(example)}" for example in guide.examples)
    meanings = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in guide.lines())
    return f"\b\nExamples:\n{examples}\n\n\b\nExit codes:\n{meanings}"
