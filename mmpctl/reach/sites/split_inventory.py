"""One inventory becomes one for each site, and one for the desk that has names and addresses and nothing else."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from nornir.core import Nornir
from ruamel.yaml import YAML

from mmpctl import plain_yaml
from mmpctl.documents.sites.split import SplitDocument, SplitSite
from mmpctl.errors import UsageError
from mmpctl.inventory.connections import PLATFORM
from mmpctl.inventory.disk_sources import SIMPLE
from mmpctl.inventory.load import load
from mmpctl.inventory.nodes import DB_PORT, SIP_PORT, SSH_PORT, Node, nodes_of
from mmpctl.reach.site_inventory import digest_of, nodes_around, nodes_of_site

DESK: Final = "desk"
_FILES: Final = {"host_file": "hosts.yaml", "group_file": "groups.yaml", "defaults_file": "defaults.yaml"}
_NOTE: Final = "# Made by `mmpctl inventory split`; change the inventory that it was made of.\n---\n"


def split(nr: Nornir, inventory: Path, to: Path, only: Collection[str] = ()) -> SplitDocument:
    """Write the folder of each site, and that of the desk; never overwrite anything.

    Args:
        nr: loaded by `mmpctl.inventory.load`, whole.
        inventory: where it lies.
        to: the folder that gets a folder for each of them.
        only: names of sites; with them, the desk's is not made.

    Returns:
        The JSON document: the folders, and the digest of each.

    Raises:
        UsageError: a node has no site, no folder can be called after a site, or there is something already: nothing is
            written then. Or it cannot be written.
    """
    everybody = nodes_of(nr)
    sites = _sites(everybody, only)
    folders = {name: to / name for name in (*sites, *(() if only else (DESK,)))}
    for folder in folders.values():
        if os.path.lexists(folder):
            raise UsageError(
                f"{folder} is there already; nothing was written", advice="Name another folder with --to, or remove it."
            )
    written = _written(nr)
    found: list[SplitSite] = []
    for site in sites:
        around = nodes_around(site, everybody)
        own = len(nodes_of_site(site, everybody))
        _write(folders[site], _of_site(written, [node.name for node in around]))
        digest = _checked(folders[site], around)
        others = len(around) - own
        found.append({"name": site, "folder": str(folders[site]), "nodes": own, "others": others, "digest": digest})
    if DESK in folders:
        _write(
            folders[DESK], {"hosts.yaml": {node.name: _plain(node) for node in everybody}, "defaults.yaml": _DEFAULTS}
        )
        _checked(folders[DESK], everybody)
    desk = str(folders[DESK]) if DESK in folders else None
    return {"schema": 1, "command": "inventory split", "inventory": str(inventory), "desk": desk, "sites": found}


_DEFAULTS: Final = {"platform": PLATFORM}


def _sites(everybody: Sequence[Node], only: Collection[str]) -> list[str]:
    known = list(dict.fromkeys(node.site for node in everybody if node.site is not None))
    for name in only:
        if name not in known:
            raise UsageError(
                f"no node of the inventory is of the site {name!r}",
                code="site",
                advice=f"Its sites are {', '.join(known) or 'none'}.",
            )
    sites = [name for name in known if not only or name in only]
    homeless = [node.name for node in everybody if node.site is None]
    if homeless and not only:
        raise UsageError(
            f"the node {homeless[0]} has no site" + (f", and {len(homeless) - 1} others" if len(homeless) > 1 else ""),
            code="site",
            advice="Give it the key `site`, or name the sites to make with --site.",
        )
    for name in sites:
        # What a site is called is free; what becomes the name of a folder is not.
        if name in (DESK, ".", "..") or "/" in name or not name.isprintable():
            raise UsageError(
                f"no folder can be called after the site {name!r}",
                code="site",
                advice=f"Give it another name, without `/`, and not {DESK!r}, which is the folder of the desk.",
            )
    return sites


def _written(nr: Nornir) -> Mapping[str, Any]:
    """Return what stands in the files of a SimpleInventory; of any other, what its hosts have in common with those."""
    settings = nr.config.inventory
    if settings.plugin != SIMPLE:
        nodes = nodes_of(nr)
        return {
            "hosts.yaml": {node.name: _plain(node) for node in nodes},
            "groups.yaml": {},
            "defaults.yaml": _DEFAULTS,
        }
    found = {}
    for option, name in _FILES.items():
        file = Path(settings.options.get(option, name)).expanduser()
        encoding = settings.options.get("encoding", "utf-8")
        found[name] = (plain_yaml.load(plain_yaml.read(file, encoding)) if file.exists() else None) or {}
    return found


def _of_site(written: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the part of the files that some hosts need."""
    hosts = {name: written["hosts.yaml"][name] for name in names}
    groups: dict[str, Any] = {}
    ahead = [name for host in hosts.values() for name in (host or {}).get("groups") or ()]
    while ahead:
        name = ahead.pop()
        if name not in groups and name in written["groups.yaml"]:
            groups[name] = written["groups.yaml"][name]
            ahead += (groups[name] or {}).get("groups") or ()
    in_order = {name: group for name, group in written["groups.yaml"].items() if name in groups}
    return {"hosts.yaml": hosts, "groups.yaml": in_order, "defaults.yaml": written["defaults.yaml"]}


def _plain(node: Node) -> dict[str, Any]:
    """Return a host of which nothing is said but what a desk needs."""
    usual = {"db_address": node.hostname, "db_port": DB_PORT, "sip_port": SIP_PORT, "service_address": node.hostname}
    told = {
        "site": node.site,
        "cluster": node.cluster,
        "role": node.role.value if node.role else None,
        "db_address": node.db_address,
        "db_port": node.db_port,
        "sip_port": node.sip_port,
        "serves": node.serves,
        "service_address": node.service_address,
    }
    data = {key: value for key, value in told.items() if value is not None and value != usual.get(key)}
    port = {} if node.port == SSH_PORT else {"port": node.port}
    return {"hostname": node.hostname, **port, "data": data}


def _write(folder: Path, files: Mapping[str, Any]) -> None:
    dumper = YAML(typ="safe", pure=True)
    dumper.default_flow_style = False
    dumper.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    try:
        # Nobody but the owner may write there: the inventory steers where passwords go.
        folder.mkdir(mode=0o755, parents=True)
        for name, content in files.items():
            with os.fdopen(
                os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w", encoding="utf-8"
            ) as file:
                file.write(_NOTE)
                dumper.dump(content, file)
    except OSError as error:
        raise UsageError(
            f"{error.filename or folder}: {error.strerror}", advice="Choose a folder in which you can write."
        ) from error


def _checked(folder: Path, meant: Sequence[Node]) -> str:
    """Return the digest of what was written, which must be that of what was meant."""
    digest = digest_of(nodes_of(load(folder)))
    if digest != digest_of(meant):
        raise UsageError(
            f"the inventory that was written to {folder} is not the intended one; do not use it",
            advice="Please report it, with the inventory that it was made of, without its addresses.",
        )
    return digest
