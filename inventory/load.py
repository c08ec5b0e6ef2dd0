"""From a folder or a Nornir configuration file to a checked Nornir object."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from nornir import InitNornir
from nornir.core import Nornir
from nornir.core.configuration import Config, InventoryConfig
from nornir.core.inventory import Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.plugins.inventory import TransformFunctionRegister
from nornir.core.state import GlobalState
from nornir.init_nornir import load_runner

from mmpctl.errors import InventoryError, UsageError
from mmpctl.inventory.credentials import Credentials
from mmpctl.inventory.disk_sources import SIMPLE, files_of
from mmpctl.inventory.documents import Document, Kind, Sources, read
from mmpctl.inventory.known_hosts_file import known_hosts_file, remember_known_hosts
from mmpctl.inventory.mistakes import FaultyInventoryError, Problem, did_you_mean
from mmpctl.inventory.partial import readable
from mmpctl.inventory.reviewed_file import remember_reviewed
from mmpctl.inventory.rules import check
from mmpctl.inventory.schema import problems_of_form
from mmpctl.inventory.settings import BY_DEFAULT, remember
from mmpctl.inventory.sign_in import set_host_key_policy, sign_in
from mmpctl.inventory.source import remember_source
from mmpctl.inventory.ssh_config_file import VARIABLE, is_named, ssh_config_file
from mmpctl.trusted import require_trusted

# Beyond some 50 threads more of them cost more than they bring, except on long lines.
DEFAULT_WORKERS = 50

_WHAT = "the inventory"
_THREADED, _SERIAL, _MMP = "threaded", "serial", "mmp"
_FILES: dict[Kind, str] = {"hosts": "host_file", "groups": "group_file", "defaults": "defaults_file"}
_SECTIONS = ("core", "inventory", "logging", "runner", "ssh", "user_defined")


def load(
    path: Path | str = "inventory",
    *,
    known_hosts: Path | str | None = None,
    ssh_config: Path | str | None = None,
    workers: int | None = None,
    credentials: Credentials | None = None,
) -> Nornir:
    """Load and check an inventory; no device is asked, and no credentials are needed.

    Args:
        path: a folder with hosts.yaml (and groups.yaml, defaults.yaml), or a Nornir configuration
            file. As everywhere in Nornir, relative paths inside a configuration file start at the
            working directory, not at the file.
        known_hosts: file with the host keys; see `known_hosts_file` for the default.
        ssh_config: SSH configuration file; see `ssh_config_file` for the default. The inventory cannot name one.
        workers: nodes worked on at the same time; by default what the configuration file says, else 50.
        credentials: signs in at once; otherwise call `sign_in` before devices are asked.

    Returns:
        a Nornir object whose connections to nodes check host keys, and whose own logging is off.

    Raises:
        FaultyInventoryError: with all problems that were found.
        InventoryError: there is nothing to read, or the inventory plugin failed.
        PlaceError: others could change what is read.
    """
    source = Path(path).expanduser()
    ways = ssh_config_file(ssh_config)
    # Nornir logs the arguments of tasks, and tracebacks: both are for us to tell, in our own words.
    logging.getLogger("nornir").addHandler(logging.NullHandler())
    require_trusted(source, _WHAT)
    if ways and Path(ways).is_file():
        require_trusted(Path(ways), "the SSH configuration file")
    if source.is_dir():
        settings = InventoryConfig(plugin=SIMPLE, options=_options_of_folder(source))
        sections: dict[str, Any] = {"inventory": settings.dict(), "runner": _runner(workers)}
    elif source.is_file():
        config = _configuration(source, ways)
        settings = config.inventory
        sections = {"config_file": str(source)} | _runner_of(config, source, workers)
    else:
        raise InventoryError(
            f"no inventory at {source}" if source.is_absolute() else f"no inventory at {source} in {Path.cwd()}",
            advice="Go to the folder that has it, or name it with -i or MMP_INVENTORY: a folder with hosts.yaml, or a "
            "Nornir configuration file. To make a folder to fill in, type `mmpctl init DIR`.",
        )
    for file in files_of(settings):
        require_trusted(file, _WHAT)
    nr = _checked(Sources(source, _documents(settings)), settings.plugin, {**sections, "ssh": {"config_file": ways}})
    file = known_hosts_file(source, known_hosts)
    require_trusted(file, "the known-hosts file")
    remember_known_hosts(nr, file)
    remember_reviewed(nr, source)
    remember_source(nr, source)
    if sections.get("runner") == _runner(None) and workers is None:
        remember(nr, workers=BY_DEFAULT)
    set_host_key_policy(nr, file)
    if credentials is not None:
        sign_in(nr, credentials)
    return nr


def _checked(sources: Sources, plugin: str, sections: dict[str, Any]) -> Nornir:
    ssh_config = sections["ssh"]["config_file"]
    form = problems_of_form(sources)
    partial = readable(sources)
    if form:
        # Nornir fails in any way on what these problems tell better; the rules are checked on what can be read.
        has_hosts = bool(partial.inventory.hosts)
        rules = check(partial.inventory, sources, ssh_config, partial.doubtful) if has_hosts else ()
        _refuse((*form, *rules))
    # Raising in the middle of a run would lose what the other nodes answered.
    settings = {**sections, "logging": {"enabled": False}, "core": {"raise_on_error": False}}
    try:
        nr = _with_inventory(partial.inventory, settings) if sources.documents else InitNornir(**settings)
    except Exception as error:  # other plugins fail in any way on anything
        raise InventoryError(
            f"{sources.path}: the inventory plugin {plugin} failed: {type(error).__name__}: {error}",
            advice="Correct the configuration file, or the source that the plugin reads.",
        ) from error
    rules = check(nr.inventory, sources, nr.config.ssh.config_file)
    if rules:
        _refuse(rules)
    return nr


def _with_inventory(inventory: Inventory, settings: dict[str, Any]) -> Nornir:
    """Do what `InitNornir` does, with an inventory that was read: to read ten thousand hosts again takes seconds."""
    ConnectionPluginRegister.auto_register()
    config = Config.from_file(**settings) if "config_file" in settings else Config.from_dict(**settings)
    config.logging.configure()
    if config.inventory.transform_function:
        TransformFunctionRegister.auto_register()
        change = TransformFunctionRegister.get_plugin(config.inventory.transform_function)
        for host in inventory.hosts.values():
            change(host, **(config.inventory.transform_function_options or {}))
    return Nornir(inventory, runner=load_runner(config), config=config, data=GlobalState())


def _refuse(problems: tuple[Problem, ...]) -> NoReturn:
    raise FaultyInventoryError(
        tuple(sorted(problems, key=lambda problem: (problem.place.file, problem.place.line or 0)))
    )


def _runner_of(config: Config, source: Path, workers: int | None) -> dict[str, Any]:
    """Return the section `runner` to set; empty if the configuration file's own is kept."""
    plugin, options = config.runner.plugin, config.runner.options
    if workers is None:
        return {} if plugin != _THREADED or "num_workers" in options else {"runner": _runner(None)}
    if plugin == _MMP:
        return {"runner": {"plugin": _MMP, "options": {**options, "num_workers": workers}}}
    if plugin not in (_THREADED, _SERIAL):
        raise UsageError(
            f"--workers {workers} does not fit the runner {plugin!r} of {source}",
            code="runner",
            advice="Leave out --workers, and set the runner's own options in the file.",
        )
    return {"runner": _runner(workers)}


def _runner(workers: int | None) -> dict[str, Any]:
    return {"plugin": _THREADED, "options": {"num_workers": workers or DEFAULT_WORKERS}}


def _options_of_folder(folder: Path) -> dict[str, Any]:
    if not (folder / "hosts.yaml").is_file():
        other = next((each.name for each in (folder / "hosts.yml", folder / "host.yaml") if each.is_file()), None)
        raise InventoryError(
            f"no hosts.yaml in {folder}",
            advice=f"Rename {other} to hosts.yaml." if other else "Write your servers into it, or name another folder.",
        )
    return {option: str(folder / f"{kind}.yaml") for kind, option in _FILES.items()}


def _configuration(file: Path, ssh_config: str) -> Config:
    """Return a Nornir configuration file, as Nornir understands it."""
    document = read(file)
    content = document.content
    if not isinstance(content, Mapping) or not set(content) & set(_SECTIONS):
        raise InventoryError(
            f"{file} is not a Nornir configuration file",
            advice="Name the folder that contains hosts.yaml, or a file with an `inventory:` section.",
        )
    problems = tuple(_problems_of_sections(document, ssh_config))
    if problems:
        raise FaultyInventoryError(problems)
    try:
        return Config.from_dict(**content)
    except TypeError as error:
        raise InventoryError(
            f"{file}: {error}", advice="Use the keys of Nornir's configuration; see its documentation."
        ) from None


def _problems_of_sections(document: Document, ssh_config: str) -> Iterator[Problem]:
    # Nornir passes over an unknown section, and would go on with hosts.yaml of the working directory.
    for key, section in document.content.items():
        place = document.place(key)
        if key not in _SECTIONS:
            cure = did_you_mean(key, _SECTIONS) or f"The sections are {', '.join(_SECTIONS)}."
            yield Problem(place, None, f"unknown section {key!r}", cure)
        elif not isinstance(section, Mapping):
            yield Problem(place, None, f"{key} has no keys", "Write its keys below it, indented, or delete it.")
        elif key == "ssh" and "config_file" in section and not is_named(section["config_file"], ssh_config):
            what = "ssh.config_file must not be set here, because that file can start programs"
            cure = f"Delete it, and name the file yourself, with --ssh-config or {VARIABLE}."
            yield Problem(document.place(key, "config_file"), None, what, cure)


def _documents(inventory: InventoryConfig) -> dict[Kind, Document]:
    """Return the files of a SimpleInventory; none for another plugin."""
    if inventory.plugin != SIMPLE:
        return {}
    documents: dict[Kind, Document] = {}
    for kind, option in _FILES.items():
        file = Path(inventory.options.get(option, f"{kind}.yaml")).expanduser()
        if file.exists():
            documents[kind] = read(file, inventory.options.get("encoding", "utf-8"))
        elif kind == "hosts":
            raise InventoryError(
                f"no file {file}" if file.is_absolute() else f"no file {file} in {Path.cwd()}",
                advice=f"Correct `{option}`. In Nornir, relative paths start at the working directory.",
            )
    return documents
