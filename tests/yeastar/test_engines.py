"""The same PBX in SQLite and in PostgreSQL: whatever is asked of both, they answer the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import postgres
import pytest
from office import many_calls

from app.clock import Clock
from app.factory import application
from app.kazoo.times import to_gregorian
from app.pbx.contents import add
from app.pbx.generating import Wanted, generate_calls
from app.pbx.worlds import open_worlds
from app.settings import Settings
from app.store.query import CALL_TYPES, DISPOSITIONS

pytestmark = postgres.needs_postgres

NOW = 1_709_700_000
DAY = 86400
CLIENT = {"username": Settings().client_id, "password": Settings().client_secret}
ACCOUNT = Settings().kazoo_account_id

Random = random.Random

# Numbers that are none: what means something to LIKE, letters of either case, digits of another script.
ODD = [
    "100%", "1%0", "a_1_0", "A_B_C", "\\", "\\%\\", "O'Neil's", '"2005"', "\uff12\uff10\uff10\uff15",
    "\u00c9ric", "\u00e9ric", "anna.B",
]  # fmt: skip


def odd_calls(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Calls between these, like the row."""
    for place, number in enumerate(ODD):
        own = {"id": 20_000 + place, "uid": f"odd{place}", "call_id": f"odd{place}"}
        yield row | own | {"call_from_number": number, "call_to_number": ODD[-1 - place]}


class Engine:
    """A PBX on one engine, asked in this process."""

    def __init__(self, explicit: dict[str, Any]) -> None:
        self.worlds = open_worlds({"seed": "empty", "firmware": "37.23", "upgraded_at": NOW - 5 * DAY, **explicit})
        self.world = self.worlds.default
        self.world.set_clock(Clock(0.0, NOW, 0.0))
        generate_calls(self.world, Wanted(1200, 7, days=12))
        rows = many_calls(300, 3)
        add(self.world, {"cdrs": [{**row, "id": row["id"] + 10_000} for row in rows]})
        add(self.world, {"cdrs": list(odd_calls(rows[0]))})
        self.client = application(self.worlds).test_client()
        self.token = self.client.post("/openapi/v1.0/get_token", json=CLIENT).json["access_token"]
        login = self.client.put("/v2/api_auth", json={"data": {"api_key": Settings().kazoo_api_key}})
        self.headers = {"X-Auth-Token": login.json["auth_token"]}

    def yeastar(self, path: str, **params: Any) -> Any:
        return self.client.get(f"/openapi/{path}", query_string={"access_token": self.token, **params}).json

    def change(self, **options: int) -> None:
        """Options of the CDRs."""
        path, token = "/openapi/v1.0/cdr/updateoption", {"access_token": self.token}
        assert self.client.post(path, query_string=token, json=options).json["errcode"] == 0

    def kazoo(self, path: str, **params: Any) -> Any:
        answer = self.client.get(f"/v2/accounts/{ACCOUNT}/{path}", query_string=params, headers=self.headers)
        return answer.json["data"] if answer.is_json else answer.text

    def numbers(self) -> list[str]:
        return [row[0] for row in self.world.database.connection().execute("SELECT digits FROM number ORDER BY id")]


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Engine]]:
    one, other = (tmp_path_factory.mktemp("engine") for _ in range(2))
    both = Engine({"instance": str(one)}), Engine({"instance": str(other), "database_url": postgres.url("engines")})
    yield both
    for engine in both:
        engine.worlds.close()


def some(rng: Random, choices: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    return {name: make() for name, make in choices.items() if rng.random() < 0.3}


def searched(rng: Random, numbers: list[str]) -> dict[str, Callable[[], Any]]:
    """Parameters of cdr/search, each with what it may be."""

    def number() -> str:
        whole = rng.choice(numbers)
        start = rng.randrange(len(whole) + 1)
        return rng.choice([whole, whole[start : start + rng.randint(1, 5)], "%", "a", "É"])

    def instant() -> int:
        return NOW - rng.randrange(14 * DAY)

    return {
        "start_time": instant, "end_time": instant, "call_from": number, "call_to": number,
        "enable_fuzzy_search": lambda: rng.choice([0, 1, 1]), "extension_group": lambda: rng.randint(1, 4),
        "status": lambda: rng.choice(DISPOSITIONS), "did": lambda: rng.choice(["55501", "55502:city", "5503301"]),
        "pin_code": lambda: "4711", "call_note_remark": lambda: rng.choice(["back", "call"]),
        "disposition_code_list": lambda: rng.choice(["1", "2,12"]), "from": lambda: rng.choice(["old", "new", "all"]),
        "page": lambda: rng.randint(1, 4), "page_size": lambda: rng.choice([1, 7, 100, 10_000]),
        "sort_by": lambda: rng.choice(["id", "uid", "time", "duration", "talk_duration", "disposition", "src_trunk"]),
        "order_by": lambda: rng.choice(["asc", "desc"]),
    }  # fmt: skip


def test_rows(engines):
    rng = random.Random(1)
    choices = searched(rng, engines[0].numbers())
    for _ in range(150):
        ask(engines, "yeastar", rng.choice(["v1.0/cdr/search", "v1.0/cdr/list"]), some(rng, choices))


@pytest.mark.parametrize("options", [(1, 1), (1, 0), (0, 1)])
def test_parts_of_numbers(engines, options):
    """For rows of before the upgrade and since, numbers match in part or not at all."""
    rng = random.Random(str(options))
    numbers = engines[0].numbers()
    for engine in engines:
        engine.change(**dict(zip(("enb_fuzzy_search", "enb_new_cdr_fuzzy_search"), options, strict=True)))
    choices = searched(rng, numbers)
    assert engines[0].yeastar("v1.0/cdr/search", call_from="00")["total_number"]
    for _ in range(30):
        parts = {name: part(rng, numbers) for name in ("call_from", "call_to") if rng.random() < 0.7}
        ask(engines, "yeastar", "v1.0/cdr/search", some(rng, choices) | parts)
        ask(engines, "yeastar", "v2.0/cdr/search", {"page_size": 5, **parts})
    for engine in engines:
        engine.change(enb_fuzzy_search=0, enb_new_cdr_fuzzy_search=0)


def part(rng: Random, numbers: list[str]) -> str:
    whole = rng.choice([*ODD, *rng.sample(numbers, 8)]) or "0"
    start = rng.randrange(len(whole))
    found = whole[start : start + rng.randint(1, 7)]
    return rng.choice([found, found.upper(), found.swapcase()])


def test_recordings(engines):
    rng = random.Random(2)
    choices = searched(rng, engines[0].numbers())
    theirs = {name: choices[name] for name in ("start_time", "end_time", "page", "page_size", "sort_by", "order_by")}
    theirs |= {"caller": choices["call_from"], "callee": choices["call_to"], "ids": lambda: "1,2,3,40,50"}
    for _ in range(30):
        ask(engines, "yeastar", rng.choice(["v1.0/recording/search", "v1.0/recording/list"]), some(rng, theirs))


def test_whole_calls(engines):
    rng = random.Random(3)
    choices = searched(rng, engines[0].numbers())
    renamed = {"time_begin": "start_time", "time_end": "end_time", "account_code": "pin_code"}
    theirs = {name: choices[renamed.get(name, name)] for name in (
        "time_begin", "time_end", "account_code", "call_from", "call_to", "call_note_remark", "did", "page",
        "disposition_code_list", "page_size", "order_by", "enable_fuzzy_search",
    )}  # fmt: skip
    theirs |= {
        "ext_group": lambda: rng.choice(["1", "2,3"]),
        "queue_list": lambda: rng.choice(["1", "1,2,3"]),
        "last_status": lambda: rng.choice([*DISPOSITIONS, "ABANDONED"]),
        "disconnected_by": lambda: rng.choice(["Internal", "External"]),
        "routing_duration": lambda: rng.choice(["> 10", "<5", "=0"]),
        "segments": lambda: rng.choice([">1", "=2", "<=3"]),
        "sort_by": lambda: rng.choice(["uid", "time", "call_type", "last_status", "call_duration"]),
    }
    for _ in range(80):
        ask(engines, "yeastar", rng.choice(["v2.0/cdr/search", "v2.0/cdr/list"]), some(rng, theirs))


def test_reports_and_what_else_is_asked_by_sql(engines):
    reports = {
        "extcallstatistics": {"ext_id_list": "1,2,3,4,5"}, "ivr": {"ivr_id_list": "1,2"}, "unreturnmisscall": {},
        "queueperformance": {"queue_id_list": "1,2"}, "queueagentperformance": {"queue_id": "1"},
        "queueagentinoutcalls": {"queue_id": "1"}, "ringgroupstatistics": {},
        "queueavgwaittalktime": {"queue_id_list": "1,2", "time": "02/2024"},
    }  # fmt: skip
    for type, params in reports.items():
        for version in ("v1.0", "v2.0"):
            ask(engines, "yeastar", f"{version}/call_report/list", {"type": type, **params})
    for menu in ("extension", "ext_group", "queue", "ivr", "trunk", "disposition_code"):
        ask(engines, "yeastar", "v1.0/system/get_menuoptions", {"menu": menu})
    ask(engines, "yeastar", "v1.0/system/get_menuoptions", {"menu": "queue_agent", "queue_id": 1})
    for path in ("v1.0/extension/list", "v1.0/queue/list", "v1.0/system/information", "v1.0/system/capacity"):
        ask(engines, "yeastar", path, {})
    ask(engines, "yeastar", "v1.0/vm/query", {"id": 1})


def test_kazoo(engines):
    rng = random.Random(4)
    numbers = engines[0].numbers()
    choices = {
        "filter_caller_id_number": lambda: rng.choice(numbers),
        "filter_direction": lambda: rng.choice(["inbound", "outbound"]),
        "filter_hangup_cause": lambda: rng.choice(["NORMAL_CLEARING", "USER_BUSY"]),
        "filter_duration_seconds": lambda: rng.randrange(60),
        "page_size": lambda: rng.choice([1, 5, 50]),
        "paginate": lambda: "false",
        "ascending": lambda: "true",
    }
    for _ in range(60):
        start = NOW - rng.randrange(12 * DAY)
        span = {"created_from": to_gregorian(start), "created_to": to_gregorian(start + rng.randrange(4 * DAY))}
        path = rng.choice(["cdrs", "cdrs/interaction", "cdrs/summary"])
        ask(engines, "kazoo", path, span | ({} if path == "cdrs/summary" else some(rng, choices)))


def ask(engines: tuple[Engine, Engine], dialect: str, path: str, params: dict[str, Any]) -> None:
    one, other = (getattr(engine, dialect)(path, **params) for engine in engines)
    assert other == one, (path, params)


def test_something_was_found(engines):
    """Two engines that find nothing agree, too."""
    for engine in engines:
        assert engine.yeastar("v1.0/cdr/search")["total_number"] == 1500 + len(ODD)
        assert len(engine.kazoo("cdrs", created_from=to_gregorian(NOW - 20 * DAY), page_size=50)) == 50
    assert set(CALL_TYPES) <= {row["call_type"] for row in engines[0].yeastar("v1.0/cdr/search")["data"]}
