"""A walk over every interface of the table with bad input, which is derived from what each takes.

A new row is walked without a change here. What answers otherwise than the rest is in the small tables, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache, cached_property
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import pytest
from conftest import start_server
from lives import LIVES

from app.settings import Settings
from app.yeastar import fields as asked
from app.yeastar.bodies import Digits, Line, Numbers, Objects, References, Update, Whole, Word
from app.yeastar.endpoints import ENDPOINTS
from app.yeastar.errors import ERRORS
from app.yeastar.families import Takes
from app.yeastar.schemas.family import Ids

EMULATED = {key: row for key, row in ENDPOINTS.items() if row.answer is not None}
LONG = "x" * 10_000
NOBODY = 999_999
NOT_FOUND = {"errcode": 60001, "errmsg": "DATA NOT FOUND"}
BOOLEAN = {"errcode": -2, "errmsg": "INTERNAL SERVER ERROR"}
STATE = ("object", "extension", "extension_group", "group_member", "memory")
CALLS = "SELECT count(*), max(id), sum(length(call_note_remark)), max(disposition_codes) FROM cdr"

# What some rows need although no field says so -> why. The fields that a request without any parameter is told of.
NEEDED = {
    "recording/download": ["id", "file"],  # one of the two
    "vm/delete": ["id"],  # one of two names
}

# What some rows have to have with what else ``enough`` gives.
BESIDES = {
    "callnotes/update": {"group_id": "1"},  # with its first update_entry
    # or my_report_id
    "call_report/list": {"type": "unreturnmisscall"},
    "call_report/detail": {"type": "ivr"},
    "call_report/download": {"type": "unreturnmisscall"},
}

# Rows that answer an id that nothing has otherwise than with 60001 -> what they answer, and why.
UNKNOWN = {
    "query": [],  # unknown ids are passed over
}

# Parameters whose unknown text, or absence, is a fault of the server's on a real PBX (observed).
FAULTS = {("call_report/list", "type"), ("call_report/detail", "type"), ("call_report/download", "type")}


class Walked:
    """The demo office on one connection; whatever is refused leaves everything as it was."""

    def __init__(self, pbx: Any) -> None:
        self.pbx, self.token = pbx, pbx.token
        self.http = HTTPConnection(pbx.url.partition("//")[2], timeout=30)
        self.database = pbx.world.database.connection()
        self.seen = self.state()
        self.version = self.commits()

    def commits(self) -> int:
        return self.pbx.world.database.version(self.database)

    def state(self) -> list[Any]:
        """All that an interface can change, but tokens and links."""
        statements = [f"SELECT * FROM {table} ORDER BY 1, 2" for table in STATE]
        return [self.database.execute(statement).fetchall() for statement in (*statements, CALLS)]

    def send(self, row: Any, given: Any = None, token: bool = True) -> Any:
        """The answer; a refusal has changed nothing, and is one that the vendor has."""
        path, body = f"/openapi/{row.version}/{row.path}", None
        query = {"access_token": self.token} if row.token and token else {}
        if row.method == "POST":
            body = given if isinstance(given, bytes) else json.dumps({} if given is None else given)
        else:
            query |= given or {}
        self.http.request(row.method, f"{path}?{urlencode(query)}", body, {"User-Agent": "walk"})
        answer = self.http.getresponse()
        content = answer.read()
        assert answer.status == 200
        told = json.loads(content)
        self._check(row, told, given)
        return told

    @cached_property
    def ids(self) -> dict[str, set[int]]:
        """The ids of each kind that has a list."""
        return {
            folder: self._listed(row)
            for (_, path), row in EMULATED.items()
            if (folder := path.removeprefix("v1.0/").removesuffix("/list")) + "/list" == row.path and row.takes
        }

    def _listed(self, row: Any) -> set[int]:
        found = next((value for value in self.send(row, enough(row)).values() if isinstance(value, list)), [])
        return {entry["id"] for entry in found if type(entry.get("id")) is int}

    def of_another_kind(self, folder: str) -> int:
        """An id that something has, and nothing of this kind."""
        return max(set().union(*self.ids.values()) - self.ids.get(folder, set()))

    def _check(self, row: Any, told: Any, given: Any) -> None:
        assert told["errcode"] in ERRORS, (row.route, given, told)
        version = self.commits()
        if version != self.version:
            self.version, before, self.seen = version, self.seen, self.state()
            assert told["errcode"] in (0, 1) or before == self.seen, f"{row.route} changed something: {told}"


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    instance = tmp_path_factory.mktemp("walked")
    variables = {"PBX_KEEP_ALIVE": "60", "PBX_MAX_TOKENS": "0", "PBX_MAX_FAILED_LOGINS": "0"}
    pbx = start_server(instance, **variables)
    walked = Walked(pbx)
    yield walked
    walked.http.close()
    assert pbx.stop() == 0
    assert not [line for line in pbx.lines if "a fault of the emulator" in line], "".join(pbx.lines)


@cache
def takes(row: Any) -> Any:
    """What the row takes, on a PBX as it comes."""
    return row.takes(Settings()) if row.takes else None


def each(rows: Any) -> Any:
    return pytest.mark.parametrize("row", rows.values(), ids=[f"{method} {path}" for method, path in rows])


def problems(answer: Any) -> list[tuple[str, str]]:
    """Field and check of each of a 40002's problems; v2.0 tells of some in a sentence."""
    assert answer["errcode"] == 40002, answer
    return [(wrong["field"], wrong.get("validation_type", "valid_msg")) for wrong in answer["invalid_param_list"]]


def plain(field: Any) -> Any:
    """Something that the field takes, most likely; text that has to have a form tells an example."""
    if hasattr(field, "example"):
        return field.example
    if isinstance(field, asked.Choice):
        return field.choices[0]
    if isinstance(field, asked.Number):
        return max(field.least or 0, 1)
    if isinstance(field, asked.Flag | asked.NumberList):
        return 1
    if isinstance(field, Digits):
        return "8123"
    if isinstance(field, References | Numbers):
        return [1]
    return [] if isinstance(field, Objects) else "1"


def enough(row: Any, **more: Any) -> dict[str, Any]:
    """What the row has to have, and more."""
    schema = takes(row)
    if isinstance(schema, Update):
        return {"id": NOBODY, **more}
    folder, _, deed = row.path.rpartition("/")
    if deed == "create" and folder in LIVES:
        return {**LIVES[folder][0], **more}
    return {name: plain(schema.fields[name]) for name in schema.required} | BESIDES.get(row.path, {}) | more


# Type of a parameter of a query -> values that it refuses, and how.
ASKED = [
    (asked.Choice, [("moon", "oneof"), (LONG, "oneof")]),
    (asked.Flag, [("x", "number"), ("2", "oneof"), ("1.5", "number"), (LONG, "number")]),
    (asked.Number, [("x", "number"), ("1.0", "number"), ("1e3", "number"), (str(2**70), "number"), (LONG, "number")]),
    (Ids, [("x", "number"), ("1,", "number"), ("1;2", "number"), (LONG, "number")]),
]

# Type of a field of a body -> the same; None is -2.
SENT = [
    (Digits, [("abc", "number"), (LONG, "max"), (3000, "required")]),
    (Line, [(LONG, "max"), (7, "required"), (None, "required"), ([], "required")]),
    (Word, [("nothing", "oneof"), (LONG, "oneof"), (7, "oneof"), (True, "oneof"), ({}, "oneof")]),
    (asked.Flag, [(True, None), (False, None), ("1", "number"), (2, "oneof"), (1.5, "number"), (LONG, "number")]),
    (Whole, [(True, None), ("x", "number"), (1.5, "number"), ([], "number"), (LONG, "number")]),
    (Numbers, [("1", "required"), ([True], None), (["1"], "number"), ({}, "required")]),
    (Objects, [("1", "required"), ([1], "required"), ({}, "required")]),
    (References, [("1", "required"), ([True], "number"), ([{}], "number"), ([{"id": 1, "type": "moon"}], "oneof")]),
    (asked.Text, [(7, "required"), (None, "required"), ([], "required"), (True, "required")]),
]


def refusals(field: Any, table: Any) -> Iterator[tuple[Any, str | None]]:
    """The values that this field refuses, and how."""
    cases = next((cases for kind, cases in table if isinstance(field, kind)), ())
    long_list = isinstance(field, Line) and field.most >= len(LONG)
    yield from (case for case in cases if not (long_list and case[0] == LONG))
    if isinstance(field, asked.Number) and field.least is not None:
        yield field.least - 1, "min"
    if isinstance(field, asked.Number) and field.most is not None and not field.cut:
        yield field.most + 1, "max"


def missing(walked: Walked, row: Any) -> None:
    """What is missing is named, or empty."""
    needed, given = NEEDED.get(row.path, takes(row).required), enough(row)
    if row.path in {path for path, _ in FAULTS}:
        assert walked.send(row, {}) == BOOLEAN
    if needed:
        assert problems(walked.send(row, {})) == [(name, "required") for name in needed]
    for name in set(needed) & set(takes(row).required):
        without = {key: value for key, value in given.items() if key != name}
        assert problems(walked.send(row, without)) == [(name, "required")]
        ((told, _),) = problems(walked.send(row, {**given, name: ""}))
        assert told == name


def wrong(walked: Walked, row: Any) -> None:
    """What is of another type, another word, too long or too large is named: one field of each type with all that it
    refuses, then all fields together."""
    given, together = enough(row), {}
    tried = set()
    for name, field in takes(row).fields.items():
        cases = list(refusals(field, SENT if row.method == "POST" else ASKED))
        for value, check in cases if type(field) not in tried else ():
            answer = walked.send(row, {**given, name: value})
            if check is None:
                assert answer == BOOLEAN, (name, value)
            else:
                assert problems(answer) == [(name, check)], (name, value)
        tried.add(type(field))
        if told := [case for case in cases if case[1] is not None]:
            together[name] = told[0]
    if together:
        answer = walked.send(row, given | {name: value for name, (value, _) in together.items()})
        assert problems(answer) == [(name, check) for name, (_, check) in together.items()]


def long_text(walked: Walked, row: Any) -> None:
    """Text of any length is no fault, in one parameter or in all of a body."""
    texts = [name for name, field in takes(row).fields.items() if not any(isinstance(field, kind) for kind, _ in ASKED)]
    if row.method == "POST":
        assert walked.send(row, enough(row, **dict.fromkeys(texts, LONG)))["errcode"] != -2
        return
    for name in texts:
        answer = walked.send(row, enough(row, **{name: LONG}))
        assert (answer["errcode"] == -2) == ((row.path, name) in FAULTS), (name, answer)


def no_object(walked: Walked, row: Any) -> None:
    """A body that is no JSON, or JSON of another type."""
    needed = takes(row).required or ["body"]
    for body in (b"", b"[]", b"7", b'"x"', b"null") if row.method == "POST" else ():
        assert problems(walked.send(row, body)) == [(name, "required") for name in needed], body
    for body in (b"{", b"a=1", b"\xff") if row.method == "POST" else ():
        assert walked.send(row, body)["errcode"] == -2, body


def past_the_end(walked: Walked, row: Any) -> None:
    """A page past the end has no rows, and the same total; a file has all rows, whatever the page."""
    if not {"page", "page_size"} <= set(takes(row).fields):
        return
    whole = walked.send(row, enough(row))
    beyond = walked.send(row, enough(row, page=10**15, page_size=10**15))
    if "download_resource_url" not in whole:
        assert beyond == {key: [] if isinstance(value, list) else value for key, value in whole.items()}


IDS = {"id", "ids", "ext_id", "ext_ids", "queue_id", "group_id"}


def unknown_ids(walked: Walked, row: Any) -> None:
    """Ids of nothing, and one of another kind."""
    folder, _, deed = row.path.rpartition("/")
    named = {name: field for name, field in takes(row).fields.items() if name in IDS and field.required}
    for id in (NOBODY, walked.of_another_kind(folder), 0, -1, 2**63 - 1) if named else ():
        given = {name: str(id) if isinstance(field, asked.Text) else id for name, field in named.items()}
        answer = walked.send(row, enough(row, **given))
        if deed in UNKNOWN:
            assert answer["data"] == UNKNOWN[deed]
        else:
            assert answer == NOT_FOUND, id


MISTAKES = (missing, wrong, long_text, no_object, past_the_end, unknown_ids)


@each(EMULATED)
def test_mistakes(walked: Walked, row: Any) -> None:
    if row.token:
        assert walked.send(row, token=False) == {"errcode": 10004, "errmsg": "TOKEN EXPIRED"}
    for mistake in MISTAKES if row.takes else ():
        mistake(walked, row)


KEPT = {key: row for key, row in EMULATED.items() if isinstance(row.takes, Takes) and row.takes.deed == "create"}


@each(KEPT)
def test_what_is_there_cannot_be_made_and_what_is_gone_not_deleted(walked: Walked, row: Any) -> None:
    """40003 names every field that is taken, and who has it."""
    resource = row.takes.resource
    own = {entry.name: entry.takes for entry in resource.attributes if entry.unique}
    body = enough(row)
    body |= {name: "8777" if isinstance(field, Digits) else "walked" for name, field in own.items() if name in body}
    made = walked.send(row, body)
    assert made["errcode"] == 0, made
    own = {name for name in own if name in body}
    if own:
        answer = walked.send(row, body)
        assert list(answer) == ["errcode", "errmsg", "submsg", "duplicate_field_list"], answer
        assert (answer["errcode"], answer["errmsg"]) == (40003, "DUPLICATE KEY VALUE")
        assert answer["submsg"] == f"{resource.label} create fail for duplicate fields"
        name = body["number"] if resource.path == "extension" else body["name"]
        assert {told["field"]: told for told in answer["duplicate_field_list"]} == {
            field: {
                "field": field, "value": body[field], "external_source": resource.kind, "external_source_name": name,
            }
            for field in own
        }  # fmt: skip
    delete = EMULATED["GET", f"v1.0/{resource.path}/delete"]
    assert walked.send(delete, {"id": made["id"]})["errcode"] == 0
    assert walked.send(delete, {"id": made["id"]}) == NOT_FOUND
