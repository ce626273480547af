"""Extensions: what is told of them, passwords, and what a new or a deleted one means for the rest of the PBX."""

from __future__ import annotations

import hashlib
from base64 import b64decode

import pytest
from offices import EXTENSION, OwnPbx, problems

NOT_FOUND = {"errcode": 60001, "errmsg": "DATA NOT FOUND"}
OFFICE = {
    "extensions": [
        {"number": "2000", "name": "Amelia Hart", "online": ["sip_phone", "linkus_web"], "ip": "192.168.5.20:5060"},
        {"number": "2005", "first_name": "Kristin", "last_name": "Hale", "presence_status": "lunch",
         "email_addr": "k@x"},
    ],
    "extension_groups": [
        {"id": 1, "name": "Default_All_Extensions", "members": ["2000", "2005"]},
        {"id": 7, "name": "Sales", "members": ["2005"]},
    ],
    "queues": [{"number": "6400", "name": "Sales", "agents": ["2000"]}],
    "roles": ["Operator"],
    "organizations": [{"id": 1, "name": "Head office"}],
    "extension_greetings": [{"name": "hello", "box": "2000"}, {"name": "other", "box": "2005"}],
}  # fmt: skip


@pytest.fixture
def make(server):
    made = []

    def own(seed=OFFICE, **settings):
        made.append(OwnPbx(server, seed, **settings))
        return made[-1]

    yield own
    for pbx in made:
        pbx.drop()


@pytest.fixture
def pbx(make):
    return make()


def device(kind, status=0, **more):
    return {"status": status, "ext_dev_type": kind, **more}


def test_a_row_of_the_list(pbx):
    answer = pbx.get("extension/list")
    assert list(answer) == ["errcode", "errmsg", "total_number", "data"]
    first, second = answer["data"]
    assert list(first) == [
        "id", "online_status", "presence_status", "number", "caller_id_name", "role_name", "email_addr",
        "mobile_number",
    ]  # fmt: skip
    assert first["online_status"] == {
        "sip_phone": device("sip", 1, status_list=[{"status": 1, "ip": "192.168.5.20:5060"}]),
        "linkus_desktop": device("linkusdesktop"),
        "linkus_mobile": device("linkusmobile"),
        "linkus_web": device("linkusweb", 1),
        "fxs_phone": device("fxs"),
    }
    assert {name: shown["status"] for name, shown in second["online_status"].items()} == dict.fromkeys(
        first["online_status"], 0
    )
    assert (first["presence_status"], second["presence_status"]) == ("available", "lunch")
    assert second["caller_id_name"] == "Kristin Hale"


@pytest.mark.parametrize("model", ["P-Series Cloud Edition", "P-Series Software Edition"])
def test_only_an_appliance_has_ports(make, model):
    row = make(model_name=model).get("extension/list")["data"][0]
    assert list(row["online_status"]) == ["sip_phone", "linkus_desktop", "linkus_mobile", "linkus_web"]


def test_all_that_is_told_of_one(pbx):
    data = pbx.get("extension/get", id=2)["data"]
    assert data == {
        "id": 2, "type": "SIP", "first_name": "Kristin", "last_name": "Hale", "email_addr": "k@x", "mobile_number": "",
        "organization_list": [], "role_id": 0, "title": "", "user_lang": "follow_system", "vm_lang": "follow_system",
        "number": "2005", "caller_id": "", "reg_name": "2005", "concurrent_registrations": 1,
        "presence_status": "lunch", "presence_list": [], "enb_vm": 1, "enb_vm_pin": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "password"),
    [
        ({"id": 3, "type": "reg_password"}, "Hc6mArW62M"),
        ({"id": 3, "type": "vm_pin"}, "0815"),
        ({"id": 1, "type": "reg_password"}, "Reg2000Pw"),
        ({"id": 1, "type": "vm_pin"}, "2000"),
    ],
)
def test_passwords_are_told_in_base64_at_the_top(pbx, asked, password):
    pbx.create("extension", **EXTENSION, vm_pin="0815")
    answer = pbx.get("extension/getpassword", **asked)
    assert list(answer) == ["errcode", "errmsg", "password"]
    assert b64decode(answer["password"]).decode() == password
    assert not {"user_password", "reg_password", "vm_pin"} & set(pbx.get("extension/get", id=3)["data"])


def test_passwords_refused(pbx):
    assert problems(pbx.get("extension/getpassword")) == [("id", "required"), ("type", "required")]
    assert problems(pbx.get("extension/getpassword", id=1, type="user_password")) == [("type", "oneof")]
    assert pbx.get("extension/getpassword", id=99, type="vm_pin") == NOT_FOUND


def test_presence_is_updated_as_the_manual_shows(pbx):
    pbx.done("extension/update", id=1, presence_status="away")
    rows = pbx.get("extension/search", search_value="away")["data"]
    assert [(row["number"], row["presence_status"]) for row in rows] == [("2000", "away")]


@pytest.mark.parametrize(
    ("names", "shown"),
    [({}, "3000"), ({"first_name": "Leo"}, "Leo"), ({"first_name": "Leo", "last_name": "Ball"}, "Leo Ball")],
)
def test_names(pbx, names, shown):
    id = pbx.create("extension", **EXTENSION, **names)
    assert pbx.get("extension/search", search_value="3000")["data"][0]["caller_id_name"] == shown
    pbx.done("extension/update", id=id, title="Boss")
    assert pbx.get("extension/query", ids=id)["data"][0]["title"] == "Boss"
    assert pbx.menu("extension")[str(id)] == f"3000-{shown}"
    pbx.done("extension/update", id=id, number="3009")
    assert pbx.menu("extension")[str(id)] == f"3009-{shown if names else '3009'}"
    pbx.done("extension/update", id=id, last_name="Hart")
    assert pbx.get("extension/search", search_value=" hart")["total_number"] == 1 + bool(names)


def test_a_new_extension_is_known_everywhere(pbx):
    before = pbx.get("system/capacity")["data"]["extension_used"]
    id = pbx.create("extension", **EXTENSION, role_id=1, organization_list=[1])
    assert pbx.get("system/capacity")["data"]["extension_used"] == before + 1
    assert str(id) in pbx.menu("extension")
    groups = {row["name"]: row["total_extensions"] for row in pbx.get("extensiongroup/list")["data"]}
    assert groups == {"Default_All_Extensions": 3, "Sales": 1}
    row = pbx.get("extension/search", search_value="operator")["data"][0]
    assert (row["id"], row["role_name"]) == (id, "Operator")
    assert pbx.get("extension/get", id=id)["data"]["organization_list"] == [{"text": "Head office", "value": "1"}]
    assert pbx.get("organization/list", is_all=1)["organization_list"][0]["ext_list"] == [id]
    assert kazoo_login(pbx, "3000").status_code == 201
    calls = {"calls": [{"call_from": "3000", "call_to": "2005", "talk": 5}]}
    pbx.server.http.post(f"{pbx.server.url}/_pbx/calls", params={"world": pbx.name}, json=calls, timeout=9)
    assert pbx.get("cdr/search", extension_group=1, call_from="3000")["data"][0]["call_from_name"] == "3000"
    pbx.done("extension/delete", id=id)
    assert str(id) not in pbx.menu("extension")
    assert kazoo_login(pbx, "3000").status_code == 401
    assert pbx.get("extensiongroup/list")["data"][0]["total_extensions"] == 2


def kazoo_login(pbx, number):
    secret = hashlib.md5(f"{number}:{pbx.about['client_secret']}".encode()).hexdigest()
    data = {"credentials": secret, "method": "md5", "account_name": pbx.about["kazoo"]["account_name"]}
    return pbx.server.http.put(f"{pbx.server.url}/v2/user_auth", json={"data": data}, timeout=9)


def test_another_number_is_the_same_extension_wherever_it_is_listed(pbx):
    pbx.done("extension/update", id=1, number="2100")
    assert pbx.menu("queue_agent", id=1) == {"1": "2100-Amelia Hart"}
    agents = pbx.get("queue/list")["queue_list"][0]["static_agent_list"]
    assert agents == [{"text": "Amelia Hart", "text2": "2100", "value": "1", "type": "extension"}]
    members = pbx.get("extensiongroup/get", id=1)["data"]["members"]
    assert [member["text2"] for member in members] == ["2100", "2005"]
    pbx.done("extension/update", id=1, number="2100", reg_name="2100")
    greetings = pbx.get("extension_vm_greeting/list", extension="2100")["greeting_list"]
    assert [(row["number"], row["file"]) for row in greetings] == [("2100", "hello")]
    assert pbx.get("extension_vm_greeting/list", extension="2005")["total_number"] == 1


@pytest.mark.parametrize(
    ("given", "field", "source", "name"),
    [
        ({"number": "2005", "reg_name": "x"}, "number", "extension", "2005"),
        ({"number": "6400", "reg_name": "x"}, "number", "queue", "Sales"),
        ({"reg_name": "2005"}, "reg_name", "extension", "2005"),
        ({"email_addr": "k@x"}, "email_addr", "extension", "2005"),
        ({"email_addr": "K@X"}, "email_addr", "extension", "2005"),
    ],
)
def test_what_is_taken_already(pbx, given, field, source, name):
    for deed, answer in (
        ("create", pbx.post("extension/create", EXTENSION | given)),
        ("update", pbx.post("extension/update", {"id": 1, **given})),
    ):
        assert answer == {
            "errcode": 40003,
            "errmsg": "DUPLICATE KEY VALUE",
            "submsg": f"Extension {deed} fail for duplicate fields",
            "duplicate_field_list": [
                {"field": field, "value": given[field], "external_source": source, "external_source_name": name}
            ],
        }
    pbx.done("extension/update", id=2, email_addr="k@x", number="2005")
    pbx.done("extension/update", id=1, email_addr="")


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({"role_id": 9}, {"errcode": 60101, "errmsg": "ROLE NOT EXISTED"}),
        ({"organization_list": [9]}, NOT_FOUND),
    ],
)
def test_what_is_not_there(pbx, given, answer):
    assert pbx.post("extension/create", EXTENSION | given) == answer
    assert pbx.post("extension/update", {"id": 1, **given}) == answer
    assert pbx.get("extension/list")["total_number"] == 2


def test_the_pbx_is_full_at_some_time(make):
    pbx = make(extension_capacity=3)
    pbx.create("extension", **EXTENSION)
    more = EXTENSION | {"number": "3001", "reg_name": "3001"}
    assert pbx.post("extension/create", more) == {"errcode": 60002, "errmsg": "MAX LIMITATION EXCEEDED"}
    pbx.done("extension/delete", id=3)
    pbx.create("extension", **more)


def test_what_somebody_needs_is_not_deleted(pbx):
    assert pbx.get("extension/delete", id=1) == {"errcode": 70091, "errmsg": "CONNECTION_RELATION_EXISTED"}
    assert pbx.get("extension/get", id=1)["errcode"] == 0
    pbx.done("queue/update", id=1, static_agent_list=[])
    pbx.done("extension/delete", id=1)
    assert pbx.get("extension/delete", id=1) == NOT_FOUND


def test_thousands_are_listed_in_pages(make):
    pbx = make({"extensions": [{"number": str(1000 + place)} for place in range(2500)]})
    pages = [pbx.get("extension/list", page=page, page_size=1000) for page in (1, 2, 3, 4)]
    assert [len(page["data"]) for page in pages] == [1000, 1000, 500, 0]
    assert {page["total_number"] for page in pages} == {2500}
    assert [row["id"] for page in pages for row in page["data"]] == list(range(1, 2501))
    assert len(pbx.get("extension/list")["data"]) == 2500
