"""Why a request was answered as it was: how it was read, what each condition left, and what would have found some."""

from __future__ import annotations

import json

import postgres
import pytest
import requests
from conftest import CLIENT, start_server
from office import SMALL_OFFICE, instant
from test_cdr_search import FORMATS, FOUND, MISREAD, REFUSED
from urllib3.util import SKIP_HEADER

from app import explain
from app.clock import Clock
from app.faults import rules
from app.faults.reading import read_fault
from app.journal import Journal, path_in
from app.journal.entries import Entry
from app.journal.recording import REQUEST_ID_HEADER
from app.pbx.setup import change_settings
from app.pbx.timekeeping import advance
from app.pbx.worlds import open_worlds
from app.settings import explicit_settings
from app.store import clients, ended, tokens
from app.yeastar.explaining import funnel, patience, suggestions

NOON = instant("2024-06-01 12:00:00")


class Office:
    """A world with the small office, its client, and the explanation of what it asks."""

    def __init__(self, server, seed=SMALL_OFFICE, **settings):
        self.server = server
        self.world = server.worlds.make(seed, settings=settings, clock=Clock(rate=0).set(NOON))
        known = self.world.settings
        self.client = {"username": known.client_id, "password": known.client_secret}
        self._token = None

    @property
    def token(self):
        if self._token is None:
            self._token = self.post("get_token", self.client)["access_token"]
        return self._token

    def send(self, method, path, **kwargs):
        """The answer; ``entry`` is then what the journal has of it."""
        root = self.server.pbx.url if path.startswith("/") else f"{self.server.pbx.api}/"
        answer = self.server.http.request(method, f"{root}{path}", timeout=9, **kwargs)
        self.request_id = answer.headers[REQUEST_ID_HEADER]
        return answer.json()

    def post(self, path, body, **kwargs):
        return self.send("POST", path, data=body if isinstance(body, (str, bytes)) else json.dumps(body), **kwargs)

    def get(self, path, token=None, **params):
        return self.send("GET", path, params={"access_token": self.token if token is None else token, **params})

    def search(self, **params):
        return self.get("cdr/search", **params)

    @property
    def entry(self):
        return self.server.journal.get(self.request_id)

    @property
    def why(self):
        return explain.explain(self.server.worlds, self.entry)

    @property
    def notes(self):
        return "; ".join(self.entry.notes)

    def settings(self, **values):
        change_settings(self.world, explicit_settings(values, environ={}))


class Server:
    def __init__(self, pbx):
        self.pbx, self.journal, self.http = pbx, Journal(path_in(pbx.instance)), requests.Session()
        self.worlds = open_worlds({"instance": str(pbx.instance), **postgres.settings_of(pbx.instance)}, started=False)

    def office(self, seed=SMALL_OFFICE, **settings):
        return Office(self, seed, **settings)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(start_server(tmp_path_factory.mktemp("explained"), PBX_SEED="empty"))
    yield server
    server.http.close()
    server.worlds.close()
    assert server.pbx.stop() == 0


@pytest.fixture(scope="module")
def office(server):
    """One that nobody changes."""
    return server.office(max_tokens=0)


@pytest.fixture
def own(server):
    return server.office()


def check(office, answered):
    """What must be true of every explanation of a list; returns it."""
    why = office.why
    left = [step.left for step in why.funnel]
    assert left[0] == 8
    assert left == sorted(left, reverse=True)
    assert left[-1] == len(answered["data"])
    assert json.loads(json.dumps(why.as_json()))["text"] == why.text
    for suggestion in why.suggestions:
        again = office.search(**suggestion.parameters)
        assert again["total_number"] == suggestion.rows, suggestion
        assert again["data"], suggestion
    return why


EMPTY = [asked for asked, found in FOUND if not found]
EMPTY += [{name: text, **more} for name in ("start_time", "end_time") for text in MISREAD
          for more in ({}, {"page": 1, "page_size": 5, "status": "ANSWERED"})]  # fmt: skip


@pytest.mark.parametrize("asked", EMPTY, ids=[str(asked)[:60] for asked in EMPTY])
def test_every_empty_answer_of_the_core_s_tables_has_a_suggestion_that_holds(office, asked):
    answered = office.search(**asked)
    assert (answered["errcode"], answered["data"]) == (0, [])
    assert check(office, answered).suggestions


@pytest.mark.parametrize(("field", "value", "check"), REFUSED, ids=[f"{f}={v[:20]}" for f, v, _ in REFUSED])
def test_every_refusal_of_the_core_s_tables_has_too(office, field, value, check):
    assert office.search(**{field: value[:600]})["errcode"] == 40002
    why = office.why
    assert why.summary.startswith(f'Refused with 40002 PARAMETER ERROR: {field} "')
    assert why.suggestions
    for suggestion in why.suggestions:
        assert office.search(**suggestion.parameters)["total_number"] == suggestion.rows > 0


@pytest.mark.parametrize("asked", [asked for asked, found in FOUND if found], ids=str)
def test_what_was_found_needs_none(office, asked):
    answered = office.search(**asked)
    why = check(office, answered)
    assert (why.suggestions, why.notes) == ([], office.entry.notes)
    assert str(answered["total_number"]) in why.summary


def test_every_display_format_is_offered_in_every_other(server):
    for date_format, time_format, shown in FORMATS:
        office = server.office(date_format=date_format, time_format=time_format)
        for other in {text for _, _, text in FORMATS} - {shown}:
            answered = office.search(start_time=other, end_time=other)
            suggested = [suggestion.parameters for suggestion in check(office, answered).suggestions]
            assert {"start_time": shown, "end_time": shown} in suggested, other


LONDON = {"timezone": "Europe/London"}

# Settings, what was asked, what is suggested, and words of the suggestion.
HELPED = [
    # times
    ({}, {"start_time": "04/03/2024 00:00:00", "end_time": "03/04/2024 12:00:00"},
     {"start_time": "03/04/2024 00:00:00", "end_time": "04/03/2024 12:00:00"}, "day first"),
    ({}, {"start_time": "2024-04-03", "end_time": "2024-04-03"},
     {"start_time": "04/03/2024 00:00:00", "end_time": "04/03/2024 23:59:59"}, "year first"),
    ({}, {"start_time": "04/03/24 00:00:00", "call_to": "2005"}, {"start_time": "04/03/2024 00:00:00"}, "shows times"),
    ({}, {"start_time": "04/03/2024 12:00 am"}, {"start_time": "04/03/2024 00:00:00"}, "shows times"),
    ({"time_format": "12"}, {"start_time": "04/03/2024 00:00:00"}, {"start_time": "04/03/2024 12:00:00 AM"}, "shows"),
    ({"accept_iso_times": False}, {"start_time": "2024-04-02T16:00:00Z"}, {"start_time": "04/03/2024 00:00:00"}, ""),
    ({"accept_iso_times": False}, {"start_time": "1712073600"}, {"start_time": "04/03/2024 00:00:00"}, "Unix time"),
    ({}, {"start_time": "1712073600000"}, {"start_time": "04/03/2024 00:00:00"}, "Unix time"),
    ({}, {"start_time": "2024-04-03T00:00:00 08:00"}, {"start_time": "04/03/2024 00:00:00"}, "shows times"),
    ({}, {"start_time": "04/02/2024 16:00:00", "end_time": "04/02/2024 16:00:00"},
     {"start_time": "04/03/2024 00:00:00", "end_time": "04/03/2024 00:00:00"}, "UTC"),
    ({}, {"start_time": "2024-04-03T00:00:00Z", "end_time": "2024-04-03T00:00:00Z"},
     {"start_time": "04/03/2024 00:00:00", "end_time": "04/03/2024 00:00:00"}, "own clock"),
    ({}, {"start_time": "04/03/2024 00:00:01", "end_time": "03/04/2024 10:00:00"},
     {"start_time": "03/04/2024 10:00:00", "end_time": "04/03/2024 00:00:01"}, "exchange"),
    ({}, {"start_time": "12/31/2024 00:00:01", "end_time": "12/31/2024 23:00:00"},
     {"start_time": "12/31/2024 00:00:00"}, "nearest"),
    ({}, {"start_time": "04/03/2024 00:00:01", "end_time": "04/03/2024 00:00:00"}, {"end_time": "04/03/2024 23:59:59"},
     "end of that day"),
    ({}, {"start_time": "01/01/2030 00:00:00"}, {"start_time": "01/01/2025 12:34:56"}, "nearest"),
    (LONDON, {"end_time": "03/04/2024 01:14:59"}, {"end_time": "03/04/2024 01:15:00"}, "nearest"),
    # numbers
    ({}, {"call_to": " 442071234567"}, {"call_to": "+442071234567"}, "%2B"),
    ({}, {"call_to": "442071234567"}, {"call_to": "+442071234567"}, "how calls have it"),
    ({}, {"call_to": "00442071234567"}, {"call_to": "+442071234567"}, "442071234567"),
    ({}, {"call_to": "02071234567"}, {"call_to": "+442071234567"}, "2071234567"),
    ({}, {"call_to": "+44 (207) 123-4567"}, {"call_to": "+442071234567"}, "separators"),
    ({}, {"call_from": "92005"}, {"call_from": "2005"}, "prefix"),
    ({}, {"call_from": "Kristin Hale"}, {"call_from": "2005"}, "Kristin Hale's"),
    ({}, {"call_from": "Kristin Hale<2005>"}, {"call_from": "2005"}, "without the name"),
    ({}, {"call_from": "20"}, {"enable_fuzzy_search": "1"}, "in part"),
    ({}, {"call_from": "20%5"}, {"call_from": "20", "enable_fuzzy_search": "1"}, "wildcards"),
    ({}, {"call_from": "+442071234567"}, {"call_from": None, "call_to": "+442071234567"}, "other way"),
    ({}, {"call_from": "20050", "call_to": "2050"}, {"call_from": "2050", "call_to": "20050"}, "other way"),
    # groups and DIDs
    ({}, {"extension_group": "99", "status": "BUSY"}, {"extension_group": "7"}, "(Sales): there is no extension group"),
    ({}, {"extension_group": "2005"}, {"extension_group": "1"}, "no extension group 2005"),
    ({}, {"extension_group": "8"}, {"extension_group": "1"}, "(Nobody) has no members"),
    ({}, {"did": "5550100:mobile"}, {"did": "5550100:city"}, "how calls have it"),
    ({}, {"did": "+1 5550101"}, {"did": "5550101:mobile"}, "how calls have it"),
    ({}, {"did": "hotline"}, {"did": "5550100:city"}, "how calls have it"),
    # pages and less
    ({}, {"page": "4", "page_size": "3"}, {"page": "3"}, "last page"),
    ({}, {"page": "4", "page_size": "3"}, {"page": "1"}, "first page"),
    ({}, {"page": "2", "call_from": "92005"}, {"page": "1", "call_from": "2005"}, "page=1"),
    ({}, {"status": "BUSY", "call_from": "2005"}, {"status": None}, "leave status out"),
    ({}, {"status": "BUSY", "call_from": "zz", "pin_code": "0", "start_time": "x"},
     {"start_time": None, "call_from": None, "pin_code": None}, "leave"),
    # refused
    ({}, {"status": "no_answer"}, {"status": "NO ANSWER"}, "NO ANSWER"),
    ({}, {"status": "answered,busy"}, {"status": "ANSWERED"}, "ANSWERED"),
    ({}, {"status": "VOICEMIAL"}, {"status": "VOICEMAIL"}, "VOICEMAIL"),
    ({}, {"extension_group": "sales"}, {"extension_group": "7"}, "extension_group=7"),
    ({}, {"sort_by": "start_time", "order_by": "descending"}, {"sort_by": "time", "order_by": "desc"}, "desc"),
    ({}, {"enable_fuzzy_search": "true", "call_from": "20"}, {"enable_fuzzy_search": "1"}, "=1"),
    ({}, {"status": "answered", "call_from": "92005"}, {"status": "ANSWERED", "call_from": "2005"}, "prefix"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "asked", "changed", "words"), HELPED, ids=[str(case[1])[:70] for case in HELPED])
def test_what_helps(server, office, settings, asked, changed, words):
    office = server.office(**settings) if settings else office
    answered = office.search(**asked)
    why = check(office, answered) if answered["errcode"] == 0 else office.why
    wanted = {name: value for name, value in {**asked, **changed}.items() if value is not None}
    for suggestion in why.suggestions:
        if suggestion.parameters == wanted:
            assert words in suggestion.change
            assert office.search(**suggestion.parameters)["total_number"] == suggestion.rows > 0
            return
    raise AssertionError(why.text)


# What was asked, and the steps: the parameter that each begins with, and what it leaves.
FUNNELS = [
    ({}, [("calls stored", 8)]),
    ({"start_time": "04/03/2024 00:00:00", "end_time": "04/03/2024 23:59:59", "call_to": "2005", "status": "BUSY"},
     [("calls stored", 8), ("start_time", 5), ("end_time", 3), ("call_to", 1), ("status", 0)]),
    ({"status": "BUSY", "call_to": "20", "enable_fuzzy_search": "1", "extension_group": "7"},
     [("calls stored", 8), ("call_to", 7), ("extension_group", 3), ("status", 1)]),
    ({"did": "5550100,5550101", "call_note_remark": "call", "disposition_code_list": "3", "pin_code": "1"},
     [("calls stored", 8), ("did", 2), ("call_note_remark", 1), ("disposition_code_list", 1), ("pin_code", 0)]),
    ({"page": "2", "page_size": "5"}, [("calls stored", 8), ("page 2 of 5 rows", 3)]),
    ({"start_time": "x", "status": "BUSY"}, [("calls stored", 8), ('start_time "x"', 0), ("status", 0)]),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "steps"), FUNNELS, ids=[str(asked) for asked, _ in FUNNELS])
def test_the_funnel(office, asked, steps):
    why = check(office, office.search(**asked))
    assert [step.left for step in why.funnel] == [left for _, left in steps]
    for step, (begins, _) in zip(why.funnel, steps, strict=True):
        assert step.condition.startswith(begins)


def test_lists_and_downloads(office):
    assert office.get("cdr/list", **{"from": "new", "call_from": "x"})["total_number"] == 1
    assert [step.left for step in office.why.funnel] == [8, 1, 1]
    assert office.get("cdr/list", **{"from": "new", "pin_code": "4711"})["total_number"] == 0
    assert {"from": "new"} in [suggestion.parameters for suggestion in office.why.suggestions]
    assert office.get("cdr/download", call_from="2005", page="7")["errcode"] == 0
    why = office.why
    assert (why.summary, why.suggestions) == ("A link was given to a file, which would have 1 row now.", [])
    assert office.get("cdr/download", call_from="92005")["errcode"] == 0
    assert office.why.suggestions[0].parameters == {"call_from": "2005"}
    assert office.get("system/information")["errcode"] == 0
    assert office.why.text == "Answered with 0 SUCCESS."


RECORDED = SMALL_OFFICE | {
    "cdrs": [row | {"record_file": f"{row['id']}.wav" if row["id"] in (1, 2, 4, 5) else ""}
             for row in SMALL_OFFICE["cdrs"]]
}  # fmt: skip

CALLS, RECORDINGS = "/openapi/v2.0/cdr/search", "recording/search"

# Interface, what was asked, what is left step by step, what is suggested, and words of the suggestion.
OTHERS = [
    (RECORDINGS, {"caller": "2005", "callee": "2000"}, [4, 1, 0, 0], {"callee": None}, "leave callee out"),
    (RECORDINGS, {"callee": "442071234567"}, [4, 0, 0], {"callee": "+442071234567"}, "how calls have it"),
    (RECORDINGS, {"start_time": "03/04/2024 00:00:00"}, [4, 0, 0], {"start_time": str(instant("2024-03-04 00:00:00"))},
     "Unix seconds"),
    (RECORDINGS, {"start_time": "1709514900000"}, [4, 0, 0], {"start_time": "1709514900"}, "Unix"),
    (RECORDINGS, {"start_time": "1900000000"}, [4, 0, 0], {"start_time": str(instant("2024-04-03 23:59:59"))},
     "nearest"),
    (RECORDINGS, {"ids": "99", "caller": "2005"}, [4, 1, 0, 0], {"ids": None}, "leave ids out"),
    (RECORDINGS, {"page": "3", "page_size": "3"}, [4, 0], {"page": "2"}, "last page"),
    (CALLS, {"call_from": "2005", "last_status": "BUSY"}, [8, 1, 0, 0], {"last_status": None}, "leave last_status out"),
    (CALLS, {"call_to": "442071234567"}, [8, 0, 0], {"call_to": "+442071234567"}, "how calls have it"),
    (CALLS, {"time_begin": "04/03/2025 00:00:00", "ext_group": "7"}, [8, 0, 0, 0],
     {"time_begin": "04/03/2024 00:00:00"}, "nearest"),
    (CALLS, {"time_begin": "12/31/2024 00:00:01", "time_end": "12/31/2024 10:00:00"}, [8, 1, 0, 0],
     {"time_begin": "12/31/2024 00:00:00"}, "nearest"),
    (CALLS, {"segments": ">1"}, [8, 0, 0], {"segments": None}, "leave segments out"),
    (CALLS, {"queue_list": "1", "disconnected_by": "External", "call_from": "Kristin"}, [8, 0, 0, 0, 0],
     {"queue_list": None, "disconnected_by": None, "call_from": None}, "leave"),
    (CALLS, {"time_begin": "2024-04-03"}, None, {"time_begin": "04/03/2024 00:00:00"}, "send time_begin"),
    (CALLS, {"time_end": "04/03/2024 3:00 pm", "last_status": "answer"}, None,
     {"time_end": "04/03/2024 15:00:59", "last_status": "ANSWERED"}, "last_status=ANSWERED"),
]  # fmt: skip


@pytest.fixture(scope="module")
def recorded(server):
    return server.office(RECORDED, max_tokens=0)


@pytest.mark.parametrize(("path", "asked", "left", "changed", "words"), OTHERS, ids=[str(case[1]) for case in OTHERS])
def test_whole_calls_and_recordings(recorded, path, asked, left, changed, words):
    answered = recorded.get(path, **asked)
    assert answered.get("data", []) == []
    why = recorded.why
    assert [step.left for step in why.funnel] == (left or [])
    wanted = {name: value for name, value in {**asked, **changed}.items() if value is not None}
    found = [suggestion for suggestion in why.suggestions if suggestion.parameters == wanted]
    assert [words in suggestion.change for suggestion in found] == [True], why.text
    for suggestion in why.suggestions:
        assert recorded.get(path, **suggestion.parameters)["total_number"] == suggestion.rows > 0


def test_what_their_parameters_are_read_as(recorded):
    assert recorded.get(RECORDINGS, start_time="1709514900", callee="x")["total_number"] == 0
    why = recorded.why
    assert (why.readings[0].value, why.readings[0].why) == (
        "2024-03-04T09:15:00+08:00",
        "because digits alone are Unix seconds",
    )
    assert why.summary == "Nothing matched: of 4 rows none is left by callee \"x\": to exactly 'x'."
    assert recorded.get("/openapi/v2.0/cdr/download", call_from="92005")["errcode"] == 0
    why = recorded.why
    assert why.summary == "A link was given to a file, which would have 0 rows now."
    assert why.suggestions[0].parameters == {"call_from": "2005"}
    assert recorded.get("recording/list", page="2", page_size="2")["total_number"] == 4
    assert [step.condition for step in recorded.why.funnel] == ["recordings stored", "page 2 of 2 rows"]


def test_resources(office):
    assert office.get("extension/search", search_value="kris")["total_number"] == 1
    why = office.why
    assert [step.left for step in why.funnel] == [3, 1]
    assert (why.suggestions, why.notes) == ([], ["In caller_id_name: 1."])
    assert office.get("extension/search", search_value=" Hart, Amelia")["total_number"] == 0
    why = office.why
    assert why.funnel[-1].condition == 'search_value " Hart, Amelia": in a column of text'
    assert [(found.parameters, found.rows) for found in why.suggestions] == [
        ({"search_value": "Amelia"}, 1),
        ({}, 3),
    ]
    for suggestion in why.suggestions:
        assert office.get("extension/search", **suggestion.parameters)["total_number"] == suggestion.rows
    assert office.get("queue/search", search_value="x")["total_number"] == 0
    assert [step.left for step in office.why.funnel] == [0, 0]


def test_reports(office):
    """A real PBX tells neither of ids that nothing has nor of times without calls."""
    times = {"start_time": "03/04/2024 00:00:00", "end_time": "03/04/2024 23:59:59"}
    for version in ("v1.0", "v2.0"):
        path = f"/openapi/{version}/call_report/list"
        answered = office.get(path, type="extcallstatistics", ext_id_list="1,99,x", **times)
        assert answered["total_number"] == 1
        why = office.why
        assert [step.left for step in why.funnel] == [8, 8, 3]
        assert why.notes == [
            "ext_id_list: 1 is the extension Amelia Hart, not the extension group Default_All_Extensions.",
            "ext_id_list: there is no extension or extension group 99; "
            "there are 1 (Amelia Hart), 2 (Kristin Hale), 3 (Zoë Müller).",
        ]
        assert why.readings[1].value == [1, 99]
        office.get(path, type="queueperformance", queue_id_list="1")
        assert office.why.notes == ["queue_id_list: there is no queue 1; there are none."]
        office.get(path, type="queueperformance")
        assert "a report of the type queueperformance has to have queue_id_list" in office.why.summary
    office.get("call_report/list", type="ringgroupstatistics", start_time="x")
    assert [step.left for step in office.why.funnel] == [8, 0]


def test_the_text(office):
    office.search(start_time="04/03/2026 10:00:00", call_from="2005\x1b[31m")
    text = office.why.text
    assert 'Nothing matched: of 8 rows none is left by start_time "04/03/2026 10:00:00"' in text
    assert (
        '  start_time "04/03/2026 10:00:00" read as 2026-04-03T10:00:00+08:00, because the PBX shows the month first'
        " (MM/DD/YYYY HH:mm:ss), in Asia/Shanghai\n"
    ) in text
    assert "        8  calls stored\n" in text
    assert "  leave start_time and call_from out (8 rows)" in text
    assert "\x1b" not in text


def test_an_empty_pbx(server):
    world = server.worlds.make("empty")
    entry = Entry("yeastar", world.name, "GET", "/", "", "", route="cdr/search", errcode=0, rows=0, total=0)
    entry.query = [("call_from", "2005")]
    why = explain.explain(server.worlds, entry)
    assert (why.summary, why.suggestions) == ("Nothing matched: no calls are stored.", [])


def test_what_has_changed_since(server, own):
    own.search(call_from="3000")
    asked = own.request_id
    with own.world.write() as connection:
        connection.execute("UPDATE number SET digits = '3000', folded = '3000' WHERE digits = '2005'")
    why = own.why
    assert why.notes == ["Then 0 rows matched, and 1 do now: the calls have changed since."]
    assert (why.suggestions[0].parameters, why.suggestions[0].rows) == ({"call_from": "3000"}, 1)
    own.search(start_time="03/04/2024 00:00:00", end_time="03/04/2024 01:00:00")
    own.settings(date_format="DD/MM/YYYY")
    why = own.why
    assert "The setting date_format was 'MM/DD/YYYY' then, and is 'DD/MM/YYYY' now." in why.notes
    assert why.readings[0].value == "2024-03-04T00:00:00+08:00"
    assert "send the same again" in why.suggestions[0].change
    server.worlds.drop(own.world.name)
    own.request_id = asked
    assert own.why.notes == [f"There is no world {own.world.name} any more; what was in it cannot be told."]
    assert (own.why.summary, own.why.funnel) == ("Nothing matched.", [])
    assert own.why.readings


# Method, path, and why that was refused.
NO_INTERFACE = [
    ("GET", "cdr/serach", "did you mean GET /openapi/v1.0/cdr/search?"),
    ("POST", "cdr/search", "/openapi/v1.0/cdr/search is asked with GET, not with POST"),
    ("GET", "get_token", "is asked with POST, not with GET"),
    ("GET", "/openapi/v1.1/cdr/search", "did you mean GET /openapi/v1.0/cdr/search?"),
    ("GET", "/openapi/cdr/list", "did you mean GET /openapi/v1.0/cdr/list?"),
    ("GET", "/openapi/", "`pbx-emulator routes`"),
]


@pytest.mark.parametrize(("method", "path", "reason"), NO_INTERFACE)
def test_the_nearest_interface(office, method, path, reason):
    assert office.send(method, path, params={"access_token": office.token})["errcode"] == 10001
    assert reason in office.why.summary


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("username=a&password=b", "the body cannot be read as JSON: "),
        ("username=a&password=b", "; it looks like a form, and has to be a JSON object"),
        ("{'username': 'a'}", "JSON has double quotes"),
        ('{username: "a"}', "names stand in double quotes"),
        ("<xml/>", "XML"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ("", "no JSON object was in the body: username is missing; password is missing."),
        ({"username": "a"}, "40002 PARAMETER ERROR: password is missing."),
        ({"username": 5, "password": "x"}, 'username "5" is not text'),
    ],
)
def test_bodies(office, body, reason):
    office.post("get_token", body)
    assert reason in office.why.summary


def test_what_lets_nobody_in(own):
    token = own.token
    own.settings(allowed_networks="10.0.0.0/8")
    own.get("cdr/list", token)
    assert "127.0.0.1 is in none of the allowed networks" in own.why.summary
    assert "Networks that are allowed now: 10.0.0.0/8." in own.why.notes
    own.settings(allowed_networks="", api_enabled=False)
    own.get("cdr/list", token)
    own.settings(api_enabled=True)
    assert own.why.notes[-1] == "The API is switched on now."
    own.send("GET", "cdr/list", params={"access_token": token}, headers={"User-Agent": SKIP_HEADER})
    assert "no User-Agent header" in own.why.summary


@pytest.mark.parametrize(
    ("fault", "errcode", "status"), [({"errcode": 40002}, 40002, 200), ({"status": 503}, None, 503)]
)
def test_what_a_tester_wanted(own, fault, errcode, status):
    token = own.token
    rules.arm(own.world, read_fault(own.world, {"route": "cdr/search", **fault}))
    answer = own.server.http.get(
        f"{own.server.pbx.api}/cdr/search", params={"access_token": token, "status": "x"}, timeout=9
    )
    own.request_id = answer.headers[REQUEST_ID_HEADER]
    assert (answer.status_code, own.entry.errcode) == (status, errcode)
    why = own.why
    assert f"armed by a tester: answered {f'HTTP {status}' if errcode is None else errcode} instead." in why.summary
    assert (why.suggestions, why.notes) == ([], [])


def test_tokens_that_expired(own):
    pair = own.post("get_token", own.client)
    advance(own.world, 1803)
    assert own.get("cdr/list", pair["access_token"]) == {"errcode": 10004, "errmsg": "TOKEN EXPIRED"}
    assert own.notes == "the access token expired 3 s ago"
    assert own.why.summary == "Refused with 10004 TOKEN EXPIRED: the access token expired 3 s ago."
    advance(own.world, 90_000)
    own.post("refresh_token", {"refresh_token": pair["refresh_token"]})
    assert own.notes == "the refresh token expired 5,403 s ago"
    own.post("get_token", own.client)  # sweeps the dead ones out
    own.get("cdr/list", pair["access_token"])
    assert own.notes == "the access token expired 90,003 s ago"


def test_tokens_that_were_ended(own):
    pairs = [own.post("get_token", own.client) for _ in range(3)]
    own.post("refresh_token", {"refresh_token": pairs[0]["refresh_token"]})
    own.get("del_token", pairs[1]["access_token"])
    with own.world.write() as connection:
        clients.remove(connection, own.client["username"])
    advance(own.world, 7)
    for pair, why in zip(pairs, ("was replaced by refresh_token", "was ended by del_token", "removed,"), strict=True):
        own.get("cdr/list", pair["access_token"])
        assert own.notes.startswith("the access token ")
        assert own.notes.endswith(f"{why} 7 s ago")
        own.post("refresh_token", {"refresh_token": pair["refresh_token"]})
        assert own.notes.startswith("the refresh token ")
        assert own.notes.endswith(f"{why} 7 s ago")


def test_a_reset_forgets_no_token(server, own):
    pair = own.post("get_token", own.client)
    own.get("del_token", pair["access_token"])
    server.worlds.reset(own.world.name, keep_clock=True)
    own.get("cdr/list", pair["access_token"])
    assert own.notes == "the access token was ended by del_token 0 s ago"


def test_of_ended_tokens_the_newest_are_kept(own, monkeypatch):
    monkeypatch.setattr(ended, "MOST_KEPT", 4)
    with own.world.write() as connection:
        pairs = [tokens.issue(connection, "x", NOON, (60, 60), 0, own.world.number) for _ in range(5)]
        for pair in pairs:
            tokens.revoke(connection, pair.access)
        fates = [tokens.fate(connection, pair.refresh) for pair in pairs]
    assert fates == [None] * 3 + [("refresh", "revoked", NOON, "x")] * 2


def test_tokens_in_each_other_s_place(own):
    pair = own.post("get_token", own.client)
    own.get("cdr/list", pair["refresh_token"])
    assert own.notes == "the request wants an access token, and this is a refresh token, which is valid as such"
    own.post("refresh_token", {"refresh_token": pair["access_token"]})
    assert own.notes == "refresh_token wants a refresh token, and this is an access token, which is valid as such"


@pytest.mark.parametrize(
    ("params", "headers", "note"),
    [
        ({}, {}, "no access token was sent; send it as access_token"),
        ({"token": "x"}, {}, "no access token was sent: token is not its name"),
        ({}, {"X-Auth-Token": "x"}, "no access token was sent: this API knows no header X-Auth-Token; send"),
        ({}, {"Authorization": "Bearer TOKEN"}, "behind the word Bearer in the header: send it as access_token in "
         "the query, or alone in the header Authorization; the token itself is valid"),
        ({"access_token": "short"}, {}, "unknown: it has 5 characters, and tokens have 32"),
        ({"access_token": "eyJhbGciOi.x.y"}, {}, "looks like KAZOO's"),
        ({"access_token": "A" * 32}, {}, "the access token is unknown to every PBX here"),
    ],
)  # fmt: skip
def test_tokens_that_are_none(own, params, headers, note):
    headers = {name: value.replace("TOKEN", own.token) for name, value in headers.items()}
    answer = own.send("GET", "cdr/list", params=params, headers=headers)
    assert answer == {"errcode": 10004, "errmsg": "TOKEN EXPIRED"}
    told = own.server.journal.get(own.request_id).notes
    assert [note in text for text in told] == [True]


def test_a_token_of_a_world_that_is_gone(server, own, office):
    token = own.token
    server.worlds.drop(own.world.name)
    office.get("cdr/list", token)
    assert office.notes.startswith("the access token is unknown: another world gave it")


def test_failed_logins(own):
    wrong, refresh = {**own.client, "password": "wrong"}, own.post("get_token", own.client)["refresh_token"]
    tries = ["4 tries", "3 tries", "2 tries", "1 try"]
    for left in tries:
        assert own.post("get_token", wrong)["errcode"] == -1
        note = f"wrong secret for client {wrong['username']}; {left} left before 127.0.0.1 is blocked for 600 s"
        assert own.notes == note
    own.post("get_token", wrong)
    assert own.notes.endswith("; that was failure 5 in a row, and 127.0.0.1 is blocked for 600 s")
    advance(own.world, 2)
    for path, body in (("get_token", own.client), ("refresh_token", {"refresh_token": refresh})):
        assert own.post(path, body)["errcode"] == 70004
        assert own.notes == "too many logins failed: 127.0.0.1 is blocked for another 598 s"
        assert own.notes in own.why.summary


def test_what_is_wrong_with_a_login(own):
    own.settings(max_failed_logins=0)
    name, secret = own.client["username"], own.client["password"]
    for body, note in (
        ({"username": name, "password": f"{secret} "}, f"wrong secret for client {name}: it has blanks around it"),
        ({"username": secret, "password": name}, "client ID and secret have changed places"),
    ):
        assert own.post("get_token", body)["errcode"] == -1
        assert note in own.notes or own.entry.world == "default"
    own.server.pbx.login(**{**CLIENT, "username": CLIENT["username"][:-1]})
    (note,) = own.server.journal.last().notes
    assert note.startswith(f"there is no client {CLIENT['username'][:-1]}; did you mean {CLIENT['username']}?; ")
    own.server.pbx.login()


def test_the_token_limit(server):
    office = server.office(max_tokens=2)
    office.post("get_token", office.client)
    advance(office.world, 60)
    office.post("get_token", office.client)
    assert office.post("get_token", office.client) == {"errcode": 60002, "errmsg": "MAX LIMITATION EXCEEDED"}
    assert "holds 2 valid access tokens, and may hold no more; the first expires in 1,740 s" in office.notes


def test_a_search_that_was_too_long_to_be_kept(office):
    office.search(call_from="9" * 600)
    why = office.why
    assert why.readings[0].why == "too long to be kept whole, so it cannot be told"
    assert [suggestion.change for suggestion in why.suggestions] == ["leave call_from out"]
    assert "too long to be kept in the journal" in why.notes[-1]


def test_readings_and_strangers(server):
    entry = Entry("yeastar", "default", "GET", "/", "", "", route="cdr/search", query=[("page", "2")])
    assert next(reading.parameter for reading in explain.readings(entry)) == "page"
    entry.dialect = "other"
    assert explain.readings(entry) == []
    assert "unknown here" in explain.explain(server.worlds, entry).summary


def test_what_would_take_too_long_is_given_up(server, monkeypatch):
    """As it may be with a million calls; here there are fewer, and hardly any patience."""
    monkeypatch.setattr(patience, "_STEPS", 1)
    monkeypatch.setattr(funnel, "_SECONDS", 0)
    monkeypatch.setattr(suggestions, "_SECONDS", 0)
    world = server.worlds.make(SMALL_OFFICE)
    entry = Entry("yeastar", world.name, "GET", "/", "", "", route="cdr/search", errcode=0, rows=0, total=0)
    entry.query = [("pin_code", "1"), ("status", "BUSY")]
    why = explain.explain(server.worlds, entry)
    assert [step.left for step in why.funnel] == [8, 0]
    assert why.funnel[-1].condition.endswith("(not counted again)")
    assert [(suggestion.change, suggestion.rows) for suggestion in why.suggestions] == [
        ("leave status and pin_code out", 8)
    ]
    assert why.notes == ["Not everything that might help was tried: it would have taken too long."]
