"""The OpenAPI document of the vendors' APIs: valid, whole, true of running answers, and held against by schemathesis.

SCHEMATHESIS_EXAMPLES: how many requests of each kind each operation gets; the usual few only find what is obvious.
"""

from __future__ import annotations

import copy
import html
import json
import os
import re
from itertools import product

import jsonschema
import jsonschema_rs
import pytest
import recorded
import schemathesis
from conftest import start_server
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.journal import Journal, path_in
from app.kazoo import document as kazoo
from app.kazoo.endpoints import ENDPOINTS as KAZOO_ENDPOINTS
from app.kazoo.understanding import understood
from app.settings import FIRMWARES, Settings
from app.vendors import document
from app.yeastar import document as yeastar
from app.yeastar import profiles
from app.yeastar.answers.report_rows import DETAILED, LISTINGS
from app.yeastar.endpoints import ENDPOINTS

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "1"))


@pytest.fixture(scope="module")
def pbx(tmp_path_factory):
    pbx = start_server(
        tmp_path_factory.mktemp("vendors"), PBX_SEED="empty", PBX_MAX_TOKENS="0", PBX_MAX_FAILED_LOGINS="0"
    )
    yield pbx
    assert pbx.stop() == 0
    assert not [line for line in pbx.lines if "Traceback" in line or "fault of the emulator" in line]


@pytest.fixture
def office(pbx):
    office = recorded.Office(pbx)
    yield office
    office.drop()


@pytest.fixture(scope="module")
def spec():
    return document(Settings())


def operations(spec):
    return [
        (path, method, operation) for path, methods in spec["paths"].items() for method, operation in methods.items()
    ]


def test_every_interface_has_an_example_and_says_what_it_gives(spec):
    assert set(yeastar.examples()) == set(yeastar.interfaces())
    assert set(kazoo.examples()) == set(kazoo.interfaces())
    assert [row.route for row in ENDPOINTS.values() if (row.gives is None) != (row.answer is None)] == []
    rows = {(f"/openapi/{path}", method.lower()) for method, path in ENDPOINTS}
    rows |= {(f"/v2/{row.path}", row.method.lower()) for row in KAZOO_ENDPOINTS} | {("/api/download/{name}", "get")}
    assert {(path, method) for path, method, _ in operations(spec)} == rows
    ids = [operation["operationId"] for _, _, operation in operations(spec)]
    assert len(set(ids)) == len(ids)
    tags = [tag["name"] for tag in spec["tags"]]
    assert {tag for _, _, operation in operations(spec) for tag in operation["tags"]} == set(tags)
    assert all(operation["summary"].endswith(".") for _, _, operation in operations(spec))


@pytest.mark.parametrize("firmware", [FIRMWARES[0], FIRMWARES[1], FIRMWARES[-1]])
def test_the_document_is_valid(firmware):
    made = document(Settings(firmware=firmware, kazoo_version="5" if firmware == FIRMWARES[0] else "4.3"))
    schemathesis.openapi.from_dict(made).validate()
    for schema in made["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for _, _, operation in operations(made):
        for schema in schemas_of(operation):
            jsonschema_rs.meta.validate(schema)
    references = set(re.findall(r'"\$ref": "([^"]*)"', json.dumps(made)))
    parts = {f"#/components/{kind}/{name}" for kind, named in made["components"].items() for name in named}
    assert references <= parts
    missing = {
        (f"/openapi/{row.version}/{row.path}", row.method.lower())
        for row in ENDPOINTS.values()
        if profiles.missing_interface(firmware, row.route)
    }
    assert not missing & {(path, method) for path, method, _ in operations(made)}
    assert bool(missing) == (firmware != FIRMWARES[0])


def schemas_of(operation):
    bodies = [*operation["responses"].values(), operation.get("requestBody", {})]
    yield from (content["schema"] for body in bodies for content in body.get("content", {}).values())
    yield from (parameter["schema"] for parameter in operation.get("parameters", ()))


def closed(schema):
    """The schema without room for keys that it does not name."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and "properties" not in schema["properties"]:
        made.setdefault("additionalProperties", False)
    return made


def test_yeastars_examples_are_as_the_document_says_and_nothing_besides(spec):
    strict = closed(copy.deepcopy(spec["components"]))
    for interface, example in yeastar.examples().items():
        method, _, path = interface.partition(" ")
        if path == "api/download":
            continue
        operation = spec["paths"][f"/openapi/{path}"][method.lower()]
        content = operation["responses"]["200"]["content"]["application/json"]
        assert content["example"] == example["answered"]
        jsonschema.validate(example["answered"], closed(content["schema"]) | {"components": strict})
        assert list(example["answered"])[:2] == ["errcode", "errmsg"]
        if method == "POST":
            body = operation["requestBody"]["content"]["application/json"]
            jsonschema.validate(example["asked"], closed(body["schema"]) | {"components": strict})
        else:
            assert set(example["asked"]) <= {one["name"] for one in operation.get("parameters", ())}, interface


def test_keys_stand_in_the_order_of_the_wire(spec):
    """A reader of the document may rely on it, as some clients do on the answers."""
    for interface, example in yeastar.examples().items():
        method, _, path = interface.partition(" ")
        if path != "api/download" and example["answered"]["errcode"] == 0:
            content = spec["paths"][f"/openapi/{path}"][method.lower()]["responses"]["200"]["content"]
            names = list(content["application/json"]["schema"]["oneOf"][0]["properties"])
            found = [name for name in names if name in example["answered"]]
            assert list(example["answered"]) == found, interface


def test_kazoos_examples_are_as_the_document_says(spec):
    for interface, example in kazoo.examples().items():
        method, _, path = interface.partition(" ")
        operation = spec["paths"][f"/v2/{path}"][method.lower()]
        told = [
            content["example"]
            for answer in operation["responses"].values()
            for content in answer.get("content", {}).values()
            if "example" in content
        ]
        assert told == [example["answered"]]
        status = next(code for code, answer in operation["responses"].items() if "example" in json.dumps(answer))
        schema = operation["responses"][status]["content"]["application/json"]["schema"]
        jsonschema.validate(example["answered"], schema | {"components": spec["components"]})


def test_rows_of_kazoos_lists_are_told_whole(spec):
    """In the document they may also be what the parameters fields and full_docs ask for."""
    for path, name in (("cdrs", "CdrRow"), ("cdrs/interaction", "InteractionRow")):
        (row,) = kazoo.examples()[f"GET accounts/{{account_id}}/{path}"]["answered"]["data"]
        schema = spec["components"]["schemas"][name]
        jsonschema.validate(row, closed(schema))
        assert list(row) == list(schema["properties"])
    shown = kazoo.examples()["GET accounts/{account_id}/cdrs/{cdr_id}"]["answered"]["data"]
    jsonschema.validate(shown, closed(spec["components"]["schemas"]["CdrDocument"]))


def test_reports_are_told_with_all_their_arrays(spec):
    for version, (name, reports) in product(("v1.0", "v2.0"), (("list", LISTINGS), ("detail", DETAILED))):
        answer = spec["paths"][f"/openapi/{version}/call_report/{name}"]["get"]["responses"]["200"]
        told = answer["content"]["application/json"]["schema"]["oneOf"][0]["properties"]
        assert {report.key for report in reports.values()} <= set(told)


def test_parameters_of_kazoos_lists_are_those_that_make_a_difference(pbx, office):
    """What nothing in a list depends on is said of no parameter that the document names."""
    client = recorded.Kazoo(office)
    client.ask("PUT api_auth", {"data": {"api_key": office.about["kazoo"]["api_key"]}})
    named = {row.route: kazoo.parameters_of(row, Settings()) for row in KAZOO_ENDPOINTS if row.route == "cdrs"}
    for name in named["cdrs"]:
        client.ask("GET accounts/{account_id}/cdrs", {name: 1}, account_id=office.about["kazoo"]["account_id"])
    entries = Journal(path_in(pbx.instance)).read(dialect="kazoo", limit=len(named["cdrs"]))
    told = [(reading.parameter, reading.why) for entry in entries for reading in understood(entry)]
    assert not [name for name, why in told if why == "nothing in the list depends on it"]


def test_it_is_served_with_a_page_that_needs_nothing_else(pbx, spec):
    answer = pbx.http.get(f"{pbx.url}/_pbx/vendors/openapi.json", timeout=9)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == spec
    page = pbx.http.get(f"{pbx.url}/_pbx/vendors/docs", timeout=9)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert not re.findall(r'(?:src|href)="(?!#|/)', page.text)
    text = re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", " ", page.text)))
    missing = [
        path
        for path, method, operation in operations(spec)
        if f"{method.upper()} {path} {operation['summary']}" not in text
    ]
    assert missing == []
    assert '<a href="/_pbx/vendors/docs">' in pbx.http.get(f"{pbx.url}/_pbx/docs", timeout=9).text


def test_it_is_of_the_pbx_that_is_named(pbx, office):
    changed = pbx.http.patch(
        f"{pbx.url}/_pbx/settings", params={"world": "examples"}, json={"firmware": "37.7"}, timeout=9
    )
    assert changed.status_code == 200
    paths = pbx.http.get(f"{pbx.url}/_pbx/vendors/openapi.json?world=examples", timeout=9).json()["paths"]
    assert "/openapi/v1.0/cdr/list" in paths
    assert "/openapi/v2.0/cdr/list" not in paths


# Interfaces that end the token which all others are asked with.
ENDS_TOKENS = ("/openapi/v1.0/del_token", "/openapi/v1.0/refresh_token", "/v2/token_auth")
# What is forbidden is asked, too, where there is time.
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE][: 1 if EXAMPLES == 1 else 2]
# 500 is in no part of the document; KAZOO's own 503, for what its datastore cannot do, is.
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]


def test_answers_to_whatever_the_document_allows_and_forbids_are_as_it_says(pbx, office, spec):
    client = {"username": office.about["client_id"], "password": office.about["client_secret"]}
    office.token = office.asked("POST", "/openapi/v1.0/get_token", client).json()["access_token"]
    crossbar = recorded.Kazoo(office)
    crossbar.ask("PUT api_auth", {"data": {"api_key": office.about["kazoo"]["api_key"]}})
    asked = 0
    for found in schemathesis.openapi.from_dict(spec).get_all_operations():
        operation = found.ok()
        if operation.definition.raw["x-state"] == "not emulated" or operation.path in ENDS_TOKENS:
            continue
        account = {"account_id": office.about["kazoo"]["account_id"]} if "{account_id}" in operation.path else None
        token = {"params": {"access_token": office.token}}
        if operation.path.startswith("/v2/"):
            token = {"headers": {"X-Auth-Token": crossbar.token}}
        for mode in MODES:
            cases = operation.as_strategy(generation_mode=mode, path_parameters=account)
            asked += ask_for(cases, pbx, token)
    assert asked >= 200


def ask_for(cases, pbx, token):
    """Ask for so many of the cases, and hold the answers against the document; how many there were."""
    asked = 0

    @settings(
        max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @seed(1)
    @given(cases)
    def ask(case):
        nonlocal asked
        asked += 1
        answer = case.call(base_url=pbx.url, session=pbx.http, **token)
        case.validate_response(answer, checks=CHECKS)

    ask()
    return asked
