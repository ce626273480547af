"""The control API, on a real server: every row of its table, and every refusal."""

from __future__ import annotations

import json
import re
import shlex
import socket
import sqlite3
import subprocess
import threading
import time
from base64 import b64encode
from hashlib import sha256

import jsonschema
import pytest
import requests
from conftest import needs_curl, only, start_server, workers

from app.control.document import document
from app.control.endpoints import ENDPOINTS, PLACES, SUBJECTS
from app.control.page import curl, page
from app.control.problems import problem_of
from app.factory import create_app
from app.paths import find_rows
from app.settings import SETTINGS
from app.store.database import DatabaseError
from app.store.registry import WorldError

PROBLEM = "application/problem+json"
CALL = {"call_from": "2005", "call_to": "+442071234567", "talk": 42, "start": "2024-03-04T09:15:00"}


class Control:
    """A client of the control API."""

    def __init__(self, pbx, world=None):
        self.pbx, self.world = pbx, world

    def ask(self, method, path, /, body=None, expect=None, **query):
        """The answer; its status is asserted, and that it is a problem document where it is a refusal."""
        if self.world:
            query.setdefault("world", self.world["name"])
        data = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
        url = f"{self.pbx.url}/_pbx/{path}"
        answer = self.pbx.http.request(method, url, params=query, data=data, timeout=30, allow_redirects=False)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer.headers
        if answer.status_code >= 400 and method != "HEAD":
            assert answer.headers["Content-Type"] == PROBLEM
            assert answer.json()["status"] == answer.status_code
        if expect is not None:
            assert answer.status_code == expect, answer.text
        else:
            assert answer.status_code < 400, answer.text
        return answer

    def get(self, path, /, **query):
        return self.ask("GET", path, **query).json()

    def post(self, path, /, body=None, **query):
        answer = self.ask("POST", path, body, **query)
        return answer.json() if answer.content else None

    def refused(self, method, path, body=None, **query):
        """The problem's detail."""
        return self.ask(method, path, body, **query).json()["detail"]

    def new_world(self, **body):
        return Control(self.pbx, Control(self.pbx).post("worlds", body))

    @property
    def client(self):
        return {"username": self.world["client_id"], "password": self.world["client_secret"]}

    def token(self):
        return self.pbx.post("get_token", self.client)["access_token"]

    def rows(self, token):
        return self.pbx.get("cdr/search", token=token)


@pytest.fixture(scope="module")
def pbx(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seeds")
    (folder / "out").symlink_to("/etc")
    pbx = start_server(
        tmp_path_factory.mktemp("control"), PBX_SEED="empty", PBX_MAX_TOKENS="0", PBX_SEED_FOLDER=str(folder)
    )
    pbx.seed_folder = folder
    yield pbx
    assert pbx.stop() == 0
    assert not [line for line in pbx.lines if "Traceback" in line or "fault of the emulator" in line]


@pytest.fixture
def control(pbx):
    return Control(pbx)


@pytest.fixture
def hers(control):
    """A world of the test's own."""
    return control.new_world()


@pytest.fixture(scope="module")
def spec():
    return document(ENDPOINTS)


# The table, the document and the page


def test_every_row_is_in_the_document_and_every_path_of_it_is_a_row(control, spec):
    assert control.get("openapi.json") == spec
    rows = {(f"/_pbx/{row.path}", row.method.lower()) for row in ENDPOINTS}
    assert rows == {(path, method) for path, operations in spec["paths"].items() for method in operations}
    assert len(rows) == len(ENDPOINTS)
    assert {row.subject for row in ENDPOINTS} == set(SUBJECTS)
    assert {name for row in ENDPOINTS for name in re.findall(r"{(\w+)}", row.path)} == set(PLACES)
    operations = [operation for path in spec["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"].endswith(".") for operation in operations)
    for schema in spec["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    # Most readers of OpenAPI find only what begins at the document's root.
    references = set(re.findall(r'"\$ref": "([^"]*)"', json.dumps(spec)))
    components = {f"#/components/schemas/{name}" for name in spec["components"]["schemas"]}
    assert "#/components/schemas/SeedExtension" in references <= components
    assert "$id" not in json.dumps(spec)
    for row in ENDPOINTS:
        found, _ = find_rows(ENDPOINTS, row.path.split("/") if row.path else [])
        assert found[row.method] is row


def test_every_field_is_described(spec):
    undescribed = [
        (name, field)
        for name, schema in spec["components"]["schemas"].items()
        if not name.startswith("Seed") or name in ("SeedIn", "Seed")
        for field, facts in schema["properties"].items()
        if "$ref" not in facts and not facts.get("description")
    ]
    assert undescribed == []


def test_every_row_answers_its_example_as_the_document_says(control, spec):
    control.pbx.post("get_token", {"username": "nobody", "password": ""})
    for row in ENDPOINTS:
        path = row.path
        for name, (_, example) in PLACES.items():
            path = path.replace(f"{{{name}}}", example)
        query = dict(pair.split("=") for pair in row.query.split("&") if pair)
        answer = control.ask(row.method, path, row.example, expect=row.status, **query)
        described = spec["paths"][f"/_pbx/{row.path}"][row.method.lower()]["responses"][str(row.status)]
        if row.gives is None:
            assert row.path.endswith("docs") or answer.content == b""
            assert answer.status_code != 204 or "Content-Type" not in answer.headers
        else:
            assert answer.headers["Content-Type"] == "application/json"
            schema = described["content"]["application/json"]["schema"]
            jsonschema.validate(answer.json(), {**schema, "components": spec["components"]})


@needs_curl
def test_the_page_can_be_read_without_the_internet_and_its_commands_can_be_pasted(pbx, control):
    answer = control.ask("GET", "docs")
    html = answer.text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    policy = answer.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "<script" not in html
    assert re.findall(r"(?:src|href)=\"(?!/|#)[^\"]*", html) == []
    for row in ENDPOINTS:
        assert f"</b> /_pbx/{row.path}</h3>" in html
    arm = next(row for row in ENDPOINTS if (row.method, row.path) == ("POST", "faults"))
    command = curl(arm, pbx.url, token=False)
    assert command.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#x27;") in html
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=9, check=True)
    fault = json.loads(done.stdout)
    assert fault["route"] == "cdr/search"
    assert control.get("faults")["faults"] == [fault]
    control.ask("DELETE", "faults")


def test_a_page_asked_for_by_a_strange_name_shows_it_escaped():
    html = page(ENDPOINTS, "http://127.0.0.1'\"><script>", token=True)
    assert "<script" not in html
    assert "Authorization: Bearer $PBX_CONTROL_TOKEN" in html
    command = curl(ENDPOINTS[0], "http://x'; rm -rf /", token=False)
    assert shlex.split(command)[-1] == "http://x'; rm -rf //_pbx/"


# Ways in


@pytest.mark.parametrize(
    ("method", "path", "status", "facts"),
    [
        ("GET", "/_pbx", 302, {"Location": "/_pbx/docs"}),
        ("GET", "/_pbx/", 302, {"Location": "/_pbx/docs"}),
        ("GET", "//_pbx//info//", 200, {}),
        ("HEAD", "/_pbx/info", 200, {"Content-Type": "application/json"}),
        ("OPTIONS", "/_pbx/worlds", 204, {"Allow": "GET, HEAD, OPTIONS, POST"}),
        ("PUT", "/_pbx/worlds", 405, {"Allow": "GET, HEAD, OPTIONS, POST"}),
        ("GET", "/_pbx/reset", 405, {"Allow": "OPTIONS, POST"}),
        ("PROPFIND", "/_pbx/worlds", 405, {"Content-Type": PROBLEM}),
        ("GET", "/_pbx/nothing", 404, {"Content-Type": PROBLEM}),
        ("GET", "/_pbx/worlds/default/x", 404, {"Content-Type": PROBLEM}),
        ("GET", "/_pbxx", 404, {"Content-Type": PROBLEM}),
        ("GET", "/nothing", 404, {"Content-Type": PROBLEM}),
    ],
)
def test_paths_and_methods(pbx, method, path, status, facts):
    answer = requests.request(method, pbx.url + path, timeout=9, allow_redirects=False)
    assert answer.status_code == status
    assert facts.items() <= dict(answer.headers).items()
    if method == "HEAD":
        assert answer.content == b""
    if status in (404, 405) and method != "PROPFIND":
        assert "/_pbx/docs" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "rebound.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:3000"}, 204),
    ],
)
def test_pages_of_other_sites_are_kept_out(pbx, headers, status):
    """Also where nothing but a form is needed to send the request, and where a browser asks first."""
    form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    answer = requests.post(f"{pbx.url}/_pbx/reset/faults-and-clock", headers=form, timeout=9)
    assert answer.status_code == status
    asked = {**headers, "Access-Control-Request-Method": "POST"}
    answer = requests.options(f"{pbx.url}/_pbx/reset", headers=asked, timeout=9)
    assert answer.status_code == status
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_a_server_that_others_reach_wants_a_token(serve):
    pbx = serve(None, PBX_HOST="0.0.0.0", PBX_CONTROL_TOKEN="of-the-testers")
    url = f"{pbx.url}/_pbx"
    refused = requests.get(f"{url}/info", timeout=9)
    assert (refused.status_code, refused.headers["Content-Type"]) == (401, PROBLEM)
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    # Who is not known does not learn what there is.
    assert requests.get(f"{url}/nothing", timeout=9).status_code == 401
    assert requests.post(f"{url}/worlds", data=b"{", timeout=9).status_code == 401
    wrong = requests.get(f"{url}/info", headers={"Authorization": "Bearer of-the-tester"}, timeout=9)
    assert wrong.status_code == 401
    right = {"Authorization": "Bearer of-the-testers"}
    assert requests.get(f"{url}/info", headers=right, timeout=9).json()["workers"] == 2
    assert "PBX_CONTROL_TOKEN" in requests.get(f"{url}/docs", timeout=9).text
    assert requests.get(f"{url}/openapi.json", timeout=9).status_code == 200
    assert requests.get(f"{pbx.url}/readyz", timeout=9).status_code == 200
    shown = requests.get(f"{url}/settings", headers=right, timeout=9).text
    assert "of-the-testers" not in shown + "".join(pbx.lines)


def test_a_foreign_gunicorn_on_all_addresses_wants_a_token(tmp_path):
    """What its address is, the settings do not know: who comes from elsewhere is told by the connection."""
    app = create_app({"instance": str(tmp_path), "seed": "empty"})
    ask = app.test_client().get
    headers = {"Host": "127.0.0.1:8000"}
    assert ask("/_pbx/info", headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"}).status_code == 200
    refused = ask("/_pbx/info", headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert (refused.status_code, "Set PBX_CONTROL_TOKEN" in refused.json["detail"]) == (403, True)
    app.extensions["pbx"].close()


# What is refused, whatever it is about


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "told"),
    [
        ("POST", "worlds", "{", 400, "The body is not JSON"),
        ("POST", "worlds", b"\xff", 400, "The body is not JSON"),
        ("POST", "worlds", "[]", 422, "must be a JSON object"),
        ("POST", "worlds", {"nam": "x"}, 422, "nam: there is no such field; did you mean name?"),
        ("POST", "worlds", {"q": 1}, 422, "expected name, seed, settings, at, rate"),
        ("POST", "worlds", {"name": 5}, 422, "name: 5 is not allowed; expected a text"),
        ("POST", "worlds", {"name": None}, 422, "name: null is not allowed"),
        ("POST", "worlds", {"name": "../x"}, 422, "'../x' is no name for a world"),
        ("POST", "worlds", {"name": "a/b"}, 422, "is no name for a world"),
        ("POST", "worlds", {"name": "a\0b"}, 422, "name: "),
        ("POST", "worlds", {"name": "default"}, 409, "There is a world default already."),
        ("POST", "worlds", {"seed": 5}, 422, "expected demo, empty, the path of a seed document, or a document"),
        ("POST", "worlds", {"seed": "a\0b"}, 422, "seed: "),
        ("POST", "worlds", {"seed": "nowhere.json"}, 422, "There is no seed document "),
        ("POST", "worlds", {"seed": "/"}, 422, "/"),
        ("POST", "worlds", {"seed": {"cdr": []}}, 422, 'cdr: "cdr" is not a key here; did you mean cdrs'),
        ("POST", "worlds", {"settings": {"time_zone": "UTC"}}, 422, "Did you mean timezone?"),
        ("POST", "worlds", {"settings": {"port": 1}}, 422, "belongs to the server"),
        ("POST", "worlds", {"at": "yesterday"}, 422, "yesterday"),
        ("POST", "worlds", {"at": True}, 422, "at: true is not allowed"),
        ("POST", "worlds", {"at": -1}, 422, "from 1970 to 2099"),
        ("POST", "worlds", {"rate": "2"}, 422, 'rate: "2" is not allowed; expected a number'),
        ("POST", "worlds", {"rate": -1}, 422, "expected a number from 0 to 1,000,000"),
        ("GET", "worlds/nobody", None, 404, "There is no world nobody."),
        ("DELETE", "worlds/nobody", None, 404, "There is no world nobody."),
        ("DELETE", "worlds/default", None, 409, "The default world cannot be dropped."),
        ("GET", "worlds/..%2F..%2Fetc", None, 404, "There is no world ../../etc."),
        ("GET", "worlds/%00", None, 404, "There is no world \0."),
        ("GET", "settings?world=nobody", None, 404, "There is no world nobody."),
        ("GET", "settings?world=../x", None, 404, "There is no world ../x."),
        ("GET", "settings?world=default&world=x", None, 422, "world is given 2 times"),
        ("GET", "settings?wrold=x", None, 422, "wrold: there is no such parameter; did you mean world?"),
        ("GET", "settings?secrets=maybe", None, 422, 'secrets: "maybe" is not allowed; expected on or off'),
        ("GET", "info?x=1", None, 422, "x: there is no such parameter; none is taken here"),
        ("PATCH", "settings", {"timezone": "Mars"}, 422, "an IANA time zone"),
        ("PATCH", "settings", {"timezone": "x" * 1000}, 422, f"{'x' * 60}"),
        ("PATCH", "settings", {"a\nb": 1}, 422, "a\\nb"),
        ("POST", "clients", {"a\nb": 1}, 422, "a\\nb: there is no such field"),
        ("PATCH", "settings", {"max_tokens": "5"}, 422, "a number without quotes"),
        ("PATCH", "settings", {"max_tokens": True}, 422, "max_tokens"),
        ("PATCH", "settings", {"api_enabled": "yes"}, 422, "true or false"),
        ("PATCH", "settings", {"control_token": "x"}, 422, "belongs to the server"),
        ("PATCH", "settings", {"timezone": None}, 422, "timezone: null is not allowed"),
        ("POST", "clients", {"client_id": ""}, 422, "client_id"),
        ("DELETE", "clients/nobody", None, 404, "World default has no API client nobody."),
        ("DELETE", "clients/a%2Fb", None, 404, "World default has no API client a/b."),
        ("POST", "seed", {}, 422, "seed: is missing; expected demo, empty, the path"),
        ("POST", "seed", {"seed": {"cdrs": [{"timestamp": "x"}]}}, 422, "cdrs[0].timestamp"),
        ("POST", "import", {}, 422, "Give either document"),
        ("POST", "import", {"document": {}, "file": "x"}, 422, "Give either document"),
        ("POST", "import", {"document": []}, 422, "document"),
        ("POST", "import", {"file": "/dev/zero"}, 422, "'/dev/zero' is no file in "),
        ("POST", "seed", {"seed": "/etc/passwd"}, 422, "the setting seed_folder says another"),
        ("POST", "seed", {"seed": "../x.json"}, 422, "'../x.json' is no file in "),
        ("POST", "seed", {"seed": "out/passwd"}, 422, "'out/passwd' is no file in "),
        ("POST", "seed", {"seed": "out"}, 422, "'out' is no file in "),
        ("POST", "worlds", {"seed": "x" * 300}, 422, "is no file in "),
        ("POST", "worlds", {"seed": "a\u0000b"}, 422, "expected demo, empty, the path of a seed document"),
        ("POST", "import", {"file": "nowhere.toml"}, 422, "There is no seed document "),
        ("POST", "calls", {"calls": []}, 422, "an array of 1 to 100,000 calls"),
        ("POST", "calls", {"calls": {}}, 422, "calls"),
        ("POST", "calls", {"calls": [{"from": "2005"}]}, 422, "calls[0].from"),
        ("POST", "calls", {"calls": [{"start": "noon"}]}, 422, "calls[0].start"),
        ("POST", "calls/generate", {}, 422, "rows: is missing; expected a whole number from 1 to 1000000"),
        ("POST", "calls/generate", {"rows": 1.5}, 422, "rows: 1.5 is not allowed"),
        ("POST", "calls/generate", {"rows": True}, 422, "rows: true is not allowed"),
        ("POST", "calls/generate", {"rows": 10, "days": 0}, 422, "days: 0 is not allowed"),
        ("POST", "calls/import", {}, 422, "Give either content, what a file holds, or file"),
        ("POST", "calls/import", {"content": "x", "file": "x"}, 422, "Give either content"),
        ("POST", "calls/import", {"content": 5}, 422, "content: 5 is not allowed; expected a text"),
        ("POST", "calls/import", {"content": "a,b\n"}, 422, "content is in none of the formats that can be imported"),
        ("POST", "calls/import", {"content": "a,b\n", "format": "xml"}, 422, "expected one of yeastar-json, "),
        ("POST", "calls/import", {"content": "a\0b"}, 422, "content is no text: it holds zero bytes."),
        ("POST", "calls/import", {"content": "x", "timezone": "Mars"}, 422, "timezone: "),
        ("POST", "calls/import", {"content": "x", "strict": "yes"}, 422, "expected true or false"),
        ("POST", "calls/import", {"content": "x", "names": []}, 422, "names: an array is not allowed"),
        ("POST", "calls/import", {"file": "nowhere.csv"}, 422, "nowhere.csv cannot be read: No such file"),
        ("POST", "calls/import", {"file": "../x.csv"}, 422, "'../x.csv' is no file in "),
        ("POST", "reset", {"world": "x"}, 422, "world: there is no such field; none is taken here"),
        ("PUT", "snapshots/..%2Fx", None, 422, "'../x' is no name for a snapshot"),
        ("PUT", "snapshots/%2e%2e", None, 422, "'..' is no name for a snapshot"),
        ("PUT", "snapshots/a%00", None, 422, "is no name for a snapshot"),
        ("PUT", "snapshots/a.b", None, 422, "is no name for a snapshot"),
        ("DELETE", "snapshots/%2e%2e%2fpbx", None, 422, "'../pbx' is no name for a snapshot"),
        ("POST", "snapshots/x/restore", None, 404, "World default has no snapshot x."),
        ("POST", "snapshots/..%2fx/restore", None, 422, "'../x' is no name for a snapshot"),
        ("DELETE", "snapshots/x", None, 404, "World default has no snapshot x."),
        ("POST", "clock/set", {}, 422, "at: is missing; expected a time"),
        ("POST", "clock/set", {"at": "03/04/2024"}, 422, "03/04/2024"),
        ("POST", "clock/set", {"at": 5e9}, 422, "from 1970 to 2099"),
        ("POST", "clock/freeze", {"at": 5e9}, 422, "from 1970 to 2099"),
        ("POST", "clock/advance", {"by": "soon"}, 422, "'soon' is no duration"),
        ("POST", "clock/advance", {"by": 1e300}, 422, "from 1970 to 2099"),
        ("POST", "clock/run", {"rate": 2e6}, 422, "rate: 2000000.0 is not allowed"),
        ("POST", "faults", {}, 422, "A fault must do something"),
        ("POST", "faults", {"rout": "cdr/search"}, 422, "A fault has no field 'rout'. Did you mean route?"),
        ("POST", "faults", {"route": "cdr/serch", "status": 500}, 422, "Did you mean cdr/search?"),
        ("POST", "faults", {"errcode": "10004"}, 422, "errcode"),
        ("DELETE", "faults/77", None, 404, "There is no fault 77"),
        ("DELETE", "faults/x", None, 404, "There is no fault x"),
        ("GET", "requests?limit=0", None, 422, 'limit: "0" is not allowed; expected a whole number from 1'),
        ("GET", "requests?order=random", None, 422, "expected one of newest, oldest"),
        ("GET", "requests?since=never", None, 422, "never"),
        ("GET", "requests?status=ok", None, 422, "status"),
        ("GET", "requests/wait?timeout=61", None, 422, "timeout"),
        ("GET", "requests/wait?timeout=nan", None, 422, "timeout"),
        ("GET", "requests/999999999", None, 404, "The journal has no request 999999999"),
        ("GET", "requests/0123456789abcdef", None, 404, "no request 0123456789abcdef"),
        ("GET", "requests/x/explain", None, 404, "no request x"),
        ("GET", "requests/last?world=nobody", None, 404, "no request last"),
    ],
)
def test_refused(control, method, path, body, status, told):
    detail = control.refused(method, path, body, expect=status)
    assert told in detail
    assert len(detail) < 600


def test_a_body_whose_chunks_are_none(pbx):
    with socket.create_connection(("127.0.0.1", int(pbx.url.rpartition(":")[2])), timeout=9) as connection:
        head = "POST /_pbx/worlds HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(f"{head}none\r\n".encode())
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"The body cannot be read" in answer


def test_all_mistakes_are_told_at_once(control):
    problem = control.ask("POST", "worlds", {"nam": 1, "rate": "x", "at": []}, expect=422).json()
    assert sorted(mistake.split(":")[0] for mistake in problem["mistakes"]) == ["at", "nam", "rate"]
    assert problem["detail"] == "\n".join(problem["mistakes"])
    problem = control.ask("PATCH", "settings", {"timezone": "x", "max_tokens": -1}, expect=422).json()
    assert len(problem["mistakes"]) == 2
    document = {"extensions": [{"number": "1", "x": 1}, {}]}
    problem = control.ask("POST", "seed", {"seed": document}, expect=422).json()
    assert [line.split(":")[0] for line in problem["mistakes"]] == ["extensions[0].x", "extensions[1].number"]


def test_a_body_may_be_large_but_not_too_large(pbx, hers):
    rows = [{"timestamp": 1709543700 + n, "call_from": "2000", "call_to": "2001"} for n in range(20_000)]
    assert hers.post("seed", {"seed": {"cdrs": rows}})["contents"]["cdr_rows"] == 20_000
    body = b" " * ((64 << 20) + 1)
    assert "at most 67,108,864 bytes" in hers.refused("POST", "worlds", body, expect=413, world=None)


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (sqlite3.OperationalError("database is locked"), 503, "Somebody else is writing"),
        (sqlite3.DatabaseError("database disk image is malformed"), 503, "disk image is malformed"),
        (OSError(28, "No space left on device"), 503, "No space left on device"),
        (DatabaseError("It was made by a newer version."), 503, "newer version"),
        (WorldError("busy", "mine"), 409, "World mine is being written all the time"),
        (WorldError("broken", "mine"), 409, "can only be dropped"),
        (WorldError("key_taken", "API client", "x"), 409, "belongs to another world"),
        (ValueError("what nobody foresaw"), 500, "a fault of the emulator"),
    ],
)
def test_what_the_rooms_below_raise_becomes_a_problem(error, status, told):
    problem = problem_of(error)
    assert problem.status == status
    assert told in problem.detail
    assert ("Retry-After" in problem.headers) == (status == 503 and "writing" in told)
    assert "foresaw" not in problem.detail


def test_without_a_journal_its_interfaces_say_how_to_have_one(tmp_path):
    app = create_app({"instance": str(tmp_path), "seed": "empty", "journal": False})
    client = app.test_client()
    for path in ("requests", "requests/count", "requests/wait", "requests/last", "requests/last/explain"):
        refused = client.get(f"/_pbx/{path}")
        assert (refused.status_code, "start the server with --journal" in refused.json["detail"]) == (409, True)
    assert client.post("/_pbx/reset/journal").status_code == 409
    assert client.post("/_pbx/reset").status_code == 204
    assert client.get("/_pbx/info").json["journal"] is False
    app.extensions["pbx"].close()


# What it is for


def test_a_world_is_made_shown_and_dropped(control):
    world = control.post("worlds", {"name": "Ada-1", "settings": {"timezone": "Europe/London", "time_format": 12}})
    assert world == control.get("worlds/Ada-1") | {"clock": world["clock"]}
    assert (world["name"], world["seed"], world["clock"]["timezone"]) == ("Ada-1", "empty", "Europe/London")
    assert world["clock"]["shown"][-2:] in ("AM", "PM")
    names = [listed["name"] for listed in control.get("worlds")["worlds"]]
    assert names[0] == "default"
    assert "Ada-1" in names
    hers = Control(control.pbx, world)
    token = hers.token()
    assert hers.rows(token)["total_number"] == 0
    account = control.pbx.http.put(
        f"{control.pbx.url}/v2/api_auth", json={"data": {"api_key": world["kazoo"]["api_key"]}}
    )
    assert account.json()["data"]["account_id"] == world["kazoo"]["account_id"]
    control.ask("DELETE", "worlds/Ada-1", expect=204)
    control.ask("GET", "worlds/Ada-1", expect=404)
    assert hers.rows(token)["errcode"] == 10004


def test_a_world_from_a_document_at_a_time_of_ones_own(control):
    document = {"settings": {"timezone": "UTC"}, "cdrs": [{"timestamp": 1709543700, "call_from": "1", "call_to": "2"}]}
    hers = control.new_world(seed=document, at="04/03/2024 10:00:00", rate=0, settings={"date_format": "DD/MM/YYYY"})
    clock = hers.get("clock")
    assert (clock["shown"], clock["frozen"], clock["timezone"]) == ("04/03/2024 02:00:00", True, "UTC")
    assert hers.rows(hers.token())["data"][0]["time"] == "04/03/2024 09:15:00"
    assert control.new_world(at=1709543700.5, rate=2).get("clock")["rate"] == 2
    assert control.new_world(rate=0).get("clock")["frozen"] is True


def test_what_is_done_in_one_worker_is_seen_in_all(pbx, hers):
    token = hers.token()
    for worker in workers(pbx):
        with only(pbx, worker):
            hers.post("calls", {"calls": [CALL]})
    for worker in workers(pbx):
        with only(pbx, worker):
            assert hers.rows(token)["total_number"] == 2
            assert len(hers.get("requests")["requests"]) >= 1


def test_settings(hers):
    before = hers.get("settings")
    assert set(before) == {name for name, setting in SETTINGS.items() if setting.scope == "pbx"}
    assert (before["client_secret"], before["kazoo_api_key"]) == ("***", "***")
    assert hers.get("settings", secrets="true")["client_secret"] == hers.world["client_secret"]
    changes = {"timezone": "Europe/London", "max_tokens": 3, "allowed_networks": ["127.0.0.0/8"], "time_format": 12}
    changed = hers.ask("PATCH", "settings", changes).json()
    assert changed == before | changes | {"time_format": "12"}
    hers.ask("PATCH", "settings", {"device_name": "Other", "max_tokens": -1}, expect=422)
    assert hers.get("settings") == changed
    other = hers.ask("PATCH", "settings", {"client_id": SETTINGS["client_id"].default}, expect=409).json()
    assert "belongs to another world" in other["detail"]


def test_clients(control, hers):
    made = hers.post("clients", {"client_id": "a/b c", "client_secret": "xyz"})
    assert made == {"client_id": "a/b c", "client_secret": "xyz"}
    other = hers.post("clients")
    listed = hers.get("clients", secrets="true")["clients"]
    assert made in listed
    assert other in listed
    assert {"client_id": "a/b c"} in hers.get("clients")["clients"]
    login = {"username": "a/b c", "password": "xyz"}
    assert hers.pbx.post("get_token", login)["errcode"] == 0
    assert "There is an API client a/b c already." in hers.refused("POST", "clients", made, expect=409)
    assert "another world" in control.refused("POST", "clients", made, expect=409)
    taken = {"client_id": SETTINGS["client_id"].default}
    assert "another world" in hers.refused("POST", "clients", taken, expect=409)
    hers.ask("DELETE", "clients/a%2Fb%20c", expect=204)
    assert hers.pbx.post("get_token", login)["errcode"] != 0
    own = hers.world["client_id"]
    assert "change the setting client_id" in hers.refused("DELETE", f"clients/{own}", expect=409)


def test_seed_import_and_calls(hers):
    token = hers.token()
    cdr = {"timestamp": 1709543700, "call_from": "2000", "call_to": "2001"}
    seeded = hers.post("seed", {"seed": {"cdrs": [cdr], "extensions": [{"number": "2000"}]}})
    assert seeded == {"contents": {"extensions": 1, "extension_groups": 0, "objects": 0, "cdr_rows": 1}}
    (hers.pbx.seed_folder / "more.json").write_text(json.dumps({"cdrs": [cdr]}))
    added = hers.post("import", {"file": "more.json"})
    assert (added["contents"]["cdr_rows"], len(added["added"]["cdrs"])) == (2, 1)
    added = hers.post("import", {"document": {"extensions": [{"number": "2001"}]}})
    assert (added["contents"]["extensions"], list(added["added"])) == (2, ["extensions"])
    again = {"document": {"cdrs": [cdr], "extensions": [{"number": "2001"}]}}
    hers.ask("POST", "import", again, expect=422)
    legs = [{"ivr": "Main", "talk": 5}, {"extension": "2000", "talk": 7}]
    made = hers.post("calls", {"calls": [CALL, {"legs": legs}]})["calls"]
    assert made[0]["started_at"] == 1709514900
    assert [len(call["ids"]) for call in made] == [1, 2]
    assert hers.rows(token)["total_number"] == 5
    hers.ask("POST", "calls", {"calls": [CALL, {"status": "MAYBE"}]}, expect=422)
    assert hers.rows(token)["total_number"] == 5, "all of them or none"
    assert hers.post("calls/generate", {"rows": 50, "days": 3}) == {"rows": 50}
    hers.ask("POST", "reset/data", expect=204)
    assert hers.rows(token)["total_number"] == 1


CALLED = "time,call_from,caller,duration\n03/04/2024 09:15:00,2005,2001,7\n03/04/2024 09:16:00,2005,2001,soon\n"


def test_importing_calls(hers):
    token = hers.token()
    how = {"names": {"call_to": "caller"}, "timezone": "UTC", "date_format": "MM/DD/YYYY"}
    tried = hers.post("calls/import", {"content": CALLED, "dry_run": True, **how})
    assert (tried["format"], tried["added"], tried["rejected"]) == ("yeastar-csv", 1, 1)
    assert hers.rows(token)["total_number"] == 0
    assert "content, line 3, duration" in hers.refused(
        "POST", "calls/import", {"content": CALLED, "strict": True, **how}, expect=422
    )
    assert hers.rows(token)["total_number"] == 0
    (hers.pbx.seed_folder / "calls.csv").write_text(CALLED)
    done = hers.post("calls/import", {"file": "calls.csv", **how})
    assert (done["added"], done["there"], done["contents"]["cdr_rows"]) == (1, 0, 1)
    assert [told.startswith("calls.csv, line 3, duration: ") for told in done["mistakes"]] == [True]
    assert [path.name for path in hers.pbx.seed_folder.glob("calls*")] == ["calls.csv"]
    (row,) = hers.rows(token)["data"]
    assert (row["timestamp"], row["call_to_number"]) == (1709543700, "2001")
    again = hers.post("calls/import", {"content": CALLED, **how})
    assert (again["added"], again["there"]) == (0, 1)
    hidden = hers.post("calls/import", {"content": CALLED, "pseudonymise": "a key", **how})
    assert (hidden["added"], hidden["contents"]["cdr_rows"]) == (1, 2)
    assert "2005" not in [row["call_from_number"] for row in hers.rows(token)["data"]][1:]


def test_three_resets(hers):
    token = hers.token()

    def spoil():
        hers.post("calls", {"calls": [CALL]})
        hers.post("faults", {"route": "cdr/getoption", "errcode": 40002})
        hers.post("clock/set", {"at": "2030-01-01T00:00:00Z"})
        hers.pbx.get("system/capacity", token=token)
        hers.ask("PATCH", "settings", {"device_name": "Other"})

    def state():
        return (
            bool(hers.rows(hers.token())["total_number"]),
            hers.get("settings")["device_name"] == "Other",
            bool(hers.get("faults")["faults"]),
            hers.get("clock")["iso"] > "2029",
            hers.get("requests/count", route="system/capacity")["count"] > 0,
        )

    untouched = (False,) * 5
    assert state() == untouched
    for path, left in (
        ("reset/data", (False, False, True, True, True)),
        ("reset/faults-and-clock", (True, True, False, False, True)),
        ("reset/journal", (True, True, True, True, False)),
        ("reset", untouched),
    ):
        hers.post("reset")
        spoil()
        assert state() == (True,) * 5
        hers.ask("POST", path, expect=204)
        assert state() == left, path


def test_snapshots(hers):
    token = hers.token()
    assert hers.get("snapshots") == {"snapshots": []}
    hers.ask("PUT", "snapshots/empty", expect=204)
    hers.post("calls", {"calls": [CALL]})
    hers.ask("PUT", "snapshots/one", expect=204)
    assert hers.get("snapshots") == {"snapshots": ["empty", "one"]}
    hers.ask("POST", "snapshots/empty/restore", expect=204)
    assert hers.rows(token)["total_number"] == 0
    hers.ask("POST", "snapshots/one/restore", expect=204)
    assert hers.rows(token)["total_number"] == 1
    hers.ask("DELETE", "snapshots/one", expect=204)
    assert hers.get("snapshots") == {"snapshots": ["empty"]}


def test_clock(hers):
    token = hers.token()
    frozen = hers.post("clock/freeze", {"at": "2024-03-04T09:15:00+08:00"})
    assert frozen["now"] == 1709514900
    assert (frozen["iso"], frozen["shown"]) == ("2024-03-04T09:15:00.000+08:00", "03/04/2024 09:15:00")
    assert frozen["frozen"] is True
    assert "went back" in frozen["note"]
    assert hers.get("clock") | {"note": ""} == frozen | {"note": ""}
    assert hers.post("clock/advance", {"by": "31m"})["now"] == 1709514900 + 31 * 60
    assert hers.post("clock/advance", {"by": -60})["now"] == 1709514900 + 30 * 60
    assert hers.post("clock/set", {"at": "1709514900"})["now"] == 1709514900
    assert hers.post("clock/set", {"at": "03/04/2024 09:15:07"})["now"] == 1709514907
    running = hers.post("clock/run", {"rate": 1000})
    assert (running["rate"], running["frozen"]) == (1000, False)
    assert hers.post("clock/freeze")["rate"] == 0
    assert hers.post("clock/resume")["now"] > 1790000000 or hers.get("clock")["now"] > frozen["now"]
    hers.post("clock/advance", {"by": "1801"})
    assert hers.rows(token)["errcode"] == 10004


def test_faults(control, hers):
    token = hers.token()
    fault = hers.post("faults", {"route": "cdr/search", "errcode": 10004, "times": 1, "client": None})
    assert (fault["id"], fault["seen"], fault["fired"], fault["spent"]) == (1, 0, 0, False)
    assert fault not in control.get("faults")["faults"]
    assert hers.rows(token)["errcode"] == 10004
    assert hers.rows(token)["errcode"] == 0
    (after,) = hers.get("faults")["faults"]
    assert after == fault | {"seen": 1, "fired": 1, "spent": True}
    second = hers.post("faults", {"delay": 0.01})
    hers.ask("DELETE", "faults/1", expect=204)
    assert hers.ask("DELETE", "faults").json() == {"disarmed": 1}
    hers.ask("DELETE", f"faults/{second['id']}", expect=404)


def test_the_journal_is_read_filtered_and_counted(control, hers):
    token = hers.token()
    head = hers.get("requests")["head"]
    hers.rows(token)
    hers.pbx.get("cdr/search", token=token, page="nonsense")
    answer = hers.get("requests", after=head)
    newest, oldest = answer["requests"]
    assert (oldest["route"], oldest["errcode"], oldest["total"]) == ("cdr/search", 0, 0)
    assert newest["errcode"] == 40002
    assert ["page", "nonsense"] in newest["query"]
    assert "page" in {reading["parameter"] for reading in newest["understood"]}
    assert token not in json.dumps(answer)
    assert hers.get("requests", after=answer["head"])["requests"] == []
    assert [entry["id"] for entry in hers.get("requests", after=head, order="oldest", limit=1)["requests"]] == [
        oldest["id"]
    ]
    for filters, count in (
        ({"errcode": 0}, 1),
        ({"errcode": 40002, "route": "cdr/search"}, 1),
        ({"dialect": "kazoo"}, 0),
        ({"method": "GET", "status": 200, "client": hers.world["client_id"]}, 2),
        ({"since": oldest["at"], "until": newest["at"]}, 2),
        ({"since": "2099-01-01T00:00:00"}, 0),
    ):
        assert hers.get("requests/count", after=head, **filters) == {"count": count}, filters
    assert hers.get("requests/last", errcode=0) == hers.get(f"requests/{oldest['id']}")
    assert hers.get(f"requests/{newest['request_id']}") == newest
    explained = hers.get("requests/last/explain")
    assert (explained["id"], explained["request_id"]) == (newest["id"], newest["request_id"])
    assert "40002" in explained["summary"]
    control.ask("DELETE", "requests", expect=204, world=hers.world["name"])
    assert hers.get("requests/count") == {"count": 0}


def test_waiting_for_requests(hers):
    token = hers.token()
    head = hers.get("requests")["head"]
    begun = time.monotonic()
    assert hers.get("requests/wait", after=head, timeout=0.2) == {"count": 0, "reached": False}
    assert 0.2 <= time.monotonic() - begun < 2
    hers.rows(token)
    later = threading.Timer(0.2, requests.get, [f"{hers.pbx.api}/cdr/search"], {"params": {"access_token": token}})
    later.start()
    found = hers.get("requests/wait", after=head, count=2, timeout=30, route="cdr/search")
    later.join()
    assert found == {"count": 2, "reached": True}
    assert time.monotonic() - begun < 5


def test_two_resets_of_one_world_at_once_leave_it_whole(hers):
    hers.post("seed", {"seed": {"cdrs": [{"timestamp": 1709543700, "call_from": "1", "call_to": "2"}]}})
    token = hers.token()
    url = f"{hers.pbx.url}/_pbx/reset?world={hers.world['name']}"
    answers = []

    def reset():
        answers.extend(requests.post(url, timeout=30).status_code for _ in range(10))

    threads = [threading.Thread(target=reset) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {204, 409}
    assert 204 in answers
    assert hers.rows(token)["total_number"] == 1
