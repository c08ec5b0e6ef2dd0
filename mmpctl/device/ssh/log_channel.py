"""The logger that paramiko writes tracebacks of our connections to: it says nothing unless a program listens to it."""

from __future__ import annotations

import logging
from typing import Final

LOG_CHANNEL: Final = "mmpctl.ssh"
logging.getLogger(LOG_CHANNEL).addHandler(logging.NullHandler())
