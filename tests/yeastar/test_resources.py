"""The resources that a PBX remembers: one walk over all their interfaces with bad inputs, one life a kind, quirks."""

from __future__ import annotations

import pytest
from marshmallow import fields
from offices import EXTENSION, OwnPbx, problems

from app.settings import Settings
from app.yeastar.attributes import Members
from app.yeastar.bodies import Digits, Line, Numbers, Objects, Whole, Word
from app.yeastar.endpoints import ENDPOINTS
from app.yeastar.families import Takes
from app.yeastar.fields import Flag
from app.yeastar.resources import CHAPTERS, all_resources

ROWS = {row.path: row for row in ENDPOINTS.values() if isinstance(row.takes, Takes)}
RESOURCES = {row.takes.resource.path: row.takes.resource for row in ROWS.values()}
NOBODY = 999_999
LONG = "x" * 10_000
NOT_FOUND = {"errcode": 60001, "errmsg": "DATA NOT FOUND"}

# What each kind is made of, and a change that get shows as it was given.
LIVES = {
    "extension": (EXTENSION, {"presence_status": "away"}),
    "extensiongroup": ({"name": "Night", "member_select": "sel_specific", "members": [3]}, {"name": "Day"}),
    "organization": ({"name": "Lab", "parent_id": 1}, {"name": "Workshop"}),
    "trunk": ({"name": "new", "type": "peer", "hostname": "10.0.0.1", "port": 5070}, {"enable": 0}),
    "inbound_route": (
        {"name": "In", "trunk_list": [{"id": 1}], "def_dest": "extension", "def_dest_value": "3"},
        {"def_dest_value": "4"},
    ),
    "outbound_route": (
        {"name": "Out", "pin_protect": "disable", "dial_pattern_list": [{"pattern": "X."}], "trunk_list": [{"id": 1}]},
        {"outbound_cid": "5550100"},
    ),
    "company_contact": (
        {"first_name": "Ann", "number_list": [{"num_type": "mobile_number", "number": "139"}]},
        {"company": "Harbour Hotel"},
    ),
    "phonebook": ({"name": "Friends"}, {"name": "Family"}),
    "ivr": (
        {"number": "6290", "name": "Menu", "prompt": "default", "prompt_repeat": 1, "resp_timeout": 9,
         "digit_timeout": 2},
        {"press1_dest": "queue", "press1_dest_value": "1"},
    ),
    "ringgroup": (
        {"number": "6390", "name": "Ring", "ring_strategy": "ring_all", "ring_timeout": 20},
        {"ring_strategy": "custom"},
    ),
    "queue": ({"number": "6490", "name": "Sell", "ring_strategy": "linear"}, {"max_wait_time": 60}),
    "conference": ({"number": "6590", "name": "Room"}, {"allow_partic_invite": 1}),
    "paging": (
        {"number": "6690", "name": "Page", "type": "2_way_intercom", "prompt_play_times": 1, "broadcast_client": "sip",
         "member_list": [{"id": 3, "type": "extension"}]},
        {"prompt_play_times": 0},
    ),
    "pin_list": ({"name": "Local", "pin_list": "1,2"}, {"enb_record_cdr": 1}),
    "block_numbers": ({"name": "Spam", "limit_type": "both", "number_list": "1&2"}, {"limit_type": "inbound"}),
    "allow_numbers": ({"name": "Kin", "limit_type": "inbound", "number_list": "3"}, {"number_list": "3&4"}),
}  # fmt: skip
ONLY_LISTED = {"vm_group", "play_list"}


@pytest.fixture
def pbx(server):
    """The demo office, as a PBX of the test's own."""
    pbx = OwnPbx(server)
    yield pbx
    pbx.drop()


@pytest.fixture(scope="module")
def shared(server):
    """The demo office, for requests that are all refused, or only read."""
    pbx = OwnPbx(server)
    yield pbx
    pbx.drop()


def listing(path):
    """What a list needs: page and page_size where they are required."""
    return {"page": 1, "page_size": 1000} if RESOURCES[path].paged else {}


def rows_of(pbx, path, deed="list", **asked):
    answer = pbx.get(f"{path}/{deed}", **listing(path), **asked)
    assert answer["errcode"] == 0, answer
    return answer[RESOURCES[path].array if path != "organization" else "organization_list"]


def told(pbx, path, id):
    answer = pbx.get(f"{path}/get", id=id)
    assert list(answer) == ["errcode", "errmsg", RESOURCES[path].single], answer
    one = answer[RESOURCES[path].single]
    return one[0] if path == "trunk" else one


def test_every_kind_has_a_life():
    assert set(LIVES) | ONLY_LISTED == set(RESOURCES) == set(CHAPTERS)
    assert all_resources() == [RESOURCES[folder] for folder in CHAPTERS]


@pytest.mark.parametrize("path", LIVES)
def test_life(pbx, path):
    body, changes = LIVES[path]
    id = pbx.create(path, **body)
    before = told(pbx, path, id)
    assert before["id"] == id
    plain = {key: value for key, value in body.items() if key in before and not isinstance(value, list)}
    assert plain
    assert plain == {key: before[key] for key in plain}
    assert pbx.get(f"{path}/query", ids=f"{NOBODY},{id},{id}")["data"] == [before]
    if path != "organization":
        everything = rows_of(pbx, path)
        (row,) = [row for row in everything if row["id"] == id]
        text = body.get("name", "3000" if path == "extension" else "Ann")
        assert row in rows_of(pbx, path, "search", search_value=text.upper())
        assert rows_of(pbx, path, "search", search_value=LONG) == []
        assert rows_of(pbx, path, "search", search_value="") == everything
    pbx.done(f"{path}/update", id=id, **changes)
    assert told(pbx, path, id) == before | changes
    pbx.done(f"{path}/update", id=id)
    assert told(pbx, path, id) == before | changes
    pbx.done(f"{path}/delete", id=id)
    for answer in (
        pbx.get(f"{path}/delete", id=id),
        pbx.get(f"{path}/get", id=id),
        pbx.post(f"{path}/update", {"id": id}),
    ):
        assert answer == NOT_FOUND
    assert pbx.get(f"{path}/query", ids=id)["data"] == []


@pytest.mark.parametrize("path", [path for path in LIVES if path not in ("organization", "company_contact")])
def test_unique_values(pbx, path):
    """40003 names every field that is taken, and who has it."""
    body, _ = LIVES[path]
    pbx.create(path, **body)
    answer = pbx.post(f"{path}/create", body)
    unique = {entry.name for entry in RESOURCES[path].attributes if entry.unique} & set(body)
    assert unique
    assert list(answer) == ["errcode", "errmsg", "submsg", "duplicate_field_list"], answer
    assert (answer["errcode"], answer["errmsg"]) == (40003, "DUPLICATE KEY VALUE")
    assert answer["submsg"] == f"{RESOURCES[path].label} create fail for duplicate fields"
    name = body.get("number") if path == "extension" else body["name"]
    assert {row["field"]: row for row in answer["duplicate_field_list"]} == {
        field: {
            "field": field, "value": body[field], "external_source": RESOURCES[path].kind, "external_source_name": name,
        }
        for field in unique
    }  # fmt: skip
    before = rows_of(pbx, path)
    assert len([row for row in before if row.get("name", row["number"] if path == "extension" else "") == name]) == 1


# Type of a field of a body -> values it refuses, and how; None is -2.
REFUSED = [
    (Digits, [("abc", "number"), ("x" * 10_000, "max"), (3000, "required")]),
    (Line, [(LONG, "max"), (7, "required"), (None, "required"), ([], "required")]),
    (Word, [("nothing", "oneof"), (LONG, "oneof"), (7, "oneof"), (True, "oneof"), ({}, "oneof")]),
    (Flag, [(True, None), (False, None), ("1", "number"), (2, "oneof"), (1.5, "number"), (LONG, "number")]),
    (Whole, [(True, None), ("1", "number"), (1.5, "number"), ([], "number"), (LONG, "number")]),
    (Numbers, [("1", "required"), ([True], None), (["1"], "number"), ({}, "required")]),
    (Objects, [("1", "required"), ([1], "required"), ({}, "required")]),
    (fields.Field, [("1", "required"), ([True], "number"), ([{}], "number"), ([{"id": 1, "type": "moon"}], "oneof")]),
]


def refusals(field):
    kind, cases = next((kind, cases) for kind, cases in REFUSED if isinstance(field, kind))
    long_list = kind is Line and field.most >= len(LONG)
    return kind, [case for case in cases if not (long_list and case[0] == LONG)]


@pytest.mark.parametrize("path", [path for path in ROWS if path.endswith(("create", "update"))])
def test_bodies_refused(shared, path):
    resource, update = ROWS[path].takes.resource, path.endswith("update")
    required = ["id"] if update else [name for name, entry in resource.taken.items() if entry.takes.required]
    for nothing in ({}, [], "", 7):
        assert problems(shared.post(path, nothing)) == [(name, "required") for name in required]
    assert shared.post(path, "{")["errcode"] == -2
    body = {"id": NOBODY} if update else LIVES[resource.path][0]
    if update:
        assert shared.post(path, body) == NOT_FOUND
        assert shared.post(path, {"id": True})["errcode"] == -2
    seen = set()
    for name, entry in resource.taken.items():
        kind, cases = refusals(entry.takes)
        for value, check in cases[: None if kind not in seen else 1]:
            answer = shared.post(path, {**body, name: value})
            if check is None:
                assert answer == {"errcode": -2, "errmsg": "INTERNAL SERVER ERROR"}, (name, value)
            else:
                assert problems(answer) == [(name, check)], (name, value)
        seen.add(kind)
        if entry.takes.required and not isinstance(entry, Members):
            assert problems(shared.post(path, {**body, name: ""})) in ([(name, "required")], [(name, "number")])


ASKED_OF_LISTS = [
    ({"page": 0}, ("page", "min")),
    ({"page": -1}, ("page", "min")),
    ({"page": "x"}, ("page", "number")),
    ({"page_size": 0}, ("page_size", "min")),
    ({"page_size": LONG[:2000]}, ("page_size", "number")),
    ({"sort_by": "moon"}, ("sort_by", "oneof")),
    ({"order_by": "up"}, ("order_by", "oneof")),
]


@pytest.mark.parametrize("path", [path for path, row in ROWS.items() if row.method == "GET"])
def test_queries_refused(shared, path):
    folder, _, deed = path.partition("/")
    if deed in ("list", "search"):
        needed = listing(folder)
        for asked, problem in ASKED_OF_LISTS:
            assert problems(shared.get(path, **(needed | asked))) == [problem]
        assert [field for field, _ in problems(shared.get(path))] == [*needed] if needed else shared.get(path)
        whole, beyond = shared.get(path, **needed), shared.get(path, **(needed | {"page": 10**15, "page_size": 10**15}))
        assert beyond == whole | {RESOURCES[folder].array: []}
    elif deed == "query":
        assert problems(shared.get(path)) == problems(shared.get(path, ids="")) == [("ids", "required")]
        for ids in ("x", "1,", "1;2", LONG[:2000]):
            assert problems(shared.get(path, ids=ids)) == [("ids", "number")]
        assert shared.get(path, ids=f"{NOBODY},-1")["data"] == []
    else:
        assert problems(shared.get(path)) == [("id", "required")]
        for id in ("x", "1.0", "1e3", str(2**70)):
            assert problems(shared.get(path, id=id)) == [("id", "number")]
        for id in (NOBODY, 0, -1, 2**63 - 1):
            assert shared.get(path, id=id) == NOT_FOUND
    assert shared.server.get(path, token="")["errcode"] == 10004


def test_the_walk_left_everything_as_it_was(server, shared):
    fresh = OwnPbx(server)
    for path in RESOURCES:
        if path != "organization":
            assert rows_of(shared, path) == rows_of(fresh, path)


@pytest.mark.parametrize("path", [path for path in LIVES if path != "organization"])
def test_pages_and_sorting(shared, path):
    resource = RESOURCES[path]
    whole = rows_of(shared, path)
    pages = [
        shared.get(f"{path}/list", page=page, page_size=2)[resource.array] for page in range(1, len(whole) // 2 + 2)
    ]
    assert [row for page in pages for row in page] == whole
    for column in resource.sorts:
        rows = rows_of(shared, path, sort_by=column)
        keys = [(str(row.get(column, "")).casefold() if column != "id" else row["id"], row["id"]) for row in rows]
        assert keys == sorted(keys)
        assert rows_of(shared, path, sort_by=column, order_by="desc") == rows[::-1]


def test_fields_of_a_body_that_nobody_knows_are_passed_over(pbx):
    id = pbx.create("pin_list", **LIVES["pin_list"][0], moon=True)
    assert "moon" not in told(pbx, "pin_list", id)


def test_schemas_are_made_for_every_row():
    for row in ROWS.values():
        assert set(row.takes(Settings()).fields) >= (
            {"id"} if row.path.endswith(("get", "update", "delete")) else set()
        )


# Every kind as a seed document may have it: a name alone, or with anything in the place of what is shown.
ODD = {"agents": [], "members": [], "extra": {}, "type": [], "contacts": [{}], "number_list": 5, "pos": "x", "port": []}


def odd_office():
    from app.store.objects import KINDS

    document = {"extensions": [{"number": "2000"}], "extension_groups": [{"name": "All", "members": []}]}
    document |= {
        kind.document_key: ["plain", {"name": "odd", "number": "6000", **ODD}]
        for kind in KINDS.values()
        if kind.kind not in ("extension", "ext_group", "organization")
    }
    return document | {"organizations": ["plain", {"name": "odd", "parent_id": 2}]}


CHANGED = {
    "inbound_route": {"alert_info": "x"}, "outbound_route": {"outbound_cid": "x"}, "company_contact": {"remark": "x"},
    "paging": {"prompt": "x"}, "conference": {"sound_prompt": "default"}, "ivr": {"prompt": "x"},
    "trunk": {"domain": "x"}, "ringgroup": {"join_prompt": "x"}, "queue": {"moh": "x"},
}  # fmt: skip


def test_whatever_a_seed_document_holds_is_shown_and_changed(server):
    pbx = OwnPbx(server, odd_office())
    for path, resource in RESOURCES.items():
        rows = rows_of(pbx, path)
        fields = {name for name, write in resource.listed}
        assert all(set(row) - {"children"} <= fields for row in rows)
        for row in rows if path in LIVES and path != "organization" else ():
            one = told(pbx, path, row["id"])
            same = {key: one[key] for key in ("name", "number") if key in one}
            pbx.done(
                f"{path}/update", id=row["id"], **CHANGED.get(path, {"name": one["name"]} if "name" in one else same)
            )
            assert told(pbx, path, row["id"]) == one | CHANGED.get(path, {})
            text = one.get("name") or one.get("first_name") or one["number"]
            assert any(found["id"] == row["id"] for found in rows_of(pbx, path, "search", search_value=text))
    assert pbx.get("organization/list", is_all=1)["organization_list"][0]["name"] == "plain"
    assert pbx.get("organization/search", search_value="o")["organization_list"][0]["name"] == "odd"
