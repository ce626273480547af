"""Auth tokens on a real database: what is read from them, when they end, and what is none."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import replace

import jwt
import postgres
import pytest
from conftest import ROOT, database_of

from app.kazoo import tokens
from app.kazoo.accounts import stable_id
from app.kazoo.calls import Identity
from app.kazoo.errors import CrossbarError
from app.settings import Settings
from app.store import clients, revoked
from app.store.worlds import World

NOW = 1_700_000_000
LIFE = Settings().kazoo_token_ttl
ACCOUNT = Settings().kazoo_account_id
ADMIN = Identity(ACCOUNT, stable_id("user", "Admin"), "cb_user_auth")
PERSON = Identity(ACCOUNT, stable_id("user", "2000"), "cb_user_auth")
KEY_HOLDER = Identity(ACCOUNT, None, "cb_api_auth")


@pytest.fixture
def world(tmp_path):
    database = database_of(tmp_path)
    database.make_tables()
    with database.write() as connection:
        clients.add(connection, "Admin", "secret")
        connection.execute("INSERT INTO extension VALUES (1, '2000', '', '', '', '', '', '{}')")
    yield opened(database)
    database.close()


def opened(database):
    """The PBX as a request finds it."""
    world = World(database, Settings())
    world.present()
    return world


@pytest.fixture
def other(world):
    """The same PBX in another worker."""
    database = database_of(world.database.path.parent)
    yield opened(database)
    database.close()


def read(world, token, now=NOW):
    world.present()
    return tokens.read(world, token, now)


def ended(world, token, now=NOW):
    with pytest.raises(CrossbarError) as caught:
        read(world, token, now)
    return (caught.value.row.status, caught.value.row.message, caught.value.data) == (401, "invalid credentials", {})


@pytest.mark.parametrize("identity", [ADMIN, PERSON, KEY_HOLDER])
def test_what_is_issued_is_read(world, other, identity):
    token = tokens.issue(world, identity, NOW)
    found = tokens.read(world, token, NOW)
    assert replace(found, token_id="") == identity
    assert found.token_id == jwt.decode(token, options={"verify_signature": False})["jti"]
    assert read(world, token) is found
    assert read(other, token) == found


def test_what_a_token_holds(world):
    token = tokens.issue(world, ADMIN, NOW)
    header, claims = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    assert (header["alg"], header["typ"], len(header["kid"])) == ("HS256", "JWT", 32)
    assert list(claims) == ["iss", "identity_sig", "account_id", "owner_id", "method", "iat", "exp", "jti"]
    assert (claims["iss"], claims["method"]) == ("kazoo", "cb_user_auth")
    assert (claims["iat"], claims["exp"]) == (NOW, NOW + LIFE)
    assert len(base64.urlsafe_b64decode(claims["identity_sig"] + "=")) == 32
    assert "owner_id" not in jwt.decode(tokens.issue(world, KEY_HOLDER, NOW), options={"verify_signature": False})


def test_two_tokens_are_never_the_same(world):
    assert len({tokens.issue(world, ADMIN, NOW) for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("after", "good"),
    [(-10 * LIFE, True), (-1, True), (0, True), (LIFE - 1, True), (LIFE, False), (LIFE + 1, False), (10**9, False)],
)
def test_expiry_goes_by_the_pbx_clock(world, other, after, good):
    token = tokens.issue(world, ADMIN, NOW)
    for reader in (world, other, world, other):
        assert read(reader, token, NOW + after) if good else ended(reader, token, NOW + after)


def test_a_clock_set_back_makes_a_token_good_again(world):
    token = tokens.issue(world, ADMIN, NOW)
    assert ended(world, token, NOW + LIFE)
    assert read(world, token, NOW + LIFE - 1)
    assert ended(world, token, NOW + LIFE)


def test_the_lifetime_is_a_setting(world):
    world.change_settings({"kazoo_token_ttl": 60})
    token = tokens.issue(world, ADMIN, NOW)
    assert read(world, token, NOW + 59)
    assert ended(world, token, NOW + 60)


def test_a_deleted_token_has_ended_everywhere(world, other):
    token, another = (tokens.issue(world, ADMIN, NOW) for _ in range(2))
    assert read(world, token)
    assert read(other, token)
    tokens.revoke(world, token, NOW)
    assert ended(world, token)
    assert ended(other, token)
    assert read(world, another)
    assert read(other, another)
    tokens.revoke(other, token, NOW)
    assert ended(world, token)
    assert ended(other, token)
    assert ended(other, token, NOW + LIFE)


def test_deleting_no_token_changes_nothing(world):
    tokens.revoke(world, "garbage", NOW)
    token = tokens.issue(world, ADMIN, NOW)
    tokens.revoke(world, token[:-4] + "AAAA", NOW)
    assert read(world, token)
    assert count_revoked(world) == 0


def count_revoked(world):
    return world.database.connection().execute("SELECT count(*) FROM revoked_token").fetchone()[0]


def test_deleted_tokens_are_forgotten_once_they_have_expired(world):
    for after in (0, 10, LIFE, LIFE + 10):
        tokens.revoke(world, tokens.issue(world, ADMIN, NOW + after), NOW + after)
        world.present()
    assert count_revoked(world) == 2
    with world.write() as connection:
        revoked.revoke(connection, "x", NOW + 3 * LIFE, NOW + 3 * LIFE)
    assert count_revoked(world) == 1
    assert revoked.is_revoked(world.database.connection(), "x")
    assert not revoked.is_revoked(world.database.connection(), "y")


@pytest.mark.parametrize(
    ("statement", "identity", "good"),
    [
        ("DELETE FROM client", ADMIN, False),
        ("UPDATE client SET secret = 'other'", ADMIN, False),
        ("UPDATE client SET client_id = 'admin'", ADMIN, False),
        ("DELETE FROM client", PERSON, True),
        ("DELETE FROM extension", PERSON, False),
        ("DELETE FROM extension", ADMIN, True),
        ("DELETE FROM extension", KEY_HOLDER, True),
        ("UPDATE extension SET caller_id_name = 'x'", PERSON, True),
        ("""INSERT INTO memory VALUES ('stored', 'client_secret', '"other"')""", PERSON, False),
        ("""INSERT INTO memory VALUES ('stored', 'client_secret', '"other"')""", KEY_HOLDER, True),
        (f"""INSERT INTO memory VALUES ('stored', 'kazoo_api_key', '"{"x" * 64}"')""", KEY_HOLDER, True),
        (f"""INSERT INTO memory VALUES ('stored', 'kazoo_account_id', '"{"0" * 32}"')""", KEY_HOLDER, True),
    ],
)
def test_a_token_ends_with_its_user_and_password(world, other, statement, identity, good):
    token = tokens.issue(world, identity, NOW)
    assert read(world, token)
    assert read(other, token)
    with world.write() as connection:
        connection.execute(statement)
    for reader in (world, other):
        assert (read(reader, token) is not None) is good


def test_nobodys_token_is_no_token(world):
    assert read(world, tokens.issue(world, Identity(ACCOUNT, "f" * 32, "cb_user_auth"), NOW)) is None


def encoded(part):
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def forged(header, token, key=None):
    """The token's claims under another header, with another signature."""
    claims = jwt.decode(token, options={"verify_signature": False})
    if key is None:
        return f"{encoded(header)}.{token.split('.')[1]}."
    return jwt.encode(claims, key, header["alg"], {"kid": "x"})


GARBAGE = [
    lambda token: "",
    lambda token: "x",
    lambda token: "..",
    lambda token: "a.b.c",
    lambda token: "é\udcff.ÿ.日本",
    lambda token: "\0" * 100,
    lambda token: "A" * 100_000,
    lambda token: token[:-1],
    lambda token: token + "A",
    lambda token: token[1:],
    lambda token: token.rpartition(".")[0],
    lambda token: token.rpartition(".")[0] + ".",
    lambda token: f"{token}.{token}",
    lambda token: f" {token}",
    lambda token: token.swapcase(),
    lambda token: ".".join(reversed(token.split("."))),
    lambda token: f"{token.split('.')[0]}.{encoded({'account_id': ACCOUNT})}.{token.split('.')[2]}",
    lambda token: f"{token.split('.')[0]}.{encoded([])}.{token.split('.')[2]}",
    lambda token: forged({"alg": "none"}, token),
    lambda token: forged({"alg": "None", "typ": "JWT"}, token),
    lambda token: forged({"alg": "HS256", "typ": "JWT"}, token),
    lambda token: forged({"alg": "HS256"}, token, b"\0" * 32),
    lambda token: forged({"alg": "HS256"}, token, b"kazoo" * 8),
    lambda token: forged({}, token),
]


@pytest.mark.parametrize("spoil", GARBAGE)
def test_garbage(world, other, spoil):
    token = tokens.issue(world, ADMIN, NOW)
    assert read(world, spoil(token)) is None
    assert read(other, spoil(token)) is None
    assert read(other, token)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_one_algorithm_only(world, algorithm):
    token = tokens.issue(world, ADMIN, NOW)
    secret = bytes.fromhex(json.loads(kept_secret(world)))
    assert read(world, forged({"alg": "HS256"}, token, secret))
    assert read(world, forged({"alg": algorithm}, token, secret + secret)) is None


def test_an_asymmetric_signature(world):
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    token = tokens.issue(world, ADMIN, NOW)
    assert read(world, forged({"alg": "RS256"}, token, generate_private_key(65537, 2048))) is None


def kept_secret(world):
    ((secret,),) = world.database.connection().execute("SELECT value FROM memory WHERE name = 'kazoo_secret'")
    return secret


def test_before_the_first_token_none_is_good(world, tmp_path):
    elsewhere = database_of(tmp_path / "other")
    elsewhere.make_tables()
    token = tokens.issue(world, KEY_HOLDER, NOW)
    bare = opened(elsewhere)
    assert read(bare, token) is None
    tokens.revoke(bare, token, NOW)
    assert bare.database.connection().execute("SELECT count(*) FROM memory").fetchone() == (0,)
    own = tokens.issue(bare, KEY_HOLDER, NOW)
    assert tokens.read(bare, own, NOW)
    assert read(bare, token) is None
    assert read(world, own) is None
    elsewhere.close()


def test_the_secret_outlasts_the_process_and_is_not_a_setting(world):
    token = tokens.issue(world, ADMIN, NOW)
    secret = kept_secret(world)
    tokens.issue(world, ADMIN, NOW)
    again = database_of(world.database.path.parent)
    assert tokens.read(opened(again), token, NOW)
    again.close()
    assert kept_secret(world) == secret
    assert len(bytes.fromhex(json.loads(secret))) == 32
    assert secret.strip('"') not in token + repr(world.settings)


ISSUER = """
import sys
from pathlib import Path
from app.kazoo import tokens
from app.kazoo.calls import Identity
from app.settings import Settings
from app.pbx.setup import database_at
from app.store.worlds import World
world = World(database_at(sys.argv[3], Path(sys.argv[1])), Settings())
world.present()
print("ready", flush=True)
sys.stdin.readline()
print(tokens.issue(world, Identity(Settings().kazoo_account_id, None, "cb_api_auth"), int(sys.argv[2])))
"""


def test_workers_that_issue_their_first_at_once_agree_on_the_secret(world):
    path = world.database.path
    url = postgres.settings_of(path.parent).get("database_url", "")
    command = [sys.executable, "-c", ISSUER, str(path), str(NOW), url]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in running:
        assert read(world, process.communicate(timeout=30)[0].strip())


def test_only_so_many_tokens_are_remembered(world, monkeypatch):
    monkeypatch.setattr(tokens, "_MOST_KNOWN", 10)
    issued = [tokens.issue(world, KEY_HOLDER, NOW) for _ in range(50)]
    assert all(read(world, token) for token in (*issued, *issued))
    assert 0 < len(world.derived("kazoo tokens", dict)) <= 10
    assert read(world, "garbage") is None
    assert "garbage" not in world.derived("kazoo tokens", dict)
