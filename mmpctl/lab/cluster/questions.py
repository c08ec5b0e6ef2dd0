"""What the device asks before it takes a database apart."""

from __future__ import annotations

from mmpctl.lab.switches import QuestionForm, Switches, words

from .database import Kind

_ASKED = {
    "remove": "Are you sure you wish to remove this node from the current cluster? (Y/n)",
    "initialize": "Are you sure you wish to initialize this node as a new database cluster? (Y/n)",
    "join": "Are you sure you wish to join this node to an existing database cluster? (Y/n)",
    "connect": "Are you sure you wish to connect this node to an existing database cluster? (Y/n)",
}
_RESTART = "The callbridge and web administration will restart at the end of this procedure."
_FOLLOWS = {
    "remove": (
        "The current contents of this node's database will become the running local database.",
        "This node will lose all knowledge of the rest of the cluster.",
    ),
    "initialize": (
        "The contents of this node's database will become the {master} version of the database in the new cluster.",
    ),
    "join": ("The contents of this node's database will be destroyed!",),
    "connect": (),
}
_NOTE = ("NOTE: This node is already in a cluster.", "Knowledge of all nodes in the old cluster will be removed")


def question_text(kind: Kind, switches: Switches, *, client: bool, clustered: bool) -> str:
    """The whole question, lines not wrapped; empty where this release does not ask.

    Args:
        kind: the operation.
        switches: the node's switches.
        client: the node has no database of its own.
        clustered: the node is in a cluster already.
    """
    form: QuestionForm = "usual"
    if kind == "connect":
        form = switches.connect_question
    elif kind == "remove" and client:
        form = switches.client_remove_question
    if form == "none":
        return ""
    if form == "unknown":
        return (
            f"Proceed with the {kind} of this Call Bridge and reset its database settings? (Y/n)\nThis takes a while."
        )
    lines = ["WARNING!!!", _ASKED[kind]]
    if form == "usual":
        master, _ = words(switches.question_vocabulary or switches.vocabulary)
        lines += [line.format(master=master) for line in _FOLLOWS[kind]]
    lines.append(_RESTART)
    if clustered and kind in ("join", "connect"):
        lines += _NOTE
    return "\n".join(lines)


def accepted_text(kind: Kind, switches: Switches) -> str:
    """What is printed after ``Y``."""
    if kind == "remove" or switches.after_y == "started":
        return f"Please wait...\n{kind.capitalize()} started..."
    return "Please wait..." if switches.after_y == "wait" else ""
