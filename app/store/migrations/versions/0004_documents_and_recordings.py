"""All that extensions and their groups have besides; the calls that were recorded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# PostgreSQL's texts are compared as bytes, as SQLite's are.
TEXT = sa.String().with_variant(sa.Text(collation="C"), "postgresql")


def _then_id() -> list[str]:
    """An index of calls keeps ties in the order of ids, as every index of SQLite does."""
    return ["id"] if op.get_context().dialect.name == "postgresql" else []


def upgrade() -> None:
    for table in ("extension", "extension_group"):
        op.add_column(table, sa.Column("document", TEXT, server_default="{}", nullable=False))
    recorded = sa.column("record_file", TEXT) != ""
    op.create_index(
        "cdr_recorded", "cdr", ["started_at", *_then_id()], sqlite_where=recorded, postgresql_where=recorded
    )
