"""The exchange of an audit by asyncssh, many nodes at a time in one process; nothing of the answers is understood.

It is a program of its own, `python -m benchmarks.pool`: standard input says what to ask which node, and standard output
which files of each were certificates.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import Mapping
from typing import Any

import asyncssh

# More at a time cost more and bring nothing, near by.
_AT_ONCE = 50
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


async def look(node: Mapping[str, Any], common: Mapping[str, Any]) -> list[str]:
    """Send the commands to one node, fetch its files at once, and return the names of those that are certificates.

    Args:
        node: its name, port, commands and files.
        common: what asyncssh needs to connect.
    """
    prompt = f"{node['name']}> "
    async with asyncssh.connect(port=node["port"], **common) as connection:
        process = await connection.create_process(term_type="vt100", term_size=(1023, 1000), encoding="utf-8")
        await process.stdout.readuntil(prompt)
        for command in node["commands"]:
            process.stdin.write(f"{command}\r")
            await process.stdout.readuntil(prompt)
        async with connection.start_sftp_client() as sftp:

            async def fetched(name: str) -> Any:
                async with sftp.open(f"/{name}", "rb") as file:
                    return await file.read()

            contents = await asyncio.gather(*map(fetched, node["files"]))
    held = zip(node["files"], contents, strict=True)
    return sorted(name for name, content in held if content.startswith(_CERTIFICATE))


async def look_at_all(given: Mapping[str, Any]) -> dict[str, list[str]]:
    """Look at all nodes.

    Args:
        given: the nodes, where they are, and the login.
    """
    common = {
        "host": given["host"],
        "username": given["username"],
        "password": given["password"],
        # Read once: for each connection it would be read again.
        "known_hosts": asyncssh.read_known_hosts(given["known_hosts"]),
        "client_keys": None,
        "config": None,
        "agent_path": None,
    }
    turns = asyncio.Semaphore(_AT_ONCE)

    async def in_turn(node: Mapping[str, Any]) -> tuple[str, list[str]]:
        async with turns:
            return node["name"], await look(node, common)

    return dict(await asyncio.gather(*map(in_turn, given["nodes"])))


if __name__ == "__main__":
    json.dump(asyncio.run(look_at_all(json.load(sys.stdin))), sys.stdout)
    used = resource.getrusage(resource.RUSAGE_SELF)
    json.dump([used.ru_utime + used.ru_stime, 0.0], sys.stderr)
