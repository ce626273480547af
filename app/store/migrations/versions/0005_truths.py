"""What really happened in a call that was made up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# PostgreSQL's texts are compared as bytes, as SQLite's are.
TEXT = sa.String().with_variant(sa.Text(collation="C"), "postgresql")

_TEXTS = ("caller", "outcome", "answered_by", "transferred_to", "missed_by", "callback_of")


def upgrade() -> None:
    op.create_table(
        "call_truth",
        sa.Column("call_id", TEXT, primary_key=True),
        *(sa.Column(name, TEXT, nullable=False) for name in _TEXTS),
        sqlite_with_rowid=False,
    )
