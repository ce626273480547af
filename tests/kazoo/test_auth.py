"""api_auth, user_auth, token_auth: each way in, each refusal, every way to send a token, and how tokens end."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import postgres
import pytest
import requests
from conftest import CLIENT, only, start_server, workers
from crossbar import ACCOUNT, API_KEY, OFFICE, Crossbar, row, stable_id

NAME, SECRET = CLIENT["username"], CLIENT["password"]
ADMIN, PERSON = stable_id("user", NAME), stable_id("user", "2005")
REALM = "demo.sip.example.com"

JWT = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{43}")

PHONES = {
    **OFFICE,
    "trunk_dids": [{"name": "+44 (20) 7946-0000"}],
    "cdrs": [*OFFICE["cdrs"], row(99, 500, "13912345678", "2000", ring=3, did_number="+1 555.0199")],
}


def md5(name=NAME, password=SECRET):
    return hashlib.md5(f"{name}:{password}".encode()).hexdigest()


def sha(name=NAME, password=SECRET):
    return hashlib.sha1(f"{name}:{password}".encode()).hexdigest()


@pytest.fixture(scope="module")
def shared(tmp_path_factory, filled_with):
    """A PBX whose tests leave nothing behind but used-up tokens."""
    instance = tmp_path_factory.mktemp("auth") / "instance"
    postgres.copy(filled_with(PHONES), instance)
    pbx = start_server(instance, PBX_SEED="empty")
    yield Crossbar(pbx)
    assert pbx.stop() == 0


@pytest.fixture
def own(serve):
    """A PBX of the test's own."""

    def start(**variables):
        return Crossbar(serve(PHONES, **variables))

    return start


def put(client, path, data, **kwargs):
    return client.ask(path, "PUT", "", json={"data": data}, **kwargs)


def told(answer):
    envelope = answer.json()
    return answer.status_code, envelope.get("message"), envelope.get("data")


def whoami(client, token=None, **kwargs):
    return client.ask("token_auth", token=token, **kwargs)


WRONG = (401, "invalid_credentials", {"message": "invalid credentials"})
ENDED = (401, "invalid credentials", {})


def invalid(**fields):
    return (400, "validation error", fields)


def required(name):
    return {"required": {"message": "Field is required but missing", "value": name}}


def wrong_type(value):
    return {"type": {"message": "Value did not match type(s): string", "target": "string", "value": value}}


def too_short(target, value):
    message = f"String must be at least {target} characters"
    return {"minLength": {"message": message, "target": target, "cause": value, "value": value}}


def too_long(target, value):
    message = f"String must not be more than {target} characters"
    return {"maxLength": {"message": message, "target": target, "cause": value, "value": value}}


def not_one_of(value):
    message = "Value not found in enumerated list of values"
    return {"enum": {"message": message, "target": ["md5", "sha"], "value": value}}


def superfluous(data):
    message = "Strict checking of data is enabled; only include schema-defined properties"
    return {"additionalProperties": {"message": message, "value": data}}


def auth_data(owner):
    return {
        "account_id": ACCOUNT,
        **({"owner_id": owner} if owner else {}),
        "account_name": "demo",
        "language": "en-us",
        "reseller_id": stable_id("reseller", ACCOUNT),
        "is_reseller": False,
        "is_master_account": False,
        "cluster_id": stable_id("cluster", REALM),
        "apps": [],
        "capabilities": {"voicemail": {"transcription": {"available": False, "default": False}}},
        "ui_config": {},
    }


# Getting in

DEMO = {"account_name": "demo"}

LOGINS = [
    ("api_auth", {"api_key": API_KEY}, None),
    ("api_auth", {"api_key": API_KEY, "restrictions": {"get": ["#"]}}, None),
    ("api_auth", {"api_key": API_KEY, "_read_only": 1, "pvt_x": 2}, None),
    ("user_auth", {"credentials": md5(), **DEMO}, ADMIN),
    ("user_auth", {"credentials": md5(NAME.lower()), **DEMO}, ADMIN),
    ("user_auth", {"credentials": md5().upper(), **DEMO}, ADMIN),
    ("user_auth", {"credentials": md5(), "method": "md5", **DEMO}, ADMIN),
    ("user_auth", {"credentials": sha(), "method": "sha", **DEMO}, ADMIN),
    ("user_auth", {"credentials": sha(NAME.lower()), "method": "sha", **DEMO}, ADMIN),
    ("user_auth", {"credentials": md5("2005"), **DEMO}, PERSON),
    ("user_auth", {"credentials": sha("2005"), "method": "sha", **DEMO}, PERSON),
    ("user_auth", {"credentials": md5(), **DEMO, "unknown": [1]}, ADMIN),
    *(("user_auth", {"credentials": md5(), "account_name": name}, ADMIN) for name in ("DEMO", " De-mo! ", "d.e_m/o")),
    *(("user_auth", {"credentials": md5(), "account_realm": realm}, ADMIN) for realm in (REALM, REALM.upper())),
    ("user_auth", {"credentials": md5(), "realm": REALM}, ADMIN),
    ("user_auth", {"credentials": md5(), "account_id": ACCOUNT}, ADMIN),
    *(
        ("user_auth", {"credentials": md5(), "phone_number": number}, ADMIN)
        for number in (
            "5550100", "+5550110", "555 01 05", "15550199", "+1 (555) 0199", "442079460000", "+44 20 7946 0000",
        )
    ),
    # The first that is known counts.
    ("user_auth", {"credentials": md5(), "account_name": "other", "account_realm": REALM}, ADMIN),
    ("user_auth", {"credentials": md5(), "phone_number": "1", "account_realm": "other.example", **DEMO}, ADMIN),
]  # fmt: skip


@pytest.mark.parametrize(("path", "data", "owner"), LOGINS)
def test_login(shared, path, data, owner):
    answer = put(shared, path, data, headers={"X-Request-ID": "mine"})
    envelope = answer.json()
    assert (answer.status_code, envelope["status"], envelope["request_id"]) == (201, "success", "mine")
    assert "error" not in envelope
    assert "message" not in envelope
    assert answer.headers["Content-Type"] == "application/json"
    assert envelope["data"] == auth_data(owner)
    assert list(envelope["data"]) == list(auth_data(owner))
    assert JWT.fullmatch(envelope["auth_token"])
    assert envelope["tokens"]["consumed"] == 35
    method = "cb_user_auth" if owner else "cb_api_auth"
    assert whoami(shared, envelope["auth_token"]).json()["data"]["method"] == method


def test_a_login_ends_no_other_token(shared):
    first, second = (put(shared, "api_auth", {"api_key": API_KEY}).json()["auth_token"] for _ in range(2))
    assert first != second
    assert whoami(shared, first).status_code == whoami(shared, second).status_code == 200


OTHER_KEY = "x" * 64
REFUSED = [
    ("api_auth", {}, invalid(api_key=required("api_key"))),
    ("api_auth", {"api_key": ""}, invalid(api_key=too_short(64, ""))),
    ("api_auth", {"api_key": API_KEY[:-1]}, invalid(api_key=too_short(64, API_KEY[:-1]))),
    ("api_auth", {"api_key": API_KEY + "0"}, invalid(api_key=too_long(64, API_KEY + "0"))),
    ("api_auth", {"api_key": 5}, invalid(api_key=wrong_type(5))),
    ("api_auth", {"api_key": None}, invalid(api_key=wrong_type(None))),
    ("api_auth", {"api_key": [API_KEY]}, invalid(api_key=wrong_type([API_KEY]))),
    ("api_auth", {"api_key": API_KEY, "a.b": 1}, invalid(**{"a%2Eb": superfluous({"api_key": API_KEY, "a.b": 1})})),
    ("api_auth", {"x": 1}, invalid(api_key=required("api_key"), x=superfluous({"x": 1}))),
    ("api_auth", {"api_key": OTHER_KEY}, (404, "bad identifier", [OTHER_KEY])),
    ("api_auth", {"api_key": API_KEY.upper()}, (404, "bad identifier", [API_KEY.upper()])),
    ("api_auth", {"api_key": "é" * 64}, (404, "bad identifier", ["é" * 64])),
    ("user_auth", {}, invalid(credentials=required("credentials"))),
    ("user_auth", DEMO, invalid(credentials=required("credentials"))),
    ("user_auth", {"credentials": "", **DEMO}, invalid(credentials=too_short(1, ""))),
    ("user_auth", {"credentials": "x" * 65, **DEMO}, invalid(credentials=too_long(64, "x" * 65))),
    ("user_auth", {"credentials": 5, **DEMO}, invalid(credentials=wrong_type(5))),
    ("user_auth", {"credentials": None}, invalid(credentials=wrong_type(None))),
    ("user_auth", {"credentials": md5(), "method": "MD5", **DEMO}, invalid(method=not_one_of("MD5"))),
    ("user_auth", {"credentials": md5(), "method": 1, **DEMO}, invalid(method={**not_one_of(1), **wrong_type(1)})),
    ("user_auth", {"credentials": md5(), "account_name": ""}, invalid(account_name=too_short(1, ""))),
    ("user_auth", {"credentials": md5(), "account_name": "x" * 129}, invalid(account_name=too_long(128, "x" * 129))),
    ("user_auth", {"credentials": md5(), "account_name": {}}, invalid(account_name=wrong_type({}))),
    ("user_auth", {"credentials": md5(), "account_realm": "a.b"}, invalid(account_realm=too_short(4, "a.b"))),
    ("user_auth", {"credentials": md5(), "account_realm": "x" * 254}, invalid(account_realm=too_long(253, "x" * 254))),
    (
        "user_auth",
        {"credentials": md5(), "account_realm": "a b.example"},
        invalid(
            account_realm={
                "pattern": {
                    "message": r"Failed to match pattern '^[.\w_-]+$'", "target": r"^[.\w_-]+$", "value": "a b.example",
                }
            }
        ),
    ),
    ("user_auth", {"credentials": md5(), "phone_number": ""}, invalid(phone_number=too_short(1, ""))),
    ("user_auth", {"credentials": md5(), "phone_number": "1" * 65}, invalid(phone_number=too_long(64, "1" * 65))),
    ("user_auth", {"credentials": md5(), "account_id": "x"}, invalid(account_id=too_short(32, "x"))),
    (
        "user_auth",
        {"method": "x", "account_name": 1},
        invalid(credentials=required("credentials"), method=not_one_of("x"), account_name=wrong_type(1)),
    ),
    ("user_auth", {"credentials": md5()}, WRONG),
    ("user_auth", {"credentials": md5(password="wrong"), **DEMO}, WRONG),
    ("user_auth", {"credentials": md5("nobody"), **DEMO}, WRONG),
    ("user_auth", {"credentials": md5(NAME.upper()), **DEMO}, WRONG),
    ("user_auth", {"credentials": md5()[:-1], **DEMO}, WRONG),
    ("user_auth", {"credentials": f" {md5()}", **DEMO}, WRONG),
    ("user_auth", {"credentials": f"{NAME}:{SECRET}"[:64], **DEMO}, WRONG),
    ("user_auth", {"credentials": "日本é", **DEMO}, WRONG),
    ("user_auth", {"credentials": md5(), "method": "sha", **DEMO}, WRONG),
    ("user_auth", {"credentials": sha(), **DEMO}, WRONG),
    ("user_auth", {"credentials": md5(), "account_name": "dem"}, WRONG),
    ("user_auth", {"credentials": md5(), "account_name": "日本"}, WRONG),
    ("user_auth", {"credentials": md5(), "account_realm": "other.example"}, WRONG),
    ("user_auth", {"credentials": md5(), "realm": "other.example"}, WRONG),
    ("user_auth", {"credentials": md5(), "realm": 5}, WRONG),
    ("user_auth", {"credentials": md5(), "account_realm": "other.example", "realm": REALM}, WRONG),
    ("user_auth", {"credentials": md5(), "account_id": "f" * 32}, WRONG),
    *(("user_auth", {"credentials": md5(), "phone_number": no}, WRONG) for no in ("555", "13912345678", "+", "x")),
]  # fmt: skip


@pytest.mark.parametrize(("path", "data", "expected"), REFUSED)
def test_login_refused(shared, path, data, expected):
    answer = put(shared, path, data)
    envelope = answer.json()
    assert told(answer) == expected
    assert (envelope["status"], envelope["error"]) == ("error", str(answer.status_code))
    assert answer.headers["Content-Type"] == "application/json"
    assert "auth_token" not in envelope


@pytest.mark.parametrize(("path", "field"), [("api_auth", "api_key"), ("user_auth", "credentials")])
def test_login_without_a_body(shared, path, field):
    assert told(shared.ask(path, "PUT", "")) == invalid(**{field: required(field)})


@pytest.mark.parametrize("path", ["api_auth", "user_auth"])
def test_data_that_is_a_list(shared, path):
    target = {"message": "Value did not match type(s): object", "target": "object", "value": ["x"]}
    assert told(put(shared, path, ["x"])) == invalid(**{"": {"type": target}})


# Sending a token


def basic(text):
    return base64.b64encode(text.encode()).decode()


def by_password(name="2005", account=ACCOUNT):
    return basic(f"{account}:{md5(name)}")


SENT = [
    # What is sent, with TOKEN for a good token, and the method that lets it in (None: it does not).
    ({"headers": {"X-Auth-Token": "TOKEN"}}, "cb_api_auth"),
    ({"params": {"auth_token": "TOKEN"}}, "cb_api_auth"),
    ({"json": {"auth_token": "TOKEN", "data": {}}}, "cb_api_auth"),
    ({"json": {"data": {"auth_token": "TOKEN"}}}, "cb_api_auth"),
    ({"headers": {"Authorization": "Bearer TOKEN"}}, "cb_api_auth"),
    ({"params": {"authorization": "Bearer TOKEN"}}, "cb_api_auth"),
    ({"headers": {"Authorization": f"Basic {by_password()}"}}, "cb_basic_auth"),
    ({"headers": {"Authorization": f"Basic {by_password(NAME)}"}}, "cb_basic_auth"),
    ({"headers": {"Authorization": f"Basic {by_password(NAME.lower())}"}}, "cb_basic_auth"),
    ({"headers": {"Authorization": f"Basic {basic(f'{ACCOUNT}:{md5().upper()}')}"}}, "cb_basic_auth"),
    ({"params": {"authorization": f"Basic {by_password()}"}}, "cb_basic_auth"),
    ({"json": {"data": {"authorization": f"Basic {by_password()}"}}}, "cb_basic_auth"),
    ({"auth": (ACCOUNT, md5("2005"))}, "cb_basic_auth"),
    # The header X-Auth-Token, then auth_token, then the header Authorization, then authorization.
    ({"headers": {"X-Auth-Token": "TOKEN", "Authorization": "x"}, "params": {"auth_token": "x"}}, "cb_api_auth"),
    ({"headers": {"X-Auth-Token": "x", "Authorization": "Bearer TOKEN"}, "params": {"auth_token": "TOKEN"}}, None),
    ({"headers": {"Authorization": "Bearer x"}, "params": {"auth_token": "TOKEN"}}, "cb_api_auth"),
    ({"headers": {"Authorization": "Bearer TOKEN"}, "params": {"auth_token": "x"}}, None),
    ({"headers": {"Authorization": "Bearer TOKEN"}, "params": {"authorization": "x"}}, "cb_api_auth"),
    ({"headers": {"Authorization": "Bearer x"}, "params": {"authorization": "Bearer TOKEN"}}, None),
    # A parameter: the body's data, the query, the body's top level.
    ({"json": {"data": {"auth_token": "TOKEN"}, "auth_token": "x"}, "params": {"auth_token": "x"}}, "cb_api_auth"),
    ({"json": {"data": {"auth_token": "x"}}, "params": {"auth_token": "TOKEN"}}, None),
    ({"json": {"data": {}, "auth_token": "x"}, "params": {"auth_token": "TOKEN"}}, "cb_api_auth"),
    ({}, None),
    ({"headers": {"X-Auth-Token": "x"}}, None),
    ({"headers": {"X-Auth-Token": "Bearer TOKEN"}}, None),
    ({"headers": {"X-Auth-Token": "TOKENA"}}, None),
    ({"params": {"auth_token": ""}}, None),
    ({"params": {"access_token": "TOKEN"}}, None),
    ({"json": {"auth_token": 5, "data": {}}}, None),
    ({"json": {"auth_token": ["TOKEN"], "data": {}}}, None),
    ({"json": {"authorization": {"Bearer": "TOKEN"}, "data": {}}}, None),
    ({"headers": {"Authorization": "TOKEN"}}, None),
    ({"headers": {"Authorization": "bearer TOKEN"}}, None),
    ({"headers": {"Authorization": "Token TOKEN"}}, None),
    ({"headers": {"Authorization": "Bearer"}}, None),
    ({"headers": {"Authorization": f"Bearer {by_password()}"}}, None),
    ({"headers": {"Authorization": "Basic TOKEN"}}, None),
    ({"headers": {"Authorization": "Basic"}}, None),
    ({"headers": {"Authorization": "Basic ="}}, None),
    ({"headers": {"Authorization": "Basic !!!"}}, None),
    ({"headers": {"Authorization": f"Basic {base64.b64encode(bytes(range(256))).decode()}"}}, None),
    ({"headers": {"Authorization": f"Basic {by_password('2001')}"}}, None),
    ({"headers": {"Authorization": f"Basic {by_password(account='f' * 32)}"}}, None),
    ({"headers": {"Authorization": f"Basic {basic(f'{ACCOUNT}:{sha()}')}"}}, None),
    ({"headers": {"Authorization": f"Basic {basic(f'{ACCOUNT}:{NAME}:{SECRET}')}"}}, None),
    ({"headers": {"Authorization": f"Basic {basic(f'{NAME}:{SECRET}')}"}}, None),
    ({"headers": {"Authorization": f"Basic {basic(ACCOUNT)}"}}, None),
    ({"headers": {"Authorization": f"Basic {basic(f'{ACCOUNT}:')}"}}, None),
]


@pytest.mark.parametrize(("sent", "method"), SENT)
def test_sending_a_token(shared, sent, method):
    if "auth" not in sent:
        sent = json.loads(json.dumps(sent).replace("TOKEN", shared.token))
    answer = whoami(shared, "", **sent)
    if method is None:
        assert told(answer) == WRONG
        assert answer.json()["error"] == "401"
    else:
        assert (answer.status_code, answer.json()["data"]["method"]) == (200, method)


def test_an_empty_header_is_no_token_but_counts(shared):
    answer = requests.get(
        f"{shared.base}/token_auth", params={"auth_token": shared.token}, headers={"X-Auth-Token": ""}, timeout=9
    )
    assert told(answer) == WRONG


# token_auth and user_auth/{token}


@pytest.mark.parametrize(
    ("path", "data", "owner", "method"),
    [
        ("api_auth", {"api_key": API_KEY}, None, "cb_api_auth"),
        ("user_auth", {"credentials": md5("2005"), **DEMO}, PERSON, "cb_user_auth"),
    ],
)
def test_what_a_token_stands_for(shared, path, data, owner, method):
    token = put(shared, path, data).json()["auth_token"]
    envelope = whoami(shared, token).json()
    assert (envelope["status"], envelope["auth_token"]) == ("success", token)
    assert envelope["data"] == {**auth_data(owner), "id": token, "method": method}
    answer = shared.ask(f"user_auth/{token}", token=token)
    assert (answer.status_code, answer.json()["data"]) == (200, auth_data(owner))


def test_what_a_password_stands_for(shared):
    token = by_password()
    answer = whoami(shared, "", headers={"Authorization": f"Basic {token}"})
    assert answer.json()["data"] == {**auth_data(PERSON), "id": token, "method": "cb_basic_auth"}
    assert answer.json()["auth_token"] == token


def test_the_token_in_the_path_must_be_the_one_that_is_used(shared):
    other = put(shared, "api_auth", {"api_key": API_KEY}).json()["auth_token"]
    assert told(shared.ask(f"user_auth/{other}")) == WRONG
    assert told(shared.ask("user_auth/x")) == WRONG
    assert told(shared.ask(f"user_auth/{other}", token="")) == WRONG
    assert told(shared.ask(f"user_auth/{other}", token="x")) == WRONG


@pytest.mark.parametrize(("method", "path"), [("GET", "token_auth"), ("DELETE", "token_auth"), ("GET", "user_auth/x")])
@pytest.mark.parametrize("token", ["", "garbage"])
def test_nobody_is_told_anything(shared, method, path, token):
    assert told(shared.ask(path, method, token)) == WRONG


def test_deleting_a_token_that_is_a_password(shared):
    headers = {"Authorization": f"Basic {by_password()}"}
    assert shared.ask("token_auth", "DELETE", "", headers=headers).status_code == 200
    assert whoami(shared, "", headers=headers).status_code == 200


# How tokens end


def fresh(client, token):
    """Who the token belongs to, over a connection of its own, which any worker may take."""
    answer = requests.get(f"{client.base}/token_auth", headers={"X-Auth-Token": token}, timeout=9)
    return 200 if answer.status_code == 200 else told(answer)


def test_a_deleted_token_has_ended_in_every_worker(own):
    client = own()
    token, other = (put(client, "api_auth", {"api_key": API_KEY}).json()["auth_token"] for _ in range(2))
    client.http.close()
    pair = workers(client.pbx)
    for worker in pair:
        with only(client.pbx, worker):
            assert fresh(client, token) == fresh(client, other) == 200
    with only(client.pbx, pair[0]):
        answer = requests.delete(f"{client.base}/token_auth", headers={"X-Auth-Token": token}, timeout=9)
    envelope = answer.json()
    assert (answer.status_code, envelope["status"]) == (200, "success")
    assert not {"data", "auth_token", "error"} & set(envelope)
    for worker in reversed(pair):
        with only(client.pbx, worker):
            assert fresh(client, token) == ENDED
            assert fresh(client, other) == 200
    assert told(client.ask("token_auth", "DELETE", token)) == ENDED
    assert told(client.ask(f"{client.account}/cdrs", token=token)) == ENDED
    assert told(client.ask(f"user_auth/{token}", token=token)) == ENDED


def test_a_token_expires_by_the_pbx_clock(own):
    client = own()
    token = client.token
    client.pbx.advance(3590)
    assert whoami(client, token).status_code == 200
    client.pbx.advance(11)
    assert told(whoami(client, token)) == ENDED
    assert told(whoami(client, "", headers={"Authorization": f"Bearer {token}"})) == ENDED
    # It is looked at first: before the path, the method, the account and a login.
    for method, path in (
        ("GET", "nothing"),
        ("POST", f"{client.account}/cdrs"),
        ("GET", "accounts/x/cdrs"),
        ("PUT", "api_auth"),
    ):
        assert told(client.ask(path, method, token, json={"data": {"api_key": API_KEY}})) == ENDED
    client.pbx.settings(kazoo_token_ttl=20)
    again = put(client, "api_auth", {"api_key": API_KEY}).json()["auth_token"]
    assert whoami(client, again).status_code == 200
    client.pbx.advance(21)
    assert told(whoami(client, again)) == ENDED
    client.pbx.advance(-100)
    assert whoami(client, token).status_code == whoami(client, again).status_code == 200


def test_settings_change_while_tokens_are_about(own):
    client = own()
    person = put(client, "user_auth", {"credentials": md5("2005"), **DEMO}).json()["auth_token"]
    assert client.ask(f"{client.account}/cdrs", token=person).status_code == 200
    client.pbx.settings(kazoo_account_id="0" * 32, kazoo_account_name="Other & Sons")
    forbidden = (403, "forbidden", {"message": "forbidden"})
    assert told(client.ask(f"accounts/{'0' * 32}/cdrs", token=person)) == forbidden
    unknown = {"message": "bad identifier", "cause": ACCOUNT}
    assert told(client.ask(f"{client.account}/cdrs")) == (404, "bad_identifier", unknown)
    renamed = put(client, "user_auth", {"credentials": md5("2005"), "account_name": "other sons"}).json()
    assert (renamed["data"]["account_id"], renamed["data"]["account_name"]) == ("0" * 32, "Other & Sons")
    assert client.ask(f"accounts/{'0' * 32}/cdrs", token=renamed["auth_token"]).status_code == 200

    client.pbx.settings(client_secret="another secret", kazoo_api_key=OTHER_KEY)
    assert told(whoami(client, person)) == told(whoami(client, renamed["auth_token"])) == WRONG
    assert put(client, "api_auth", {"api_key": OTHER_KEY}).status_code == 201
    assert put(client, "api_auth", {"api_key": API_KEY}).status_code == 404
    changed = {"credentials": md5("2005", "another secret"), "account_realm": REALM}
    assert put(client, "user_auth", changed).status_code == 201


# The rate limit


class _From(requests.adapters.HTTPAdapter):
    """Connections that come from a given address of this machine."""

    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, source_address=(self.address, 0), **kwargs)


def left(answer):
    return answer.status_code, answer.json()["tokens"]


def test_an_empty_bucket(own):
    client = own(PBX_KAZOO_BUCKET_SIZE="71", PBX_KAZOO_BUCKET_REFILL="0")
    key = {"api_key": API_KEY}
    assert left(put(client, "api_auth", key)) == (201, {"consumed": 35, "remaining": 36})
    token = client.token
    answer = put(client, "api_auth", key, headers={"X-Request-ID": "mine"})
    envelope = answer.json()
    for changing in ("node", "timestamp"):
        envelope.pop(changing)
    assert (answer.status_code, answer.headers["Content-Type"]) == (429, "application/json")
    assert envelope == {
        "data": {"message": "too many requests"},
        "error": "429",
        "message": "too_many_requests",
        "status": "error",
        "request_id": "mine",
        "tokens": {"consumed": 0, "remaining": 1},
        "metadata": {},
    }
    too_many = (429, "too_many_requests", {"message": "too many requests"})
    assert told(put(client, "user_auth", {})) == too_many

    # The account has a bucket of its own, and so has each address.
    answers = [client.ask(f"{client.account}/cdrs/summary", token=token) for _ in range(72)]
    assert [left(answer) for answer in answers[:71]] == [(200, {"consumed": 1, "remaining": 70 - n}) for n in range(71)]
    assert told(answers[71]) == too_many
    assert left(answers[71]) == (429, {"consumed": 0, "remaining": 0})
    assert answers[71].json()["auth_token"] == token
    session = requests.Session()
    session.mount("http://", _From("127.0.0.9"))
    assert left(session.put(f"{client.base}/api_auth", json={"data": key}, timeout=9))[1]["remaining"] == 36
    session.close()

    client.pbx.settings(kazoo_bucket_refill=10)
    client.pbx.advance(6)
    assert put(client, "api_auth", key).status_code == 201
    client.pbx.settings(kazoo_bucket_size=0)
    assert [put(client, "api_auth", key).status_code for _ in range(5)] == [201] * 5
    assert client.ask(f"{client.account}/cdrs/summary", token=token).status_code == 200


def test_workers_share_the_buckets(own):
    client = own(PBX_KAZOO_BUCKET_SIZE="75", PBX_KAZOO_BUCKET_REFILL="0")
    remaining = []
    for worker in workers(client.pbx):
        with only(client.pbx, worker):
            answer = requests.put(f"{client.base}/api_auth", json={"data": {"api_key": API_KEY}}, timeout=9)
            remaining.append(left(answer)[1]["remaining"])
    assert remaining == [40, 5]
