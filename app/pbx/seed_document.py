"""A seed document: one JSON or TOML file that says what a PBX holds, read whole or refused with its mistakes named.

Its fields are in seed_schema.py, what can be wrong with it in seed_mistakes.py.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from ..settings import SETTINGS
from ..store.loading import CdrRow
from ..store.objects import KINDS
from ..store.truths import CallTruth
from .fax import as_text
from .seed_lines import with_lines
from .seed_mistakes import SeedError, name_and_number, other_mistakes, read_setting, refuse, schema_mistakes
from .seed_schema import EXTENSION_FIELDS, ONCE, Json

__all__ = ["NOTHING", "Present", "SeedDocument", "SeedError", "read_document", "read_file"]


@dataclass(frozen=True)
class Present:
    """What a PBX holds already that a document is added to: its extensions' numbers, its extension groups' names, and
    by key of the document the highest id in use, after which ids are given to what comes without."""

    extensions: Collection[str] = ()
    groups: Collection[str] = ()
    highest: Mapping[str, int] = field(default_factory=dict)


NOTHING = Present()


@dataclass(frozen=True)
class SeedDocument:
    """A document without mistakes, ready for the store.

    ``settings`` by name, as SETTINGS reads them; ``extensions`` as columns of models.Extension; ``groups`` as
    id, name and members' numbers; ``objects`` as kind, id, name and the keys besides these, in the document's
    order; ``cdrs`` made one by one, once, each with an id; ``truths`` about those of them that were made up.
    """

    settings: Json
    extensions: list[Json]
    groups: list[tuple[int, str, list[str]]]
    objects: list[tuple[str, int, str, Json]]
    cdrs: Iterator[CdrRow]
    truths: tuple[CallTruth, ...] = ()


def party(text: str | None, number: str | None, name: str | None) -> tuple[str, str, str | None]:
    """Number, name, and the text if it is not made of these. What is left out is read from the text."""
    if text is not None and (number is None or name is None):
        name_shown, number_shown = name_and_number(text)
        number = number_shown if number is None else number
        name = name_shown if name is None and number == number_shown else name
    number, name = number or "", name if name and not name.isspace() else ""
    made = f"{name}<{number}>" if name else number
    return number, name, None if text == made else text


def as_codes(codes: str | list[int] | None) -> str:
    """``,3,4,`` for the codes 3 and 4."""
    parts = codes.split(",") if isinstance(codes, str) and codes else codes
    return f",{','.join(str(int(code)) for code in parts)}," if parts else ""


def new_uid(id: int, instant: int, compact: Callable[[int], str]) -> str:
    """Local start and five hexadecimal digits, which differ for any million ids in a row: 0x9E3B1 is odd."""
    return f"{compact(instant)}{id * 0x9E3B1 & 0xFFFFF:05X}"


def _row(call: Json, id: int, compact: Callable[[int], str]) -> CdrRow:
    get = call.get
    instant, talk = int(call["timestamp"]), int(get("talk_duration", 0))
    src_trunk, dst_trunk, dod = get("src_trunk", ""), get("dst_trunk", ""), get("dod_number", "")
    did = get("did_number") or get("did", "")
    from_number, from_name, from_text = party(get("call_from"), get("call_from_number"), get("call_from_name"))
    to_number, to_name, to_text = party(get("call_to"), get("call_to_number"), get("call_to_name"))
    call_type = "Inbound" if src_trunk or did else "Outbound" if dst_trunk or dod else "Internal"
    return CdrRow(
        id=id,
        started_at=instant,
        from_number=from_number,
        from_name=from_name,
        to_number=to_number,
        to_name=to_name,
        from_text=from_text,
        to_text=to_text,
        uid=get("uid") or new_uid(id, instant, compact),
        call_id=get("call_id") or f"{instant}.{id}",
        src_addr=get("src_addr", ""),
        src_trunk=src_trunk,
        dst_trunk=dst_trunk,
        duration=int(get("duration", 0)),
        ring_duration=int(get("ring_duration", 0)),
        talk_duration=talk,
        disposition=get("disposition") or ("ANSWERED" if talk else "NO ANSWER"),
        call_type=get("call_type") or call_type,
        did_number=did,
        did_name=get("did_name", ""),
        dod_number=dod,
        record_file=get("record_file", ""),
        reason=get("reason", ""),
        pin_code=get("pin_code", ""),
        call_note_remark=get("call_note_remark") or get("call_note") or "",
        disposition_codes=as_codes(get("disposition_code_list")),
        new_id=get("new_id", ""),
        fax=as_text(fax) if (fax := get("fax")) else "",
    )


def _rows(calls: list[Json], timezone: str, highest: int) -> Iterator[CdrRow]:
    from .display_format import DisplayFormat

    compact = DisplayFormat("YYYY/MM/DD", "24", timezone).compact
    fresh = count(int(max(highest, *(call.get("id", 0) for call in calls), 0)) + 1)
    for call in calls:
        yield _row(call, int(call["id"]) if "id" in call else next(fresh), compact)


def _numbered(items: list[Json], highest: int) -> Iterator[tuple[int, Json]]:
    """Each with its id; those without get the lowest that are free above ``highest``, in order."""
    used = {item.get("id") for item in items}
    fresh = (id for id in count(highest + 1) if id not in used)
    return ((int(item["id"]) if "id" in item else next(fresh), item) for item in items)


# Keys of an extension that have no column of their own.
_WITHOUT_COLUMN = ("presence_status", "online", "ip")


def _extension(id: int, item: Json) -> Json:
    apart = ("id", "name", "caller_id_name", *_WITHOUT_COLUMN)
    columns = {key: item.get(key, "") for key in EXTENSION_FIELDS if key not in apart}
    both = " ".join(filter(None, (columns["first_name"], columns["last_name"])))
    document = orjson.dumps({key: item[key] for key in _WITHOUT_COLUMN if key in item}).decode()
    shown = item.get("caller_id_name", item.get("name", both))
    return {"id": id, "caller_id_name": shown} | columns | {"document": document}


def _besides(kind: str, item: Json) -> Json:
    """What an object has besides id and name. Prices and times that a trunk costs are shown as they are kept: whole."""
    rest = {key: item[key] for key in item if key not in ("id", "name")}
    if kind == "trunk" and "rating" in rest:
        rest["rating"] = {
            key: int(value) if isinstance(value, float) else value for key, value in rest["rating"].items()
        }
    return rest


def read_document(data: Any, timezone: str = SETTINGS["timezone"].default, present: Present = NOTHING) -> SeedDocument:
    """The document in ``data``, as a JSON parser gives it. Raises SeedError.

    ``timezone`` (IANA) is the PBX's, unless the document sets its own; it shows in the uids of calls that are
    given none. ``present`` is what the document is added to.
    """
    try:
        refuse(schema_mistakes(data))
    except ValueError as error:
        raise SeedError(f"The document is nested too deeply, or holds what JSON cannot: {error}") from None
    lists = {key: [{"name": item} if isinstance(item, str) else item for item in data.get(key, ())] for key in ONCE}
    refuse(other_mistakes(lists, present.extensions, present.groups))
    settings = {name: read_setting(name, value) for name, value in data.get("settings", {}).items()}

    def highest(key: str) -> int:
        return present.highest.get(key, 0)

    return SeedDocument(
        settings=settings,
        extensions=[_extension(id, item) for id, item in _numbered(lists["extensions"], highest("extensions"))],
        groups=[
            (id, item["name"], item["members"])
            for id, item in _numbered(lists["extension_groups"], highest("extension_groups"))
        ],
        objects=[
            (kind.kind, id, item["name"], _besides(kind.kind, item))
            for kind in KINDS.values()
            for id, item in _numbered(lists[kind.document_key], highest(kind.document_key))
        ],
        cdrs=_rows(lists["cdrs"], settings.get("timezone", timezone), highest("cdrs")),
    )


def _read_data(path: Path) -> Any:
    """What the JSON or, if its name ends in .toml, TOML file holds. Raises SeedError, which says where in the file."""
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise SeedError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if content.startswith(codecs.BOM_UTF8):
        raise SeedError(f"{path}: begins with a byte order mark; save it as UTF-8 without one")
    if path.suffix.lower() == ".toml":
        return _read_toml(path, content)
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        _refuse_encoding(path, content)
        raise SeedError(f"{path}: is not JSON, line {error.lineno}, column {error.colno}: {error.msg}") from None


def _read_toml(path: Path, content: bytes) -> Any:
    import tomllib

    _refuse_encoding(path, content)
    try:
        return tomllib.loads(content.decode())
    except tomllib.TOMLDecodeError as error:
        raise SeedError(f"{path}: is not TOML: {error}") from None


def _refuse_encoding(path: Path, content: bytes) -> None:
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SeedError(f"{path}: is not UTF-8, line {line}, byte {error.start} of the file") from None


def read_file(
    path: str | Path, timezone: str = SETTINGS["timezone"].default, present: Present = NOTHING
) -> SeedDocument:
    """The document in the file; see ``read_document``. Raises SeedError, also for a file that is not JSON; of a mistake
    in JSON it tells the line."""
    path = Path(path)
    data = _read_data(path)
    try:
        return read_document(data, timezone, present)
    except SeedError as error:
        if path.suffix.lower() == ".toml":
            raise
        raise SeedError(with_lines(str(error), path.read_text(encoding="utf-8"))) from None
