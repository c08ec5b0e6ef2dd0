"""What the bare word of a service prints: labels of the transcripts; where there is none, a switch has them."""

from __future__ import annotations

from collections.abc import Mapping

from .form import Form

_PAIR = """\
Key file                : {key}
Certificate file        : {certificate}
CA Bundle file          : {bundle}"""
_SIP = """\
SIP key file            : {sip_key}
SIP certificate file    : {sip_certificate}
SIP CA Bundle file      : {sip_bundle}"""
_CALL_BRIDGE = """\
Listening interfaces  : a
Preferred interface   : none
Key file              : {key}
Certificate file      : {certificate}
Address               : none
CA Bundle file        : {bundle}
C2W trusted certs                   : {c2w_trust}
Callbridge cluster trusted certs    : {cluster_trust}
Callbridge trust branding certs     : {branding_trust}
UCM trusted certs         : {ucm_trust}
UCM verification mode     : disabled
IMPS trusted certs        : {imps_trust}
IMPS verification mode    : disabled
WC3 JWT Expiry in hours   : 24"""
_WEB_BRIDGE_3 = """\
Enabled                               : {enabled}
HTTPS listening ports and interfaces  : a:{https_port} b:{https_port}
HTTPS Key file                        : {https_key}
HTTPS Full chain certificate file     : {https_certificate}
HTTPS Frame-Ancestors                 : none
HTTP redirect                         : Disabled
C2W listening ports and interfaces    : a:{c2w_port}
C2W Key file                          : {c2w_key}
C2W Full chain certificate file       : {c2w_certificate}
C2W Trust bundle                      : {c2w_trust}
Meetingapps address                   : none
Meetingapps port                      : none
Audio priority flag                   : Enabled
Beta options                          : none"""
_TURN = """\
Enabled                 : {enabled}
Username                : admin
Password                : Example.123
Short term credentials  : disabled
Shared secret           : none
Realm                   : cms.demo
Public IP               : none
High Capacity Mode      : enabled
Relay address           : {address}
TLS port                : {port}
TLS cert                : {certificate}
TLS key                 : {key}
TLS bundle              : {bundle}
Listen interface      a
Listen interface      b"""
_ENABLED = "Enabled                 : {enabled}\n"
_LAYOUTS = {
    "callbridge": _CALL_BRIDGE,
    "webadmin": _ENABLED + "TLS listening interface : a\nTLS listening port      : {port}\n"
    "Key file                : {key}\nCertificate file        : {certificate}\n{ca_line}"
    "HTTP redirect           : Disabled\nSTATUS                  : webadmin {state}",
    "webbridge3": _WEB_BRIDGE_3,
    "turn": _TURN,
    "recorder": f"{_ENABLED}SIP listening interfaces   : a:{{sip_port}} , b:{{sip_port}}\n{_SIP}\n"
    "SIP traffic trace       : Disabled\nNFS host name           : 127.77.9.1\n"
    "NFS directory           : /recordings\nResolution              : 720p",
    "streamer": f"{_ENABLED}SIP interfaces          : a:{{sip_port}}\n{_SIP}\nResolution              : 720p\n"
    "Call Limit              : none",
    "uploader": f"{_ENABLED}CMS trust bundle        : {{cms_trust}}\nVbrick Rev trust bundle : {{rev_trust}}",
    "webbridge": f"{_ENABLED}Interface whitelist     : a:{{port}}\n{_PAIR}\nTrust bundle            : {{trust}}\n"
    "HTTP redirect           : Enabled",
    "xmpp": f"{_ENABLED}Domain                  : example.com\nListening interfaces    : a\n{_PAIR}\n"
    "Cluster trust bundle    : {cluster_trust}\nMax sessions per user   : unlimited",
    "h323_gateway": f"{_ENABLED}H.323 interface         : a\nSIP interface           : a\n"
    f"SIP port                : {{port}}\n{_PAIR}",
}
_LISTED = f"{_ENABLED}Interface whitelist     : a:{{port}}\n{_PAIR}\nTrust bundle            : {{trust}}"
# Nobody has shown these two: once with the words of the Web Bridge, once with others.
_UNSEEN = {
    "alike": {
        "scheduler": """\
Enabled                               : {enabled}
HTTPS listening ports and interfaces  : a:{https_port}
HTTPS Key file                        : {https_key}
HTTPS Full chain certificate file     : {https_certificate}
C2W Key file                          : {c2w_key}
C2W Full chain certificate file       : {c2w_certificate}
C2W Trust bundle                      : {c2w_trust}
Email server                          : none""",
        "meetingapps": """\
Enabled                               : {enabled}
HTTPS listening ports and interfaces  : a:{https_port}
HTTPS Key file                        : {https_key}
HTTPS Full chain certificate file     : {https_certificate}""",
    },
    "other": {
        "scheduler": """\
Enabled              : {enabled}
HTTPS interface      : a
HTTPS port           : {https_port}
HTTPS key file       : {https_key}
HTTPS certificate file : {https_certificate}
C2W key file         : {c2w_key}
C2W certificate file : {c2w_certificate}
C2W trusted certs    : {c2w_trust}
Email common address : none
STATUS               : scheduler {state}""",
        "meetingapps": """\
Enabled              : {enabled}
HTTPS interface      : a
HTTPS port           : {https_port}
HTTPS key file       : {https_key}
HTTPS certificate file : {https_certificate}
STATUS               : meetingapps {state}""",
    },
}
# What they print as long as nothing was set.
_CALL_BRIDGE_OF_NOTHING = "Listening interfaces  : none\nKey file              : none\nCertificate file      : none"


def layout(form: Form, labels: str, facts: Mapping[str, str]) -> str:
    """What the bare word prints.

    Args:
        form: the service.
        labels: how the services that nobody has shown word their settings: `alike` or `other`.
        facts: what stands in the layout: `enabled`, `state`, `address`, ports, and a file for each slot, its blanks
            as underscores; a file that is not set is `none`.
    """
    slots = {slot.replace(" ", "_") for slots in form.setters().values() for slot in slots}
    unset = all(facts[slot] == "none" for slot in slots)
    if unset and form.word == "callbridge":
        return _CALL_BRIDGE_OF_NOTHING
    if unset and facts["enabled"] == "false" and form.pairs:
        return _ENABLED.format(**facts).rstrip()
    text = _LISTED if form.listed and form.word in ("recorder", "streamer") else _LAYOUTS.get(form.word)
    bundle = facts.get("bundle", "none")
    line = f"CA Bundle file          : {bundle}\n" if bundle != "none" else ""
    return (text or _UNSEEN[labels][form.word]).format(**facts, ca_line=line)
