"""Why requests to the second dialect were answered so: each empty list, each refusal, each login that went wrong."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace

import jwt
import postgres
import pytest
import requests
from conftest import CLIENT, start_server
from crossbar import ACCOUNT, API_KEY, CALLS, EPOCH, LEGS, NINE, OFFICE, RANGE, Asking, Crossbar, stable_id

from app.clock import Clock
from app.journal.entries import Entry
from app.kazoo.errors import ERRORS
from app.kazoo.explaining import explain, funnel, refusals, suggesting
from app.kazoo.meant import meant_time
from app.kazoo.understanding import understood
from app.store.counting import for_seconds

USER, PERSON, ADMIN = stable_id("user", "2000"), stable_id("user", "2005"), stable_id("user", CLIENT["username"])
UNIX = {name: second - EPOCH for name, second in RANGE.items()}
DAY = {"created_from": "63876729600", "created_to": "63876815999"}
AT_QUEUE = f"{NINE + 300 + EPOCH}-"


class Explained(Asking):
    """A client of a server, who has each request explained."""

    def ask(self, path, method="GET", **kwargs):
        """The answer, and why it was so; the path stands below /v2/."""
        answer, entry = super().ask(path, method, **kwargs)
        explanation = explain(entry, self.crossbar.pbx.world)
        json.dumps(explanation.as_json())
        return answer, explanation

    def list(self, path, params):
        return self.ask(f"{self.crossbar.account}/{path}", params=params)

    def rows(self, path, params):
        """How many rows there are in all pages; the path stands below /v2/."""
        count, more = 0, {}
        while True:
            answer = self.crossbar.ask(path, params={**params, **more})
            envelope = answer.json()
            assert answer.status_code == 200, answer.text
            if isinstance(envelope["data"], dict):
                return "summary"
            count += len(envelope["data"])
            if not envelope.get("next_start_key"):
                return count
            more = {"start_key": envelope["next_start_key"]}


@pytest.fixture(scope="module")
def asking(small):
    return Explained(small)


@pytest.fixture(scope="module")
def mine(tmp_path_factory, filled_with):
    """A client of a server that this module may change."""
    instance = tmp_path_factory.mktemp("explained") / "instance"
    postgres.copy(filled_with(OFFICE), instance)
    pbx = start_server(instance, PBX_SEED="empty")
    yield Explained(Crossbar(pbx))
    assert pbx.stop() == 0


def of(**filters):
    return {**RANGE, **filters}


# Path below the account, parameters -> what the first suggestion changes (None: a parameter goes), what it finds, and a
# part of its words.
EMPTY = [
    ("cdrs", {}, DAY, LEGS, "The nearest before the range is of 63876763442 (2024-03-04T09:24:02Z)"),
    ("cdrs", {"created_to": NINE + EPOCH}, {"created_to": DAY["created_to"]}, LEGS, "behind the range"),
    ("cdrs", {"created_from": NINE + 700 + EPOCH, "created_to": NINE + 800 + EPOCH},
     {"created_from": DAY["created_from"]}, LEGS, "created_from=63876729600 (2024-03-04T00:00:00Z)"),
    ("cdrs", UNIX, RANGE, LEGS, "looks like Unix seconds: send 63876676500 (2024-03-03T09:15:00Z)"),
    ("cdrs", {name: second * 1000 for name, second in UNIX.items()}, RANGE, LEGS, "looks like Unix milliseconds"),
    ("cdrs", {name: second * 10**6 for name, second in UNIX.items()}, RANGE, LEGS, "looks like Unix microseconds"),
    ("cdrs", {name: second * 1000 for name, second in RANGE.items()}, RANGE, LEGS, "looks like Gregorian milliseconds"),
    ("cdrs", {name: f"{second}.0" for name, second in RANGE.items()}, RANGE, LEGS, "not written as a whole number"),
    ("cdrs", {"created_from": UNIX["created_from"]},
     {"created_from": RANGE["created_from"], "created_to": 63879358500}, LEGS, "The range may be 2,682,000 seconds"),
    ("cdrs", {**RANGE, "created_from": UNIX["created_from"]}, RANGE, LEGS, "Unix seconds"),
    ("cdrs", {"created_from": "2024-03-04", "created_to": "2024-03-04"}, DAY, LEGS, "looks like a date"),
    ("cdrs", {"created_from": "20240304", "created_to": "20240304"}, DAY, LEGS, "looks like a date"),
    ("cdrs", {"created_from": "2024-03-04T01:00:00+01:00", "created_to": "2024-03-04 23:59:59"}, DAY, LEGS, "and time"),
    ("cdrs", {"created_from": RANGE["created_to"], "created_to": RANGE["created_from"]}, RANGE, LEGS, "other way"),
    ("cdrs", {**RANGE, "created_from": RANGE["created_from"] - 10**7},
     {"created_from": RANGE["created_to"] - 2_682_000}, LEGS, "may be 2,682,000 seconds wide"),
    ("cdrs", {**RANGE, "created_to": RANGE["created_to"] + 10**7},
     {"created_to": RANGE["created_from"] + 2_682_000}, LEGS, "may be 2,682,000 seconds wide"),
    ("cdrs", of(filter_call_direction="Inbound"), {"filter_call_direction": "inbound"}, CALLS, "Instead of"),
    ("cdrs", of(filter_hangup_cause="user busy"), {"filter_hangup_cause": "USER_BUSY"}, 2, "Instead of"),
    ("cdrs", of(filter_any_hangup_cause="USER_BUSY"), {"filter_any_hangup_cause": '["USER_BUSY"]'}, 2, "Instead of"),
    ("cdrs", of(filter_caller_id_number="+13912345678"), {"filter_caller_id_number": "13912345678"}, 6, "Instead of"),
    ("cdrs", of(filter_duration_seconds="50.0"), {"filter_duration_seconds": None}, LEGS, "Leave out the filter"),
    ("cdrs", of(filter_direction="inbound"), {"filter_direction": None, "filter_call_direction": "inbound"}, CALLS, ""),
    ("cdrs", of(filter_owner_id=USER), {"filter_owner_id": None, "filter_custom_channel_vars.owner_id": USER}, 4, ""),
    ("cdrs", of(has_key="owner_id"), {"has_key": "custom_channel_vars.owner_id"}, 13, "Instead of has_key"),
    ("cdrs", of(has_key="colour"), {"has_key": None}, LEGS, "Leave out the filter has_key=colour"),
    ("cdrs", of(filter_colour="red", filter_call_direction="inbound"), {"filter_colour": None}, CALLS, "Leave out"),
    ("cdrs", of(filter_colour="red", filter_x="1"), {"filter_colour": None, "filter_x": None}, LEGS, "all filters"),
    ("cdrs", of(filter_not_pvt_type="cdr"), {"filter_not_pvt_type": None}, LEGS, "Leave out the filter"),
    ("cdrs", of(modified_from=RANGE["created_to"]), {"modified_from": None}, LEGS, "Leave out the filter"),
    ("cdrs", of(modified_to=NINE + 86_400), {"modified_to": RANGE["created_to"]}, LEGS, "Unix seconds"),
    ("cdrs", of(start_key="g2w"), {"start_key": None}, LEGS, "start_key is no place in this list"),
    ("cdrs", of(start_key="g2wAAAABYQFq", page_size=3), {"start_key": None}, LEGS, "start_key is no place"),
    ("cdrs", of(bookmark="g2wAAAABYQFq"), {"bookmark": None}, LEGS, "bookmark is no place"),
    ("cdrs", of(end_key="g2wAAAABbgUAAP____9q"), {"end_key": None}, LEGS, "end_key is no place"),
    ("cdrs", of(start_key="x", filter_x="1"), {"start_key": None, "filter_x": None}, LEGS, "Leave out filter_x, start"),
    ("cdrs", of(page_size="0"), {"page_size": None}, LEGS, "page_size must be a whole number above 0"),
    ("cdrs", of(page_size="all"), {"page_size": None}, LEGS, "page_size must be a whole number above 0"),
    ("cdrs", of(chunk_size="51"), {"chunk_size": None}, LEGS, "chunk_size must be"),
    ("cdrs", of(fields="id,call_id"), {"fields": None}, LEGS, "fields must be a JSON list"),
    ("cdrs", of(utc_offset="UTC"), {"utc_offset": None}, LEGS, "utc_offset must be"),
    ("cdrs/interaction", of(utc_offset="UTC"), {"utc_offset": None}, CALLS, "utc_offset must be"),
    ("cdrs/interaction", {"utc_offset": "UTC", "filter_x": "1"}, {"utc_offset": None, "filter_x": None, **DAY}, CALLS,
     "Leave out all parameters"),
    ("cdrs/interaction", {}, DAY, CALLS, "The nearest before the range"),
    ("cdrs/interaction", of(filter_call_direction="outbound"), {"filter_call_direction": None}, CALLS, "Leave out"),
    ("cdrs/interaction", {**UNIX, "filter_call_direction": "INBOUND"},
     {**RANGE, "filter_call_direction": "inbound"}, CALLS, "Instead of filter_call_direction=INBOUND"),
    ("cdrs/interaction", {"filter_x": "1", "start_key": "x"},
     {**DAY, "filter_x": None, "start_key": None}, CALLS, "Leave out filter_x, start_key. The nearest"),
    (f"users/{USER}/cdrs", {}, DAY, 4, "The nearest before the range is of 63876763311"),
    (f"users/{USER}/cdrs", UNIX, RANGE, 4, "Unix seconds"),
    (f"users/{PERSON}/cdrs/interaction", {}, DAY, 5, "The nearest before"),
    ("cdrs/summary", {}, DAY, "summary", "The nearest before the range"),
    ("cdrs/summary", UNIX, RANGE, "summary", "Unix seconds"),
    (f"cdrs/legs/{AT_QUEUE}65f1f624", {"page_size": "0"}, {"page_size": None}, 4, "page_size must be"),
    (f"cdrs/legs/{AT_QUEUE}65f1f624", {"start_key": "x"}, {"start_key": None}, 4, "start_key is no place"),
    (f"cdrs/legs/{AT_QUEUE}65f1f624", {"filter_call_direction": "Inbound"},
     {"filter_call_direction": "inbound"}, 1, "Instead of"),
]  # fmt: skip


def changed(params, changes):
    both = {**params, **changes}
    return {name: str(value) for name, value in both.items() if value is not None}


@pytest.mark.parametrize(
    ("path", "params", "changes", "rows", "words"),
    EMPTY,
    ids=[f"{case[0][-12:]} {str(case[1])[-40:]}" for case in EMPTY],
)
def test_what_finds_some_where_nothing_was_listed(asking, path, params, changes, rows, words):
    answer, explanation = asking.list(path, params)
    assert answer.status_code >= 400 or not answer.json()["data"] or path == "cdrs/summary"
    first = explanation.suggestions[0]
    assert first.parameters == changed(params, changes)
    assert words in first.change
    assert 1 <= len(explanation.suggestions) <= 5
    for suggestion in explanation.suggestions:
        if suggestion.parameters is not None:
            found = asking.rows(f"accounts/{ACCOUNT}/{path}", suggestion.parameters)
            assert found in (suggestion.rows, "summary")
    assert rows in (first.rows, "summary")
    if answer.status_code == 200:
        assert explanation.funnel[-1].left == 0
        assert explanation.summary.startswith("Nothing was listed: of what there is, no ")


def test_what_finds_some_still_does_when_the_clock_has_moved_on(mine):
    """Without a created_to the range ends now: a beginning that just fits would be refused a second later."""
    world, widest = mine.crossbar.pbx.world, 2_682_000
    for now, created_from, leads in (
        (NINE + 86_400, NINE + 86_400 - widest - 10, "leave created_from out"),
        (NINE - 100 + widest, NINE + widest - 86_400, "and created_to="),
    ):
        world.set_clock(world.clock.run(0).set(now))
        mine.crossbar._token = ""
        _, explanation = mine.list("cdrs", {"created_from": created_from + EPOCH})
        assert leads in explanation.suggestions[0].change
        world.set_clock(world.clock.advance(5))
        for suggestion in explanation.suggestions:
            assert mine.rows(f"accounts/{ACCOUNT}/cdrs", suggestion.parameters)
    world.set_clock(Clock())
    mine.crossbar._token = ""


def test_something_is_suggested_even_where_there_is_no_time_to_try(asking, monkeypatch):
    monkeypatch.setattr(suggesting, "_LONGEST", 0)
    _, explanation = asking.list("cdrs", {"filter_x": "1"})
    (suggestion,) = explanation.suggestions
    assert suggestion.change.startswith("Leave out all parameters. The nearest before the range")
    assert suggestion.rows == asking.rows(f"accounts/{ACCOUNT}/cdrs", suggestion.parameters)


def test_a_summary_of_nobodys(asking):
    answer, explanation = asking.list(f"users/{'a' * 32}/cdrs/summary", RANGE)
    assert answer.status_code == 404
    (suggestion,) = explanation.suggestions
    assert (suggestion.parameters, suggestion.change.rpartition(" ")[2]) == (
        None, f"/v2/accounts/{ACCOUNT}/cdrs/summary",
    )  # fmt: skip


# Path below the account -> status, where the first suggestion leads (below the account), and how many rows are there.
ELSEWHERE = [
    (f"users/{ADMIN}/cdrs", 200, "cdrs", LEGS, "Ask for the whole account"),
    ("users/2000/cdrs", 404, f"users/{USER}/cdrs", 4, f"The user 2000 has the id {USER}"),
    (f"users/{USER.upper()}/cdrs", 404, f"users/{USER}/cdrs", 4, "The user 2000"),
    (f"users/{USER[:-1]}0/cdrs", 404, f"users/{USER}/cdrs", 4, "The user 2000"),
    ("users/nobody/cdrs/interaction", 404, "cdrs/interaction", CALLS, "Ask for the whole account"),
    ("cdrs/legs/queue.1", 404, f"cdrs/legs/{AT_QUEUE}65f1f624", 4, "The call queue.1 is the interaction"),
    ("cdrs/legs/a%2Fb%40host", 404, f"cdrs/legs/{NINE + 400 + EPOCH}-402b9772", 2, "The call a/b@host"),
    ("cdrs/legs/202301-queue.1", 404, f"cdrs/legs/{AT_QUEUE}65f1f624", 4, "The call queue.1"),
    (f"cdrs/legs/{AT_QUEUE}00000000", 200, f"cdrs/legs/{AT_QUEUE}65f1f624", 4, "that began in this second"),
    (f"cdrs/legs/{NINE + 299 + EPOCH}-65f1f624", 200, f"cdrs/legs/{AT_QUEUE}65f1f624", 4, "that has this key"),
    (f"cdrs/legs/{NINE + 300}-65f1f624", 404, None, 0, ""),
    ("cdrs/legs/63000000000-65f1f624", 503, None, 0, ""),
    ("cdrs/queue.1", 404, "cdrs/202403-queue.1", 1, "The leg queue.1 is of the month 202403"),
    ("cdrs/202301-queue.1", 404, "cdrs/202403-queue.1", 1, "The leg queue.1 is of the month 202403"),
    ("cdrs/202403-nothing", 404, None, 0, ""),
]


@pytest.mark.parametrize(("path", "status", "other", "rows", "words"), ELSEWHERE, ids=[case[0] for case in ELSEWHERE])
def test_where_else_to_ask(asking, path, status, other, rows, words):
    answer, explanation = asking.list(path, RANGE)
    assert answer.status_code == status
    if other is None:
        assert explanation.suggestions == []
        return
    first = explanation.suggestions[0]
    assert (first.parameters, first.rows) == (None, rows)
    assert first.change.startswith(words) or words in first.change
    assert first.change.endswith(f": ask /v2/accounts/{ACCOUNT}/{other}")
    data = asking.crossbar.ask(f"accounts/{ACCOUNT}/{other}", params=RANGE).json()["data"]
    assert rows == (len(data) if isinstance(data, list) else 1)


@pytest.mark.parametrize("account", ["short", "0" * 32, stable_id("reseller", ACCOUNT)])
def test_another_account(asking, account):
    _, explanation = asking.ask(f"accounts/{account}/cdrs/interaction", params=RANGE)
    (suggestion,) = explanation.suggestions
    assert suggestion.change == f"Ask for the account of this PBX: ask /v2/accounts/{ACCOUNT}/cdrs/interaction"
    assert (suggestion.parameters, suggestion.rows) == (None, CALLS)


# Path, parameters -> what is left by each condition.
FUNNELS = [
    ("cdrs", RANGE, [LEGS, LEGS]),
    ("cdrs", of(filter_call_direction="inbound", filter_hangup_cause="USER_BUSY"), [LEGS, LEGS, CALLS, 1]),
    ("cdrs", of(filter_not_call_direction="inbound", has_key="fax_t38"), [LEGS, LEGS, 10, 0]),
    ("cdrs", {**RANGE, "created_to": NINE + 200 + EPOCH, "page_size": 3}, [LEGS, 6]),
    ("cdrs", of(page_size=3, ascending="true"), [LEGS, LEGS]),
    ("cdrs", of(paginate="false"), [LEGS, LEGS]),
    ("cdrs/interaction", RANGE, [CALLS, CALLS]),
    ("cdrs/interaction", of(filter_caller_id_number="2050", page_size=1), [CALLS, CALLS, 2]),
    ("cdrs/interaction", {**RANGE, "created_to": NINE + 100 + EPOCH}, [CALLS, 2]),
    (f"users/{USER}/cdrs", of(page_size=2), [LEGS, LEGS, 4]),
    (f"users/{USER}/cdrs", of(filter_call_direction="outbound"), [LEGS, LEGS, 4, 3]),
    (f"users/{PERSON}/cdrs/interaction", of(page_size=2), [CALLS, CALLS, 5]),
    (f"cdrs/legs/{AT_QUEUE}65f1f624", {}, [LEGS, 4]),
    (f"cdrs/legs/{AT_QUEUE}65f1f624", {"filter_call_direction": "outbound", "page_size": 1}, [LEGS, 4, 3]),
    ("cdrs/legs/202403-queue.1", {}, [LEGS, 4]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "params", "left"), FUNNELS)
def test_what_each_condition_leaves(asking, path, params, left):
    _, explanation = asking.list(path, params)
    assert [step.left for step in explanation.funnel] == left
    assert left[-1] == asking.rows(f"accounts/{ACCOUNT}/{path}", params)
    assert explanation.suggestions == [] or not left[-1]
    assert not left[-1] or explanation.summary.endswith(f"in all its pages the list has {left[-1]}.")


def test_what_a_page_leaves(asking):
    first = asking.crossbar.get("cdrs", page_size=5)
    _, explanation = asking.list("cdrs", of(page_size=5, start_key=first["next_start_key"]))
    assert [step.left for step in explanation.funnel] == [LEGS, LEGS, LEGS - 5]
    assert explanation.summary == f"Listed 5 rows; in all its pages the list has {LEGS - 5}."


def test_what_is_summed_up(asking):
    _, explanation = asking.list("cdrs/summary", RANGE)
    assert [step.left for step in explanation.funnel] == [LEGS, LEGS, 3]
    assert explanation.summary == "Summed up 3 legs."


def test_how_the_conditions_are_called(asking):
    _, explanation = asking.list(f"users/{USER}/cdrs", of(filter_call_direction="inbound", start_key="g2w"))
    assert [step.condition for step in explanation.funnel] == [
        "legs are stored",
        "ended from 2024-03-03T09:15:00Z to 2024-03-05T09:15:00Z",
        f"belong to the user {USER} (2000)",
        'pass filter_call_direction=inbound (call_direction is one of ["inbound"])',
        "lie within start_key=g2w",
    ]


@pytest.mark.parametrize("version", ["4.3", "master"])
def test_the_older_lines(mine, version):
    mine.crossbar.pbx.settings(kazoo_version=version)
    try:
        _, explanation = mine.list("cdrs/interaction", {**RANGE, "created_to": NINE + 40 + EPOCH})
        assert [step.left for step in explanation.funnel] == [CALLS, 1, 1, 0]
        assert explanation.suggestions[0].parameters == changed(RANGE, {"created_to": DAY["created_to"]})
        found = mine.rows(f"accounts/{ACCOUNT}/cdrs/interaction", explanation.suggestions[0].parameters)
        assert found == explanation.suggestions[0].rows == CALLS
        _, explanation = mine.list("cdrs", of(filter_any_hangup_cause="USER_BUSY"))
        assert explanation.suggestions[0].parameters == changed(RANGE, {"filter_hangup_cause": "USER_BUSY"})
    finally:
        mine.crossbar.pbx.settings(kazoo_version="5")


def test_a_bench_of_time_runs_out(asking, monkeypatch):
    """What cannot be counted to its end is said to be more."""
    monkeypatch.setattr(funnel, "_FOR_ALL", -1)
    monkeypatch.setattr(funnel, "_FOR_ONE", -1)
    monkeypatch.setattr("app.store.counting._STEPS", 1)
    _, explanation = asking.list(f"users/{USER}/cdrs", of(filter_call_direction="inbound"))
    assert [(step.left, "at least" in step.condition) for step in explanation.funnel] == [
        (LEGS, False), (LEGS, False), (0, True), (0, True),
    ]  # fmt: skip
    assert explanation.summary == "Listed 1 rows; in all its pages the list has at least 0."
    connection = asking.crossbar.pbx.world.database.connection()
    with pytest.raises(TimeoutError), for_seconds(connection, -1):
        connection.execute("SELECT count(*) FROM cdr").fetchone()
    assert connection.execute("SELECT count(*) FROM cdr").fetchone() == (10,)


def test_calls_that_came_later(mine):
    far = {"created_from": NINE + 10**6 + EPOCH, "created_to": NINE + 10**6 + 60 + EPOCH}
    _ = mine.crossbar.token
    head = mine.journal.head
    mine.crossbar.ask(f"accounts/{ACCOUNT}/cdrs", params=far)
    (entry,) = mine.journal.read(after=head)
    with mine.crossbar.pbx.world.write() as connection:
        connection.execute("UPDATE cdr SET started_at = started_at + 1000000 WHERE id = 1")
    explanation = explain(entry, mine.crossbar.pbx.world)
    with mine.crossbar.pbx.world.write() as connection:
        connection.execute("UPDATE cdr SET started_at = started_at - 1000000 WHERE id = 1")
    assert explanation.funnel[-1].left == 2
    assert explanation.notes == ["asked now, it would have 2 rows in all: the calls have changed since"]
    assert explain(entry, mine.crossbar.pbx.world).notes == []


def test_parameters_of_a_body_and_repeated_ones(asking):
    url = f"accounts/{ACCOUNT}/cdrs?filter_call_direction=Inbound&filter_call_direction=inbound"
    _, explanation = asking.ask(url, "GET", json={"data": RANGE})
    assert explanation.suggestions[0].parameters == {
        **{name: str(value) for name, value in RANGE.items()}, "filter_call_direction": ["inbound", "inbound"],
    }  # fmt: skip


def test_what_was_not_kept_cannot_be_told(asking):
    _, explanation = asking.list("cdrs", of(filter_x="v" * 600))
    assert (explanation.funnel, explanation.suggestions) == ([], [])
    assert explanation.notes[-1].startswith("some of the request is secret or too long")
    _, explanation = asking.list("cdrs", of(filter_x=asking.crossbar.token))
    assert explanation.funnel == []


def test_a_world_that_is_gone(asking):
    for params, words in ((RANGE, "Answered with 200. It had 17 rows."), ({"page_size": 0}, "Refused with 404")):
        _, explanation = asking.list("cdrs", params)
        explanation = explain(explanation.entry, None)
        assert explanation.summary.startswith(words)
        assert explanation.funnel == []


def test_an_empty_pbx(worlds):
    asking = Explained(Crossbar(worlds({"extensions": [{"number": "2000"}]})))
    _, explanation = asking.list("cdrs", {})
    assert (explanation.summary, explanation.suggestions) == ("Nothing was listed: there are no calls at all.", [])


# Refusals

WHOLE = {"params": RANGE}
REFUSED = [
    ("GET", "cdrs", {"params": {**RANGE, "page_size": 0}}, "page_size", "Send a whole number from 1 up, or leave"),
    ("GET", "cdrs", {"params": {**RANGE, "page_size": "x"}}, "page_size_text", "Send a whole number"),
    ("GET", "cdrs", {"params": {**RANGE, "chunk_size": 0}}, "chunk_size", "50 is the most"),
    ("GET", "cdrs", {"params": {**RANGE, "chunk_size": "x"}}, "chunk_size_text", "50 is the most"),
    ("GET", "cdrs", {"params": {**RANGE, "chunk_size": 51}}, "chunk_size_big", "50 is the most"),
    ("GET", "cdrs", {"params": {**RANGE, "fields": "x"}}, "fields", 'fields=["id","call_id"]'),
    ("GET", "cdrs", {"params": {**RANGE, "utc_offset": "x"}}, "utc_offset", "Send seconds"),
    ("GET", "cdrs/interaction", {"params": {**RANGE, "utc_offset": "x"}}, "datastore", "utc_offset is not a number"),
    ("GET", "cdrs", {"params": {"created_from": 1}}, "validation",
     r"created_from: created_to \d+ is more than 2682000 seconds from created_from 1\. .* at most 2,682,000 s apart"),
    ("GET", "cdrs", {"params": {"created_from": 9, "created_to": 8}}, "validation", "8 is prior to created_from"),
    ("POST", "cdrs", {"json": {"data": {}}}, "method", "CDRs can only be read"),
    ("GET", "cdrs/x/y", {}, "not_found", "There are /v2/api_auth, .*/v2/accounts/{account_id}/cdrs,"),
    ("GET", "devices/x/cdrs", {}, "faulty", f"/v2/accounts/{ACCOUNT}/cdrs"),
    ("GET", "users/x/cdrs", WHOLE, "identifier", "the account has no user 'x'"),
    ("GET", "cdrs/202403-x", {}, "identifier", "there is no CDR '202403-x'"),
    ("GET", "cdrs/x", {}, "cdr", "YYYYMM of the month"),
    ("GET", "cdrs/legs/202403-x", {}, "legs", "Send the id of a row or its interaction_id"),
    ("GET", "cdrs/legs/x", {}, "api_key", "'x' is neither an interaction's id nor that of a row"),
    ("GET", "cdrs/legs/63000000000-x", {}, "no_view", "it begins with the second in which the call began"),
    ("GET", "cdrs", {"headers": {"Accept": "image/png"}}, "not_acceptable", "Accept application/json, or for CDRs"),
    ("GET", "cdrs", {"data": "{"}, "validation", "json: .* around 1"),
    ("GET", "cdrs", {"data": "[]"}, "validation", "json: All JSON must be valid"),
    ("PUT", "cdrs", {"data": "{}"}, "envelope", 'Send the body as {"data": {...}}'),
    ("GET", "cdrs", {"data": "x" * 8_000_001}, "too_large", "Send a smaller body"),
    ("GET", "cdrs", {"token": ""}, "credentials", "no auth token came along: send one as the header X-Auth-Token"),
    (None, "accounts/short/cdrs", {}, "account_id", f"names the account 'short', .* \\(world default\\) is {ACCOUNT}"),
    (None, f"accounts/{'0' * 32}/cdrs", {}, "identifier", f"names the account '{'0' * 32}'"),
    (None, f"accounts/{stable_id('reseller', ACCOUNT)}/cdrs", {}, "forbidden", "Ask for the account that the token"),
    (None, "nothing", {}, "not_found", "There are /v2/api_auth"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "sent", "name", "words"), REFUSED, ids=[f"{c[1]} {c[3]}" for c in REFUSED])
def test_why_it_was_refused(asking, method, path, sent, name, words):
    path = f"accounts/{ACCOUNT}/{path}" if method else path
    answer, explanation = asking.ask(path, method or "GET", **sent)
    row = ERRORS[name]
    assert (answer.status_code, explanation.entry.errmsg) == (row.status, row.message)
    assert explanation.summary.startswith(f"Refused with {row.status} {row.message}".rstrip() + ": ")
    assert re.search(words if "\\" in words or ".*" in words else re.escape(words), explanation.summary)


def test_version_1(asking):
    head = asking.journal.head
    requests.get(f"{asking.crossbar.pbx.url}/v1/accounts/{ACCOUNT}/cdrs", timeout=9)
    (entry,) = asking.journal.read(after=head)
    assert "Ask below /v2/" in explain(entry, asking.crossbar.pbx.world).summary


def test_a_list_that_is_too_long(mine):
    mine.crossbar.pbx.settings(kazoo_unstreamed_rows=5)
    _, explanation = mine.list("cdrs", of(paginate="false", is_chunked="false"))
    mine.crossbar.pbx.settings(kazoo_unstreamed_rows=0)
    assert explanation.summary.startswith("Refused with 416 range not satisfiable: more than 5 rows, neither in pages")
    assert "Ask for pages" in explanation.summary


def test_every_refusal_has_a_remedy():
    assert {name.partition("/")[0] for name in refusals._REMEDIES} == set(ERRORS)


# Logins and tokens

NAME, SECRET = CLIENT["username"], CLIENT["password"]
REALM = "demo.sip.example.com"


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def sha(text):
    return hashlib.sha1(text.encode()).hexdigest()


RIGHT = {"credentials": md5(f"{NAME}:{SECRET}")}
NAMED = {"account_name": "demo"}

LOGINS = [
    ("api_auth", {"api_key": "x" * 64}, "no PBX here has this api_key; this one's is the setting kazoo_api_key"),
    ("api_auth", {"api_key": API_KEY.upper()}, "the api_key is right but for upper and lower case"),
    ("api_auth", {"api_key": "x" * 63}, "api_key: String must be at least 64 characters"),
    ("api_auth", {}, "api_key: Field is required but missing"),
    ("api_auth", {"x": 1}, "api_key: Field is required but missing; x: Strict checking of data is enabled"),
    ("user_auth", {"credentials": md5("2005:wrong"), **NAMED}, "the md5 of no name and password here: one of the"),
    ("user_auth", {"credentials": sha(f"{NAME}:{SECRET}"), **NAMED},
     f"the credentials are the sha of name and password (user {NAME}), where the method is md5"),
    ("user_auth", {"credentials": md5("x"), "method": "sha", **NAMED}, "the md5 of something, where the method is sha"),
    ("user_auth", {"credentials": md5(f"2005:{SECRET}\n"), **NAMED}, "with a line break behind (user 2005); they must"),
    ("user_auth", {"credentials": md5(SECRET), **NAMED}, "the md5 of the password alone"),
    ("user_auth", {"credentials": md5("2005"), **NAMED}, "the md5 of the name alone (user 2005)"),
    ("user_auth", {"credentials": md5(f"{SECRET}:2005"), **NAMED}, "password and name, in that order (user 2005)"),
    ("user_auth", {"credentials": md5(f"{NAME.upper()}:{SECRET}"), **NAMED}, "the name in capitals and the password"),
    ("user_auth", {"credentials": md5(f"2005@{REALM}:{SECRET}"), **NAMED}, "name@realm and the password (user 2005)"),
    ("user_auth", {"credentials": "2005:secret", **NAMED}, "no md5 in hexadecimal digits, which must be that of name"),
    ("user_auth", {"credentials": "2005:secret", "method": "sha", **NAMED}, "no sha in hexadecimal digits"),
    ("user_auth", RIGHT, "right, but no account is named: send account_name, account_realm or phone_number"),
    ("user_auth", {**RIGHT, "account_name": "dem"}, "account_name 'dem' is not 'demo'"),
    ("user_auth", {**RIGHT, "realm": "other.example"}, f"realm 'other.example' is not '{REALM}'"),
    ("user_auth", {**RIGHT, "account_realm": "other.example", "phone_number": "555"},
     f"account_realm 'other.example' is not '{REALM}'; phone_number '555' is not one of its own numbers"),
    ("user_auth", {**RIGHT, "account_id": "f" * 32}, f"account_id '{'f' * 32}' is not {ACCOUNT}"),
    ("user_auth", {"account_realm": "a"}, "credentials: Field is required but missing; account_realm: String must"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "data", "words"), LOGINS)
def test_why_a_login_was_refused(asking, path, data, words):
    answer, explanation = asking.ask(path, "PUT", token="", json={"data": data})
    assert answer.status_code in (400, 401, 404)
    assert words in explanation.summary
    for secret in (SECRET, API_KEY, RIGHT["credentials"]):
        assert secret not in explanation.text


def test_a_login_that_was_right(asking):
    for path, data, who in (
        ("api_auth", {"api_key": API_KEY}, "the account"), ("user_auth", {**RIGHT, **NAMED}, ADMIN),
    ):  # fmt: skip
        _, explanation = asking.ask(path, "PUT", token="", json={"data": data})
        assert explanation.summary == f"Let in as {who}: the login was right."


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


def forged(**claims):
    return jwt.encode({"account_id": ACCOUNT, **claims}, "k" * 32, "HS256")


TOKENS = [
    ({"X-Auth-Token": "garbage"}, "the auth token is none: it is no JWT"),
    ({"X-Auth-Token": "Bearer x"}, "there is Bearer before the token, which belongs into Authorization"),
    ({"X-Auth-Token": forged()}, "it names the account of this one (world default), which never signed it so"),
    ({"X-Auth-Token": forged(account_id="f" * 32)}, f"it names the account '{'f' * 32}', which no PBX here has"),
    ({"X-Auth-Token": jwt.encode({"account_id": ACCOUNT}, "k" * 48, "HS384")}, "signed with 'HS384', and ours with"),
    ({"Authorization": "Bearer garbage"}, "the auth token is none"),
    ({"Authorization": "bearer garbage"}, "Bearer or Basic, written so, and a blank must stand before"),
    ({"Authorization": "Basic !!!"}, "what stands behind Basic is no base64"),
    ({"Authorization": basic("x")}, 'no colon in what stands behind Basic: Basic takes base64 of "account id:MD5'),
    ({"Authorization": basic(f"{'f' * 32}:{md5(f'2005:{SECRET}')}")}, f"not '{'f' * 32}': it is {ACCOUNT}"),
    ({"Authorization": basic(f"{ACCOUNT}:{md5('2005:wrong')}")}, "the md5 of no name and password here"),
    ({"Authorization": basic(f"{ACCOUNT}:{sha(f'2005:{SECRET}')}")}, "the sha of name and password (user 2005)"),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "words"), TOKENS)
def test_why_a_token_was_refused(asking, headers, words):
    answer, explanation = asking.ask(f"accounts/{ACCOUNT}/cdrs", token="", headers=headers)
    assert (answer.status_code, answer.json()["data"]) == (401, {"message": "invalid credentials"})
    assert words in explanation.summary


def test_tokens_that_have_ended(mine):
    pbx = mine.crossbar.pbx
    tokens = [Crossbar(pbx).token for _ in range(2)]
    assert mine.ask("token_auth", "DELETE", token=tokens[0])[0].status_code == 200
    _, explanation = mine.ask("token_auth", token=tokens[0])
    assert "the auth token was deleted before it expired" in explanation.summary
    pbx.advance(3600 + 60)
    _, explanation = mine.ask("token_auth", token=tokens[1])
    pbx.advance(-3600 - 60)
    assert re.search(
        r"401 invalid credentials: the auth token has expired, 6\d s ago; a new one lives 3,600 s \(setting",
        explanation.summary,
    )
    assert explanation.notes == []


def test_a_user_with_another_password(mine):
    _, explanation = mine.ask(
        "user_auth", "PUT", token="", json={"data": {"credentials": md5(f"2005:{SECRET}"), **NAMED}}
    )
    token = mine.crossbar.ask(
        "user_auth", "PUT", token="", json={"data": {"credentials": md5(f"2005:{SECRET}"), **NAMED}}
    ).json()["auth_token"]
    world = mine.crossbar.pbx.world
    with world.write() as connection:
        connection.execute("UPDATE extension SET number = '2006' WHERE number = '2005'")
    _, explanation = mine.ask("token_auth", token=token)
    with world.write() as connection:
        connection.execute("UPDATE extension SET number = '2005' WHERE number = '2006'")
    assert "the auth token's user is gone, or has another password now: log in again" in explanation.summary


@pytest.mark.parametrize(
    ("size", "refill", "words"),
    [
        (36, 10, r"has \d of 36 tokens, and this takes 35: in \d s it has them, for it regains 10 a second"),
        (36, 0, r"this takes 35: it is never refilled"),
        (34, 10, r"this takes 35: it never holds as many \(setting kazoo_bucket_size\)"),
    ],
)
def test_an_empty_bucket(mine, size, refill, words):
    _ = mine.crossbar.token
    mine.crossbar.pbx.settings(kazoo_bucket_size=size, kazoo_bucket_refill=refill)
    try:
        for _ in range(2):
            answer, explanation = mine.ask("api_auth", "PUT", token="", json={"data": {"api_key": API_KEY}})
    finally:
        mine.crossbar.pbx.settings(kazoo_bucket_size=10_000, kazoo_bucket_refill=1_000)
    assert answer.json()["data"] == {"message": "too many requests"}
    assert re.search(words, explanation.summary), explanation.summary


# Readings


@pytest.mark.parametrize(
    ("text", "last", "second", "what"),
    [
        (str(NINE), False, NINE + EPOCH, "Unix seconds"),
        (f"{NINE}.5", False, NINE + EPOCH, "Unix seconds"),
        (f"{NINE}123", False, NINE + EPOCH, "Unix milliseconds"),
        (f"{NINE}123456", False, NINE + EPOCH, "Unix microseconds"),
        (f"{NINE + EPOCH}000", False, NINE + EPOCH, "Gregorian milliseconds"),
        (f" {NINE + EPOCH}", False, NINE + EPOCH, "seconds that are not written as a whole number"),
        ("2024-03-04", False, 63876729600, "a date"),
        ("2024-03-04", True, 63876815999, "a date"),
        ("20240304", True, 63876815999, "a date"),
        ("2024-03-04T09:15:00Z", True, NINE + EPOCH, "a date and time"),
        ("2024-03-04T10:15:00 01:00", False, NINE + EPOCH, "a date and time"),
        ("2024-03-04 09:15", False, NINE + EPOCH, "a date and time"),
        ("0001-01-01T00:00:00+23:00", False, None, None),
    ],
)
def test_what_a_time_was_meant_to_be(text, last, second, what):
    meant = meant_time(text, last)
    if meant is None or second is None:
        assert (meant and meant.second) == second or what is None
    else:
        assert (meant.second, meant.what) == (second, what)


@pytest.mark.parametrize(
    "text", ["", "now", "0", "-5", "7", str(NINE + EPOCH), "1e10", "20241304", "9" * 30, "yesterday"]
)
def test_times_that_are_right_or_that_nobody_knows(text):
    assert meant_time(text) is None


def test_the_reading_of_unix_seconds(asking):
    _, explanation = asking.list("cdrs", UNIX)
    reading = next(reading for reading in explanation.readings if reading.parameter == "created_from")
    assert reading.value == "0054-03-03T09:15:00Z"
    assert reading.why.endswith(
        "in Gregorian seconds that is the year 54; 1709457300 looks like Unix seconds, 2024-03-03T09:15:00Z:"
        " add 62167219200"
    )
    _, explanation = asking.list("cdrs", {"created_from": UNIX["created_from"]})
    assert "looks like Unix seconds" in explanation.readings[0].why


def test_entries_of_long_ago_are_explained(asking):
    """An entry may be of a program that kept less."""
    entry = Entry("kazoo", "default", "GET", f"/v2/accounts/{ACCOUNT}/cdrs", "", "", route="cdrs", at=float(NINE + 600))
    explanation = explain(entry, asking.crossbar.pbx.world)
    assert explanation.funnel[-1].left == LEGS
    assert understood(replace(entry, route=None)) == []
