"""The tables of a history. Times are text in ISO 8601 UTC with `Z`, so that they sort in any database."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Integer, MetaData, String, Table, Text

# Raised with every change of the tables.
VERSION = 1

metadata = MetaData()

# One row. The names begin with ours: a database may be shared.
version = Table("mmpctl_history", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

audit = Table(
    "mmpctl_audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String(20), nullable=False, index=True),
    Column("nodes", Integer, nullable=False),
    Column("unseen", Integer, nullable=False),
    *(Column(severity, Integer, nullable=False) for severity in ("expired", "unfit", "unknown", "due", "ok")),
)

node = Table(
    "mmpctl_node",
    metadata,
    Column("audit", Integer, ForeignKey("mmpctl_audit.id"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("cluster", Text),
    Column("site", Text),
    Column("error", Text),
)

certificate = Table(
    "mmpctl_certificate",
    metadata,
    Column("audit", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("node", Integer, nullable=False),
    Column("use", Text, nullable=False),
    Column("file", Text),
    Column("place", Integer, nullable=False),
    Column("subject", Text),
    Column("issuer", Text),
    Column("serial", Text),
    Column("sha256", String(64)),
    Column("not_after", String(20)),
    Column("severity", Text, nullable=False),
    Column("findings", Text, nullable=False),
    ForeignKeyConstraint(["audit", "node"], ["mmpctl_node.audit", "mmpctl_node.number"]),
)
