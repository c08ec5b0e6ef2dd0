"""The `backup` commands."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence

from .node import Node
from .reply import Reply, error, usage

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_USAGE = usage("backup snapshot <name>", "backup rollback <name>", "backup list")


async def backup(node: Node, arguments: Sequence[str]) -> Reply:
    """Run a `backup` command; a snapshot takes its time, and then the file is there."""
    if list(arguments) == ["list"]:
        return Reply(_list(node))
    if len(arguments) != 2 or arguments[0] != "snapshot":
        return _USAGE
    if not _NAME.fullmatch(arguments[1]):
        return error("Invalid backup name")
    await asyncio.sleep(node.switches.backup_seconds)
    content = json.dumps(backup_contents(node)).encode() + b"\n"
    padding = max(0, node.switches.backup_bytes - len(content))
    fault = node.fault("backup", arguments[1])
    if fault is None or fault.kind == "empty":
        (node.files / f"{arguments[1]}.bak").write_bytes(b"" if fault else content + b"=" * padding)
    return Reply(f"{arguments[1]}.bak ready for download")


def backup_contents(node: Node) -> dict[str, object]:
    """What a ``.bak`` file holds: its first line is this as JSON, the rest is padding."""
    return {
        "node": node.name,
        "cluster": node.cluster,
        "rows": list(node.rows),
        "certificates": node.settings,
    }


def _list(node: Node) -> str:
    files = sorted(node.files.glob("*.bak"))
    if node.switches.backup_list == "names":
        return "\n".join(file.name for file in files)
    if node.switches.backup_list == "sizes":
        return "\n".join(f"{file.name}  {file.stat().st_size}" for file in files)
    return "\n".join(["Backup files:", *(f"  {file.name}" for file in files)])
