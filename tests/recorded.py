"""Examples: each interface of the vendors' APIs asked once of a PBX whose clock stands still, in an order that makes
sense. What is different each time (tokens, names of links) is written over with what never changes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.settings import Settings

Answers = Mapping[str, Any]
Params = dict[str, Any]

NOON = "2024-03-04T12:00:00Z"
AGENT = "Examples/1.0"
TWO = {"page": 1, "page_size": 2}

# Resource -> what one is created with, and what is changed then. Of others than these, no one is ever created.
CREATED: Mapping[str, tuple[Params, Params]] = {
    "extension": (
        {
            "type": "SIP", "number": "3000", "first_name": "Ada", "last_name": "Reyes", "user_password": "Sesame4711",
            "reg_name": "3000", "reg_password": "Hc6mArW62M", "concurrent_registrations": 1,
            "presence_status": "available",
        },
        {"presence_status": "do_not_disturb"},
    ),
    "extensiongroup": (
        {"name": "Night shift", "member_select": "sel_specific", "members": [{"type": "extension", "value": "2"}]},
        {"name": "Day shift"},
    ),
    "organization": ({"name": "Research", "parent_id": 1}, {"name": "Development"}),
    "trunk": (
        {"name": "carrier", "type": "peer", "hostname": "sip.example.com", "port": 5060, "transport": "udp"},
        {"enable": 0},
    ),
    "inbound_route": (
        {
            "name": "Hotline", "did_option": "patterns", "did_pattern_list": [{"did_pattern": "5550100"}],
            "trunk_list": [{"id": 1}], "def_dest": "extension", "def_dest_value": "1",
        },
        {"def_dest": "end_call"},
    ),
    "outbound_route": (
        {
            "name": "Abroad", "dial_pattern_list": [{"pattern": "00X.", "strip": 0, "prepend": ""}],
            "trunk_list": [{"id": 1}], "pin_protect": "disable",
        },
        {"outbound_cid": "5550100"},
    ),
    "company_contact": (
        {
            "first_name": "Li", "last_name": "Wei", "company": "Example Ltd", "email": "li.wei@example.com",
            "number_list": [{"num_type": "business_number", "number": "02079460000"}],
        },
        {"remark": "calls on Mondays"},
    ),
    "phonebook": ({"name": "Partners", "member_select": "sel_specific"}, {"name": "Allies"}),
    "ivr": (
        {
            "number": "6250", "name": "Night Menu", "prompt": "default", "prompt_repeat": 3, "resp_timeout": 3,
            "digit_timeout": 3, "press1_dest": "extension", "press1_dest_value": "1",
        },
        {"prompt_repeat": 2},
    ),
    "ringgroup": (
        {
            "number": "6350", "name": "Back Office", "ring_strategy": "ring_all", "ring_timeout": 60,
            "member_list": [{"type": "extension", "value": "1"}, {"type": "extension", "value": "2"}],
        },
        {"ring_strategy": "sequentially"},
    ),
    "queue": (
        {
            "number": "6450", "name": "Orders", "ring_strategy": "ring_all",
            "dynamic_agent_list": [{"type": "extension", "value": "1"}],
            "static_agent_list": [{"type": "extension", "value": "2"}],
        },
        {"max_wait_time": 600},
    ),
    "conference": (
        {"number": "6550", "name": "Board", "partic_password": "4711", "moderator_list": [{"value": "1"}]},
        {"enb_wait_moderator": 1},
    ),
    "paging": (
        {
            "number": "6750", "name": "Halls", "type": "1_way_paging", "member_list": [{"value": "1"}],
            "prompt_play_times": 1, "broadcast_client": "yes",
        },
        {"prompt_play_times": 2},
    ),
    "pin_list": ({"name": "Abroad", "pin_list": "4711,0815"}, {"enb_record_cdr": 1}),
    "block_numbers": ({"name": "Pests", "limit_type": "inbound", "number_list": "09001&09002"}, {"limit_type": "both"}),
    "allow_numbers": ({"name": "Friends", "limit_type": "inbound", "number_list": "0171"}, {"limit_type": "both"}),
}  # fmt: skip

_DAY = {"start_time": "03/04/2024 00:00:00", "end_time": "03/04/2024 23:59:59"}
_REPORT = {"type": "queueperformance", "queue_id_list": "1,2", **_DAY}
_KEYS = {"type": "ivr", "ivr_num": "6200", **_DAY, "detail_time_begin": _DAY["start_time"]}
_KEYS["detail_time_end"] = _DAY["end_time"]


def _first(of: str, member: str, array: str = "data") -> Callable[[Answers], Any]:
    return lambda answers: answers[of][array][0][member]


def _note_id(answers: Answers) -> str:
    uid = answers["GET v1.0/cdr/list"]["data"][0]["uid"]
    return f"{uid[:14]}-{uid[14:]}"


# Interface -> what it is asked, once those above it are: a value may be made of their answers.
OTHERS: Mapping[str, Params] = {
    "GET v1.0/system/information": {},
    "GET v1.0/system/capacity": {},
    "GET v1.0/system/get_menuoptions": {"menu": "queue"},
    "GET v1.0/timezone/list": {},
    "GET v1.0/extension/getpassword": {"id": 1, "type": "vm_pin"},
    "POST v1.0/extension/send_welcome_email": {"id_list": [1]},
    "GET v1.0/extension_vm_greeting/list": {"extension": "2000"},
    "GET v1.0/extension_vm_greeting/download": {
        "extension": "2000", "file": _first("GET v1.0/extension_vm_greeting/list", "real_filename", "greeting_list"),
    },
    "GET v1.0/presence_status/list": {},
    "GET v1.0/trunk/itsp_list": {},
    "GET v1.0/ringgroup/getoptions": {},
    "GET v1.0/queue/call_status": {"id": 1},
    "GET v1.0/queue/agent_status": {"id": 1},
    "GET v1.0/queue/agent_pause": {"queue_id": 1, "ext_ids": "5", "operation": "pause", "reason": "*01"},
    "GET v1.0/agent/pause": {"ext_id": 5, "queue_ids": "1", "operation": "unpause"},
    "POST v1.0/queue/honor_wrapup_time": {"enb_honor_wrapup_time": 1},
    "GET v1.0/queue_pause_reason/list": TWO,
    "POST v1.0/queue_pause_reason/update": {"pause_reason_list": [{"code": "*01", "reason": "Lunch"}]},
    "GET v1.0/queue_option/get": {},
    "POST v1.0/queue_option/update": {"time_range": 12},
    "GET v1.0/conference/viewpassword": {"id": 1, "type": "partic_password"},
    "GET v1.0/conference/query_ongoing_conference": {"number": "6500"},
    "GET v1.0/conference/query_interim_conference": {},
    "GET v1.0/vm/get": {"number": "2000", **TWO},
    "GET v1.0/vm/query": {"number": "2000,2001", **TWO},
    "GET v1.0/vm/download": {"msg_id": _first("GET v1.0/vm/get", "msg_id")},
    "POST v1.0/vm/update": {"id": _first("GET v1.0/vm/get", "msg_id"), "vm_status": 1},
    "GET v1.0/vm/delete": {"id": _first("GET v1.0/vm/get", "msg_id")},
    "POST v1.0/vm/create": {"vm_from_number": "2001", "vm_to_number": "2000"},
    "GET v1.0/vm/delete_extension_vm": {"number": "2001"},
    "GET v1.0/vm_greeting/list": {"extension": "6600"},
    "GET v1.0/vm_greeting/play": {
        "extension": "6600", "file": _first("GET v1.0/vm_greeting/list", "real_filename", "greeting_list"),
    },
    "GET v1.0/vm_group/list": TWO,
    "GET v1.0/prompt_preference/get": {},
    "POST v1.0/prompt_preference/update": {"enb_call_waiting_prompt": 1},
    "GET v1.0/system_prompt/list": {},
    "GET v1.0/custom_prompt/list": TWO,
    "POST v1.0/custom_prompt/create": {
        "file": "closed", "type": "tts", "text": "We are closed.", "language": "en-US", "asr_manufacturer": "aws",
    },
    "GET v1.0/play_list/list": {},
    "GET v1.0/moh_files/list": {"list_name": _first("GET v1.0/play_list/list", "list_name", "play_list")},
    "GET v1.0/custom_ringtone/list": TWO,
    "POST v1.0/wakeupcall/create": {"ext_id": 1, "alarm_time": "06:30", "repeat_type": "every_monday"},
    "GET v1.0/wakeupcall/list": TWO,
    "GET v1.0/wakeupcall/get": {"ext_id": 1},
    "GET v1.0/wakeupcall/query": {"ext_id": "1,25"},
    "POST v1.0/wakeupcall/update": {
        "id": lambda answers: answers["POST v1.0/wakeupcall/create"]["id"], "alarm_time": "07:00",
    },
    "GET v1.0/wakeupcall/delete": {"ext_id": 1},
    "POST v1.0/hotel/checkout": {"ext_id": 25},
    "GET v1.0/recording/list": {**TWO, "order_by": "desc"},
    "GET v1.0/recording/search": {**TWO, "caller": "2005"},
    "GET v1.0/recording/download": {"id": _first("GET v1.0/recording/list", "id")},
    "GET v1.0/cdr/list": {**TWO, "order_by": "desc"},
    "GET v1.0/cdr/search": {**TWO, **_DAY, "call_from": "2005"},
    "GET v1.0/cdr/download": {**_DAY, "status": "VOICEMAIL"},
    "GET v1.0/cdr/getoption": {},
    "POST v1.0/cdr/updateoption": {"enb_fuzzy_search": 1},
    "GET v2.0/cdr/list": {**TWO, "order_by": "desc"},
    "GET v2.0/cdr/search": {**TWO, "time_begin": _DAY["start_time"], "last_status": "ABANDONED"},
    "GET v2.0/cdr/detail": {"uid": _first("GET v2.0/cdr/list", "uid")},
    "GET v2.0/cdr/download": {"time_begin": _DAY["start_time"], "call_from": "2005"},
    "GET v2.0/cdr/getoption": {},
    "POST v2.0/cdr/updateoption": {"enb_new_cdr_fuzzy_search": 1},
    "GET v2.0/cdr/getdownloadoption": {},
    "POST v1.0/callnotes/update": {"id": _note_id, "remark": "call back", "update_entry": "cdr"},
    "GET v1.0/callnotes/get": {"id": _note_id, "group_id": _first("GET v1.0/cdr/list", "call_id")},
    **{f"GET {version}/call_report/{name}": asked for version in ("v1.0", "v2.0") for name, asked in (
        ("list", _REPORT), ("detail", _KEYS), ("download", _REPORT),
    )},
    **{f"GET {version}/call_schedule_report/{name}": asked for version in ("v1.0", "v2.0") for name, asked in (
        ("list", {}), ("download", {"id": 1}),
    )},
    "GET v1.0/myreport/list": {},
}  # fmt: skip


def yeastar_requests(answers: Answers) -> Iterator[tuple[str, Params]]:
    """Interface and parameters of each request."""
    for folder, (body, changes) in CREATED.items():
        yield f"POST v1.0/{folder}/create", body
        id = answers[f"POST v1.0/{folder}/create"]["id"]
        yield f"GET v1.0/{folder}/list", TWO
        yield f"GET v1.0/{folder}/search", {**TWO, "search_value": body["name"]} if "name" in body else TWO
        yield f"GET v1.0/{folder}/get", {"id": id}
        yield f"GET v1.0/{folder}/query", {"ids": f"{id}"}
        yield f"POST v1.0/{folder}/update", {"id": id, **changes}
        if folder == "queue":
            yield "GET v1.0/queue/agent_login", {"queue_id": id, "ext_ids": "1", "operation": "login"}
            yield "GET v1.0/agent/login", {"ext_id": 1, "queue_ids": f"{id}", "operation": "logout"}
        yield f"GET v1.0/{folder}/delete", {"id": id}
    for interface, asked in OTHERS.items():
        yield interface, {name: value(answers) if callable(value) else value for name, value in asked.items()}


class Office:
    """A PBX for examples, asked by both dialects."""

    def __init__(self, server: Any) -> None:
        self.server, self.http = server, server.http
        settings = {
            "kazoo_account_id": "0123456789abcdef0123456789abcdef", "kazoo_api_key": "fedcba9876543210" * 4,
            "kazoo_realm": "examples.sip.example.com", "kazoo_bucket_size": 0,
        }  # fmt: skip
        body = {"name": "examples", "seed": "demo", "at": NOON, "rate": 0, "settings": settings}
        self.about = self.http.post(f"{server.url}/_pbx/worlds", json=body, timeout=30).json()
        demo = Settings()
        assert "client_id" in self.about, self.about
        # What stands in its place in the examples.
        self.stable = {self.about["client_id"]: demo.client_id, self.about["client_secret"]: demo.client_secret}
        self.token = ""

    def asked(self, method: str, path: str, params: Params) -> Any:
        """The answer; params are the query of a GET, the body of a POST."""
        query = {"access_token": self.token} if self.token else {}
        given = {"params": query | params} if method == "GET" else {"params": query, "json": params}
        return self.http.request(
            method, f"{self.server.url}{path}", headers={"User-Agent": AGENT}, timeout=30, **given
        )  # fmt: skip

    def drop(self) -> None:
        self.http.delete(f"{self.server.url}/_pbx/worlds/examples", timeout=30)


def record_yeastar(office: Office) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    examples: dict[str, Any] = {}

    def ask(interface: str, params: Params) -> Any:
        method, path = interface.split()
        answers[interface] = office.asked(method, f"/openapi/{path}", params).json()
        examples[interface] = {"asked": params, "answered": answers[interface]}
        return answers[interface]

    ours = dict(office.stable)

    def login(interface: str, params: Params) -> None:
        pair = ask(interface, params)
        for kind in ("access_token", "refresh_token"):
            office.stable[pair[kind]] = "BCDE"[len(office.stable) - len(ours)] * 32

    login("POST v1.0/get_token", {"username": office.about["client_id"], "password": office.about["client_secret"]})
    login("POST v1.0/refresh_token", {"refresh_token": answers["POST v1.0/get_token"]["refresh_token"]})
    office.token = answers["POST v1.0/refresh_token"]["access_token"]
    for interface, params in yeastar_requests(answers):
        ask(interface, params)
    link = answers["GET v1.0/cdr/download"]["download_resource_url"]
    examples["GET api/download"] = {"asked": {}, "answered": office.asked("GET", link, {}).text}
    ask("GET v1.0/del_token", {})
    return stable(examples, office)


_SECRET = re.compile(r"(-download-\d{14}-)[0-9A-Za-z]{16}(?=\.)")


def stable(examples: dict[str, Any], office: Office) -> dict[str, Any]:
    """The examples as they are each time."""
    text = _SECRET.sub(r"\g<1>3nHw52nGalosEJ62", json.dumps(examples))
    for value, instead in office.stable.items():
        text = text.replace(value, instead)
    made: dict[str, Any] = json.loads(text)
    return made


def written(examples: dict[str, Any]) -> str:
    """As the file has it."""
    return json.dumps(examples, indent=1, ensure_ascii=False) + "\n"


class Kazoo:
    """A client of the second dialect at the office."""

    def __init__(self, office: Office) -> None:
        self.office, self.examples, self.token = office, {}, ""

    def ask(self, interface: str, asked: Params, **path: str) -> Any:
        method, _, place = interface.partition(" ")
        headers = {"User-Agent": AGENT, "X-Request-ID": "5b8a2f7c1d3e4f60"}
        headers |= {"X-Auth-Token": self.token} if self.token else {}
        url = f"{self.office.server.url}/v2/{place.format(**path)}"
        given = {"json": asked} if method == "PUT" else {"params": asked}
        answer = self.office.http.request(method, url, headers=headers, timeout=30, **given).json()
        self.examples[interface] = {"path": path, "asked": asked, "answered": answer}
        if answer.get("auth_token") not in (None, self.token):
            self.token = answer["auth_token"]
            self.office.stable[self.token] = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJrYXpvbyJ9.c2lnbmF0dXJl"
        return answer


def _hashed(secret: str) -> str:
    return hashlib.md5(f"2005:{secret}".encode()).hexdigest()


def record_kazoo(office: Office) -> dict[str, Any]:
    about, client = office.about["kazoo"], Kazoo(office)
    account = {"account_id": about["account_id"]}
    credentials, shown = (_hashed(secret) for secret in (office.about["client_secret"], Settings().client_secret))
    office.stable[credentials] = shown
    asked = {"data": {"credentials": credentials, "account_realm": about["realm"], "method": "md5"}}
    owner = client.ask("PUT user_auth", asked)["data"]["owner_id"]
    client.ask("PUT api_auth", {"data": {"api_key": about["api_key"]}})
    client.ask("GET user_auth/{auth_token}", {}, auth_token=client.token)
    client.ask("GET token_auth", {})
    for folder, places in (
        ("accounts/{account_id}", account),
        ("accounts/{account_id}/users/{user_id}", account | {"user_id": owner}),
    ):
        leg = client.ask(f"GET {folder}/cdrs", {"page_size": 1}, **places)["data"][0]
        call = client.ask(f"GET {folder}/cdrs/interaction", {"page_size": 1}, **places)["data"][0]
        client.ask(f"GET {folder}/cdrs/summary", {}, **places)
        client.ask(f"GET {folder}/cdrs/legs/{{interaction_id}}", {}, **places, interaction_id=call["interaction_id"])
        client.ask(f"GET {folder}/cdrs/{{cdr_id}}", {}, **places, cdr_id=leg["id"])
    device = account | {"parent": "devices", "parent_id": leg["authorizing_id"] or "1" * 32}
    for end, more in (
        ("", {}),
        ("/{cdr_id}", {"cdr_id": leg["id"]}),
        ("/legs/{interaction_id}", {"interaction_id": "1"}),
    ):
        client.ask(f"GET accounts/{{account_id}}/{{parent}}/{{parent_id}}/cdrs{end}", {}, **device, **more)
    client.ask("DELETE token_auth", {})
    return stable(client.examples, office)
