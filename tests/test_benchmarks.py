"""The pieces of ``make bench``, with few rows: the contenders answer alike, and what is measured is what is said."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

pytest.importorskip("psutil", reason="the bench extra is not installed")

from app.factory import application
from app.pbx.worlds import Worlds
from app.store import tokens
from app.store.query import CdrQuery
from app.store.search import find_cdrs
from benchmarks import committing, dataset, empty, fuzzy, in_process, plain, scale, searches
from benchmarks.contest import Result
from benchmarks.dataset import Dataset
from benchmarks.figures import Figure, Report, machine_line
from benchmarks.turns import in_turns
from benchmarks.wire import Answer, get

ROWS = 1500


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return dataset.provide(tmp_path_factory.mktemp("bench"), ROWS)


@pytest.fixture(scope="module")
def connection(data: Dataset) -> Iterator[sqlite3.Connection]:
    world = data.world()
    yield world.database.connection()
    world.database.close()


@pytest.fixture(scope="module")
def ask_both(data: Dataset) -> Iterator[Any]:
    """Both contenders' answers to a search, as parsed JSON."""
    world = data.world()
    with world.write() as connection:
        token = tokens.issue(connection, world.settings.client_id, int(world.clock.now()), (60, 60), 0).access
    ours, yardstick = application(Worlds(world)), plain.create(data.database)

    def ask(params: searches.Params) -> tuple[Any, Any]:
        mine = ours.test_client().get(searches.target("cdr/search", token, params))
        other = yardstick.test_client().get(searches.target("cdr/search", token, params))
        return mine.json, other.json

    yield ask
    world.database.close()
    with yardstick.app_context():
        plain.db.engine.dispose()


def test_the_data_has_as_many_rows_as_asked_for_and_is_made_once(data: Dataset) -> None:
    with closing(sqlite3.connect(data.flat)) as flat:
        assert flat.execute("SELECT count(*) FROM cdr").fetchone() == (ROWS,)
    made = data.database.stat().st_ino
    assert dataset.provide(data.folder.parent, ROWS).database.stat().st_ino == made


@pytest.mark.parametrize("rows", [3, 40])
def test_the_contenders_answer_alike(data: Dataset, ask_both: Any, rows: int) -> None:
    asked = searches.of_a_period(data, rows, 10) + (searches.of_one_number(data, rows, 10) if rows == 3 else [])
    for params in asked:
        ours, other = ask_both(params)
        assert ours == other
        assert (ours["total_number"], len(ours["data"])) == (rows, rows)


def test_the_contenders_match_in_part_alike(ask_both: Any) -> None:
    for pattern in ("2005", "05", "%", "_", "SIP", "+49"):
        ours, other = ask_both({"call_to": pattern, "enable_fuzzy_search": "1", "page_size": "20", "page": "1"})
        assert ours == other


def test_the_plain_way_wants_a_token(data: Dataset) -> None:
    app = plain.create(data.database)
    assert app.test_client().get("/openapi/v1.0/cdr/search?access_token=x").json["errcode"] == 10004
    with app.app_context():
        plain.db.engine.dispose()


def test_like_is_the_truth_about_patterns(data: Dataset, connection: sqlite3.Connection) -> None:
    chance = Random(1)
    drawn = searches.patterns(data, range(1, 13), 2, chance) + searches.random_patterns(40, 12, chance)
    with closing(sqlite3.connect(data.flat)) as flat:
        for pattern in drawn:
            page = find_cdrs(connection, CdrQuery(call_from=pattern, fuzzy=True, limit=100), "c.id")
            found = page.total, [row[0] for batch in page.batches for row in batch]
            assert found == fuzzy.expected(flat, {"call_from": pattern}), pattern


def test_raw_sqlite_finds_what_the_emulator_finds(data: Dataset, connection: sqlite3.Connection) -> None:
    report = Report()
    patterns = searches.patterns(data, range(4, 5), 20, Random(1))
    fuzzy_asked = [CdrQuery(call_from=pattern, fuzzy=True, limit=scale.PAGE) for pattern in patterns]
    years = [
        CdrQuery(call_from=str(number), start=0, end=dataset.END, limit=scale.PAGE) for number in range(2000, 2030)
    ]
    with closing(sqlite3.connect(data.flat)) as flat:
        for query in fuzzy_asked:
            assert scale.by_scan(flat, query)[0] == scale.by_suffix_index(connection, query)[0]
        scale.check(report, connection, partial(scale.by_flat_index, flat), [*years, *scale.days_of_extensions(5)])
    scale.check(report, connection, partial(scale.by_suffix_index, connection), fuzzy_asked)
    assert report.notes == []
    scale.check(report, connection, lambda _: (-1, []), fuzzy_asked[:1])
    assert report.notes[0].startswith("WRONG ANSWER")


def test_rare_patterns_have_few_calls(connection: sqlite3.Connection) -> None:
    assert {len(query.call_from or "") for query in scale.rare_patterns(connection)} == {7}


def test_both_ways_to_record_a_call_store_the_same(data: Dataset, tmp_path: Path) -> None:
    copied = dataset.copy(data, tmp_path / "copy")
    world = copied.world()
    committing.record(world)
    with committing.recorder(copied.database) as by_orm:
        by_orm()
    connection = world.database.connection()
    connection.row_factory = sqlite3.Row
    ours, orm = map(dict, connection.execute("SELECT * FROM cdr ORDER BY id DESC LIMIT 2"))
    assert {name for name in ours if ours[name] != orm[name]} == {
        "id", "started_at", "uid", "call_id", "from_id",
    }  # fmt: skip
    for side in ("from", "to"):
        counted = f"(SELECT count(*) FROM cdr WHERE {side}_id = number.id)"
        assert connection.execute(f"SELECT 1 FROM number WHERE calls_{side} <> {counted}").fetchall() == []
    world.database.close()


def test_ways_take_turns() -> None:
    asked: list[str] = []
    ways = {name: (lambda question, name=name: asked.append(name + question), "12") for name in "ab"}
    results = in_turns(ways, rounds=2)
    assert asked == ["a1", "a2", "b1", "b2"] * 3
    assert [len(result.cpus) for result in results.values()] == [2, 2]


def test_it_is_known_what_making_the_data_took(data: Dataset) -> None:
    made = dataset.made(data)
    assert made.rows == ROWS - len(dataset.ODD_NUMBERS)
    assert made.size / made.rows > 100
    assert made.memory > 10
    assert 0 < made.cpu < 60


def test_rows_rendered_by_hand_are_the_emulators(data: Dataset, connection: sqlite3.Connection) -> None:
    (params,) = searches.of_a_period(data, 200, 1)
    start, end = scale.instants_of(params)
    rendered = orjson.loads(in_process.ours(connection, start, end))
    assert rendered == orjson.loads(in_process.by_hand(connection, start, end))
    assert len(rendered) == len(orjson.loads(in_process.barely(connection, start, end))) == 200


def test_the_empty_route_answers_nothing() -> None:
    answer = empty.create().test_client().get("/")
    assert (answer.status_code, answer.data) == (200, b"")


@pytest.mark.parametrize(
    ("sent", "content"),
    [
        (b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"errcode":0}', b'{"errcode":0}'),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n",
            b"abc0123456789",
        ),
        (b'HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n{"errcode": 10004}', b'{"errcode": 10004}'),
    ],
)
def test_an_answer_is_read_whatever_the_pieces(sent: bytes, content: bytes) -> None:
    for size in (1, 7, len(sent)):
        answer = Answer(0.0)
        for start in range(0, len(sent), size):
            assert not answer.done
            answer.feed(sent[start : start + size])
        if not answer.done:
            answer.feed(b"")
        assert answer.done
        assert answer.content() == content
        assert answer.good == (b"10004" not in content)
        assert answer.last == (b"Connection: close" in sent)


def test_an_answer_cut_short_is_no_answer() -> None:
    answer = Answer(0.0)
    answer.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    with pytest.raises(ConnectionError):
        answer.feed(b"")


def test_requests_say_whether_they_keep_the_connection() -> None:
    assert "Connection: close" not in get("/")
    assert "Connection: close\r\n\r\n" in get("/", keep_alive=False)


def test_ratios_are_taken_round_by_round() -> None:
    quiet, busy = Result((10, 100, 10), (1, 1, 1)), Result((20, 200, 30), (2, 2, 2))
    assert busy.cpu_ratio(quiet) == 2
    assert (busy.cpu, busy.rate_ratio(quiet)) == (30, 2)


def test_a_bar_is_kept_or_missed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    report.add("Chapter", "quick", 1.5, "ms", most=1.6)
    report.add("Chapter", "slow", 5, "ms", least=6)
    report.add("Chapter", "whatever", 5)
    assert [figure.verdict for figure in report.figures] == ["ok", "OVER", ""]
    assert report.over == [Figure("Chapter", "slow", 5, "ms", least=6)]
    assert capsys.readouterr().out.count("Chapter") == 1
    report.save(tmp_path / "figures.json", {"rows": 1})
    saved = orjson.loads((tmp_path / "figures.json").read_bytes())
    assert [figure["ok"] for figure in saved["figures"]] == [True, False, True]
    assert "SQLite" in machine_line()
