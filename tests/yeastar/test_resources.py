"""The resources that a PBX remembers: one life a kind, pages and sorting, whatever a seed document holds."""

from __future__ import annotations

import pytest
from lives import LIVES
from offices import NOT_FOUND, OwnPbx

from app.settings import Settings
from app.yeastar.endpoints import ENDPOINTS
from app.yeastar.families import Takes
from app.yeastar.resources import CHAPTERS, all_resources

ROWS = {row.path: row for row in ENDPOINTS.values() if isinstance(row.takes, Takes)}
RESOURCES = {row.takes.resource.path: row.takes.resource for row in ROWS.values()}
NOBODY = 999_999
LONG = "x" * 10_000

ONLY_LISTED = {"vm_group", "play_list", "custom_prompt", "custom_ringtone"}


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
        fields = set(resource.row_schema().fields)
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
