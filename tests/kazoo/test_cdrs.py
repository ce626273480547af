"""Lists of legs and interactions, their pages, one document, the legs of a call, the summary."""

from __future__ import annotations

import json
import re
from unittest.mock import ANY
from urllib.parse import quote

import pytest
from conftest import start_server
from crossbar import ACCOUNT, CALLS, EPOCH, LEGS, NINE, OFFICE, RANGE, Crossbar, stable_id

from app.kazoo.paging import END, encode

USER = stable_id("user", "2005")
LISTINGS = ["cdrs", "cdrs/interaction", f"users/{USER}/cdrs", f"users/{USER}/cdrs/interaction"]


def ended(row):
    return int(row["timestamp"]) + row["duration_seconds"]


def place(row, listing):
    """By what the listing is sorted."""
    if listing.endswith("interaction"):
        return tuple(row["interaction_id"].split("-"))
    return ended(row), row["id"]


def test_every_call_has_one_interaction_and_a_leg_more_than_rows(small):
    legs = small.get("cdrs")["data"]
    interactions = small.get("cdrs/interaction")["data"]
    assert (len(legs), len(interactions)) == (LEGS, CALLS)
    assert len({leg["id"] for leg in legs}) == LEGS
    assert {leg["interaction_id"] for leg in legs} == {row["interaction_id"] for row in interactions}
    assert all(row["direction"] == "inbound" for row in interactions)
    assert {leg["direction"] for leg in legs} == {"inbound", "outbound"}


def test_an_interaction_is_the_callers_leg(small):
    legs = {leg["id"]: leg for leg in small.get("cdrs")["data"]}
    for row in small.get("cdrs/interaction")["data"]:
        assert legs[row["id"]] == row


@pytest.mark.parametrize("listing", LISTINGS)
@pytest.mark.parametrize("order", ["descending", "ascending"])
def test_order(small, listing, order):
    rows = small.get(listing, **({"ascending": "true"} if order == "ascending" else {}))["data"]
    places = [place(row, listing) for row in rows]
    assert places == sorted(places, reverse=order == "descending")
    assert len(places) == len(set(places)) > 2


@pytest.mark.parametrize("listing", LISTINGS)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 50])
@pytest.mark.parametrize("order", [{}, {"ascending": "true"}])
def test_pages_are_the_whole_list_in_pieces(small, listing, size, order):
    whole = small.get(listing, paginate="false", **order)["data"]
    pages = small.pages(listing, page_size=size, **order)
    assert [row for page in pages for row in page] == whole
    assert {len(page) for page in pages[:-1]} <= {size}


def test_paging_keys(small):
    first = small.get("cdrs", page_size=2)
    assert first["start_key"] == encode((RANGE["created_to"], END))
    assert first["page_size"] == 2
    second = small.get("cdrs", page_size=2, start_key=first["next_start_key"])
    assert second["start_key"] == first["next_start_key"]
    row = second["data"][0]
    assert first["next_start_key"] == encode(place(row, "cdrs"))
    owned = small.get(f"users/{USER}/cdrs", page_size=1)
    assert owned["start_key"] == encode((USER, RANGE["created_to"], END))
    begun = small.get("cdrs/interaction", page_size=1)
    time, key = small.get("cdrs/interaction")["data"][1]["interaction_id"].split("-")
    assert begun["next_start_key"] == encode((int(time), key))
    assert "next_start_key" not in small.get("cdrs")
    assert small.get("cdrs")["page_size"] == LEGS
    assert not {"start_key", "next_start_key", "page_size"} & set(small.get("cdrs", paginate="false"))


@pytest.mark.parametrize("start_key", ["garbage", encode(()), encode((1, "x"))])
def test_a_start_key_that_leads_nowhere(small, start_key):
    assert small.get("cdrs", start_key=start_key)["data"] == []
    assert small.get("cdrs/legs/202403-queue.1", start_key="garbage")["data"] == []


def test_an_empty_start_key_is_none(small):
    assert small.get("cdrs", start_key="") == small.get("cdrs") | {"request_id": ANY, "timestamp": ANY}


def test_a_start_key_between_two_legs(small):
    rows = small.get("cdrs")["data"]
    key = encode((ended(rows[3]), rows[3]["id"] + "!"))
    assert small.get("cdrs", start_key=key)["data"] == rows[3:]
    assert small.get("cdrs", start_key=encode((ended(rows[3]), END)))["data"][-1] == rows[-1]


def test_an_end_key_ends_the_list(small):
    rows = small.get("cdrs")["data"]
    assert small.get("cdrs", end_key=encode(place(rows[3], "cdrs")))["data"] == rows[:4]


def test_ranges_include_both_ends(small):
    instant = NINE + 50 + EPOCH  # when the first call's legs ended
    for first, last, count in ((instant, instant, 2), (instant - 1, instant - 1, 0), (instant + 1, instant + 1, 0)):
        assert len(small.get("cdrs", created_from=first, created_to=last)["data"]) == count
    begin = NINE + EPOCH
    for first, last, count in ((begin, begin, 1), (begin + 1, begin + 1, 0), (begin - 9, begin - 1, 0)):
        assert len(small.get("cdrs/interaction", created_from=first, created_to=last)["data"]) == count


def test_a_users_list_holds_what_the_user_owns(small):
    rows = small.get(f"users/{USER}/cdrs")["data"]
    assert {row["owner_id"] for row in rows} == {USER}
    assert {row["id"] for row in rows} == {row["id"] for row in small.get("cdrs")["data"] if row["owner_id"] == USER}
    interactions = small.get(f"users/{USER}/cdrs/interaction")["data"]
    assert {row["interaction_id"] for row in interactions} == {row["interaction_id"] for row in rows}
    assert len(interactions) == len({row["interaction_id"] for row in interactions})
    tried_twice = next(row for row in interactions if row["bridge_id"] == "twice.1")
    assert tried_twice["billing_seconds"] == 0


def test_a_user_without_calls_has_an_empty_list(small):
    admin = stable_id("user", small.pbx.world.settings.client_id)
    envelope = small.get(f"users/{admin}/cdrs")
    assert envelope["data"] == []
    assert not {"start_key", "page_size"} & set(envelope)


def test_the_stream(small):
    answer = small.ask(f"{small.account}/cdrs", params=RANGE)
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in answer.headers
    tail = answer.text.rpartition("], ")[2]
    assert re.fullmatch(
        r'"start_key":"[^"]+", "page_size":17, "status":"success", "request_id":"[^"]+", "node":"[^"]+", '
        r'"version":"[^"]+", "timestamp":"[^"]+", "auth_token":"[^"]+"}',
        tail,
    )
    assert answer.text.startswith('{"data":[{"id":"202403-')


def test_a_list_that_is_no_stream(small):
    streamed, whole = small.get("cdrs", page_size=3), small.get("cdrs", page_size=3, is_chunked="false")
    assert streamed["data"] == whole["data"]
    assert {key: whole[key] for key in ("start_key", "next_start_key", "page_size")} == {
        key: streamed[key] for key in ("start_key", "next_start_key", "page_size")
    }
    assert whole["tokens"]["consumed"] == 1
    empty = small.get("cdrs", created_from=63700000000, created_to=63700000001, is_chunked="false")
    assert (empty["data"], empty["page_size"]) == ([], 0)


@pytest.mark.parametrize("chunk", [1, 2, 50])
def test_chunks_do_not_change_what_is_listed(small, chunk):
    assert small.get("cdrs", chunk_size=chunk)["data"] == small.get("cdrs")["data"]
    answer = small.ask(f"{small.account}/cdrs", params={**RANGE, "chunk_size": chunk}, stream=True)
    pieces = [piece for piece in answer.raw.read_chunked() if b'"call_id"' in piece]
    assert [piece.count(b'"call_id"') for piece in pieces] == [min(chunk, LEGS - at) for at in range(0, LEGS, chunk)]


@pytest.mark.parametrize(
    ("offset", "shown"),
    [
        ("0", "2024-03-04 09:15:00"),
        ("3600", "2024-03-04 10:15:00"),
        ("-86400", "2024-03-03 09:15:00"),
        ("19800", "2024-03-04 14:45:00"),
        ("3600.5", "2024-03-04 10:15:00"),
    ],
)
def test_utc_offset_shifts_one_column(small, offset, shown):
    for listing in ("cdrs", "cdrs/interaction"):
        plain, shifted = (small.get(listing, **params)["data"][-1] for params in ({}, {"utc_offset": offset}))
        assert shifted["datetime"] == shown
        assert {**shifted, "datetime": ""} == {**plain, "datetime": ""}


def test_one_document(small):
    for row in small.get("cdrs")["data"]:
        document = small.get(f"cdrs/{quote(row['id'], safe='')}")["data"]
        assert document["id"] == row["id"]
        assert document["call_direction"] == row["direction"]
        assert document["custom_channel_vars"]["account_id"] == ACCOUNT
        assert not [key for key in document if key.startswith(("pvt_", "_"))]


def test_an_id_with_a_slash(small):
    leg = small.get("cdrs/202403-a%2Fb%40host")["data"]
    assert leg["call_id"] == "a/b@host"
    legs = small.get("cdrs/legs/202403-a%2Fb%40host")["data"]
    assert legs[0]["call_id"] == "a/b@host"


def test_the_legs_of_a_call(small):
    row = next(row for row in small.get("cdrs/interaction")["data"] if row["call_id"] == "queue.1")
    legs = small.get(f"cdrs/legs/{row['id']}")
    assert len(legs["data"]) == legs["page_size"] == 4
    assert legs["start_key"] == encode((row["interaction_id"], END))
    assert legs["data"][0]["call_id"] == "queue.1"
    begun = [leg["channel_created_time"] for leg in legs["data"]]
    assert begun == sorted(begun)
    assert {leg["interaction_id"] for leg in legs["data"]} == {row["interaction_id"]}
    for other in (row["interaction_id"], legs["data"][2]["id"]):
        assert small.get(f"cdrs/legs/{other}")["data"] == legs["data"]
        assert small.get(f"users/{USER}/cdrs/legs/{other}")["data"] == legs["data"]
    assert small.get(f"cdrs/legs/{row['id']}", ascending="true")["data"] == legs["data"][::-1]
    assert small.get(f"cdrs/legs/{row['id']}", filter_call_direction="outbound")["data"] == legs["data"][1:]
    first = small.get(f"cdrs/legs/{row['id']}", page_size=3)
    rest = small.get(f"cdrs/legs/{row['id']}", page_size=3, start_key=first["next_start_key"])
    assert first["data"] + rest["data"] == legs["data"]
    assert "next_start_key" not in rest


def test_the_legs_of_no_call_in_a_month_that_has_some(small):
    assert small.get(f"cdrs/legs/{NINE + EPOCH}-00000000")["data"] == []


def test_filters(small):
    rows = small.get("cdrs")["data"]
    inbound = small.get("cdrs", filter_call_direction="inbound")["data"]
    outbound = small.get("cdrs", filter_call_direction="outbound")["data"]
    assert len(inbound) + len(outbound) == len(rows)
    assert small.get("cdrs", filter_direction="inbound")["data"] == []
    assert small.get("cdrs", filter_interaction_id=rows[0]["interaction_id"])["data"] == [
        row for row in rows if row["interaction_id"] == rows[0]["interaction_id"]
    ]
    pages = small.pages("cdrs", filter_call_direction="inbound", page_size=2)
    assert [row for page in pages for row in page] == inbound
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    busy = small.get("cdrs/interaction", filter_hangup_cause=json.dumps(["USER_BUSY", "NO_ANSWER"]))["data"]
    assert [row["hangup_cause"] for row in busy] == ["USER_BUSY"]
    assert (
        small.get(f"users/{USER}/cdrs", **{"filter_custom_channel_vars.owner_id": USER})["data"]
        == small.get(f"users/{USER}/cdrs")["data"]
    )
    prefixed = small.get("cdrs", filter_call_id="202403-queue.1")["data"]
    assert [row["call_id"] for row in prefixed] == ["queue.1"]


def test_chosen_fields(small):
    rows = small.get("cdrs", fields=json.dumps(["call_id", "custom_channel_vars.bridge_id", "nothing"]))["data"]
    assert len(rows) == LEGS
    assert {frozenset(row) for row in rows} == {frozenset({"id", "call_id", "custom_channel_vars"})}
    assert set(rows[0]["custom_channel_vars"]) == {"bridge_id"}


def test_a_bookmark_is_a_start_key(small):
    first = small.get("cdrs", page_size=2)
    (second, same) = (
        small.get("cdrs", page_size=2, **{name: first["next_start_key"]}) for name in ("start_key", "bookmark")
    )
    assert same["data"] == second["data"] != first["data"]


def test_whole_documents_where_the_operator_allows_them(worlds):
    client = Crossbar(worlds(OFFICE))
    rows = client.get("cdrs", full_docs="true")["data"]
    assert "custom_channel_vars" not in rows[0]
    client.pbx.settings(kazoo_full_docs="on")
    for listing in ("cdrs", "cdrs/interaction"):
        for document in client.get(listing, full_docs="true")["data"]:
            assert client.get(f"cdrs/{quote(document['id'], safe='')}")["data"] == document
    assert client.get("cdrs")["data"] == rows


def test_a_list_at_once_has_the_operators_limit(worlds):
    client = Crossbar(worlds(OFFICE))
    whole = {"paginate": "false", "is_chunked": "false"}
    assert len(client.get("cdrs", **whole)["data"]) == LEGS
    client.pbx.settings(kazoo_unstreamed_rows=str(LEGS))
    assert len(client.get("cdrs", **whole)["data"]) == LEGS
    client.pbx.settings(kazoo_unstreamed_rows=str(LEGS - 1))
    refused = client.ask(f"{client.account}/cdrs", params={**RANGE, **whole})
    assert (refused.status_code, refused.json()["message"]) == (416, "range not satisfiable")
    assert len(client.get("cdrs", paginate="false")["data"]) == LEGS
    assert len(client.get("cdrs", is_chunked="false")["data"]) == LEGS


@pytest.mark.parametrize("path", ["cdrs/summary", f"users/{USER}/cdrs/summary"])
def test_the_summary(small, path):
    """Legs from the carrier are billed from the first answer on, the queue's for the whole of its talk."""
    inbound = {"203.0.113.10": {"unknown": {"total": 42 + 30}}}
    outbound = {"demo.sip.example.com": {"international": {"total": 60}}}
    assert small.get(path)["data"] == {"inbound": inbound, "outbound": outbound}
    until = {"created_to": NINE + 60 + EPOCH}
    first = {"203.0.113.10": {"unknown": {"total": 42}}}
    assert small.get(path, **until)["data"] == {"inbound": first, "outbound": {}}


def test_ids_are_the_same_after_a_restart(serve):
    pbx = serve(OFFICE)
    listed = Crossbar(pbx).get("cdrs")["data"]
    pbx.stop()
    again = start_server(pbx.instance, PBX_SEED="empty")
    assert Crossbar(again).get("cdrs")["data"] == listed
    again.stop()


def test_the_demo_office_agrees_in_both_dialects(demo):
    """Every call of the last two weeks: as many interactions as call ids, a leg more than rows."""
    now = int(demo.pbx.world.clock.now())
    found = demo.pbx.search(start_time=str(now - 14 * 86400), end_time=str(now))["data"]
    calls = {row["call_id"] for row in found}
    span = {"created_from": now - 14 * 86400 + EPOCH, "created_to": now + EPOCH, "paginate": "false"}
    interactions = {row["call_id"]: row for row in demo.get("cdrs/interaction", **span)["data"]}
    assert len(calls) > 500
    # A call that began before the two weeks is known by its later rows only.
    assert len(calls - set(interactions)) <= 1
    assert not set(interactions) - calls
    by_call = {}
    for row in found:
        by_call.setdefault(row["call_id"], []).append(row)
    for call_id, rows in by_call.items():
        if len(rows) == 1 and call_id in interactions:
            leg, row = interactions[call_id], rows[0]
            assert leg["duration_seconds"] == row.get("duration", 0)
            assert leg["billing_seconds"] == row.get("talk_duration", 0)
            assert leg["caller_id_number"] == row["call_from_number"]
            assert leg["callee_id_number"] == row["call_to_number"]
