"""Worlds that are given another content: which they are reset to from then on."""

from __future__ import annotations

import json
import threading

import postgres
import pytest
from world_storm import accepts, calls_in, clear, document, login

from app.clock import Clock
from app.pbx import contents
from app.pbx.seed_mistakes import SeedError
from app.pbx.worlds import open_worlds
from app.store.registry import WorldError

TOML = """
[settings]
timezone = "Europe/London"
[[extensions]]
number = "2001"
[[cdrs]]
timestamp = 1700000000
call_from = "2001"
call_to = "2002"
"""


@pytest.fixture
def worlds(tmp_path):
    opened = open_worlds(
        {"instance": str(tmp_path / "instance"), "seed": "empty", **postgres.settings_of(tmp_path / "instance")}
    )
    yield opened
    opened.close()


@pytest.fixture(params=["default", "hers"])
def name(request, worlds):
    if request.param != "default":
        worlds.make(document(1), request.param, {"date_format": "DD/MM/YYYY"})
    return request.param


def test_another_content_is_what_a_reset_goes_back_to(worlds, name):
    world = worlds.get(name)
    world.set_clock(Clock(rate=0).set(1_700_000_000))
    token, client = login(world).access, world.settings.client_id
    world = worlds.seed(name, document(5, time_format="12"))
    assert (calls_in(world), world.settings.time_format) == (5, "12")
    assert world.settings.client_id == client
    assert accepts(world, token)
    assert world.clock.now() == 1_700_000_000
    clear(world)
    world = worlds.reset(name, keep_clock=True)
    assert (calls_in(world), world.settings.time_format) == (5, "12")
    assert world.clock.now() == 1_700_000_000
    if name != "default":
        assert world.settings.date_format == "DD/MM/YYYY"
        assert [entry.source for entry in worlds.entries()] == ["document"]


@pytest.mark.parametrize(("source", "error"), [({"cdrs": 1}, SeedError), ("nowhere.json", SeedError)])
def test_what_cannot_be_loaded_leaves_all_as_it_was(worlds, name, source, error):
    worlds.seed(name, document(3))
    with pytest.raises(error):
        worlds.seed(name, source)
    assert calls_in(worlds.get(name)) == 3
    assert calls_in(worlds.reset(name)) == 3


def test_of_documents_a_few_are_kept(worlds, tmp_path):
    for calls in range(9):
        worlds.seed("default", document(calls))
    assert len(list((tmp_path / "instance" / "documents").iterdir())) <= 5
    assert calls_in(worlds.reset("default")) == 8


def test_a_world_that_is_not_there(worlds):
    with pytest.raises(WorldError, match="There is no world nobody"):
        worlds.seed("nobody", "empty")


def test_seeding_and_resetting_at_once(worlds):
    """Whoever comes last: the world is one of the contents, and a reset gives the last one seeded."""
    worlds.make(document(1), "hers")
    errors = []

    def work(calls):
        try:
            for _ in range(10):
                worlds.seed("hers", document(calls)) if calls else worlds.reset("hers")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(calls,)) for calls in (0, 2, 3, 0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    left = calls_in(worlds.reset("hers"))
    assert left in (2, 3)
    assert calls_in(worlds.reset("hers")) == left


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TOML, ""),
        (TOML.replace("1700000000", "2024-03-04T09:15:00Z"), "cdrs"),
        ("[settings", "is not TOML"),
        ("settings = 1979-05-27", "settings"),
        ("é", "is not UTF-8"),
    ],
)
def test_toml(worlds, tmp_path, text, told):
    path = tmp_path / "office.toml"
    path.write_bytes(text.encode("latin-1"))
    if not told:
        world = worlds.make(str(path))
        assert (calls_in(world), world.settings.timezone) == (1, "Europe/London")
        return
    with pytest.raises(SeedError, match=told):
        worlds.make(str(path))


def test_what_is_added_has_its_ids(worlds, name, tmp_path):
    world = worlds.seed(name, document(2))
    more = {
        "settings": {"time_format": "12", "client_id": "Another"},
        "extensions": [{"number": "2002"}, {"number": "2003"}],
        "extension_groups": [{"name": "Sales", "members": ["2001", "2002"]}],
        "queues": ["Support"],
        "cdrs": [{"timestamp": 1_700_000_000, "call_from": "2002", "call_to": "2003"}],
    }
    path = tmp_path / "more.json"
    path.write_text(json.dumps(more))
    assert contents.add(world, more) == {"extensions": [2, 3], "cdrs": [3], "extension_groups": [1], "queues": [1]}
    assert contents.count(world) == {"extensions": 3, "extension_groups": 1, "objects": 1, "cdr_rows": 3}
    assert world.settings.time_format == "12"
    assert (world.settings.client_id == "Another") == (name == "default")
    with pytest.raises(SeedError, match=r'(?s)number: "2002" is not allowed.*groups\[0\].name: "Sales" is not allowed'):
        contents.add(world, str(path))
    assert contents.count(world)["cdr_rows"] == 3
