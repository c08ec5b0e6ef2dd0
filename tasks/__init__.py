"""Nornir tasks: one verb on one node each. They work in `nr.run(task=…)` of any Nornir project."""

from mmpctl.tasks.connect import connect
from mmpctl.tasks.download import download
from mmpctl.tasks.examine import examine
from mmpctl.tasks.find_requests import find_requests
from mmpctl.tasks.initialize import initialize
from mmpctl.tasks.inspect import inspect
from mmpctl.tasks.join import join
from mmpctl.tasks.list_files import list_files
from mmpctl.tasks.make_request import make_request
from mmpctl.tasks.match import match
from mmpctl.tasks.probe import probe
from mmpctl.tasks.read_certificate import read_certificate
from mmpctl.tasks.remove import remove
from mmpctl.tasks.service import service
from mmpctl.tasks.service_state import service_state
from mmpctl.tasks.set_certificates import set_certificates
from mmpctl.tasks.snapshot import snapshot
from mmpctl.tasks.status import status
from mmpctl.tasks.surroundings import surroundings
from mmpctl.tasks.upload import upload
from mmpctl.tasks.verify import verify
from mmpctl.tasks.wait_for_state import wait_for_state

__all__ = [
    "connect",
    "download",
    "examine",
    "find_requests",
    "initialize",
    "inspect",
    "join",
    "list_files",
    "make_request",
    "match",
    "probe",
    "read_certificate",
    "remove",
    "service",
    "service_state",
    "set_certificates",
    "snapshot",
    "status",
    "surroundings",
    "upload",
    "verify",
    "wait_for_state",
]
