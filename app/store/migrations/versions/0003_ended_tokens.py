"""Why a token no longer opens anything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# PostgreSQL's integers have as many bits as SQLite's, and its texts are compared as bytes, as SQLite's are.
WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
TEXT = sa.String().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "ended_token",
        sa.Column("id", WHOLE, sa.Identity(), primary_key=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("why", TEXT, nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.Column("client_id", TEXT, nullable=False),
        sa.UniqueConstraint("hash"),
    )
