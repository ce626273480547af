"""Many worlds in real databases: made, found, reset, restored, dropped; by one thread, by several, by processes.

What is about SQLite's files has its counterpart in test_postgres.py where there is one.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import postgres
import pytest
from conftest import ROOT, clean_environment, wait_until
from world_storm import accepts, calls_in, clear, document, login

from app.clock import Clock
from app.pbx import templates
from app.pbx.contents import fill_from
from app.pbx.seed_document import SeedError
from app.pbx.setup import change_settings
from app.pbx.worlds import Worlds, open_worlds
from app.settings import SettingError, Settings
from app.store import clients
from app.store.database import DatabaseError
from app.store.postgres.database import PostgresDatabase
from app.store.registry import WorldError
from app.store.tokens import token_of, world_of
from app.store.worlds import IDENTITY, World

NOON = 1_709_553_600.0  # 4 March 2024, 12:00 UTC


THREE = document(3)


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an empty PBX."""
    instance = tmp_path_factory.mktemp("bare")
    open_worlds(explicit(instance)).close()
    return instance


def explicit(instance: Path, **more: Any) -> dict[str, Any]:
    """The settings of a start there."""
    return {"instance": str(instance), "seed": "empty", **postgres.settings_of(instance), **more}


@pytest.fixture
def instance(tmp_path: Path, bare: Path) -> Path:
    postgres.copy(bare, tmp_path / "instance")
    return tmp_path / "instance"


@pytest.fixture
def worlds(instance: Path) -> Iterator[Worlds]:
    opened = open_worlds(explicit(instance))
    yield opened
    opened.close()


def files(instance: Path) -> list[str]:
    """What lies in the folder of worlds, but for the registry and what SQLite keeps beside open databases; or the
    schemas of worlds (w_) and snapshots (s_) that can be found."""
    if postgres.CHOSEN:
        return [name for name in postgres.beside(instance) if name[0] in "ws"]
    found = (path.relative_to(instance / "worlds").as_posix() for path in (instance / "worlds").rglob("*"))
    return sorted(name for name in found if not name.endswith(("-wal", "-shm")) and name != "registry.sqlite")


def kept_templates(instance: Path) -> list[str]:
    """The templates there are."""
    if postgres.CHOSEN:
        return [name for name in postgres.beside(instance) if name[0] == "t"]
    return sorted(path.name for path in (instance / "templates").iterdir())


def inode(instance: Path) -> int:
    """Which file the default world's is; no schema is ever put in the place of another."""
    return 0 if postgres.CHOSEN else (instance / "pbx.sqlite").stat().st_ino


def kind_of(error: pytest.ExceptionInfo[WorldError]) -> str:
    assert str(error.value).endswith(".")
    return error.value.kind


# Tokens


@pytest.mark.parametrize("number", [0, 1, 61, 62, 4_000, 62**4 - 1])
def test_a_token_leads_to_its_world(number):
    made = {token_of(number) for _ in range(50)}
    assert len(made) == 50
    assert {world_of(token) for token in made} == {number}
    assert all(len(token) == 32 and token.isascii() and token.isalnum() for token in made)


@pytest.mark.parametrize("number", [0, 1])
def test_tokens_look_random_at_every_place(number):
    made = [token_of(number) for _ in range(2000)]
    for place in range(32):
        counts = Counter(token[place] for token in made)
        assert len(counts) == 62, place
        assert max(counts.values()) < 90, place  # 32 are to be expected


@pytest.mark.parametrize("token", ["", "short", "x" * 33, "é" * 32, "-" * 32, "\ud800" * 28 + "aaaa", "a" * 31 + "\0"])
def test_what_is_no_token_leads_to_the_default_world(token):
    assert world_of(token) == 0


def test_a_made_up_token_leads_somewhere_and_is_refused(worlds):
    for i in range(50):
        world = worlds.of_token(f"{i:032}")
        assert not accepts(world, f"{i:032}")


# Nobody else


def test_without_other_worlds_there_is_nothing_but_the_default_one(worlds, instance):
    default = worlds.default
    settings = default.settings
    assert worlds.names() == ["default"]
    assert worlds.entries() == []
    found = [
        worlds.find("default"),
        worlds.get("default"),
        worlds.of_client(settings.client_id),
        worlds.of_client("nobody"),
        worlds.of_client("\ud800"),
        worlds.of_token(token_of(0)),
        worlds.of_token(token_of(7)),
        worlds.of_account(settings.kazoo_account_id),
        worlds.of_api_key(settings.kazoo_api_key),
        worlds.of_realm(settings.kazoo_realm),
        worlds.of_realm("elsewhere.example.com"),
        worlds.of_account_name(settings.kazoo_account_name),
    ]
    assert found == [default] * len(found)
    assert worlds.find("other") is None
    assert worlds.of_account("0" * 32) is None
    assert (default.name, default.number) == ("default", 0)
    assert not (instance / "worlds").exists()
    assert not (instance / "templates").exists()


# Made and found


def test_a_world_is_found_by_all_that_is_its_own(worlds):
    one, two = worlds.make(THREE, "One"), worlds.make("empty", "two")
    pair = login(one)
    settings = one.settings
    found = [
        worlds.find("One"),
        worlds.get("One"),
        worlds.of_client(settings.client_id),
        worlds.of_token(pair.access),
        worlds.of_token(pair.refresh),
        worlds.of_account(settings.kazoo_account_id),
        worlds.of_api_key(settings.kazoo_api_key),
        worlds.of_realm("ONE.sip.example.com"),
        worlds.of_account_name("o-n-e"),
    ]
    assert found == [one] * len(found)
    assert worlds.of_client(two.settings.client_id) is two
    assert worlds.of_client(worlds.default.settings.client_id) is worlds.default
    assert worlds.of_token(login(worlds.default).access) is worlds.default
    assert worlds.of_client("\ud800") is worlds.default
    assert worlds.names() == ["default", "One", "two"]
    assert [(entry.number, entry.source) for entry in worlds.entries()] == [(1, "document"), (2, "empty")]
    assert {key.kind: key.value for key in worlds.keys(worlds.entries()[0])} == {
        "client": settings.client_id,
        "account": settings.kazoo_account_id,
        "api_key": settings.kazoo_api_key,
        "realm": "one.sip.example.com",
        "account_name": "one",
    }


def test_worlds_have_nothing_in_common(worlds):
    one, two = worlds.make(THREE), worlds.make(THREE)
    assert one.name != two.name
    for name in IDENTITY:
        assert len({getattr(world.settings, name) for world in (one, two, worlds.default)}) == 3, name
    pair = login(one)
    assert [accepts(world, pair.access) for world in (one, two, worlds.default)] == [True, False, False]
    clear(one)
    one.set_clock(Clock(rate=0).set(NOON))
    one.change_settings({"timezone": "Europe/London"})
    assert [calls_in(world) for world in (one, two, worlds.default)] == [0, 3, 0]
    assert [world.settings.timezone for world in (one, two)] == ["Europe/London", "Asia/Shanghai"]
    assert two.clock == Clock()


def as_file(tmp_path: Path) -> str:
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(THREE))
    return str(path)


@pytest.mark.parametrize(
    ("source", "calls"),
    [("empty", 0), (THREE, 3), (as_file, 3), ("demo", range(4000, 6000))],
    ids=["empty", "document", "file", "demo"],
)
def test_a_world_is_made_from(worlds, tmp_path, source, calls):
    source = source(tmp_path) if callable(source) else source
    first, second = worlds.make(source), worlds.make(source)
    assert calls_in(first) == calls if isinstance(calls, int) else calls_in(first) in calls
    assert calls_in(second) == calls_in(first)
    assert worlds.entries()[0].source == (source if isinstance(source, str) else "document")


def test_a_changed_file_makes_another_world(worlds, tmp_path):
    path = as_file(tmp_path)
    assert calls_in(worlds.make(path)) == 3
    Path(path).write_text(json.dumps(document(4)))
    assert calls_in(worlds.make(path)) == 4


def test_demo_calls_go_up_to_the_worlds_own_time(worlds):
    world = worlds.make("demo", clock=Clock(rate=0).set(NOON + 1800))
    (last,) = world.database.connection().execute("SELECT max(started_at) FROM cdr").fetchone()
    assert NOON - 86400 < last < NOON


def test_what_is_given_wins_over_the_start_and_this_over_the_source(instance):
    given = {"time_format": "12", "date_format": "DD/MM/YYYY", "client_id": "starts"}
    with closing(open_worlds(explicit(instance, **given))) as worlds:
        seed = document(1, timezone="Europe/Paris", date_format="YYYY/MM/DD", client_id="documents", max_tokens=3)
        world = worlds.make(seed, settings={"time_format": 24, "kazoo_realm": "acme.example.com"})
        settings = world.settings
        assert settings.timezone == "Europe/Paris"
        assert settings.date_format == "DD/MM/YYYY"
        assert settings.time_format == "24"
        assert settings.max_tokens == 3
        assert settings.kazoo_realm == "acme.example.com"
        assert settings.client_id not in ("starts", "documents")


def test_a_world_is_made_with_its_client_and_clock(worlds):
    own = {"client_id": "mine", "client_secret": "secret", "kazoo_account_id": "ab" * 16, "kazoo_api_key": "k" * 64}
    world = worlds.make("empty", settings=own, clock=Clock(rate=0).set(NOON))
    assert clients.knows(world.database.connection(), "mine", "secret")
    assert worlds.of_client("mine") is worlds.of_account("ab" * 16) is worlds.of_api_key("k" * 64) is world
    assert world.clock.now() == NOON
    assert world.started_at == NOON


def test_a_shared_realm_leads_to_nobody(worlds):
    for _ in range(2):
        worlds.make("empty", settings={"kazoo_realm": "acme.example.com"})
    mine = worlds.make("empty", settings={"kazoo_realm": worlds.default.settings.kazoo_realm})
    assert worlds.of_realm("acme.example.com") is worlds.default
    assert worlds.of_realm(mine.settings.kazoo_realm) is worlds.default


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({"name": "there"}, "taken"),
        ({"name": "default"}, "taken"),
        ({"name": ""}, "bad_name"),
        ({"name": ".."}, "bad_name"),
        ({"name": "a/b"}, "bad_name"),
        ({"name": "a.b"}, "bad_name"),
        ({"name": "é"}, "bad_name"),
        ({"name": "a\n"}, "bad_name"),
        ({"name": "a" * 65}, "bad_name"),
        ({"settings": {"client_id": "theirs"}}, "key_taken"),
        ({"settings": {"client_id": Settings().client_id}}, "key_taken"),
        ({"settings": {"kazoo_account_id": Settings().kazoo_account_id}}, "key_taken"),
        ({"settings": {"kazoo_api_key": Settings().kazoo_api_key}}, "key_taken"),
    ],
)
def test_a_world_that_cannot_be_made_leaves_nothing(worlds, instance, arguments, kind):
    worlds.make("empty", "there", {"client_id": "theirs"})
    before = files(instance)
    with pytest.raises(WorldError) as error:
        worlds.make("empty", **arguments)
    assert kind_of(error) == kind
    assert files(instance) == before
    assert worlds.names() == ["default", "there"]


@pytest.mark.parametrize(
    ("source", "settings", "error"),
    [
        ("nowhere.json", {}, SeedError),
        ("/", {}, SeedError),
        ({"cdrs": [{"timestamp": "now"}]}, {}, SeedError),
        ({"cdrs": {1, 2}}, {}, SeedError),
        ({"cdrs": [{"id": 1, "timestamp": 1}, {"id": 1, "timestamp": 2}]}, {}, SeedError),
        ("empty", {"timezone": "Mars/Base"}, SettingError),
        ("empty", {"port": 1}, SettingError),
        ("empty", {"nonsense": 1}, SettingError),
    ],
)
def test_neither_does_what_it_would_be_made_from(worlds, instance, source, settings, error):
    worlds.make("empty", "there")
    before = files(instance)
    with pytest.raises(error):
        worlds.make(source, "new", settings)
    assert files(instance) == before
    assert worlds.find("new") is None
    assert len(kept_templates(instance)) == 1
    assert calls_in(worlds.make(THREE, "new")) == 3


@postgres.of_files
def test_what_sqlite_has_undone_itself_is_told_as_it_was(worlds):
    database = worlds.default.database

    def fail() -> None:
        with database.write() as connection:
            connection.execute("ROLLBACK")  # as SQLite does where the disk is full
            raise sqlite3.OperationalError("database or disk is full")

    with pytest.raises(sqlite3.OperationalError, match="disk is full"):
        fail()
    with database.write():
        pass


@postgres.of_files
def test_a_full_disk_leaves_nothing(worlds, instance, monkeypatch):
    worlds.make("empty", "there")
    before = files(instance)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    for broken in (lambda: worlds.make("empty", "new"), lambda: worlds.reset("there")):
        with pytest.raises(OSError, match="No space"):
            broken()
    assert files(instance) == before
    assert worlds.get("there").settings


# Who a world is, changed later


def test_a_changed_client_is_found_and_the_former_is_not(worlds):
    world = worlds.make("empty")
    former = world.settings.client_id
    change_settings(world, {"client_id": "changed", "kazoo_account_id": "cd" * 16})
    with world.write() as connection:
        clients.add(connection, "second", "secret")
    assert worlds.of_client("changed") is worlds.of_client("second") is worlds.of_account("cd" * 16) is world
    assert worlds.of_client(former) is worlds.default
    with world.write() as connection:
        clients.remove(connection, "second")
    assert worlds.of_client("second") is worlds.default


def test_nobody_takes_anothers_client(worlds):
    one, two = worlds.make("empty"), worlds.make("empty")
    before = two.settings
    for taken in (one.settings, worlds.default.settings):
        for name in ("client_id", "kazoo_account_id", "kazoo_api_key"):
            with pytest.raises(WorldError) as error:
                change_settings(two, {name: getattr(taken, name), "device_name": "X"})
            assert kind_of(error) == "key_taken"
    assert worlds.get(two.name).settings == before
    assert worlds.of_client(one.settings.client_id) is one


def test_a_document_does_not_change_who_a_world_is(worlds, tmp_path):
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(document(2, client_id="documents", kazoo_account_id="ef" * 16, device_name="X")))
    world = worlds.make("empty", settings={"client_id": "mine", "model_name": "Y"})
    fill_from(world, str(path))
    assert (world.settings.client_id, world.settings.device_name) == ("mine", "X")
    assert world.settings.model_name == Settings().model_name
    assert worlds.of_client("mine") is world
    assert worlds.of_account("ef" * 16) is None


# Reset


def dirty(world: World) -> None:
    """Change all that can be changed of a world."""
    clear(world)
    world.change_settings({"timezone": "Europe/London"})
    world.set_clock(world.clock.advance(5000))
    with world.write() as connection:
        clients.login_failed(connection, "192.0.2.1", 0, 1, 600)


def test_a_reset_world_is_as_it_was_made(worlds):
    clock = Clock(rate=0).set(NOON)
    world = worlds.make(THREE, "it", {"timezone": "Europe/Paris", "client_id": "mine"}, clock)
    pair = login(world)
    with world.write() as connection:
        clients.add(connection, "second", "secret")
        connection.execute("INSERT INTO revoked_token VALUES ('x', 1)")
        connection.execute("INSERT INTO memory VALUES ('state', 'kazoo_secret', '\"00\"')")
    dirty(world)
    again = worlds.reset("it")
    assert again is worlds.get("it") is worlds.of_token(pair.access)
    assert calls_in(again) == 3
    assert again.settings.timezone == "Europe/Paris"
    assert again.clock.now() == NOON
    connection = again.database.connection()
    assert clients.blocked_until(connection, "192.0.2.1", 0) is None
    assert accepts(again, pair.access)
    assert connection.execute("SELECT count(*) FROM revoked_token").fetchone() == (1,)
    assert connection.execute("SELECT value FROM memory WHERE name = 'kazoo_secret'").fetchone() == ('"00"',)
    assert clients.knows(connection, "second", "secret")
    assert worlds.of_client("second") is again
    assert again.number == world.number


def test_a_reset_can_leave_the_clock(worlds):
    worlds.make("empty", "it", clock=Clock(rate=0).set(NOON))
    dirty(worlds.get("it"))
    assert worlds.reset("it", keep_clock=True).clock.now() == NOON + 5000
    assert worlds.reset("it").clock.now() == NOON


def test_a_moving_clock_starts_anew(worlds):
    world = worlds.make("empty", "it", clock=Clock(rate=100).set(NOON))
    world.set_clock(world.clock.advance(86400))
    again = worlds.reset("it")
    assert again.clock.rate == 100
    assert NOON <= again.clock.now() < NOON + 3600


def test_a_client_changed_meanwhile_stays_changed(worlds):
    world = worlds.make("empty", "it")
    change_settings(world, {"client_id": "changed", "client_secret": "too"})
    again = worlds.reset("it")
    assert again.settings.client_id == "changed"
    assert clients.knows(again.database.connection(), "changed", "too")
    assert worlds.of_client("changed") is again


def test_who_holds_a_world_goes_on_while_it_is_reset(worlds):
    """A request in another thread reads and writes on, on what it had; its next request is led to the new one."""
    worlds.make(THREE, "it")
    arrived, changed = threading.Event(), threading.Event()

    def request() -> tuple[int, int]:
        world = worlds.get("it")
        clear(world)
        arrived.set()
        assert changed.wait(10)
        with world.write() as connection:
            clients.login_failed(connection, "192.0.2.1", 0, 1, 600)
        return calls_in(world), calls_in(worlds.get("it"))

    # On PostgreSQL a world is given other content where it is; what is dropped stays there for a while on both.
    kept = 3 if postgres.CHOSEN else 0
    for change, then in ((lambda: worlds.reset("it"), 3), (lambda: worlds.drop("it"), None)):
        arrived.clear(), changed.clear()
        with ThreadPoolExecutor(1) as pool:
            answered = pool.submit(request)
            assert arrived.wait(10)
            change()
            changed.set()
            if then is None:
                with pytest.raises(WorldError):
                    answered.result()
            else:
                assert answered.result() == (kept, then)
                blocked = clients.blocked_until(worlds.get("it").database.connection(), "192.0.2.1", 0)
                assert (blocked is None) != postgres.CHOSEN


def test_two_reset_one_world_at_once(worlds, instance):
    worlds.make(THREE, "it")
    with ThreadPoolExecutor(4) as pool:
        for reset in [pool.submit(worlds.reset, "it") for _ in range(40)]:
            reset.result()
    assert calls_in(worlds.get("it")) == 3
    (entry,) = worlds.entries()
    assert files(instance) == (
        [f"w_{entry.first}"] if postgres.CHOSEN else sorted([f"it-{entry.first}.base", f"it-{entry.generation}.sqlite"])
    )


def test_tokens_given_out_while_a_world_is_reset_are_good(worlds):
    """But for those that are written into the old database after its end."""
    worlds.make("empty", "it")
    ended = threading.Event()

    def log_in() -> list[tuple[str, str]]:
        given = []
        while not ended.is_set():
            world = worlds.get("it")
            given.append((world.entry.generation, login(world).access))
        return given

    with ThreadPoolExecutor(2) as pool:
        logging_in = [pool.submit(log_in) for _ in range(2)]
        for _ in range(20):
            worlds.reset("it")
            time.sleep(0.005)
        ended.set()
        given = [token for done in logging_in for token in done.result()]
    world = worlds.get("it")
    lost = [token for _, token in given if not accepts(world, token)]
    assert len(given) > 40
    assert len(lost) <= 2 * 20, "at most one of each thread for each reset"


@pytest.fixture
def impatient(instance: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worlds]:
    """The worlds of a program that waits for another writer no longer than a moment."""
    monkeypatch.setattr("app.store.copies.BUSY_SECONDS", 0.05)
    monkeypatch.setattr("app.store.postgres.address._OPTIONS", "-c lock_timeout=50ms")
    opened = open_worlds(explicit(instance))
    yield opened
    opened.close()


def test_a_world_that_is_being_written_is_busy(impatient, instance):
    impatient.make(THREE, "it")
    with (
        closing(open_worlds(explicit(instance), started=False)) as others,
        others.get("it").database.write(),
        pytest.raises(WorldError) as error,
    ):
        impatient.reset("it")
    assert kind_of(error) == "busy"
    assert calls_in(impatient.reset("it")) == 3


# Snapshots


def test_a_restored_world_is_all_that_it_was(worlds):
    world = worlds.make(THREE, "it", {"client_id": "first"}, Clock(rate=0).set(NOON))
    kept = login(world)
    worlds.snapshot("it", "before")
    lost = login(world)
    dirty(world)
    change_settings(world, {"client_id": "second"})
    restored = worlds.restore("it", "before")
    assert restored is worlds.get("it")
    assert calls_in(restored) == 3
    assert restored.settings.timezone == "Asia/Shanghai"
    assert restored.clock.now() == NOON
    assert (accepts(restored, kept.access), accepts(restored, lost.access)) == (True, False)
    assert worlds.of_client("first") is restored
    assert worlds.of_client("second") is worlds.default
    assert worlds.snapshots("it") == ["before"]


def test_snapshots_are_listed_replaced_and_dropped(worlds):
    world = worlds.make(THREE, "it")
    worlds.snapshot("it", "b")
    clear(world)
    worlds.snapshot("it", "a")
    worlds.snapshot("it", "b")
    assert worlds.snapshots("it") == ["a", "b"]
    assert calls_in(worlds.reset("it")) == 3
    assert calls_in(worlds.restore("it", "b")) == 0
    worlds.drop_snapshot("it", "b")
    assert worlds.snapshots("it") == ["a"]


def test_a_client_taken_meanwhile_is_not_restored(worlds):
    world = worlds.make(THREE, "it", {"client_id": "first"})
    worlds.snapshot("it", "before")
    change_settings(world, {"client_id": "second"})
    other = worlds.make("empty", settings={"client_id": "first"})
    with pytest.raises(WorldError) as error:
        worlds.restore("it", "before")
    assert kind_of(error) == "key_taken"
    assert worlds.of_client("first") is other
    assert worlds.of_client("second") is worlds.get("it")


@pytest.mark.parametrize("verb", ["reset", "snapshot", "restore", "snapshots", "drop", "drop_snapshot"])
@pytest.mark.parametrize("others", [False, True])
def test_what_is_not_there(worlds, verb, others):
    if others:
        worlds.make("empty", "other")
    label = ["x"] if verb in ("snapshot", "restore", "drop_snapshot") else []
    with pytest.raises(WorldError) as error:
        getattr(worlds, verb)("it", *label)
    assert kind_of(error) == "unknown"
    if label:
        for world in ("default", "other")[: 1 + others]:
            with pytest.raises(WorldError) as error:
                getattr(worlds, verb)(world, "../x")
            assert kind_of(error) == "bad_name"
            if verb != "snapshot":
                with pytest.raises(WorldError) as error:
                    getattr(worlds, verb)(world, "x")
                assert kind_of(error) == "no_snapshot"


# The default world


def test_the_default_world_is_reset_as_by_the_command_line(worlds, instance, tmp_path):
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(document(3, timezone="Europe/Paris")))
    default = worlds.default
    fill_from(default, str(path))
    pair = login(default)
    with default.write() as connection:
        clients.add(connection, "second", "secret")
    dirty(default)
    place = inode(instance)
    assert worlds.reset("default", keep_clock=True) is default
    assert inode(instance) == place
    assert calls_in(default) == 3
    assert default.settings.timezone == "Europe/Paris"
    assert default.clock.now() > time.time() + 4000
    connection = default.database.connection()
    assert clients.blocked_until(connection, "192.0.2.1", 0) is None
    assert clients.knows(connection, "second", "secret")
    if not postgres.CHOSEN:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    worlds.reset("default")
    assert default.clock == Clock()
    assert accepts(default, pair.access)
    assert calls_in(worlds.reset("default")) == 3  # it knows still what from
    assert files(instance) == []


def test_a_reset_default_world_has_the_settings_of_its_start(instance):
    with closing(open_worlds(explicit(instance, client_id="given", timezone="Europe/London"))) as worlds:
        change_settings(worlds.default, {"client_secret": "changed", "device_name": "X"})
        settings = worlds.reset("default").settings
        assert (settings.timezone, settings.client_id, settings.device_name) == ("Europe/London", "given", "PBX")
        assert settings.client_secret == Settings().client_secret
        assert clients.knows(worlds.default.database.connection(), "given", settings.client_secret)


def test_the_default_world_is_restored(worlds, instance):
    default = worlds.default
    with default.write() as connection:
        connection.execute("INSERT INTO extension VALUES (1, '2001', '', '', '', '', '', '{}')")
    kept = login(default)
    worlds.snapshot("default", "before")
    lost = login(default)
    dirty(default)
    with default.write() as connection:
        connection.execute("DELETE FROM extension")
    place = inode(instance)
    assert worlds.restore("default", "before") is default
    assert inode(instance) == place
    assert default.database.connection().execute("SELECT number FROM extension").fetchall() == [("2001",)]
    assert default.settings.timezone == "Asia/Shanghai"
    assert (accepts(default, kept.access), accepts(default, lost.access)) == (True, False)
    assert len(files(instance)) == (1 if postgres.CHOSEN else 2)


def test_the_default_world_cannot_be_dropped(worlds):
    with pytest.raises(WorldError) as error:
        worlds.drop("default")
    assert kind_of(error) == "default"


def test_no_token_is_lost_while_the_default_world_is_reset(worlds):
    """Its file stays: who has a token keeps it, however often others reset."""
    ended = threading.Event()

    def log_in() -> list[str]:
        given = []
        while not ended.is_set():
            given.append(login(worlds.default).access)
            time.sleep(0.004)
        return given

    with ThreadPoolExecutor(1) as pool:
        logging_in = pool.submit(log_in)
        for _ in range(30):
            worlds.reset("default")
        ended.set()
        given = logging_in.result()
    assert len(given) > 5
    assert all(accepts(worlds.default, token) for token in given)


def test_a_default_world_that_is_being_written_is_busy(impatient, instance):
    impatient.snapshot("default", "before")
    with closing(open_worlds(explicit(instance), started=False)) as others, others.default.database.write():
        for change in (lambda: impatient.reset("default"), lambda: impatient.restore("default", "before")):
            with pytest.raises(WorldError) as error:
                change()
            assert kind_of(error) == "busy"
    impatient.reset("default")


# Dropped, and left behind


def test_a_dropped_world_is_gone(worlds, instance):
    world = worlds.make(THREE, "it")
    pair = login(world)
    client_id, account = world.settings.client_id, world.settings.kazoo_account_id
    worlds.snapshot("it", "x")
    worlds.drop("it")
    assert files(instance) == []
    assert worlds.find("it") is None
    assert worlds.of_account(account) is None
    assert worlds.of_client(client_id) is worlds.of_token(pair.access) is worlds.default
    again = worlds.make("empty", "it", {"client_id": client_id})
    assert (calls_in(again), worlds.snapshots("it")) == (0, [])
    assert again.number > world.number
    assert not accepts(worlds.of_token(pair.access), pair.access)


def test_worlds_are_there_again_after_a_restart(worlds, instance):
    pair = login(worlds.make(THREE, "it", clock=Clock(rate=0).set(NOON)))
    worlds.close()
    with closing(open_worlds(explicit(instance))) as again:
        world = again.of_token(pair.access)
        assert (world.name, calls_in(world), accepts(world, pair.access)) == ("it", 3, True)
        assert world.started_at == NOON
        again.drop("it")
    assert files(instance) == []


@postgres.of_files
def test_what_was_left_half_made_is_swept_at_the_next_start(worlds, instance):
    worlds.make("empty", "it")
    worlds.snapshot("it", "x")
    worlds.snapshot("default", "y")
    before = files(instance)
    folder = instance / "worlds"
    for name in ("it-00000000.sqlite", "gone-12345678.base", ".abc.sqlite", "gone-12345678.buckets"):
        (folder / name).write_text("")
    (folder / "gone-12345678.snapshots").mkdir()
    worlds.sweep()
    assert files(instance) == before


def test_a_world_without_its_database_can_only_be_dropped(worlds, instance):
    world = worlds.make("empty", "it")
    client_id = world.settings.client_id
    if isinstance(world.database, PostgresDatabase):
        world.database.connection().execute(f"DROP SCHEMA {world.database.schema} CASCADE")
    else:
        world.database.path.unlink()
    worlds.close()
    for lost in (lambda: worlds.get("it"), lambda: worlds.of_client(client_id), lambda: worlds.reset("it")):
        with pytest.raises(WorldError) as error:
            lost()
        assert kind_of(error) == "broken"
    worlds.drop("it")
    assert worlds.names() == ["default"]
    assert files(instance) == []


@postgres.of_files
def test_a_damaged_registry_stops_the_start(worlds, instance):
    worlds.make("empty", "it")
    worlds.close()
    (instance / "worlds" / "registry.sqlite").write_bytes(b"nonsense" * 1000)
    with pytest.raises(DatabaseError, match=r"list of worlds .* is damaged"):
        open_worlds({"instance": str(instance)})


# What it costs


@postgres.of_files
def test_templates_are_made_once_and_the_longest_unused_go(worlds, instance, monkeypatch):
    monkeypatch.setattr(templates, "MOST_KEPT", 3)
    folder = instance / "templates"
    first = worlds.make(document(1), "first")
    (made,) = folder.iterdir()
    stamp = made.stat().st_ino
    worlds.make(document(1))
    assert [path.stat().st_ino for path in folder.iterdir()] == [stamp]
    for calls in range(2, 6):
        worlds.make(document(calls))
    assert len(list(folder.iterdir())) == 3
    assert not made.exists()
    clear(first)
    assert calls_in(worlds.reset("first")) == 1
    assert calls_in(worlds.make(document(1))) == 1


@postgres.of_files
def test_a_template_swept_out_at_the_wrong_moment_is_made_again(worlds, monkeypatch):
    link, missed = os.link, []

    def sweeping(source: Path, target: Path) -> None:
        if not missed:
            missed.append(source)
            Path(source).unlink()
        link(source, target)

    monkeypatch.setattr("os.link", sweeping)
    assert calls_in(worlds.make(THREE)) == 3
    assert missed


@postgres.of_files
def test_a_file_system_without_links_will_do(worlds, monkeypatch):
    def refuse(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    clear(worlds.make(THREE, "it"))
    assert calls_in(worlds.reset("it")) == 3


def open_files(folder: Path) -> list[str]:
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            found.append(os.readlink(descriptor))
        except FileNotFoundError:
            continue
    return [path for path in found if path.startswith(str(folder)) and "registry" not in path]


@postgres.of_files
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells which files are open")
def test_only_so_many_files_are_open(worlds, instance):
    for _ in range(40):
        worlds.make("empty")
    for name in worlds.names() * 2:
        assert worlds.get(name).settings
    assert len(open_files(instance / "worlds")) <= 16 * 3
    for name in worlds.names()[1:-1]:
        worlds.drop(name)
    for _ in range(30):
        worlds.reset(worlds.names()[1])
    assert len(open_files(instance / "worlds")) <= 3


def test_threads_that_come_and_go_leave_nothing_open(worlds, instance):
    worlds.make(THREE, "it")
    for _ in range(20):
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(lambda _: calls_in(worlds.get("it")), range(4))) == [3] * 4
        worlds.reset("it")
    if Path("/proc/self/fd").exists():
        wait_until(lambda: len(open_files(instance / "worlds")) <= 3)


# Several processes


def in_processes(*commands: list[str]) -> list[str]:
    """Run Python with these arguments, all at once; returns what went wrong, in words."""
    running = [
        subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT, env=clean_environment(PYTHONPATH=str(ROOT)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        for command in commands
    ]  # fmt: skip
    said = [process.communicate(timeout=60)[0].decode() for process in running]
    return [
        words or str(process.returncode) for process, words in zip(running, said, strict=True) if process.returncode
    ]


def test_eight_processes_at_once(worlds, instance):
    worlds.make(document(50), "shared")
    worlds.snapshot("shared", "any")
    for number in range(8):  # the templates, so that the processes need not
        worlds.make(document(number + 1))
    script, settings = str(Path(__file__).with_name("world_storm.py")), json.dumps(explicit(instance))
    assert in_processes(*([script, settings, str(number)] for number in range(8))) == []
    assert worlds.get("shared").database.damage() is None
    for name in worlds.names()[1:]:
        worlds.drop(name)
    assert files(instance) == []


MAKE_ONE = """
import json, sys
from app.pbx.worlds import open_worlds
worlds = open_worlds(json.loads(sys.argv[1]), started=False)
worlds.make({"extensions": [{"number": "2001"}]})
"""


def test_processes_that_want_the_same_template_make_it_once(worlds, instance):
    assert in_processes(*[["-c", MAKE_ONE, json.dumps(explicit(instance))]] * 3) == []
    assert len(kept_templates(instance)) == 1
    assert len(worlds.names()) == 4


KILL_YOURSELF = """
import os, signal
from app.store.registry import Registry
Registry.add = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_maker_harms_nobody(worlds, instance):
    command = ["-c", KILL_YOURSELF + MAKE_ONE, json.dumps(explicit(instance))]
    assert in_processes(command) == [str(-signal.SIGKILL)]
    left = files(instance)
    assert len(left) == (1 if postgres.CHOSEN else 2)
    assert worlds.names() == ["default"]
    assert calls_in(worlds.make(THREE, "it")) == 3
    worlds.sweep()
    assert len(files(instance)) == len(left)
    assert not set(left) & set(files(instance))
    assert calls_in(worlds.reset("it")) == 3
