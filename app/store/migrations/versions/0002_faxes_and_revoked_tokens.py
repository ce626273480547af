"""Faxes; the pages that are ordered by a call's end, or hold whole calls; auth tokens that were deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# PostgreSQL's integers have as many bits as SQLite's, and its texts are compared as bytes, as SQLite's are.
WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
TEXT = sa.String().with_variant(sa.Text(collation="C"), "postgresql")


def _then_id() -> list[str]:
    """An index of calls keeps ties in the order of ids, as every index of SQLite does."""
    return ["id"] if op.get_context().dialect.name == "postgresql" else []


def upgrade() -> None:
    op.add_column("cdr", sa.Column("fax", TEXT, server_default="", nullable=False))
    end = sa.column("started_at", WHOLE) + sa.column("duration", WHOLE)
    op.create_index("cdr_end", "cdr", [end, *_then_id()])
    op.create_index("cdr_call", "cdr", ["call_id", "started_at", *_then_id()])
    op.create_table(
        "revoked_token",
        sa.Column("token_id", TEXT, primary_key=True),
        sa.Column("expires", WHOLE, nullable=False),
    )
