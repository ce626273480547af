"""The tables of the first version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# PostgreSQL's integers have as many bits as SQLite's, and its texts are compared as bytes, as SQLite's are.
WHOLE = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
TEXT = sa.String().with_variant(sa.Text(collation="C"), "postgresql")


def _text(name: str, *, null: bool = False, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=null, primary_key=key)


def _whole(name: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, WHOLE, nullable=False, primary_key=key, autoincrement=False)


def _then_id() -> list[str]:
    """An index of calls keeps ties in the order of ids, as every index of SQLite does."""
    return ["id"] if op.get_context().dialect.name == "postgresql" else []


def upgrade() -> None:
    _numbers()
    _calls()
    _extensions()
    _clients()
    op.create_table("memory", _text("layer", key=True), _text("name", key=True), _text("value"))
    if op.get_context().dialect.name == "postgresql":
        _changes()


def _numbers() -> None:
    op.create_table(
        "number",
        _whole("id", key=True),
        _text("digits"),
        _text("folded"),
        _whole("calls_from"),
        _whole("calls_to"),
        sa.UniqueConstraint("digits"),
    )
    op.create_table("number_suffix", _text("suffix", key=True), _whole("number_id", key=True), sqlite_with_rowid=False)


_TEXTS_BEFORE = ("uid", "call_id", "src_addr", "src_trunk", "dst_trunk")
_SECONDS = ("duration", "ring_duration", "talk_duration")
_TEXTS_AFTER = (
    "disposition", "call_type", "did_number", "did_name", "dod_number", "record_file", "reason", "pin_code",
    "call_note_remark", "disposition_codes", "new_id",
)  # fmt: skip


def _calls() -> None:
    op.create_table(
        "cdr",
        _whole("id", key=True),
        *map(_whole, ("started_at", "from_id", "to_id")),
        *map(_text, ("from_name", "to_name")),
        _text("from_text", null=True),
        _text("to_text", null=True),
        *map(_text, _TEXTS_BEFORE),
        *map(_whole, _SECONDS),
        *map(_text, _TEXTS_AFTER),
    )
    op.create_index("cdr_time", "cdr", ["started_at", *_then_id()])
    op.create_index("cdr_from", "cdr", ["from_id", "started_at", *_then_id()])
    op.create_index("cdr_to", "cdr", ["to_id", "started_at", *_then_id()])


def _extensions() -> None:
    op.create_table(
        "extension",
        _whole("id", key=True),
        *map(_text, ("number", "caller_id_name", "first_name", "last_name", "email_addr", "mobile_number")),
        sa.UniqueConstraint("number"),
    )
    op.create_table("extension_group", _whole("id", key=True), _text("name"), sa.UniqueConstraint("name"))
    op.create_table("group_member", _whole("group_id", key=True), _text("extension", key=True), sqlite_with_rowid=False)
    op.create_table(
        "object",
        _text("kind", key=True),
        _whole("id", key=True),
        *map(_text, ("name", "document")),
    )


def _clients() -> None:
    op.create_table(
        "client", _text("client_id", key=True), _text("secret"), sa.Column("configured", sa.Boolean(), nullable=False)
    )
    op.create_table(
        "token",
        sa.Column("id", WHOLE, sa.Identity(), primary_key=True),
        _text("client_id"),
        sa.Column("access_hash", sa.LargeBinary(), nullable=False),
        _whole("access_expires"),
        sa.Column("refresh_hash", sa.LargeBinary(), nullable=False),
        _whole("refresh_expires"),
        sa.UniqueConstraint("access_hash"),
        sa.UniqueConstraint("refresh_hash"),
    )
    op.create_index("ix_token_client_id", "token", ["client_id"])
    op.create_table("failed_login", _text("address", key=True), _whole("count"), _whole("blocked_until"))
    op.create_table("download", _text("name", key=True), *map(_text, ("client_id", "query")), _whole("expires"))


def _changes() -> None:
    """How often anybody has written, which SQLite knows by itself."""
    op.create_table("change", sa.Column("number", sa.BigInteger(), nullable=False), postgresql_with={"fillfactor": 10})
    op.execute("INSERT INTO change VALUES (0)")
