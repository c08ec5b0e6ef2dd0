"""Everything about the device that nobody has seen for certain: the lab can play it both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

QuestionForm = Literal["usual", "short", "unknown", "none"]


@dataclass(frozen=True, slots=True)
class Switches:
    """How one node, or a whole fleet, behaves where the documents leave it open.

    Args:
        enter_after_y: a question is answered by a line (``Y`` and Enter) instead of by one key.
        echo_y: the key that answers a question is echoed.
        after_y: what follows ``Y`` of initialize, join and connect: nothing, ``Please wait...``, or also a line as
            remove has it.
        connect_question: how connect asks: in the usual form, without the lines that other releases may
            lack, in unknown words, not at all.
        client_remove_question: the same for remove on a client node.
        vocabulary: ``master`` (master, slave) or ``primary`` (primary, replica), in ``status``.
        question_vocabulary: the same in questions; None: as in ``status``.
        while_initializing: the word of ``status`` during initialize; the next two likewise during join and connect.
        expired_shows: what ``status`` of a cluster with expired certificates prints: ``disconnected`` peers, or
            ``disabled`` although the node is still in its cluster.
        lone_master: what a master calls itself that sees no other member of its cluster: ``slave`` or ``master``.
        failed_status: what a failed initialize, join or connect leaves: ``disabled`` or ``error``.
        last_command: ``status`` shows the last command always, after failures alone, or never.
        remove_when_disabled: remove on a node that is in no cluster: it asks all the same, or answers with an ERROR.
        stale_seconds: for so long after ``Y``, ``status`` is still the old one.
        remove_seconds: duration of a remove; the other durations likewise, in seconds.
        restart_seconds: after an operation, Web Admin and Call Bridge are down for so long; 0: nobody notices.
        sync_seconds: from the end of a join until the slave holds the cluster's rows and is In Sync.
        backup_seconds: duration of ``backup snapshot``.
        backup_bytes: least size of a ``.bak`` file.
        backup_list: form of ``backup list``: plain file names, names with sizes, or under a header.
        live_json: the node offers ``live.json``.
        line_end: end of line in the interactive shell.
        exec_line_end: end of line on the exec channel.
        ansi: the line editor redraws with escape sequences, and the prompt is preceded by one.
        wrap: messages are wrapped at the terminal's width, always at 79 columns, or never.
        greeting: text that the shell prints before its first prompt.
        banner: text that the server sends before authentication.
        domain: appended to the host name in the prompt, e.g. ``.example.com``.
        columns: where ``status`` puts its colons: as in the transcripts, after one blank, or moving from line to line.
        unset: database certificates that were never set are absent from ``status``, or ``None``.
        indent: indent of node and certificate lines of ``status`` (0, 2 or 4).
        sftp_beside_shell: SFTP may be a second channel of a connection that has another one.
        second_channel: what SFTP does to the connection of a command line beside which it is opened: ``nothing``; it
            ``ends`` it; it ``stuns`` the command line, which says nothing more; it ``freezes`` the whole connection.
        sftp: the node offers SFTP at all.
        sessions: so many sessions (shells, commands, SFTP) may be open at one time; 0: any number.
        sftp_rename: renaming by SFTP works.
        sftp_remove: deleting by SFTP works.
        overwrite_in_use: a file that ``database cluster certs`` names may be overwritten by SFTP.
        packet_bytes: the command line sends so many bytes at a time; 0: as many as there are.
        answer_seconds: how long the node thinks before it does what a command says.
        login_expired: the device demands a new password: never, on the command line after the ``shell`` was opened,
            or during the ``login``.
        channel_gap: a channel that is opened sooner than this after the one before is refused; seconds, 0: never.
        channel_refusals: how many requests for a further channel are refused after each that was opened, however late.
        inspect_serial: short serials stand ``on the line`` as OpenSSL has it, or all stand ``below``.
        inspect_other: what ``pki inspect`` says of keys and requests: their ``kind``, or an ``error``.
        unknown: commands that this release does not know, e.g. ``{"turn", "date"}``.
        date: form of ``date``: in two labelled lines, ISO 8601, as Unix has it, or in a time zone that tells nothing.
        uptime: form of ``uptime``: ``days`` and a time of the clock, or as Unix has it.
        clock_offset: seconds that the node's clock (``date``) is ahead.
        release: what ``version`` prints.
        may: what the account may do: ``everything``, or ``nothing``: each command is answered as if it were unknown.
        password_ends: when ``user list`` says that the account's password ends; of the year 10000: never.
        csr_taken: what ``pki csr`` does where a file of that base name is there: replaces it ``silently``, or
            ``refuses``.
        csr_says: what ``pki csr`` says when it is done: what is known (``usual``), or ``nothing``.
        match_says: what ``pki match`` answers about a pair: a ``plain`` verdict, ``nothing``, or ``other`` words.
        csr_locality: ``pki csr`` knows the attribute ``L:``.
        user_list: form of ``user list``: its columns ``padded``, or with one blank between them (``bare``).
        service_ports: the services have ports that listen.
        refuses_certs: services (by word) that take no ``certs`` and no ``trust`` while they are enabled.
        certs_want_files: ``certs`` and ``trust`` of a service refuse files that are not there.
        certs_say: what they say when they are done: ``nothing``, or ``Certificates updated``.
        certs_take_none: they take ``none``, and clear what was set.
        service_files: a service starts with the files that were ``copied`` when they were set, or with what it
            ``reads`` at its start.
        enable_checks_chain: a service that wants a full chain looks at it when it starts.
        enable_checks_dates: a service looks when it starts if its certificate is valid.
        after_failure: what a service is on after a start that failed: ``off``, or the ``old`` pair.
        enable_when_enabled: what ``enable`` does to a service that is on: it ``restarts`` it, or ``nothing``.
        restart_enables: ``restart`` of a service that is off starts it.
        no_restart: services that do not know ``restart``.
        callbridge_enable: the Call Bridge knows ``enable``, which does what ``restart`` does.
        silent: services that print no line at all when they start.
        service_words: what stands behind ``SUCCESS:`` and ``FAILURE:``: what is known or guessed (``usual``), or
            ``other`` words.
        unseen_labels: how ``scheduler`` and ``meetingapps``, which nobody has shown, word their settings: ``alike`` to
            the Web Bridge's, or in ``other`` words.
        leafs_in_stores: in a store of the third release, a certificate that is no CA's does ``count`` by itself, or
            does ``not count`` without its root.
        cluster_link: what the peers of a Call Bridge cluster show: the ``webadmin``'s certificate, as their addresses
            say, or the ``callbridge``'s.
        service_busy_seconds: how long ``enable``, ``disable`` and ``restart`` of a service keep the command line.
        link_words: what the REST API says of a peer that is connected, and of one that is not; empty: nothing.
        service_away_seconds: from the answer on, a service that starts is away for so long.
    """

    enter_after_y: bool = False
    echo_y: bool = True
    after_y: Literal["nothing", "wait", "started"] = "wait"
    connect_question: QuestionForm = "usual"
    client_remove_question: QuestionForm = "usual"
    vocabulary: Literal["master", "primary"] = "master"
    question_vocabulary: Literal["master", "primary"] | None = None
    while_initializing: str = "Initializing"
    while_joining: str = "Joining"
    while_connecting: str = "Connecting"
    expired_shows: Literal["disconnected", "disabled"] = "disconnected"
    lone_master: Literal["slave", "master"] = "slave"
    failed_status: Literal["disabled", "error"] = "disabled"
    last_command: Literal["always", "failures", "never"] = "always"
    remove_when_disabled: Literal["ask", "error"] = "ask"
    stale_seconds: float = 0.0
    remove_seconds: float = 3.0
    initialize_seconds: float = 3.0
    join_seconds: float = 3.0
    connect_seconds: float = 3.0
    restart_seconds: float = 0.0
    sync_seconds: float = 1.0
    backup_seconds: float = 1.0
    backup_bytes: int = 65536
    backup_list: Literal["names", "sizes", "header"] = "names"
    live_json: bool = True
    line_end: Literal["\r\n", "\n"] = "\r\n"
    exec_line_end: Literal["\r\n", "\n"] = "\n"
    ansi: bool = False
    wrap: Literal["width", "always", "never"] = "width"
    greeting: str = ""
    banner: str = ""
    domain: str = ""
    columns: Literal["transcript", "one blank", "moving"] = "transcript"
    unset: Literal["absent", "none"] = "none"
    indent: int = 2
    sftp_beside_shell: bool = True
    second_channel: Literal["nothing", "ends", "stuns", "freezes"] = "nothing"
    sftp: bool = True
    sessions: int = 0
    sftp_rename: bool = False
    sftp_remove: bool = True
    overwrite_in_use: bool = True
    packet_bytes: int = 0
    answer_seconds: float = 0.0
    login_expired: Literal["never", "shell", "login"] = "never"
    channel_gap: float = 0.0
    channel_refusals: int = 0
    inspect_serial: Literal["on the line", "below"] = "on the line"
    inspect_other: Literal["kind", "error"] = "kind"
    unknown: frozenset[str] = frozenset()
    date: Literal["long", "iso", "unix", "local"] = "long"
    uptime: Literal["days", "unix"] = "days"
    clock_offset: float = 0.0
    release: str = "3.9.1"
    may: Literal["everything", "nothing"] = "everything"
    password_ends: str = "10000-Dec-31"  # noqa: S105 - a day
    csr_taken: Literal["silently", "refuses"] = "silently"
    csr_says: Literal["usual", "nothing"] = "usual"
    match_says: Literal["plain", "nothing", "other"] = "plain"
    csr_locality: bool = True
    user_list: Literal["padded", "bare"] = "padded"
    service_ports: bool = True
    refuses_certs: frozenset[str] = frozenset()
    certs_want_files: bool = True
    certs_say: Literal["nothing", "updated"] = "nothing"
    certs_take_none: bool = True
    service_files: Literal["copied", "reads"] = "reads"
    enable_checks_chain: bool = True
    enable_checks_dates: bool = False
    after_failure: Literal["off", "old"] = "off"
    enable_when_enabled: Literal["restarts", "nothing"] = "restarts"
    restart_enables: bool = False
    no_restart: frozenset[str] = frozenset()
    callbridge_enable: bool = False
    silent: frozenset[str] = frozenset()
    service_words: Literal["usual", "other"] = "usual"
    unseen_labels: Literal["alike", "other"] = "alike"
    leafs_in_stores: Literal["count", "not count"] = "count"
    cluster_link: Literal["webadmin", "callbridge"] = "webadmin"
    service_busy_seconds: float = 0.0
    link_words: tuple[str, str] = ("success", "connectionFailure")
    service_away_seconds: float = 0.0


def words(vocabulary: Literal["master", "primary"]) -> tuple[str, str]:
    """The two roles in lower case: ("master", "slave") or ("primary", "replica")."""
    return ("master", "slave") if vocabulary == "master" else ("primary", "replica")
