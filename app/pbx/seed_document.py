"""A seed document: one JSON file that says what a PBX holds, read whole or refused with its mistakes named.

What the schema of seed_schema.py cannot say (what may stand once only, members that must exist, time zones) is
checked besides.
"""

from __future__ import annotations

import codecs
import difflib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from ..settings import SETTINGS, SettingError, find_setting
from ..store.loading import CdrRow
from ..store.objects import KINDS
from .seed_schema import EXTENSION_FIELDS, ONCE, PBX_SETTINGS, SHAPES, Json, cached_schema, validator

# Mistakes a SeedError tells, mistakes looked for, and how many rows are searched for them at a time.
TOLD, LOOKED_FOR, SLICE = 10, 1000, 500

Mistake = Callable[[], str]  # put into words only when it is told


class SeedError(Exception):
    """The document cannot be loaded. Each line of the text is a mistake: path, value, what is allowed."""


@dataclass(frozen=True)
class Present:
    """What a PBX holds already that a document is added to: its extensions' numbers, and by key of the document
    the highest id in use, after which ids are given to what comes without."""

    extensions: Collection[str] = ()
    highest: Mapping[str, int] = field(default_factory=dict)


NOTHING = Present()


@dataclass(frozen=True)
class SeedDocument:
    """A document without mistakes, ready for the store.

    ``settings`` by name, as SETTINGS reads them; ``extensions`` as columns of models.Extension; ``groups`` as
    id, name and members' numbers; ``objects`` as kind, id, name and the keys besides these, in the document's
    order; ``cdrs`` made one by one, once, each with an id.
    """

    settings: Json
    extensions: list[Json]
    groups: list[tuple[int, str, list[str]]]
    objects: list[tuple[str, int, str, Json]]
    cdrs: Iterator[CdrRow]


def _path(steps: Iterable[str | int]) -> str:
    """``["cdrs", 3, "uid"]`` as ``cdrs[3].uid``."""
    plain = (f".{step}" if str(step).isidentifier() else f"[{json.dumps(step)}]" for step in steps)
    return "".join(plain).removeprefix(".") or "the document"


def _shown(value: Any) -> str:
    if isinstance(value, (dict, list, tuple)):
        return "an object" if isinstance(value, dict) else "an array"
    text = json.dumps(value, ensure_ascii=not (isinstance(value, str) and value.isprintable()))
    return text if len(text) <= 60 else text[:57] + "..."


def _nearest(word: str, allowed: Collection[str]) -> str:
    near = difflib.get_close_matches(word, allowed, 3)
    if near:
        return f"did you mean {' or '.join(near)}?"
    more = f", ... ({len(allowed)} in all)" if len(allowed) > 12 else ""
    return "expected one of " + ", ".join(sorted(allowed)[:12]) + more if allowed else "there is none"


def _not_allowed(path: str, value: Any, allowed: str) -> str:
    return f"{path}: {_shown(value)} is not allowed; expected {allowed}"


def _unknown(path: str, what: str, word: str, allowed: Collection[str]) -> str:
    return f"{path}: {_shown(word)} is not {what}; {_nearest(word, allowed)}"


def _repeats(where: str, values: Iterable[Any], key: str = "") -> Iterator[Mistake]:
    """A mistake for each value but None that stood before in the array at ``where``."""
    first: dict[Any, int] = {}
    for index, value in enumerate(values):
        if value is not None and first.setdefault(value, index) != index:
            allowed = f"another value than {where}[{first[value]}]{key} has"
            yield partial(_not_allowed, f"{where}[{index}]{key}", value, allowed)


def _slices(data: Any) -> Iterator[tuple[Any, int]]:
    """The document in parts that are documents too, each with the index of its first row.

    The validator makes all errors of what it is given at once, with copies of the rows.
    """
    if not isinstance(data, dict):
        yield data, 0
        return
    for key, value in data.items():
        if isinstance(value, list):
            yield from (({key: value[first : first + SLICE]}, first) for first in range(0, max(len(value), 1), SLICE))
        else:
            yield {key: value}, 0


def _errors(data: Any) -> Iterator[tuple[list[Any], Any, Json]]:
    """The validator's errors: the path of the value, the error, and the part of the schema that it breaks."""
    for part, first in _slices(data):
        for error in validator().iter_errors(part):
            steps: list[Any] = list(error.instance_path)
            if len(steps) > 1 and isinstance(steps[1], int):
                steps[1] += first
            rule: Any = cached_schema()
            for step in error.schema_path[:-1]:
                rule = rule[step]
            yield steps, error, rule


def _in_words(steps: list[Any], error: Any, rule: Json) -> Iterator[Mistake]:
    """What one error of the validator says, as a mistake for each key or value that is wrong."""
    path, kind = _path(steps), error.kind
    if kind.name == "additionalProperties":
        for key in kind.unexpected:
            yield partial(_unknown, _path([*steps, key]), "a key here", key, rule["properties"])
    elif kind.name == "required":
        shape = rule["properties"][kind.property]["$ref"].rpartition("/")[2]
        yield partial(
            "{}: is missing; expected {}".format, _path([*steps, kind.property]), SHAPES[shape]["description"]
        )
    elif kind.name == "anyOf":
        yield partial("{}: is not complete; expected {}".format, path, rule["description"])
    elif kind.name == "uniqueItems":
        yield from _repeats(path, (item if isinstance(item, str) else None for item in error.instance))
    else:
        yield partial(_not_allowed, path, error.instance, rule["description"])


def _schema_mistakes(data: Any) -> Iterator[Mistake]:
    """What the schema does not allow; SETTINGS itself has the words for settings."""
    if isinstance(data, dict) and isinstance(data.get("settings"), dict):
        yield from _setting_mistakes(data["settings"])
    if validator().is_valid(data):
        return
    told = None
    for steps, error, rule in _errors(data):
        about_an_object = error.kind.name in ("additionalProperties", "required", "anyOf")
        a_setting = steps[:1] == ["settings"] and (about_an_object or len(steps) > 1)
        if not a_setting and (about_an_object or steps != told):  # what fails twice is one mistake
            yield from _in_words(steps, error, rule)
            told = steps


def _read_setting(name: str, value: Any) -> Any:
    """The value as SETTINGS reads it, if it is also of the schema's type. Raises SettingError."""
    where = f"settings.{name}"
    if name in SETTINGS and name not in PBX_SETTINGS:
        flag, variable = SETTINGS[name].flag, SETTINGS[name].variable
        raise SettingError(f"{where}: belongs to the server, not to the PBX; give it as {flag} or {variable}")
    setting = find_setting(name, where, PBX_SETTINGS)
    whole = isinstance(value, float) and value.is_integer()
    read = setting.read(int(value) if whole else value, where)
    if not jsonschema_rs.is_valid(dict(setting.reader.schema), value):
        raise SettingError(_not_allowed(where, value, json.dumps(setting.reader.schema)))
    return read


def _setting_mistakes(settings: Json) -> Iterator[Mistake]:
    for name, value in settings.items():
        try:
            _read_setting(name, value)
        except SettingError as error:
            yield partial(str, error)


def _other_mistakes(lists: dict[str, list[Json]], known: Collection[str]) -> Iterator[Mistake]:
    """What the schema cannot say, of the document's arrays by key."""
    for key, names in ONCE.items():
        for name in names:
            yield from _repeats(key, (item.get(name) for item in lists[key]), f".{name}")
    known = {*known, *(extension["number"] for extension in lists["extensions"])}
    holders = {kind.document_key: kind.extensions for kind in KINDS.values() if kind.extensions}
    for key, name in ({"extension_groups": "members"} | holders).items():
        for index, item in enumerate(lists[key]):
            yield from _strangers(f"{key}[{index}].{name}", item.get(name, ()), known)
    for kind in KINDS.values():
        yield from _not_storable(kind.document_key, lists[kind.document_key])
    yield from _long_numbers(lists["cdrs"])


def _strangers(where: str, members: Iterable[str], known: Collection[str]) -> Iterator[Mistake]:
    for index, member in enumerate(members):
        if member not in known:
            yield partial(_unknown, f"{where}[{index}]", "an extension", member, known)


def _not_storable(where: str, objects: list[Json]) -> Iterator[Mistake]:
    for index, item in enumerate(objects):
        try:
            orjson.dumps(item)
        except orjson.JSONEncodeError as error:
            yield partial("{}[{}]: cannot be stored as JSON: {}".format, where, index, error)


def _long_numbers(calls: list[Json]) -> Iterator[Mistake]:
    for index, call in enumerate(calls):
        for party, number in (("call_from", "call_from_number"), ("call_to", "call_to_number")):
            if number not in call and len(_name_and_number(call[party])[1]) > SHAPES["number"]["maxLength"]:
                allowed = "a number in it that is " + SHAPES["number"]["description"]
                yield partial(_not_allowed, f"cdrs[{index}].{party}", call[party], allowed)


def _refuse(mistakes: Iterator[Mistake]) -> None:
    """Raise SeedError if there are any."""
    found = list(islice(mistakes, LOOKED_FOR + 1))
    lines = [mistake() for mistake in found[:TOLD]]
    if len(found) > LOOKED_FOR:
        lines.append(f"and more than {LOOKED_FOR - TOLD} more")
    elif len(found) > TOLD:
        lines.append(f"and {len(found) - TOLD} more")
    if lines:
        raise SeedError("\n".join(lines))


def _name_and_number(text: str) -> tuple[str, str]:
    """``Kristin Hale<2005>`` in its two parts; any other text is a number."""
    name, bracket, number = text[:-1].rpartition("<") if text.endswith(">") else ("", "", "")
    return (name, number) if bracket else ("", text)


def _party(text: str | None, number: str | None, name: str | None) -> tuple[str, str, str | None]:
    """Number, name, and the text if it is not made of these. What is left out is read from the text."""
    if text is not None and (number is None or name is None):
        name_shown, number_shown = _name_and_number(text)
        number = number_shown if number is None else number
        name = name_shown if name is None and number == number_shown else name
    number, name = number or "", name if name and not name.isspace() else ""
    made = f"{name}<{number}>" if name else number
    return number, name, None if text == made else text


def _codes(codes: str | list[int] | None) -> str:
    """``,3,4,`` for the codes 3 and 4."""
    parts = codes.split(",") if isinstance(codes, str) and codes else codes
    return f",{','.join(str(int(code)) for code in parts)}," if parts else ""


def _uid(id: int, instant: int, compact: Callable[[int], str]) -> str:
    """Local start and five hexadecimal digits, which differ for any million ids in a row: 0x9E3B1 is odd."""
    return f"{compact(instant)}{id * 0x9E3B1 & 0xFFFFF:05X}"


def _row(call: Json, id: int, compact: Callable[[int], str]) -> CdrRow:
    get = call.get
    instant, talk = int(call["timestamp"]), int(get("talk_duration", 0))
    src_trunk, dst_trunk, dod = get("src_trunk", ""), get("dst_trunk", ""), get("dod_number", "")
    did = get("did_number") or get("did", "")
    from_number, from_name, from_text = _party(get("call_from"), get("call_from_number"), get("call_from_name"))
    to_number, to_name, to_text = _party(get("call_to"), get("call_to_number"), get("call_to_name"))
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
        uid=get("uid") or _uid(id, instant, compact),
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
        disposition_codes=_codes(get("disposition_code_list")),
        new_id=get("new_id", ""),
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


def _extension(id: int, item: Json) -> Json:
    columns = {key: item.get(key, "") for key in EXTENSION_FIELDS if key not in ("id", "name", "caller_id_name")}
    both = " ".join(filter(None, (columns["first_name"], columns["last_name"])))
    return {"id": id, "caller_id_name": item.get("caller_id_name", item.get("name", both))} | columns


def read_document(data: Any, timezone: str = SETTINGS["timezone"].default, present: Present = NOTHING) -> SeedDocument:
    """The document in ``data``, as a JSON parser gives it. Raises SeedError.

    ``timezone`` (IANA) is the PBX's, unless the document sets its own; it shows in the uids of calls that are
    given none. ``present`` is what the document is added to.
    """
    try:
        _refuse(_schema_mistakes(data))
    except ValueError as error:
        raise SeedError(f"The document is nested too deeply, or holds what JSON cannot: {error}") from None
    lists = {key: [{"name": item} if isinstance(item, str) else item for item in data.get(key, ())] for key in ONCE}
    _refuse(_other_mistakes(lists, present.extensions))
    settings = {name: _read_setting(name, value) for name, value in data.get("settings", {}).items()}

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
            (kind.kind, id, item["name"], {key: item[key] for key in item if key not in ("id", "name")})
            for kind in KINDS.values()
            for id, item in _numbered(lists[kind.document_key], highest(kind.document_key))
        ],
        cdrs=_rows(lists["cdrs"], settings.get("timezone", timezone), highest("cdrs")),
    )


def _read_json(path: Path) -> Any:
    """Raises SeedError, which says where in the file."""
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise SeedError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if content.startswith(codecs.BOM_UTF8):
        raise SeedError(f"{path}: begins with a byte order mark; save it as UTF-8 without one")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        _refuse_encoding(path, content)
        raise SeedError(f"{path}: is not JSON, line {error.lineno}, column {error.colno}: {error.msg}") from None


def _refuse_encoding(path: Path, content: bytes) -> None:
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SeedError(f"{path}: is not UTF-8, line {line}, byte {error.start} of the file") from None


def read_file(
    path: str | Path, timezone: str = SETTINGS["timezone"].default, present: Present = NOTHING
) -> SeedDocument:
    """The document in the file; see ``read_document``. Raises SeedError, also for a file that is not JSON."""
    return read_document(_read_json(Path(path)), timezone, present)
