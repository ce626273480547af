"""The tables. Instants are Unix seconds (UTC); text is never NULL unless it says so; no display text is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Index
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:  # flask-sqlalchemy makes its Model at run time, out of Base
    Model = Base
else:
    Model = db.Model


class Number(Model):
    """A phone number that occurs in calls, once. The two counts let a search know how much it would find.

    ``folded`` is ``digits`` as fuzzy search compares them: with ASCII letters in lower case (numbers.py).
    """

    __tablename__ = "number"
    id: Mapped[int] = mapped_column(primary_key=True)
    digits: Mapped[str] = mapped_column(unique=True)
    folded: Mapped[str]
    calls_from: Mapped[int] = mapped_column(default=0)
    calls_to: Mapped[int] = mapped_column(default=0)


class NumberSuffix(Model):
    """Every suffix of every number: what contains "2005" has a suffix that begins with it. SQLite's alone."""

    __tablename__ = "number_suffix"
    __table_args__ = {"sqlite_with_rowid": False}
    suffix: Mapped[str] = mapped_column(primary_key=True)
    number_id: Mapped[int] = mapped_column(primary_key=True)


class Cdr(Model):
    """One leg of a call, as the PBX records it (durations in seconds).

    ``from_text``/``to_text`` hold what is shown as the party where that is not made of its name and number.
    ``disposition_codes`` is ``,3,4,`` for the codes 3 and 4; ``fax`` holds a fax's properties as JSON, "" for a call
    that is none.
    """

    __tablename__ = "cdr"
    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[int]
    from_id: Mapped[int]
    to_id: Mapped[int]
    from_name: Mapped[str]
    to_name: Mapped[str]
    from_text: Mapped[str | None]
    to_text: Mapped[str | None]
    uid: Mapped[str]
    call_id: Mapped[str]
    src_addr: Mapped[str]
    src_trunk: Mapped[str]
    dst_trunk: Mapped[str]
    duration: Mapped[int]
    ring_duration: Mapped[int]
    talk_duration: Mapped[int]
    disposition: Mapped[str]
    call_type: Mapped[str]
    did_number: Mapped[str]
    did_name: Mapped[str]
    dod_number: Mapped[str]
    record_file: Mapped[str]
    reason: Mapped[str]
    pin_code: Mapped[str]
    call_note_remark: Mapped[str]
    disposition_codes: Mapped[str]
    new_id: Mapped[str]
    # The default is what rows of databases of version 1 get.
    fax: Mapped[str] = mapped_column(server_default="")


# An index on an instant alone keeps ties in the order of ids, so that pages need no sorting.
CDR_INDEXES = (
    Index("cdr_time", Cdr.started_at),
    Index("cdr_end", Cdr.started_at + Cdr.duration),
    Index("cdr_call", Cdr.call_id, Cdr.started_at),
    Index("cdr_from", Cdr.from_id, Cdr.started_at),
    Index("cdr_to", Cdr.to_id, Cdr.started_at),
    Index("cdr_recorded", Cdr.started_at, sqlite_where=Cdr.record_file != "", postgresql_where=Cdr.record_file != ""),
)


class CallTruth(Model):
    """What really happened in a call that was made up (truths.py); nothing on the wire is made of it."""

    __tablename__ = "call_truth"
    __table_args__ = {"sqlite_with_rowid": False}
    call_id: Mapped[str] = mapped_column(primary_key=True)
    caller: Mapped[str]
    outcome: Mapped[str]
    answered_by: Mapped[str]
    transferred_to: Mapped[str]
    missed_by: Mapped[str]
    callback_of: Mapped[str]


class Extension(Model):
    """``document`` is JSON: all that an extension has besides, in the vendor's names (shelves.py)."""

    __tablename__ = "extension"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    caller_id_name: Mapped[str] = mapped_column(default="")
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    email_addr: Mapped[str] = mapped_column(default="")
    mobile_number: Mapped[str] = mapped_column(default="")
    # The default is what rows of databases of version 3 get.
    document: Mapped[str] = mapped_column(server_default="{}")


class ExtensionGroup(Model):
    """``document`` is JSON, as an extension's is."""

    __tablename__ = "extension_group"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    document: Mapped[str] = mapped_column(server_default="{}")


class GroupMember(Model):
    """``extension`` is the member's number."""

    __tablename__ = "group_member"
    __table_args__ = {"sqlite_with_rowid": False}
    group_id: Mapped[int] = mapped_column(primary_key=True)
    extension: Mapped[str] = mapped_column(primary_key=True)


class Object(Model):
    """Whatever is only listed, shown and edited: a trunk, a queue, an IVR. ``document`` is JSON (objects.py)."""

    __tablename__ = "object"
    kind: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    document: Mapped[str]


class Client(Model):
    """An API client. The secret is kept as it is, because the PBX shows it to its administrator at any time.

    ``configured`` marks the one client that the settings client_id and client_secret describe.
    """

    __tablename__ = "client"
    client_id: Mapped[str] = mapped_column(primary_key=True)
    secret: Mapped[str]
    configured: Mapped[bool] = mapped_column(default=False)


class Token(Model):
    """A pair of tokens, by their SHA-256; the tokens themselves are never kept."""

    __tablename__ = "token"
    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(index=True)
    access_hash: Mapped[bytes] = mapped_column(unique=True)
    access_expires: Mapped[int]
    refresh_hash: Mapped[bytes] = mapped_column(unique=True)
    refresh_expires: Mapped[int]


class EndedToken(Model):
    """One of such a pair that no longer opens anything, and why; see ended.py. Only the newest are kept."""

    __tablename__ = "ended_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(unique=True)
    kind: Mapped[str]
    why: Mapped[str]
    at: Mapped[int]
    client_id: Mapped[str]


class RevokedToken(Model):
    """An auth token of the second dialect that was deleted before it expired (``expires``: Unix seconds)."""

    __tablename__ = "revoked_token"
    token_id: Mapped[str] = mapped_column(primary_key=True)
    expires: Mapped[int]


class FailedLogin(Model):
    """Failed logins in a row from one address; ``blocked_until`` is 0 while it is not blocked."""

    __tablename__ = "failed_login"
    address: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    blocked_until: Mapped[int]


class Download(Model):
    """A link to a file that is made when it is fetched. ``query`` is the search behind it, as JSON."""

    __tablename__ = "download"
    name: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    query: Mapped[str]
    expires: Mapped[int]


class Memory(Model):
    """What the PBX remembers of itself, as JSON by name.

    Layer ``stored``: settings changed by a seed document, a command or the API. Layer ``start``: settings given when
    the server was started; they win, until changed while it runs. Layer ``state``: the clock and the like.
    """

    __tablename__ = "memory"
    layer: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
