"""The account: what it reads from a PBX's own tables, filled from seed documents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.kazoo.accounts import Account, User, account_of
from app.kazoo.costs import NO_TARIFF
from app.pbx.contents import fill_from
from app.pbx.setup import open_world
from app.store import clients
from app.store.worlds import World

CLIENT, SECRET = "a client", "its secret"


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = open_world(
        {
            "instance": str(tmp_path_factory.mktemp("account")), "seed": "empty",
            "client_id": CLIENT, "client_secret": SECRET,
            "kazoo_account_id": "ab" * 16, "kazoo_account_name": "Zoë", "kazoo_realm": "pbx.example",
        }
    )  # fmt: skip
    yield world
    world.database.close()


@pytest.fixture
def read(world: World, tmp_path: Path) -> Callable[..., Account]:
    """``read(...)``: the account of a PBX filled from a document with these members."""

    def account(**document: Any) -> Account:
        path = tmp_path / "seed.json"
        path.write_text(json.dumps(document))
        fill_from(world, str(path))
        world.present()
        return account_of(world)

    return account


def test_an_empty_pbx(read: Callable[..., Account]):
    account = read()
    assert (account.id, account.name, account.realm) == ("ab" * 16, "Zoë", "pbx.example")
    assert account.reseller_id == md5(f"reseller:{'ab' * 16}")
    assert account.users == {md5(f"user:{CLIENT}"): User(md5(f"user:{CLIENT}"), CLIENT, SECRET)}
    assert (account.trunks, account.no_devices) == ({}, frozenset())


def test_users_are_clients_and_extensions(read: Callable[..., Account], world: World):
    with world.write() as connection:
        clients.add(connection, "another", "secret too")
    account = read(extensions=[{"number": "2000"}, {"number": "2005", "name": "Kristin"}])
    with world.write() as connection:
        clients.remove(connection, "another")
    people = {user.name: (user.password, user.extension) for user in account.users.values()}
    assert people == {
        CLIENT: (SECRET, ""), "another": ("secret too", ""), "2000": (SECRET, "2000"), "2005": (SECRET, "2005")
    }  # fmt: skip
    assert all(user.id == id == md5(f"user:{user.name}") for id, user in account.users.items())
    assert account.names_by_user_id[md5("user:2005")] == account.names_by_device_id[md5("device:2005")] == "2005"


# Members of a trunk, and what they become.
TRUNKS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"host": "", "on_net": False, "is_global": False, "rating": {}, "tariff": NO_TARIFF}),
    ({"address": "203.0.113.10"}, {"host": "203.0.113.10"}),
    ({"address": "203.0.113.10:5080"}, {"host": "203.0.113.10"}),
    ({"address": "2001:db8::1"}, {"host": "2001:db8::1"}),
    ({"address": "[2001:db8::1]:5080"}, {"host": "[2001:db8::1]"}),
    ({"address": "sip.example.com"}, {"host": "sip.example.com"}),
    ({"address": ""}, {"host": ""}),
    ({"on_net": True}, {"on_net": True, "is_global": False}),
    ({"on_net": False}, {"on_net": False}),
    ({"global_resource": True}, {"is_global": True, "on_net": False}),
    ({"global_resource": False}, {"is_global": False}),
    ({"rating": {"rate": 226, "rate_name": "US"}}, {"rating": {"rate": "226", "rate_name": "US"}}),
]

# Ratings that no seed document may have, but a database can: they were not looked at before there was this dialect.
ODD_RATINGS: list[tuple[Any, dict[str, str]]] = [
    ({"direction": ["inbound", "outbound"]}, {"direction": "inbound,outbound"}),
    ({"routes": ["^1", 1, True]}, {"routes": "^1,1,true"}),
    ({"rate": 0.5, "rate_name": False}, {"rate": "0.5", "rate_name": "false"}),
    ("per_minute", {}),
    (226, {}),
]


@pytest.mark.parametrize(("given", "expected"), TRUNKS)
def test_trunks(read: Callable[..., Account], given: dict[str, Any], expected: dict[str, Any]):
    account = read(trunks=[{"name": "city", **given}])
    (trunk,) = account.trunks.values()
    assert account.trunk("city") is trunk
    assert (trunk.id, trunk.name) == (md5("trunk:city"), "city")
    assert {name: getattr(trunk, name) for name in expected} == expected
    assert account.names_by_trunk_id == {trunk.id: "city"}


@pytest.mark.parametrize(("rating", "expected"), ODD_RATINGS)
def test_odd_ratings(read: Callable[..., Account], world: World, rating: Any, expected: dict[str, str]):
    read(trunks=[{"name": "city"}])
    with world.write() as connection:
        connection.execute("UPDATE object SET document = ?", (json.dumps({"name": "city", "rating": rating}),))
    world.present()
    assert account_of(world).trunk("city").rating == expected


def test_only_trunks_are_resources(read: Callable[..., Account]):
    account = read(trunks=[{"name": "city"}], roles=[{"name": "role"}], ivrs=[{"number": "6200", "name": "menu"}])
    assert list(account.trunks) == ["city"]


def test_numbers_without_a_device(read: Callable[..., Account]):
    account = read(
        extensions=[{"number": "2000"}],
        ivrs=[{"number": "6200", "name": "a"}], queues=[{"number": "6400", "name": "b"}],
        ring_groups=[{"number": "6300", "name": "c"}], conferences=[{"number": "6500", "name": "d"}],
        trunks=[{"name": "city"}], roles=[{"name": "role"}],
    )  # fmt: skip
    assert account.no_devices == {"6200", "6300", "6400", "6500"}


def test_it_is_read_anew_when_anything_was_written(read: Callable[..., Account], world: World):
    before = read(extensions=[{"number": "2000"}])
    world.present()
    assert account_of(world) is before
    assert len(read(extensions=[{"number": "2000"}, {"number": "2005"}]).users) == len(before.users) + 1
