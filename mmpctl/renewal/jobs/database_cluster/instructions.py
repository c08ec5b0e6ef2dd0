"""Each kind of step by hand: what to look at first, to type and to answer, what must be seen, and what to do if not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mmpctl.certificates.names import sent_files
from mmpctl.cluster.status import DISABLED, ENABLED, ERROR
from mmpctl.cluster.step import Step
from mmpctl.cluster.step_kinds import INITIALIZE_COMMAND, REMOVE_COMMAND, STATUS_COMMAND
from mmpctl.cluster.target import Naming, WantedFiles
from mmpctl.procedure.instruction_parts import HERE, MMP, SFTP, Document, printed_serial, quoted, typed
from mmpctl.renewal.jobs.database_cluster.cluster_facts import ClusterFacts, look, looks_before_return, question, seen


def backup(facts: ClusterFacts, step: Step) -> Document:
    """Return how a person does a backup.

    Args:
        facts: of the step's cluster.
        step: of the plan, or of what is left of it.
    """
    (name,) = step.payload
    folder = facts.home / step.node
    second = folder / f"second{'-again' if step.again else ''}.bak"
    return {
        "type": [
            typed(step, MMP, step.command),
            typed(step, HERE, f"mkdir -p -m 700 {quoted(folder)}"),
            typed(step, SFTP, f"get /{name}.bak {quoted(folder)}/"),
            typed(step, SFTP, f"get /{name}.bak {quoted(second)}"),
            typed(step, SFTP, f"get /live.json {quoted(folder / f'{name}-live.json')}"),
            typed(step, HERE, f"sha256sum {quoted(folder)}/*.bak"),
        ],
        "must_see": [
            f"the node reports that {name}.bak is ready",
            "both copies of the .bak have the same SHA-256 and the size that `ls -l` shows in sftp, and they "
            "are not empty",
            f"the .json was fetched too, if the node has one (if it has a {name}.json, fetch that one)",
        ],
        "if_not": [
            "Fetch it again. If it is still wrong, make the backup again under another name. Do not go on "
            "without a good backup. A .bak holds private keys: keep it where only you can read it."
        ],
    }


def upload(facts: ClusterFacts, step: Step) -> Document:
    """Return how a person does an upload of the new files.

    Args:
        facts: of the step's cluster.
        step: of the plan, or of what is left of it.
    """
    wanted = facts.goal.wanted[step.node]
    names = wanted.sent()
    replaces = facts.goal.names == Naming.SAME
    saved = facts.home / step.node / "replaced"
    files = [
        {
            "source": str(file.path.absolute()),
            "name": name,
            "bytes": len(file.content.reveal()),
            "sha256": file.sha256,
        }
        for name, file in sent_files(wanted.names, facts.sets[step.node]).items()
    ]
    save = [
        typed(step, HERE, f"mkdir -p -m 700 {quoted(saved)}"),
        *(typed(step, SFTP, f"get /{name} {quoted(saved)}/") for name in names),
    ]
    serials = {name: printed_serial(serial) for name, serial in facts.serials[step.node].items()}
    return {
        "files": files,
        "type": [
            *(save if replaces else ()),
            *(typed(step, SFTP, f"put {quoted(Path(str(one['source'])))} /{one['name']}") for one in files),
            typed(step, SFTP, "ls -l"),
            *(typed(step, MMP, f"pki inspect {name}") for name in serials),
            *_typed_of_keys(step, wanted),
        ],
        "must_see": [
            "`ls -l` shows each file with the number of bytes above",
            *(f"`pki inspect {name}` shows the serial number {serial}" for name, serial in serials.items()),
            *_seen_of_keys(wanted),
        ],
        "if_not": [
            "Send the file again. The node does not use it before the step `certs`.",
            *(("If a key is not there or does not fit, stop: remove no node.",) if wanted.keys_on_node else ()),
        ],
    }


def _typed_of_keys(step: Step, wanted: WantedFiles) -> Iterator[Document]:
    if wanted.keys_on_node:
        yield typed(step, MMP, "pki list")
    for key, certificate in wanted.certificates_of_keys().items():
        yield typed(step, MMP, f"pki match {key} {certificate}")


def _seen_of_keys(wanted: WantedFiles) -> Iterator[str]:
    if wanted.keys_on_node:
        yield f"`pki list` shows {' and '.join(wanted.keys_on_node)}: keys that were made on the node, and are not sent"
        yield "`pki match` does not report that a key and its certificate differ"


def certs(facts: ClusterFacts, step: Step) -> Document:
    """Return how a person does the configuration of the new files.

    Args:
        facts: of the step's cluster.
        step: of the plan, or of what is left of it.
    """
    names = list(facts.goal.wanted[step.node].names.names())
    return {
        "look_first": [look(step.node, [f"Status is {DISABLED}: the node has left the old cluster"], status=DISABLED)],
        "type": [typed(step, MMP, step.command), typed(step, MMP, STATUS_COMMAND)],
        "must_see": ["the status shows these files under Certificates, none of them as expired"],
        "expect": {"certificates": names},
        "if_not": [
            "If it is refused because clustering is enabled, the node has not left the cluster: go back to "
            "its remove. If a file is not found, send it again. A refused `certs` loses nothing."
        ],
    }


def remove(facts: ClusterFacts, step: Step) -> Document:
    """Return how a person does a remove.

    Args:
        facts: of the step's cluster.
        step: of the plan, or of what is left of it.
    """
    node, keeper = facts.node(step.node), facts.goal.keeper
    ready = f"Status is {ENABLED}; or it is {DISABLED}, but Last command is not '{REMOVE_COMMAND}' (Success)"
    return {
        "warning": "Remove this node last, and only when every other node has left." if step.node == keeper else None,
        "look_first": [
            *(
                look(other.name, [f"Status is {DISABLED}: it has left"], status=DISABLED)
                for other in facts.cluster.databases
                if step.node == keeper and other.name not in (keeper, *facts.goal.left_out)
            ),
            look(step.node, [ready if node.role.has_database else "no operation is running"]),
        ],
        "type": [typed(step, MMP, REMOVE_COMMAND), typed(step, MMP, STATUS_COMMAND)],
        "question": question(facts, step),
        **seen(f"Status is {DISABLED}", REMOVE_COMMAND, status=DISABLED),
        "if_not": [
            f"If it reports that it is in no cluster, and Status is {DISABLED}, it has left already: the step "
            "is done. If Status is Error, or the last command Failed, stop and remove no further node."
        ],
    }


def initialize(facts: ClusterFacts, step: Step) -> Document:
    """Return how a person does the initialize.

    Args:
        facts: of the step's cluster.
        step: of the plan, or of what is left of it.
    """
    names = list(facts.goal.wanted[step.node].names.names())
    return {
        "warning": (
            f"Type it ONCE in the whole procedure, and ONLY on {step.node}, the keeper: a second initialize makes "
            "two masters."
        ),
        "look_first": [
            look(
                step.node,
                [f"Status is {DISABLED}", "the new files stand under Certificates"],
                status=DISABLED,
                certificates=names,
            )
        ],
        "type": [typed(step, MMP, INITIALIZE_COMMAND), typed(step, MMP, STATUS_COMMAND)],
        "question": question(facts, step),
        **seen(
            f"Status is {ENABLED}",
            INITIALIZE_COMMAND,
            "its own line shows master (or primary)",
            status=ENABLED,
            me="master",
        ),
        "if_not": [
            "Stop. Never type it a second time, and never on another node. The database is still on "
            f"{step.node}, and in its backup. Ask the vendor's support, and send them the text that you see."
        ],
    }


def join(facts: ClusterFacts, step: Step) -> Document:
    """Return how a person does a join.

    Args:
        facts: of the step's cluster.
        step: of the plan, or of what is left of it.
    """
    keeper = facts.goal.keeper
    return {
        "warning": f"This DESTROYS the database of {step.node}. NEVER type it on {keeper}, the keeper.",
        "look_first": looks_before_return(facts, step),
        "type": [typed(step, MMP, step.command), typed(step, MMP, STATUS_COMMAND)],
        "question": question(facts, step),
        **seen(
            f"Status is {ENABLED}",
            step.command,
            "its own line shows slave (or replica) and In Sync, three times in a row",
            status=ENABLED,
            me="in sync",
        ),
        "if_not": [
            f"It copies the whole database: wait. If the last command Failed, stop: {step.node} has no "
            f"database of its own any more, and the good copy is on {keeper}. Join no other node before the "
            f"cause is found. Then join this node again; if its Status is not {DISABLED}, type "
            f"`{REMOVE_COMMAND}` on it first."
        ],
    }


def connect(facts: ClusterFacts, step: Step) -> Document:
    """Return how a person does a connect.

    Args:
        facts: of the step's cluster.
        step: of the plan, or of what is left of it.
    """
    return {
        "look_first": looks_before_return(facts, step),
        "type": [typed(step, MMP, step.command), typed(step, MMP, STATUS_COMMAND)],
        "question": question(facts, step),
        "must_see": [
            f"Status is neither {DISABLED} nor {ERROR}, and no operation is running",
            f"if Last command is shown, it is '{step.command}' (Success)",
        ],
        "expect": {"not_status": [DISABLED, ERROR]},
        "if_not": [
            "Stop the work on this node. It has no database, so nothing is lost. You can go on with the other nodes."
        ],
    }


def verify(facts: ClusterFacts, step: Step) -> Document:
    """Return how a person does the check of one node.

    Args:
        facts: of the step's cluster.
        step: of the plan, or of what is left of it.
    """
    node, goal = facts.node(step.node), facts.goal
    names = list(goal.wanted[step.node].names.names())
    if not node.role.has_database:
        return {
            "type": [typed(step, MMP, STATUS_COMMAND)],
            "must_see": [f"Status is neither {DISABLED} nor {ERROR}", "the new files, none of them as expired"],
            "expect": {"not_status": [DISABLED, ERROR], "certificates": names},
            "if_not": ["Stop and ask. Waiting loses nothing."],
        }
    others = [one.name for one in facts.cluster.databases if one.name not in (goal.keeper, *goal.left_out)]
    return {
        "type": [typed(step, MMP, STATUS_COMMAND)],
        "must_see": [
            f"Status is {ENABLED}; the new files, none of them as expired",
            f"{goal.keeper} ({goal.keeper_address}) is the only master (or primary)",
            f"In Sync: {', '.join(others) or 'no other node'}",
        ],
        "expect": {"status": ENABLED, "certificates": names, "master": goal.keeper_address, "in_sync": len(others)},
        "if_not": [
            "Look again and again, for two minutes. If it is still not so, stop and ask. Do not take the cluster "
            "apart again because of it."
        ],
    }
