"""cdr/search against a plain Python filter of the same rows, over random parameters."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import start_server
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from office import many_calls

from app.store import plans
from app.store.call_query import CallQuery
from app.store.query import CdrQuery
from app.store.search import find_cdrs
from app.store.whole_calls import find_calls

CALLS = many_calls(600)
GROUPS = {1: {"2005", "1000"}, 2: {"20", "2050", "12005"}, 3: set()}
EXTENSIONS = sorted(set().union(*GROUPS.values()))
DOCUMENT = {
    "settings": {"timezone": "Europe/London", "max_tokens": 0},
    "extensions": [{"number": number} for number in EXTENSIONS],
    "extension_groups": [{"id": key, "name": f"g{key}", "members": sorted(who)} for key, who in GROUPS.items()],
    "cdrs": CALLS,
}
NUMBERS = sorted({call["call_from_number"] for call in CALLS})
# As long as a request's line may be.
MANY_DIDS = ",".join([*(f"x{number}" for number in range(500)), "55502:city", "55501:mobile"])
MANY_CODES = ",".join(map(str, range(12, 900)))
INSTANTS = sorted({call["timestamp"] for call in CALLS})

pieces = st.sampled_from(NUMBERS).flatmap(
    lambda number: st.tuples(st.integers(0, len(number)), st.integers(1, 12)).map(
        lambda cut: number[cut[0] :][: cut[1]]
    )
)
patterns = st.one_of(st.sampled_from(NUMBERS), pieces, st.text("0123456789+%_*aAB'", max_size=4))
instants = st.sampled_from(INSTANTS).flatmap(lambda at: st.sampled_from([at - 1, at, at + 1])).map(str)
parameters = st.fixed_dictionaries(
    {},
    optional={
        "start_time": instants,
        "end_time": instants,
        "call_from": patterns,
        "call_to": patterns,
        "enable_fuzzy_search": st.sampled_from([0, 1, 1]),
        "extension_group": st.integers(0, 4),
        "status": st.sampled_from(["ANSWERED", "NO ANSWER", "BUSY", "FAILED", "VOICEMAIL"]),
        "did": st.sampled_from(["55501", "55502:city", "55501:mobile,55502:mobile", "x:y"]),
        "pin_code": st.sampled_from(["4711", "1"]),
        "call_note_remark": st.sampled_from(["back", "call", "nothing"]),
        "disposition_code_list": st.sampled_from(["1", "2,12", "9"]),
        "page": st.integers(1, 9),
        "page_size": st.sampled_from([1, 7, 100, 10_000]),
        "sort_by": st.sampled_from(["id", "uid", "time", "duration", "talk_duration", "disposition", "src_trunk"]),
        "order_by": st.sampled_from(["asc", "desc"]),
    },
)


def folded(text: str) -> str:
    """ASCII letters in lower case, as LIKE compares them."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def matches(call: dict[str, Any], asked: dict[str, Any]) -> bool:
    def number(side: str) -> bool:
        pattern, have = asked.get(side), call[f"{side}_number"]
        if not pattern:
            return True
        return folded(pattern) in folded(have) if asked.get("enable_fuzzy_search") else pattern == have

    def did(pair: str) -> bool:
        name, _, trunk = pair.partition(":")
        return call["did_number"] == name and trunk in ("", call["src_trunk"])

    group = GROUPS.get(asked.get("extension_group", 0), set())
    codes = {int(code) for code in asked.get("disposition_code_list", "").split(",") if code}
    return (
        call["timestamp"] >= int(asked.get("start_time", 0))
        and call["timestamp"] <= int(asked.get("end_time", 2**40))
        and number("call_from")
        and number("call_to")
        and ("extension_group" not in asked or bool(group & {call["call_from_number"], call["call_to_number"]}))
        and asked.get("status", call["disposition"]) == call["disposition"]
        and ("did" not in asked or any(did(pair) for pair in asked["did"].split(",")))
        and asked.get("pin_code", call["pin_code"]) == call["pin_code"]
        and asked.get("call_note_remark", "") in call["call_note_remark"]
        and (not codes or bool(codes & set(call["disposition_code_list"])))
    )


def expected(asked: dict[str, Any]) -> tuple[int, list[int]]:
    key = {"time": "timestamp"}.get(asked.get("sort_by", "time"), asked.get("sort_by"))
    found = [call for call in CALLS if matches(call, asked)]
    found.sort(key=lambda call: (call[key], call["id"]), reverse=asked.get("order_by") == "desc")
    if "page" not in asked and "page_size" not in asked:
        return len(found), [call["id"] for call in found]
    size = asked.get("page_size", 10_000)
    first = (asked.get("page", 1) - 1) * size
    return len(found), [call["id"] for call in found[first : first + size]]


@pytest.fixture(scope="module")
def pbx(tmp_path_factory):
    folder = tmp_path_factory.mktemp("random")
    (folder / "seed.json").write_text(json.dumps(DOCUMENT))
    pbx = start_server(folder, "--keep-alive", "5", PBX_SEED=str(folder / "seed.json"))
    yield pbx
    pbx.stop()


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parameters)
@example({"call_from": "", "call_to": "20", "enable_fuzzy_search": 1})
@example({"call_to": "\U0010ffff", "enable_fuzzy_search": 1})
@example({"did": MANY_DIDS})
@example({"disposition_code_list": MANY_CODES})
def test_over_http(pbx, asked):
    answer = pbx.search(**asked)
    total, ids = expected(asked)
    assert answer["errcode"] == 0
    assert (answer["total_number"], [row["id"] for row in answer["data"]]) == (total, ids)


@pytest.mark.parametrize("test_cost", [0, 10**9])
def test_every_way_finds_the_same(pbx, monkeypatch, test_cost):
    """The way into the table is a matter of cost alone: forced along the time, and forced by the numbers."""
    from app.settings import Settings
    from app.yeastar.schemas.cdr import CdrSearchIn

    monkeypatch.setattr(plans, "_TEST_COST", test_cost)
    schema = CdrSearchIn(Settings(timezone="Europe/London"))
    connection = pbx.world.database.connection()

    @settings(max_examples=400, deadline=None)
    @given(parameters)
    @example({"did": MANY_DIDS, "disposition_code_list": MANY_CODES})
    def check(asked):
        given_parameters = {name: str(value) for name, value in asked.items()}
        page = find_cdrs(connection, schema.read(given_parameters)[0].query, "c.id")
        ids = [number for batch in page.batches for (number,) in batch]
        assert (page.total, ids) == expected(asked)

    check()


@pytest.mark.parametrize("way", [find_cdrs, find_calls])
@pytest.mark.parametrize("field", ["dids", "disposition_codes"])
def test_each_call_is_not_asked_for_each_entry_of_a_long_list(pbx, way, field):
    """Counted in steps of SQLite's machine: 3,000 entries cost each call no more than one does."""
    connection = pbx.world.database.connection()

    def steps(entries):
        asked = [(f"x{number}", "") if field == "dids" else number + 100 for number in range(entries)]
        query = CdrQuery if way is find_cdrs else CallQuery
        question = query(**{field: tuple(asked)})
        counted = []
        connection.set_progress_handler(lambda: counted.append(1), 100)
        found = way(connection, question, "c.id") if way is find_cdrs else way(connection, question)
        connection.set_progress_handler(None, 0)
        assert found.total == 0
        return len(counted) * 100

    # An entry of four lists of pairs is read in some 80 steps.
    assert steps(3_000) < steps(1) + 3_000 * 100
