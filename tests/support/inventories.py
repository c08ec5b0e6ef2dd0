"""The text of a small real inventory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Write = Callable[..., Path]
HOSTS = """\
a-1:
  hostname: 127.70.0.1
  groups: [alpha, north]
  data: {role: master}
a-2:
  hostname: 127.70.0.2
  groups: [alpha, north]
  data: {role: slave, rack: 7, tags: [old, spare]}
b-1:
  hostname: 127.70.0.3
  groups: [beta, south]
  data: {role: primary, power: {feed: red}}
b-2:
  hostname: 127.70.0.4
  groups: [beta, north]
  data: {role: replica}
b-3:
  hostname: 127.70.0.5
  groups: [beta, south]
  data: {role: client}
edge:
  hostname: 127.70.0.6
  groups: [south]
"""
GROUPS = """\
north: {data: {site: north}}
south: {data: {site: south}}
alpha: {data: {cluster: alpha}}
beta: {data: {cluster: beta}}
"""
DEFAULTS = """\
platform: cisco_cms
port: 2022
data: {owner: voice}
"""
