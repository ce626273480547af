"""Retention: the oldest rows go, and with them all that only they had."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import postgres
import pytest

from app.clock import Clock
from app.pbx.adding import add_calls
from app.pbx.contents import add, fill_from
from app.pbx.generating import Wanted, generate_calls
from app.pbx.setup import open_world
from app.store.kept_counts import COUNTED, kept_count
from app.store.retention import drop_oldest
from app.store.worlds import World

NOW = 1_772_380_800


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    opened = open_world(
        {"instance": str(tmp_path / "instance"), "seed": "empty", **postgres.settings_of(tmp_path / "instance")},
        started=False,
    )
    opened.set_clock(Clock(0.0, NOW, 0.0))
    yield opened
    opened.database.close()


def one(world: World, question: str) -> Any:
    return world.database.connection().execute(question).fetchone()[0]


def starts(world: World) -> list[int]:
    return [row[0] for row in world.database.connection().execute("SELECT started_at FROM cdr ORDER BY 1")]


def check(world: World, rows: int) -> None:
    """So many rows are there, and all that is kept beside them is as they have it."""
    connection = world.database.connection()
    assert one(world, "SELECT count(*) FROM cdr") == rows
    assert {name: kept_count(connection, name) for name in COUNTED} == {
        name: one(world, counting) for name, counting in COUNTED.items()
    }
    for side in ("from", "to"):
        counted = f"(SELECT count(*) FROM cdr WHERE {side}_id = n.id)"
        assert one(world, f"SELECT count(*) FROM number AS n WHERE calls_{side} <> {counted}") == 0
    assert one(world, "SELECT count(*) FROM number WHERE calls_from + calls_to = 0") == 0
    if not postgres.CHOSEN:  # which finds parts of numbers by an index
        assert one(world, "SELECT count(*) FROM number_suffix") == one(world, "SELECT sum(length(folded)) FROM number")
        assert one(world, "SELECT count(*) FROM number_suffix WHERE number_id NOT IN (SELECT id FROM number)") == 0
    assert one(world, "SELECT count(*) FROM call_truth WHERE call_id NOT IN (SELECT call_id FROM cdr)") == 0


def call(start: int, **more: Any) -> dict[str, Any]:
    return {"timestamp": NOW + start, "call_from": "2001", "call_to": f"900{start}", **more}


def test_nothing_goes_unless_it_is_said(world: World) -> None:
    generate_calls(world, Wanted(500))
    assert drop_oldest(world.database.connection()) == 0
    check(world, 500)


@pytest.mark.parametrize("more", [1, 700])
def test_loads_keep_the_newest(world: World, more: int) -> None:
    generate_calls(world, Wanted(800))
    before = starts(world)
    world.change_settings({"cdr_retention_rows": 500})
    generate_calls(world, Wanted(more, 2, start=NOW))
    assert starts(world) == sorted(before + starts(world)[-more:])[-500:]
    check(world, 500)
    assert one(world, "SELECT count(*) FROM call_truth") == one(world, "SELECT count(DISTINCT call_id) FROM cdr")


def test_a_load_into_an_empty_pbx(world: World) -> None:
    world.change_settings({"cdr_retention_rows": 300})
    assert generate_calls(world, Wanted(800)) == 800
    check(world, 300)


def test_a_call_takes_the_oldest_ones_place(world: World) -> None:
    fill_from(world, {"settings": {"cdr_retention_rows": 3}, "cdrs": [call(i) for i in (3, 1, 2, 4)]})
    assert starts(world) == [NOW + 2, NOW + 3, NOW + 4]
    add_calls(world, [{"call_from": "2001", "call_to": "2002", "start": str(NOW + 5), "record": True}])
    assert starts(world) == [NOW + 3, NOW + 4, NOW + 5]
    check(world, 3)
    add_calls(world, [{"call_from": "2001", "call_to": "2002", "start": str(NOW + 5 + i)} for i in range(4)])
    assert starts(world) == [NOW + 6, NOW + 7, NOW + 8]
    check(world, 3)
    assert one(world, "SELECT count(*) FROM number") == 2


def test_a_document_that_is_added_may_say_so(world: World) -> None:
    fill_from(world, {"cdrs": [call(i) for i in range(5)]})
    add(world, {"settings": {"cdr_retention_rows": 2}, "cdrs": [call(9)]})
    assert starts(world) == [NOW + 4, NOW + 9]
    check(world, 2)


def test_a_call_of_which_a_leg_is_left_stays_a_call(world: World) -> None:
    legs = [call(1, call_id="c"), call(2, call_id="c"), call(3, call_id="d")]
    fill_from(world, {"settings": {"cdr_retention_rows": 2}, "cdrs": legs})
    assert kept_count(world.database.connection(), "phone_calls") == 2
    check(world, 2)
