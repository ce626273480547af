"""The yardstick: cdr/search the plain way, with flask-sqlalchemy's ORM and marshmallow, as one would write it first.

It reads the emulator's own database: the same tables, the same indexes, the same tokens. It answers what the emulator
answers to the searches that are measured; what it leaves out (settings, a clock, times in other formats, networks that
may call) only makes it faster.
"""

from __future__ import annotations

import hashlib
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from marshmallow import EXCLUDE, Schema, fields, post_dump
from sqlalchemy import ColumnElement, ForeignKey, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

ZONE = ZoneInfo("Asia/Shanghai")
FORMAT = "%m/%d/%Y %H:%M:%S"
PAGE_SIZE = 10_000


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:  # flask-sqlalchemy makes its Model at run time, out of Base
    Model = Base
else:
    Model = db.Model


class Number(Model):
    """A phone number that occurs in calls."""

    __tablename__ = "number"
    id: Mapped[int] = mapped_column(primary_key=True)
    digits: Mapped[str] = mapped_column(unique=True)


class Cdr(Model):
    """One leg of a call."""

    __tablename__ = "cdr"
    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[int]
    from_id: Mapped[int] = mapped_column(ForeignKey("number.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("number.id"))
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
    dod_number: Mapped[str]
    record_file: Mapped[str]
    reason: Mapped[str]
    from_number: Mapped[Number] = relationship(foreign_keys=[from_id], lazy="joined", innerjoin=True)
    to_number: Mapped[Number] = relationship(foreign_keys=[to_id], lazy="joined", innerjoin=True)

    @property
    def call_from(self) -> str:
        return self.from_text or _shown(self.from_name, self.from_number.digits)

    @property
    def call_to(self) -> str:
        return self.to_text or _shown(self.to_name, self.to_number.digits)


class Token(Model):
    """A pair of tokens, by their SHA-256."""

    __tablename__ = "token"
    id: Mapped[int] = mapped_column(primary_key=True)
    access_hash: Mapped[bytes] = mapped_column(unique=True)
    access_expires: Mapped[int]


def _shown(name: str, number: str) -> str:
    return f"{name}<{number}>" if name else number


class SearchIn(Schema):
    class Meta:
        unknown = EXCLUDE

    start_time = fields.DateTime(format=FORMAT)
    end_time = fields.DateTime(format=FORMAT)
    call_from = fields.String()
    call_to = fields.String()
    enable_fuzzy_search = fields.Boolean()
    page = fields.Integer(load_default=1)
    page_size = fields.Integer(load_default=PAGE_SIZE)


OPTIONAL = {
    "src_trunk",
    "dst_trunk",
    "duration",
    "ring_duration",
    "talk_duration",
    "did_number",
    "dod_number",
    "record_file",
}


class CdrOut(Schema):
    id = fields.Integer()
    time = fields.Function(lambda row: datetime.fromtimestamp(row.started_at, ZONE).strftime(FORMAT))
    call_from = fields.String()
    call_to = fields.String()
    timestamp = fields.Integer(attribute="started_at")
    uid = fields.String()
    src_addr = fields.String()
    src_trunk = fields.String()
    dst_trunk = fields.String()
    duration = fields.Integer()
    ring_duration = fields.Integer()
    talk_duration = fields.Integer()
    disposition = fields.String()
    call_type = fields.String()
    did_number = fields.String()
    dod_number = fields.String()
    record_file = fields.String()
    reason = fields.String()
    call_from_number = fields.String(attribute="from_number.digits")
    call_from_name = fields.Function(lambda row: row.from_name or " ")
    call_to_number = fields.String(attribute="to_number.digits")
    call_to_name = fields.Function(lambda row: row.to_name or " ")
    call_id = fields.String()

    @post_dump
    def leave_out_empty(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value or name not in OPTIONAL}


search_in, rows_out = SearchIn(), CdrOut(many=True)


def create(database: Path) -> Flask:
    """The application over the emulator's database."""
    app = Flask("plain", static_folder=None, template_folder=None)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{database.resolve()}"
    db.init_app(app)
    app.add_url_rule("/openapi/v1.0/cdr/search", view_func=search)
    return app


def search() -> Response:
    """What cdr/search answers."""
    if not _allowed(request.args.get("access_token", "")):
        return jsonify(errcode=10004, errmsg="TOKEN EXPIRED")
    asked = search_in.load(request.args.to_dict())
    conditions = _conditions(asked)
    total = db.session.scalar(select(func.count()).select_from(Cdr).where(*conditions))
    page = select(Cdr).where(*conditions).order_by(Cdr.started_at, Cdr.id)
    page = page.limit(asked["page_size"]).offset((asked["page"] - 1) * asked["page_size"])
    rows = db.session.scalars(page).all()
    return jsonify(errcode=0, errmsg="SUCCESS", total_number=total, data=rows_out.dump(rows))


def _allowed(access_token: str) -> bool:
    wanted = hashlib.sha256(access_token.encode()).digest()
    token = db.session.scalars(select(Token).where(Token.access_hash == wanted)).first()
    return token is not None and token.access_expires > time.time()


def _conditions(asked: dict[str, Any]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if "start_time" in asked:
        conditions.append(Cdr.started_at >= int(asked["start_time"].replace(tzinfo=ZONE).timestamp()))
    if "end_time" in asked:
        conditions.append(Cdr.started_at <= int(asked["end_time"].replace(tzinfo=ZONE).timestamp()))
    for name, column in (("call_from", Cdr.from_id), ("call_to", Cdr.to_id)):
        if name in asked:
            fuzzy, digits = asked.get("enable_fuzzy_search"), Number.digits
            matches = digits.contains(asked[name], autoescape=True) if fuzzy else digits == asked[name]
            conditions.append(column.in_(select(Number.id).where(matches)))
    return conditions
