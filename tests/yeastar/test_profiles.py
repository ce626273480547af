"""Firmware profiles: which rows, interfaces, parameters and notations a PBX of each generation has."""

from __future__ import annotations

import csv
import fnmatch
import io
from itertools import chain

import postgres
import pytest
from marshmallow import fields
from office import call, instant

from app import explain
from app.clock import Clock
from app.journal import Journal, path_in
from app.journal.recording import REQUEST_ID_HEADER
from app.pbx.setup import change_settings
from app.pbx.worlds import open_worlds
from app.settings import FIRMWARES, Settings, explicit_settings
from app.yeastar import profiles
from app.yeastar.endpoints import ENDPOINTS

EXACT = FIRMWARES[1:]
UPGRADE = instant("2024-04-01 00:00:00")

# A noted call of two legs before the upgrade, one of two legs after it, and two with numbers that contain others.
OFFICE = {
    "extensions": [{"number": "2000", "name": "Amelia Hart"}, {"number": "2005", "name": "Kristin Hale"}],
    "ivrs": [{"id": 3, "number": "6200", "name": "Welcome"}],
    "disposition_codes": [{"id": 3, "name": "Sale"}, {"id": 14, "name": "Call back"}],
    "cdrs": [
        call(1, "2024-03-04 09:15:00", "13912345678", "6200", call_to="IVR Welcome<6200>", call_id="1.1",
             uid="2024030409150011111", src_trunk="city", did_number="5550100", did_name="Hotline", reason="r",
             call_note_remark="old", disposition_code_list=[3, 14]),
        call(2, "2024-03-04 09:15:08", "13912345678", "2000", call_id="1.1", uid="2024030409150822222", reason="r",
             call_to_name="Amelia Hart", duration=9, talk_duration=9, record_file="old.wav", pin_code="1"),
        call(3, "2024-04-04 09:15:00", "13912345678", "6200", call_to="IVR Welcome<6200>", call_id="3.3",
             uid="2024040409150033333", src_trunk="city", did_number="5550100", did_name="Hotline", reason="r",
             new_id="67C67519-D30000CD"),
        call(4, "2024-04-04 09:15:08", "13912345678", "2000", call_id="3.3", uid="2024040409150844444", reason="r",
             call_to_name="Amelia Hart", duration=9, ring_duration=2, talk_duration=7, record_file="new.wav",
             pin_code="4711", call_note_remark="new", disposition_code_list=[14]),
        call(5, "2024-03-05 00:00:00", "2005", "20050", call_id="5.5", uid="2024030500000055555"),
        call(6, "2024-04-05 00:00:00", "2005", "20050", call_id="6.6", uid="2024040500000066666"),
    ],
}  # fmt: skip

BASE = [
    "time", "call_from", "call_to", "timestamp", "uid", "src_addr", "src_trunk", "duration", "ring_duration",
    "talk_duration", "disposition", "call_type", "did_number", "record_file", "reason", "call_from_number",
    "call_from_name", "call_to_number", "call_to_name", "call_id",
]  # fmt: skip
NEW = [name for name in BASE if name != "reason"]
NOTED = ["call_note", "call_note_id", "enb_call_note", "did", "did_name", "pin_code"]

# Firmware -> keys of a legacy row and of a new one; what the PBX calls itself.
KEYS = {
    "37.7+": (["id", *BASE], ["id", *BASE]),
    "37.7": (["id", *BASE], ["id", *BASE]),
    "37.20": (["id", *BASE], ["id", *BASE]),
    "37.21": (["id", *BASE], [*NEW, "new_id"]),
    "37.23": (["id", *BASE, *NOTED], [*NEW, *NOTED, "new_id"]),
}
VERSIONS = {
    "37.7+": "37.7.0.16", "37.7": "37.7.0.16", "37.20": "37.20.0.21", "37.21": "37.21.0.117", "37.23": "37.23.0.123",
}  # fmt: skip


class Pbx:
    """A PBX with some firmware; ``notes`` are what the journal has beside the last answer."""

    def __init__(self, server, journal, worlds, **settings):
        self.server, self.journal, self.worlds = server, journal, worlds
        clock = Clock(rate=0).set(instant("2024-06-01 12:00:00"))
        self.world = worlds.make(OFFICE, settings={"max_tokens": 0, **settings}, clock=clock)
        known = self.world.settings
        client = {"username": known.client_id, "password": known.client_secret}
        self.token = server.post("get_token", client)["access_token"]

    def get(self, path, version="v1.0", **params):
        url = f"{self.server.url}/openapi/{version}/{path}"
        answer = self.server.http.get(url, params={"access_token": self.token, **params}, timeout=9)
        self.request_id = answer.headers[REQUEST_ID_HEADER]
        return answer.json()

    def post(self, path, body):
        return self.server.post(path, body, token=self.token)

    def rows(self, path="cdr/search", **params):
        answer = self.get(path, **params)
        assert answer["errcode"] == 0, answer
        assert answer["total_number"] == len(answer["data"])
        return answer["data"]

    def starts(self, path="cdr/search", **params):
        """Which of OFFICE's calls are found, by their ids."""
        ids = {row["timestamp"]: row["id"] for row in OFFICE["cdrs"]}
        return [ids[row["timestamp"]] for row in self.rows(path, **params)]

    @property
    def notes(self):
        return "; ".join(self.journal.get(self.request_id).notes)

    @property
    def why(self):
        return explain.explain(self.worlds, self.journal.get(self.request_id))

    def settings(self, **values):
        change_settings(self.world, explicit_settings(values, environ={}))


@pytest.fixture(scope="module")
def make(server):
    journal = Journal(path_in(server.instance))
    worlds = open_worlds({"instance": str(server.instance), **postgres.settings_of(server.instance)}, started=False)
    yield lambda **settings: Pbx(server, journal, worlds, **settings)
    worlds.close()


@pytest.fixture(scope="module")
def pbxs(make):
    """One of each firmware, made when it is first asked for; nobody changes them."""
    made = {}

    def pbx(firmware, upgraded_at=UPGRADE):
        key = (firmware, upgraded_at)
        if key not in made:
            made[key] = make(firmware=firmware, upgraded_at=upgraded_at)
        return made[key]

    return pbx


def test_the_names():
    assert tuple(KEYS) == FIRMWARES
    assert tuple(row.name for row in profiles.GENERATIONS) == EXACT
    assert Settings().firmware == profiles.DEFAULT == FIRMWARES[0]


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_rows(pbxs, firmware):
    pbx = pbxs(firmware)
    rows = {row["timestamp"]: row for row in pbx.rows()}
    for number, kind in ((2, 0), (4, 1)):
        made = OFFICE["cdrs"][number - 1]
        row = rows[made["timestamp"]]
        known = KEYS[firmware][kind]
        # What is empty in this row and left out then: there is no trunk, no DID; the first rang not at all.
        left_out = {"src_trunk", "did_number", *(["ring_duration"] if number == 2 else [])}
        assert [*row] == [name for name in known if name not in left_out]
    assert pbx.rows("cdr/list") == [*rows.values()]
    assert pbx.get("system/information")["data"]["firmware_version"] == VERSIONS[firmware]


def test_the_newest_rows(pbxs):
    rows = {row.get("id", row.get("new_id")): row for row in pbxs("37.23").rows()}
    new = f"{OFFICE['cdrs'][3]['timestamp']:08X}-00000004"
    assert [*rows][:3] == [1, 2, 5]
    assert [*rows][3:5] == ["67C67519-D30000CD", new]
    noted = {"remark": "new", "disposition_code_list": [{"name": "Call back"}]}
    later = {name: rows[new][name] for name in ("call_from_name", *NOTED)}
    assert later == {
        "call_from_name": "", "call_note": noted, "call_note_id": "20240404091508-44444", "enb_call_note": 1,
        "did": "", "did_name": "", "pin_code": "4711",
    }  # fmt: skip
    codes = [{"name": "Sale"}, {"name": "Call back"}]
    assert rows[1]["call_note"] == {"remark": "old", "disposition_code_list": codes}
    first = rows["67C67519-D30000CD"]
    assert [first[name] for name in NOTED] == [None, "", 0, "5550100", "Hotline", ""]
    assert first["did_number"] == "5550100"


@pytest.mark.parametrize(
    ("firmware", "uids"),
    [("37.7+", "11111 22222 33333 44444"), ("37.20", "11111 22222 33333 44444"), ("37.23", "11111 22222 33333 33333")],
)
def test_legs_of_new_rows_share_the_uid(pbxs, firmware, uids):
    pbx = pbxs(firmware)
    shown = {row["timestamp"]: row["uid"][-5:] for row in pbx.rows("cdr/list", sort_by="uid")}
    assert [shown[row["timestamp"]] for row in OFFICE["cdrs"][:4]] == uids.split()
    recorded = {row["time"][:2]: row["uid"][-5:] for row in pbx.rows("recording/list")}
    assert [recorded["03"], recorded["04"]] == [uids.split()[1], uids.split()[3]]


def test_new_rows_are_sorted_by_the_uid_they_show(pbxs):
    pbx = pbxs("37.21", upgraded_at=0)
    uids = [row["uid"] for row in pbx.rows("cdr/list", sort_by="uid", order_by="desc")]
    assert uids == sorted(uids, reverse=True)
    assert pbx.get("cdr/list", sort_by="call_uid")["errcode"] == 40002


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_rows_of_recordings(pbxs, firmware):
    row = pbxs(firmware).rows("recording/list")[0]
    more = ["call_from_number", "call_from_name", "call_to_number", "call_to_name"] if firmware == "37.23" else []
    assert [*row][9:] == more
    pbx = pbxs(firmware)
    link = pbx.get("recording/download", id=2)["download_resource_url"]
    assert link.startswith(f"/api/download/Recording-{VERSIONS[firmware]}-1-download-")


@pytest.mark.parametrize(("model", "start"), [("Yeastar P560", "37."), ("P-Series Software Edition", "83."),
                                              ("P-Series Cloud Edition", "84.")])  # fmt: skip
@pytest.mark.parametrize("firmware", FIRMWARES)
def test_versions_of_editions(model, start, firmware):
    version = profiles.firmware_version(Settings(firmware=firmware, model_name=model))
    first_of_cloud = start == "84." and VERSIONS[firmware] == "37.7.0.16"
    assert version == ("84.7.0.17" if first_of_cloud else start + VERSIONS[firmware].partition(".")[2])


# Version, path; the first firmware that has the interface.
INTERFACES = [
    ("v2.0", "cdr/list", "37.23"),
    ("v2.0", "cdr/getoption", "37.23"),
    ("v2.0", "call_schedule_report/list", "37.21"),
    ("v1.0", "cdr/getoption", "37.20"),
    ("v1.0", "cdr/list", "37.7"),
    ("v1.0", "extension/list", "37.7"),
    ("v1.0", "extension/getpassword", "37.20"),
    ("v1.0", "call_schedule_report/list", "37.7"),
]


@pytest.mark.parametrize("firmware", FIRMWARES)
@pytest.mark.parametrize(("version", "path", "since"), INTERFACES)
def test_interfaces(pbxs, version, path, since, firmware):
    pbx = pbxs(firmware)
    answer = pbx.get(path, version)
    if firmware == "37.7+" or EXACT.index(firmware) >= EXACT.index(since):
        assert answer["errcode"] in (0, 40002)
        assert "firmware" not in pbx.notes
    else:
        assert answer == {"errcode": 10001, "errmsg": "INTERFACE NOT EXISTED"}
        later = f"{since} does" if since == "37.23" else f"{since} and later do"
        assert pbx.notes == f"firmware {firmware} does not have this interface; {later}"
        assert pbx.why.summary == f"Refused with 10001 INTERFACE NOT EXISTED: {pbx.notes}."


def test_facts_are_about_interfaces_that_there_are():
    routes = [row.route for row in ENDPOINTS.values()]
    for fact in profiles.FACTS:
        assert fact.known in ("manual", "observed", "guess")
        assert fact.by
        for like in fact.where:
            assert fnmatch.filter(routes, like), like
    for name in FIRMWARES:
        assert any(fact for fact in profiles.FACTS if not profiles.holds(fact, name)) or name == "37.7+"


def names_in(schema):
    """The names in an answer, however deep."""
    for name, field in schema.fields.items():
        yield name
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            yield from names_in(inner.schema)


def taken_by(row):
    """What an interface takes: names, and names with each of their values."""
    for name, field in row.takes(Settings()).fields.items() if row.takes else ():
        yield name
        yield from (f"{name} {choice}" for choice in getattr(field, "choices", ()))


def given_by(row):
    """The names that its answer has on any firmware."""
    return {name for firmware in EXACT for name in names_in(row.gives(Settings(firmware=firmware))())}


@pytest.mark.parametrize("kind", [profiles.PARAMETER, profiles.VALUE, profiles.FIELD])
def test_facts_are_about_names_that_there_are(kind):
    """Fields of cdr/download are columns of its file, which no schema describes."""
    named = given_by if kind == profiles.FIELD else taken_by
    facts = [(like, fact.names) for fact in profiles.FACTS if fact.kind == kind for like in fact.where]
    for like, names in facts:
        if (kind, like) != (profiles.FIELD, "cdr/download"):
            rows = [row for row in ENDPOINTS.values() if fnmatch.fnmatchcase(row.route, like)]
            assert set(names) <= set(chain.from_iterable(map(named, rows))), like


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_no_answer_is_told_with_what_such_firmware_lacks(firmware):
    for row in ENDPOINTS.values():
        lacks = profiles.lacking(firmware, profiles.FIELD, row.route)
        assert not lacks.keys() & (set(names_in(row.gives(Settings(firmware=firmware))())) if lacks else set()), (
            row.route
        )


def test_the_default_lacks_no_interface_and_no_parameter():
    for fact in profiles.FACTS:
        if fact.kind in (profiles.INTERFACE, profiles.PARAMETER, profiles.VALUE):
            assert profiles.holds(fact, profiles.DEFAULT)


# Path, parameters -> the firmwares whose answers they narrow.
PARAMETERS = [
    ("cdr/search", {"did": "Hotline:city"}, "37.20 37.21 37.23"),
    ("cdr/search", {"disposition_code_list": "3"}, "37.20 37.21 37.23"),
    ("cdr/search", {"call_note_remark": "new"}, "37.20 37.21 37.23"),
    ("cdr/search", {"pin_code": "4711"}, "37.23"),
    ("cdr/search", {"page_size": "2", "page": "1"}, "37.23"),
    ("cdr/search", {"call_from": "2005"}, "37.7 37.20 37.21 37.23"),
    ("cdr/list", {"page_size": "2"}, "37.7 37.20 37.21 37.23"),
    ("cdr/list", {"call_note_remark": "new"}, "37.20 37.21 37.23"),
    ("cdr/list", {"pin_code": "4711"}, "37.23"),
    ("cdr/list", {"from": "new"}, "37.21 37.23"),
]


@pytest.mark.parametrize("firmware", FIRMWARES)
@pytest.mark.parametrize(("path", "asked", "there"), PARAMETERS, ids=[str(case[:2]) for case in PARAMETERS])
def test_parameters(pbxs, path, asked, there, firmware):
    pbx = pbxs(firmware)
    answer = pbx.get(path, **asked)
    assert answer["errcode"] == 0
    if firmware == "37.7+" or firmware in there.split():
        assert len(answer["data"]) < 6
        assert "firmware" not in pbx.notes
    else:
        assert len(answer["data"]) == 6
        name = next(iter(asked))
        first = there.split()[0]
        later = f"{first} does" if first == "37.23" else f"{first} and later do"
        note = f"firmware {firmware} does not have this parameter; {later}"
        assert f"{name}: {note}" in pbx.notes
        assert (name, note) in [(reading.parameter, reading.why) for reading in pbx.why.readings]
        assert pbx.why.funnel[-1].left == 6


def test_parameters_nobody_has_are_told_apart(pbxs):
    pbx = pbxs("37.7")
    pbx.rows(colour="red", page="2")
    assert pbx.notes.startswith("unknown to this interface, and passed over: colour; page: firmware 37.7 ")


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_values(pbxs, firmware):
    answer = pbxs(firmware).get("system/get_menuoptions", menu="disposition_code")
    if firmware == "37.7":
        assert answer["invalid_param_list"] == [{"field": "menu", "validation_type": "oneof"}]
    else:
        assert [row["text"] for row in answer["data"]] == ["Sale", "Call back"]
    body = {"name": "x", "trunk_list": [], "def_dest": "call_flow", "def_dest_value": "9", "did_option": "x"}
    refused = pbxs(firmware).post("inbound_route/create", body)["invalid_param_list"]
    assert ("def_dest" in [problem["field"] for problem in refused]) == (firmware == "37.7")


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_times(pbxs, make, firmware):
    pbx = pbxs(firmware)
    found = [4, 3] if firmware in ("37.7+", "37.21", "37.23") else []
    for text in ("2024-04-04T00:00:00", str(instant("2024-04-04 00:00:00"))):
        asked = {"start_time": text, "end_time": "2024-04-04T23:00:00"}
        assert pbx.starts(**asked)[::-1] == found
        assert ("not accepted" in pbx.notes) == (not found)
    assert pbx.starts(start_time="04/04/2024 00:00:00", end_time="04/04/2024 23:00:00") == [3, 4]
    strict = make(firmware=firmware, accept_iso_times=False)
    assert strict.starts(start_time="2024-04-04T00:00:00") == []


# Firmware, upgraded_at, from -> the calls.
FROM = [
    ("37.7+", UPGRADE, "new", [3]),
    ("37.7+", UPGRADE, "legacy", [1, 2, 5, 4, 6]),
    ("37.7", UPGRADE, "new", [1, 2, 5, 3, 4, 6]),
    ("37.20", UPGRADE, "legacy", [1, 2, 5, 3, 4, 6]),
    ("37.21", UPGRADE, "new", [3, 4, 6]),
    ("37.21", UPGRADE, "legacy", [1, 2, 5]),
    ("37.23", UPGRADE, "legacy", [1, 2, 5]),
    ("37.23", 0, "legacy", []),
    ("37.23", 0, "new", [1, 2, 5, 3, 4, 6]),
]


@pytest.mark.parametrize(("firmware", "upgraded_at", "which", "found"), FROM)
def test_from(pbxs, firmware, upgraded_at, which, found):
    pbx = pbxs(firmware, upgraded_at)
    assert pbx.starts("cdr/list", **{"from": which}) == found
    assert ("upgraded_at is 0" in pbx.notes) == (not found)
    assert pbx.why.funnel[-1].left == len(found)


# Firmware, enb_fuzzy_search, enb_new_cdr_fuzzy_search, parameters -> the calls to numbers like 2005; of them, 5 is
# before the upgrade.
FUZZY = [
    ("37.7", 0, 1, {}, []),
    ("37.7", 1, 0, {}, [5, 6]),
    ("37.20", 0, 0, {"enable_fuzzy_search": "1"}, [5, 6]),
    ("37.7+", 0, 1, {}, []),
    ("37.7+", 1, 0, {"enable_fuzzy_search": "0"}, []),
    ("37.21", 0, 0, {"enable_fuzzy_search": "1"}, []),
    ("37.21", 1, 1, {"enable_fuzzy_search": "0"}, [5, 6]),
    ("37.21", 1, 0, {}, [5]),
    ("37.21", 0, 1, {}, [6]),
    ("37.23", 1, 0, {"call_from": "00"}, [5]),
    ("37.23", 1, 0, {"call_from": "200"}, [5]),
    ("37.23", 0, 1, {"call_from": "200"}, [6]),
    ("37.23", 0, 1, {"call_from": "2050"}, []),
    ("37.23", 1, 0, {"call_from": "2005"}, [5]),
    ("37.23", 0, 1, {"call_from": "2005"}, [6]),
]


@pytest.mark.parametrize(("firmware", "legacy", "new", "asked", "found"), FUZZY)
def test_fuzzy(make, firmware, legacy, new, asked, found):
    pbx = make(firmware=firmware, upgraded_at=UPGRADE, enb_fuzzy_search=legacy, enb_new_cdr_fuzzy_search=new)
    assert pbx.starts(call_to="0050", **asked) == found
    assert pbx.starts(call_to="20050") == [5, 6]  # whole numbers are found both ways
    assert pbx.starts(call_to="0050", **asked) == found
    why = pbx.why
    assert why.funnel[-1].left == len(found)
    told = {reading.parameter: reading.why for reading in why.readings}
    if firmware in ("37.21", "37.23") and legacy != new:
        assert "2024-04-01T00:00:00+08:00" in told["call_to"]
        assert told["enb_new_cdr_fuzzy_search"] == "the PBX's CDR option"
    else:
        assert told["call_to"] == f"numbers that {'contain it' if found else 'are exactly this'}"


def test_without_legacy_rows_one_option_decides(make):
    pbx = make(firmware="37.21", upgraded_at=0, enb_fuzzy_search=0, enb_new_cdr_fuzzy_search=1)
    assert pbx.starts(call_to="0050") == [5, 6]
    assert [step.left for step in pbx.why.funnel] == [6, 2]


def test_options(make):
    own = make(firmware="37.20")
    assert own.get("cdr/getoption")["data"] == {"enb_fuzzy_search": 0}
    assert own.post("cdr/updateoption", {"enb_fuzzy_search": 1, "enb_new_cdr_fuzzy_search": 1})["errcode"] == 0
    assert own.get("cdr/getoption")["data"] == {"enb_fuzzy_search": 1}
    own.settings(firmware="37.21")
    assert own.get("cdr/getoption")["data"] == {"enb_fuzzy_search": 1, "enb_new_cdr_fuzzy_search": 0}


@pytest.mark.parametrize(
    ("firmware", "upgraded_at", "ids"),
    [
        ("37.7+", UPGRADE, [1, 5, "67C67519-D30000CD", 6]),
        ("37.23", UPGRADE, ["67C67519-D30000CD", f"{OFFICE['cdrs'][5]['timestamp']:08X}-00000006"]),
        ("37.23", 0, None),
    ],
)
def test_v2_shows_new_calls(pbxs, firmware, upgraded_at, ids):
    pbx = pbxs(firmware, upgraded_at)
    answer = pbx.get("cdr/list", "v2.0")
    assert answer["total_number"] == len(answer["data"]) == (len(ids) if ids else 4)
    if ids:
        assert [row["id"] for row in answer["data"]] == ids
    early = pbx.get("cdr/search", "v2.0", time_begin="03/01/2024 00:00:00", time_end="04/04/2024 23:00:00")
    assert early["total_number"] == {UPGRADE: 1 if firmware == "37.23" else 3, 0: 3}[upgraded_at]
    detail = pbx.get("cdr/detail", "v2.0", uid="2024030409150011111")
    assert detail["errcode"] == (60001 if firmware == "37.23" and upgraded_at else 0)


def test_v2_and_v1_know_the_same_call(pbxs):
    pbx = pbxs("37.23")
    uid = {row["uid"] for row in pbx.rows("cdr/list", **{"from": "new"}) if row["call_id"] == "3.3"}
    assert uid == {"2024040409150033333"}
    assert pbx.get("cdr/detail", "v2.0", uid=uid.pop())["data"]["basic"]["segments"] == 2


@pytest.mark.parametrize(
    ("firmware", "older", "newer"), [("37.7+", 2, 2), ("37.20", 2, None), ("37.21", 1, 1), ("37.23", 1, 1)]
)
def test_reports_count_their_own_calls(pbxs, firmware, older, newer):
    pbx = pbxs(firmware)
    asked = {"type": "extcallstatistics", "ext_id_list": pbx.rows("extension/list", sort_by="number")[0]["id"]}
    for version, calls in (("v1.0", older), ("v2.0", newer)):
        answer = pbx.get("call_report/list", version, **asked)
        if calls is None:
            assert answer["errcode"] == 10001
        else:
            assert sum(row["total_call_count"] for row in answer["ext_call_statistics_list"]) == calls
            assert ("upgraded_at" in pbx.notes) == (version == "v1.0" and firmware in ("37.21", "37.23"))


def test_the_first_firmware_tells_a_password_with_the_extension(pbxs):
    for firmware in FIRMWARES:
        pbx = pbxs(firmware)
        number = pbx.rows("extension/list")[0]["id"]
        assert ("reg_password" in pbx.get("extension/get", id=number)["data"]) == (firmware == "37.7")
        assert ("reg_password" in pbx.get("extension/query", ids=number)["data"][0]) == (firmware == "37.7")


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_the_first_firmware_tells_no_limits_of_agents(make, firmware):
    pbx = make(firmware=firmware)
    member = pbx.rows("extension/list")[0]["id"]
    queue = {"number": "6402", "name": "Q", "ring_strategy": "linear", "static_agent_list": [{"value": str(member)}]}
    (agent,) = pbx.rows("queue/agent_status", id=pbx.post("queue/create", queue)["id"])
    limits = {"max_threshold_for_pause_time", "max_threshold_for_logout_time"}
    assert limits & agent.keys() == (set() if firmware == "37.7" else limits)


@pytest.mark.parametrize("upgraded_at", [0, UPGRADE])
@pytest.mark.parametrize("firmware", FIRMWARES)
def test_the_file_has_the_columns_of_the_rows(pbxs, firmware, upgraded_at):
    pbx = pbxs(firmware, upgraded_at)
    link = pbx.get("cdr/download")["download_resource_url"]
    text = pbx.server.http.get(f"{pbx.server.url}{link}", params={"access_token": pbx.token}, timeout=9).text
    header, *lines = csv.reader(io.StringIO(text))
    legacy, new = KEYS[firmware]
    kinds = [*legacy, *(name for name in new if name not in legacy)] if upgraded_at or legacy == new else new
    extra = {"dst_trunk", "dod_number"}
    assert [name for name in header if name not in extra] == kinds
    assert len(lines) == 6
    if firmware == "37.23" and upgraded_at:
        ids = [(line[header.index("id")], line[header.index("new_id")] != "") for line in lines]
        assert ids == [("1", False), ("2", False), ("5", False), ("", True), ("", True), ("", True)]


def test_explaining_tells_that_the_firmware_is_another_now(make):
    own = make(firmware="37.23")
    own.rows(pin_code="nobody")
    own.settings(firmware="37.7")
    why = own.why
    assert "The setting firmware was '37.23' then, and is '37.7' now." in why.notes
    assert any("send the same again" in suggestion.change for suggestion in why.suggestions)


def test_a_seed_document_may_name_the_firmware(server):
    from offices import OwnPbx

    own = OwnPbx(server, {**OFFICE, "settings": {"firmware": "37.21", "upgraded_at": UPGRADE}})
    assert own.get("cdr/list", **{"from": "legacy"})["total_number"] == 3
    own.drop()
