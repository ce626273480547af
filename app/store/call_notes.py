"""Call notes: a call's remark and disposition codes, which stand in one of its rows, and what the note was before.

A note's id is its row's uid with a hyphen after the time, and its group is the call. The rows of a call that share a
uid share a note. When a note was written, and what it was before, is kept as an object with the row's id.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson

# Digits of the time that a uid begins with: YYYYMMDDHHmmss.
_TIME = 14


def note_id_sql(row: str = "c") -> str:
    """SQL for the id of a row's call note, whether it has one or not."""
    uid = f"{row}.uid"
    hyphen = f"CASE WHEN length({uid}) > {_TIME} THEN '-' ELSE '' END"
    return f"substr({uid}, 1, {_TIME}) || {hyphen} || substr({uid}, {_TIME + 1})"


def uid_of(note_id: str) -> str | None:
    """The uid of the rows that have the note; None for what is no note's id."""
    if len(note_id) <= _TIME:
        return note_id
    return note_id[:_TIME] + note_id[_TIME + 1 :] if note_id[_TIME] == "-" else None


@dataclass(frozen=True)
class Version:
    """A note as it was written: ``at`` in Unix seconds; ``entry`` says where, in the vendor's words ("": not yet)."""

    remark: str
    codes: Sequence[int]
    at: int
    entry: str


class Note(NamedTuple):
    """``from_number`` and ``to_number`` are those of the row that has it."""

    row_id: int
    id: str
    call_id: str
    from_number: str
    to_number: str
    current: Version
    history: tuple[Version, ...]


_FIND = f"""SELECT c.id, {note_id_sql()}, c.call_id, f.digits, t.digits, c.call_note_remark, c.disposition_codes,
        c.started_at + c.duration, o.document
    FROM cdr AS c INDEXED BY cdr_call JOIN number AS f ON f.id = c.from_id JOIN number AS t ON t.id = c.to_id
    LEFT JOIN object AS o ON o.kind = 'call_note' AND o.id = c.id
    WHERE c.call_id = ? AND c.uid = ?
    ORDER BY c.call_note_remark = '' AND c.disposition_codes = '' AND o.id IS NULL,
        c.disposition <> 'ANSWERED', c.started_at DESC, c.id DESC LIMIT 1"""


def find(connection: sqlite3.Connection, call_id: str, uid: str) -> Note | None:
    """The note of the call's rows with that uid. It stands in the row that has one, or else belongs in the last that
    was answered, or in the last of all. One that came with its call was written when its row ended."""
    row = connection.execute(_FIND, (call_id, uid)).fetchone()
    if row is None:
        return None
    row_id, id, group, from_number, to_number, remark, codes, ended, text = row
    kept = orjson.loads(text) if text else {}
    is_noted = bool(remark or codes)
    at, entry = (kept["at"], kept["entry"]) if kept else (ended, "in_call") if is_noted else (0, "")
    history = (Version(**version) for version in kept.get("history", ()))
    current = Version(remark, tuple(int(code) for code in codes.split(",") if code), at, entry)
    return Note(row_id, id, group, from_number, to_number, current, tuple(history))


def write(connection: sqlite3.Connection, note: Note, version: Version) -> None:
    """Make this the note's text, in the caller's write transaction; what it was until now becomes its history."""
    codes = f",{','.join(map(str, version.codes))}," if version.codes else ""
    connection.execute(
        "UPDATE cdr SET call_note_remark = ?, disposition_codes = ? WHERE id = ?", (version.remark, codes, note.row_id)
    )
    earlier = (*note.history, note.current) if note.current.entry else ()
    kept = {"at": version.at, "entry": version.entry, "history": earlier}
    connection.execute(
        "INSERT INTO object (kind, id, name, document) VALUES ('call_note', ?, ?, ?)"
        " ON CONFLICT (kind, id) DO UPDATE SET name = excluded.name, document = excluded.document",
        (note.row_id, note.id, orjson.dumps(kept).decode()),
    )
