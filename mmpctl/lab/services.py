"""The other services: what their bare commands print."""

from __future__ import annotations

from .reply import Reply, error

_CORE = {
    "callbridge": """\
Listening interfaces  : a
Preferred interface   : none
Key file              : core.key
Certificate file      : core.cer
Address               : none
CA Bundle file        : none
C2W trusted certs                   : none
Callbridge cluster trusted certs    : none
Callbridge trust branding certs     : none
UCM trusted certs         : none
UCM verification mode     : disabled
IMPS trusted certs        : none
IMPS verification mode    : disabled
WC3 JWT Expiry in hours   : 24""",
    "webadmin": """\
Enabled                 : true
TLS listening interface : a
TLS listening port      : 443
Key file                : core.key
Certificate file        : core.cer
HTTP redirect           : Disabled
STATUS                  : webadmin running""",
}
_EDGE = {
    "webbridge3": """\
Enabled                               : true
HTTPS listening ports and interfaces  : a:445 b:445
HTTPS Key file                        : edge.key
HTTPS Full chain certificate file     : edge-fullchain.cer
HTTPS Frame-Ancestors                 : none
HTTP redirect                         : Disabled
C2W listening ports and interfaces    : a:6000
C2W Key file                          : edge.key
C2W Full chain certificate file       : edge-fullchain.cer
C2W Trust bundle                      : edge-fullchain.cer
Meetingapps address                   : none
Meetingapps port                      : none
Audio priority flag                   : Enabled
Beta options                          : none""",
    "turn": """\
Enabled                 : true
Username                : admin
Password                : Example.123
Short term credentials  : disabled
Shared secret           : none
Realm                   : cms.demo
Public IP               : none
High Capacity Mode      : enabled
Relay address           : {address}
TLS port                : 447
TLS cert                : edge-fullchain.cer
TLS key                 : edge.key
TLS bundle              : none
Listen interface      a
Listen interface      b""",
    "recorder": """\
Enabled                 : true
SIP listening interfaces   : a:6000 , b:6000
SIP key file            : edge.key
SIP certificate file    : edge-fullchain.cer
SIP CA Bundle file      : none
SIP traffic trace       : Disabled
NFS host name           : 127.77.9.1
NFS directory           : /recordings
Resolution              : 720p""",
    "webadmin": """\
Enabled                 : true
TLS listening interface : a
TLS listening port      : 443
Key file                : edge.key
Certificate file        : edge-fullchain.cer
HTTP redirect           : Disabled
STATUS                  : webadmin running""",
}
_NOTHING = {
    "callbridge": "Listening interfaces  : none\nKey file              : none\nCertificate file      : none",
    "webadmin": "Enabled                 : false",
    "webbridge3": "Enabled                               : false",
    "turn": "Enabled                 : false",
    "recorder": "Enabled                 : false",
    "streamer": "Enabled                 : false",
    "uploader": "Enabled                 : false\nCMS trust bundle        : none\nVbrick Rev trust bundle : none",
}
COMMANDS = frozenset(_NOTHING)


def settings(address: str, *, edge: bool) -> dict[str, str]:
    """What each bare service command prints on a new node.

    Args:
        address: the node's address, for the relay of TURN.
        edge: a node of web bridge, TURN and recorder; else one of Call Bridge and Web Admin.
    """
    texts = _NOTHING | (_EDGE if edge else _CORE)
    return {command: text.format(address=address) for command, text in texts.items()}


def while_restarting(command: str, text: str) -> Reply:
    """What `webadmin` or `callbridge` answers while the service is down for a moment.

    Args:
        command: one of the two.
        text: what it prints when all is well.
    """
    if command == "webadmin":
        return Reply(text.replace("webadmin running", "webadmin stopped"))
    return error("The service is restarting")
