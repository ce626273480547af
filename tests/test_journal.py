"""The journal: what it keeps of requests and what not, whom it finds, and that it waits."""

from __future__ import annotations

import threading
from pathlib import Path

import orjson
import pytest

from app.journal import Journal, journal_of, path_in
from app.journal.entries import Entry, Filters, from_json
from app.journal.keeping import is_cut, keep
from app.journal.recording import REQUEST_ID_HEADER, Recording
from app.settings import Settings

MIB = 1 << 20
SECRET = "Vq7Hs0123456789abcdef"


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal", MIB, 1000)


def entry(**fields):
    given = {"dialect": "yeastar", "world": "default", "method": "GET", "path": "/openapi/v1.0/cdr/search"}
    return Entry(**{**given, "address": "127.0.0.1", "request_id": "0123456789abcdef", **fields})


def test_what_is_appended_is_read(journal):
    whole = entry(
        at=1_709_543_700.25, route="cdr/search", client="one", owner="two", query=[["call_from", "2005"]],
        body={"data": {"a": [1, None]}}, cut=True, settings={"timezone": "Europe/Paris"}, status=404, errcode=0,
        errmsg="SUCCESS", rows=3, total=4, size=700, duration=512, notes=["a note"],
    )  # fmt: skip
    number = journal.append(whole)
    whole.id = number
    assert journal.read() == [whole]
    assert journal.get(number) == journal.get("0123456789abcdef") == journal.last() == whole
    assert journal.head == number
    assert journal.get(number - 1) is journal.get(number + 1) is journal.get("nobody's") is None


def test_read(journal):
    numbers = [journal.append(entry(request_id=f"{place}")) for place in range(10)]
    assert [found.id for found in journal.read()] == numbers[::-1]
    assert [found.id for found in journal.read(newest_first=False)] == numbers
    assert [found.id for found in journal.read(limit=3)] == numbers[:6:-1]
    assert [found.id for found in journal.read(after=numbers[6], newest_first=False)] == numbers[7:]
    assert journal.read(limit=0) == journal.read(after=journal.head) == []
    assert len(journal.read(limit=None)) == journal.count() == 10
    assert journal.count(after=numbers[8]) == 1


MANY = [
    {"world": "default", "dialect": "yeastar", "client": "a", "route": "cdr/search", "errcode": 0, "at": 10.0},
    {"world": "default", "dialect": "yeastar", "client": "b", "route": "cdr/search", "errcode": 10004, "at": 20.5},
    {"world": "other", "dialect": "yeastar", "client": "a", "route": "get_token", "errcode": 0, "at": 30.0},
    {"world": "other", "dialect": "kazoo", "client": "account", "owner": "user", "route": "cdrs", "at": 40.0},
    {"world": "default", "dialect": "kazoo", "client": "account", "route": None, "status": 404, "at": 5.0},
]  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"world": "default"}, [0, 1, 4]),
        ({"world": "nobody's"}, []),
        ({"dialect": "kazoo"}, [3, 4]),
        ({"client": "a"}, [0, 2]),
        ({"client": "account"}, [3, 4]),
        ({"client": "user"}, [3]),
        ({"method": "POST"}, [2]),
        ({"method": "post"}, []),
        ({"route": "cdr/search"}, [0, 1]),
        ({"route": None}, [4]),
        ({"status": 200}, [0, 1, 2, 3]),
        ({"status": 404}, [4]),
        ({"errcode": 10004}, [1]),
        ({"errcode": None}, [3, 4]),
        ({"request_id": "3"}, [3]),
        ({"since": 20.5}, [1, 2, 3]),
        ({"until": 20.5}, [0, 1, 4]),
        ({"since": 10, "until": 30}, [0, 1, 2]),
        ({"world": "other", "client": "a", "errcode": 0}, [2]),
        ({"world": "default", "client": "a", "errcode": 10004}, []),
    ],
)
def test_filters(journal, filters, found):
    for place, fields in enumerate(MANY):
        journal.append(entry(request_id=str(place), method="POST" if place == 2 else "GET", **fields))
    assert [int(kept.request_id) for kept in journal.read(newest_first=False, **filters)] == found
    assert journal.count(**filters) == journal.wait(0, 0, **filters) == len(found)
    last = journal.last(**filters)
    assert (last and int(last.request_id)) == (found[-1] if found else None)
    assert set(filters) <= set(Filters.__annotations__)


def test_no_such_filter(journal):
    journal.append(entry())
    with pytest.raises(AttributeError):
        journal.count(errcod=1)


def test_clear(journal):
    for world in ("a", "b", "a"):
        journal.append(entry(world=world))
    head = journal.head
    journal.clear("a")
    assert [kept.world for kept in journal.read()] == ["b"]
    journal.clear("nobody's")
    assert journal.count() == 1
    journal.clear()
    assert journal.read() == []
    assert journal.append(entry(world="a")) > head
    assert journal.count(world="a") == 1


def test_another_process_looks_at_it(tmp_path):
    other = Journal(tmp_path / "journal")
    assert (other.read(), other.head, other.wait(1, 0)) == ([], 0, 0)
    journal = Journal(tmp_path / "journal", MIB, 1000)
    journal.append(entry())
    assert other.count() == 1
    other.clear()
    assert journal.count() == 0


def test_wait(journal):
    before = journal.append(entry())

    def ask():
        for errcode in (0, 10004, 0, 0):
            journal.append(entry(errcode=errcode))

    thread = threading.Timer(0.02, ask)
    thread.start()
    assert journal.wait(3, 5, after=before, errcode=0) == 3
    thread.join()
    assert journal.wait(1, 5) == journal.wait(5, 0) == 5
    assert journal.wait(6, 0.01) == 5
    assert journal.wait(1, 0, after=journal.head) == 0


def test_entries_of_another_version_are_passed_over(journal):
    assert from_json(1, b"{}") is from_json(1, b"[1]") is from_json(1, b"null") is from_json(1, b"no") is None
    strange = orjson.dumps({**orjson.loads(orjson.dumps(entry())), "unheard_of": 1})
    assert from_json(1, strange) is None


def kept(secrets=(), **fields):
    found = entry(**fields)
    keep(found, secrets)
    return found


def test_a_pin_in_a_body_is_masked():
    found = kept([SECRET], body={"vm_pin": "2005", "enb_vm_pin": 1})
    assert found.body == {"vm_pin": "***", "enb_vm_pin": 1}


@pytest.mark.parametrize(
    ("pair", "shown"),
    [
        (("access_token", SECRET), ("access_token", "***")),
        (("access_token", ""), ("access_token", "")),
        (("Access_Token", SECRET), ("Access_Token", "***")),
        (("accessToken", SECRET), ("accessToken", "***")),
        (("client_secret", SECRET), ("client_secret", "***")),
        (("passwd", SECRET), ("passwd", "***")),
        (("api-key", SECRET), ("api-key", "***")),
        (("Authorization", f"Basic {SECRET}"), ("Authorization", "***")),
        (("x-auth-token", SECRET), ("x-auth-token", "***")),
        (("access_token=abcdef", ""), ("access_token=***", "")),
        (("call_from", "2005?access_token=abcdef"), ("call_from", "2005?access_token=***")),
        (("url", "%61ccess_token%3Dabcdef"), ("url", "%61ccess_token%3D***")),
        (("call_from", "eyJhbGciOi.eyJzdWIi.c2ln"), ("call_from", "***")),
        (("call_from", f"2005 {SECRET}"), ("call_from", "2005 ***")),
        ((SECRET, "1"), ("***", "1")),
        (("start_key", "g2wAAAA"), ("start_key", "g2wAAAA")),
        (("filter_custom_channel_vars.authorizing_id", "x"), ("filter_custom_channel_vars.authorizing_id", "x")),
        (("pin_code", "1234"), ("pin_code", "1234")),
        (("start_time", "03/04/2026 00:00:00"), ("start_time", "03/04/2026 00:00:00")),
        (("call_to", "Zoë <+44 20>"), ("call_to", "Zoë <+44 20>")),
    ],
)
def test_secrets_in_a_query_are_masked(pair, shown):
    found = kept([SECRET], query=[pair])
    assert [tuple(one) for one in found.query] == [shown]
    assert not found.cut


def test_secrets_elsewhere_are_masked():
    body = {"data": {"credentials": SECRET, "other": [SECRET, {"api_key": {"deep": SECRET}}]}, "n": 1, SECRET: None}
    found = kept(
        [SECRET], path=f"/v2/user_auth/{SECRET}x", client=SECRET, method=SECRET, body=body,
        notes=["auth_token=abcdef is wrong", SECRET],
    )  # fmt: skip
    assert SECRET not in orjson.dumps(found).decode()
    assert found.body == {"data": {"credentials": "***", "other": ["***", {"api_key": "***"}]}, "n": 1, "***": None}
    assert found.notes == ["auth_token=*** is wrong", "***"]
    assert found.path == "/v2/user_auth/***"


def test_a_short_secret_is_known_by_its_name_alone():
    found = kept(["2005", ""], query=[("call_from", "2005"), ("password", "2005")])
    assert found.query == [("call_from", "2005"), ("password", "***")]


LONG = "x" * 501


@pytest.mark.parametrize(
    "fields",
    [
        {"query": [("call_from", LONG)]},
        {"query": [(LONG, "1")]},
        {"query": [(f"name{number}", "value") for number in range(2000)]},
        {"query": [(f"name{number}", "v" * 400) for number in range(30)]},
        {"body": {"data": LONG}},
        {"body": [{"n": 1}] * 100_000},
        {"body": {f"name{number}": number for number in range(2000)}},
        {"body": [[[[[[[[[[[["deep"]]]]]]]]]]]]},
        {"path": "/openapi/" + "p" * 100_000},
        {"client": "c" * 100_000},
    ],
)
def test_what_is_too_long_is_cut_and_says_so(fields):
    found = kept(**fields)
    assert found.cut
    assert len(orjson.dumps(found)) < 20_000


def test_what_is_cut_tells_how_long_it_was():
    ((_, value),) = kept(query=[("call_from", LONG)]).query
    assert value == "x" * 500 + "… (501 characters)"
    assert is_cut(value)
    assert not is_cut("(501 characters)")
    assert kept(query=[("call_from", "x" * 500)]).query == [("call_from", "x" * 500)]


def test_the_deepest_body_that_can_be_read_is_kept():
    body = orjson.loads("[" * 1000 + "]" * 1000)
    assert kept(body=body).cut


def test_many_notes():
    assert len(kept(notes=["note"] * 1000).notes) == 20


class Answer:
    """What a recording looks at of a response."""

    is_streamed, content_length, status_code = False, None, 200

    def __init__(self, pieces):
        self.response, self.headers, self.closing = pieces, {}, []
        self.headers = Headers()

    def call_on_close(self, func):
        self.closing.append(func)
        return func


class Headers(dict):
    def add(self, name, value):
        assert name not in self
        self[name] = value


class Stream(Answer):
    is_streamed = True


def recording(journal):
    return Recording(journal, "yeastar", "GET", "/openapi/v1.0/cdr/search", None)


def test_an_answer_is_recorded_before_it_is_sent(journal):
    made = recording(journal)
    made.of(None, Settings(), 1000.5)
    made.answered(Answer([b"abc", b"de"]))
    (found,) = journal.read()
    assert (found.at, found.size, found.world, found.address) == (1000.5, 5, "default", "")
    assert found.duration >= 0


def test_without_a_present_time_it_is_the_real_one(journal):
    recording(journal).answered(Answer([]))
    (found,) = journal.read()
    assert found.at > 1_700_000_000


@pytest.mark.parametrize("end", ["exhausted", "closed", "broken", "never begun"])
def test_a_stream_is_recorded_once_when_it_ends(journal, end):
    def pieces():
        for number in range(3):
            made.entry.rows = number + 1
            yield b"x"
            if end == "broken":
                raise ZeroDivisionError

    made = recording(journal)
    answer = Stream(pieces())
    made.answered(answer)
    assert journal.count() == 0
    stream = answer.response
    if end == "exhausted":
        assert list(stream) == [b"x"] * 3
    elif end == "closed":
        next(stream)
        stream.close()
    elif end == "broken":
        with pytest.raises(ZeroDivisionError):
            list(stream)
    for close in answer.closing:
        close()
    (found,) = journal.read()
    cut = ["the answer was cut off when 1 rows had been written"]
    assert (found.rows, found.notes) == {
        "exhausted": (3, []), "closed": (1, cut), "broken": (1, cut), "never begun": (None, [])
    }[end]  # fmt: skip


def test_the_header_is_a_setting(journal):
    for wanted in (True, False):
        made, answer = recording(journal), Answer([])
        made.of(None, Settings(request_id_header=wanted), 1.0)
        made.answered(answer)
        assert answer.headers == ({REQUEST_ID_HEADER: made.entry.request_id} if wanted else {})


def test_without_a_journal_nothing_is_recorded():
    made, answer = recording(None), Stream(iter([b"x"]))
    made.hide(SECRET)
    made.answered(answer)
    assert (answer.headers, list(answer.response)) == ({}, [b"x"])


def test_what_cannot_be_recorded_does_not_cost_the_answer(journal, caplog):
    made = recording(journal)
    made.entry.body = {1: 2}
    made.entry.query = [("\udcff", "x")]
    made.answered(Answer([b"x"]))
    assert journal.count() == 0
    assert "could not be journaled" in caplog.text


def test_the_journal_of_a_server(tmp_path, caplog):
    on = Settings(instance=str(tmp_path), journal_bytes=MIB, journal_rows=100)
    journal = journal_of(on)
    assert journal is journal_of(on)
    journal.append(entry())
    assert Journal(path_in(tmp_path)).count() == 1
    assert journal_of(Settings(instance=str(tmp_path), journal=False)) is None
    missing = Settings(instance=str(tmp_path / "missing"))
    assert journal_of(missing) is journal_of(missing) is None
    assert caplog.text.count("Requests are not journaled") == 1


def test_the_oldest_go_first(tmp_path):
    journal = Journal(Path(tmp_path) / "journal", MIB, 100)
    for number in range(250):
        journal.append(entry(request_id=str(number)))
    assert [int(found.request_id) for found in journal.read(limit=None)] == list(range(249, 149, -1))
