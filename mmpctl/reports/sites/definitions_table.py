"""What a broker's owner needs, for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from mmpctl.documents.sites.definitions import BrokerRights, EngineDefinitionsDocument
from mmpctl.reports.fitting_table import Column
from mmpctl.reports.widgets import block, bullets, heading, stack, table, words

_COLUMNS = (Column("User", firm=True), Column("Who"), Column("May write to"), Column("May read"))
_STEPS = (
    "Every user has a certificate of the broker's CA with the user's name as its only common name. It says what its "
    "key is for (`keyUsage`: digital signature, and nothing else), since some "
    "brokers take any other certificate for a CA's.",
    "`-o json --output-file definitions.json` writes a file that RabbitMQ imports, `-o conf` its configuration.",
    "An import adds and changes, and takes nothing away: delete the user of a site or desk that is gone. "
    "RabbitMQ imports the file at each start: make it again without that site or desk.",
)


def engine_definitions(document: EngineDefinitionsDocument) -> RenderableType:
    """Return the document of `mmpctl engine definitions`."""
    vhosts = ", ".join(one["name"] for one in document["vhosts"])
    return stack(
        [
            heading(f"Broker {document['host']}:{document['port']}", f"virtual host {vhosts}"),
            table(_COLUMNS, (_row(right, document["desks"]) for right in document["permissions"])),
            block(
                heading("rabbitmq.conf"),
                *(words(line) for line in document["rabbitmq_conf"] if line and not line.startswith("#")),
            ),
            block(heading("enabled_plugins"), words(f"[{','.join(document['plugins'])}].")),
            bullets(_STEPS),
        ]
    )


def _row(right: BrokerRights, desks: Sequence[str]) -> tuple[Text, ...]:
    return (
        words(right["user"]),
        words("desk" if right["user"] in desks else "worker of a site"),
        words(right["write"]),
        words(right["read"]),
    )
