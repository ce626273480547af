"""Worlds, as clients and the command line meet them: several PBXs on one server with several workers."""

from __future__ import annotations

import re

import pytest
import requests
from conftest import CLIENT, only, run_here, workers

from app.journal import Journal, path_in

HERS = {"cdrs": [{"id": 1, "timestamp": 1709543700, "call_from": "2005", "call_to": "1000", "talk_duration": 42}]}


class Owner:
    """Somebody with a world of her own."""

    def __init__(self, pbx, *arguments):
        self.pbx = pbx
        told = self.does("make", *arguments)
        facts = dict(re.findall(r"^(\w[\w ]*?) {2,}(\S+)$", told, re.MULTILINE))
        self.name, self.account, self.key = facts["World"], facts["KAZOO account"], facts["KAZOO API key"]
        self.client = {"username": facts["Client ID"], "password": facts["Client Secret"]}

    def does(self, *arguments, command="worlds"):
        done = run_here(command, *arguments, "--instance", str(self.pbx.instance))
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    def login(self):
        return self.pbx.post("get_token", self.client)

    def token(self):
        return self.login()["access_token"]

    def rows(self, token):
        return self.pbx.get("cdr/search", token=token)

    def kazoo(self, path, token, account=None):
        url = f"{self.pbx.url}/v2/accounts/{account or self.account}/{path}"
        params = {"created_from": 63876500000, "created_to": 63877100000}
        return requests.get(url, headers={"X-Auth-Token": token}, params=params, timeout=9)

    def kazoo_token(self):
        answer = requests.put(f"{self.pbx.url}/v2/api_auth", json={"data": {"api_key": self.key}}, timeout=9)
        assert answer.status_code == 201, answer.text
        return answer.json()["auth_token"]


@pytest.fixture
def pbx(serve):
    return serve({"cdrs": [{"timestamp": 1709543700 + n, "call_from": "2000", "call_to": "2001"} for n in range(3)]})


@pytest.fixture
def document(tmp_path):
    import json

    path = tmp_path / "hers.json"
    path.write_text(json.dumps(HERS))
    return str(path)


def test_a_world_is_a_pbx_of_its_own(pbx, document):
    hers, his = Owner(pbx, "--seed", document), Owner(pbx, "his", "--set", "timezone=Europe/London")
    assert his.name == "his"
    tokens = {hers: hers.token(), his: his.token()}
    for worker in workers(pbx):
        with only(pbx, worker):
            assert [row["call_from"] for row in hers.rows(tokens[hers])["data"]] == ["2005"]
            assert his.rows(tokens[his])["total_number"] == 0
            assert pbx.search()["total_number"] == 3
    assert pbx.post("get_token", {**hers.client, "password": his.client["password"]})["errcode"] == -1
    assert pbx.post("get_token", CLIENT)["errcode"] == 0


def test_tokens_stay_in_their_world(pbx, document):
    hers = Owner(pbx, "--seed", document)
    first = hers.login()
    second = pbx.post("refresh_token", {"refresh_token": first["refresh_token"]})
    assert hers.rows(first["access_token"])["errcode"] == 10004
    assert hers.rows(second["access_token"])["total_number"] == 1
    assert pbx.get("del_token", token=second["access_token"])["errcode"] == 0
    assert hers.rows(second["access_token"])["errcode"] == 10004
    assert pbx.post("refresh_token", {"refresh_token": second["refresh_token"]})["errcode"] == 10004
    assert pbx.search()["total_number"] == 3


def test_kazoo_clients_have_worlds_too(pbx, document):
    hers, his = Owner(pbx, "--seed", document), Owner(pbx)
    token = hers.kazoo_token()
    assert [row["caller_id_number"] for row in hers.kazoo("cdrs/interaction", token).json()["data"]] == ["2005"]
    assert his.kazoo("cdrs", his.kazoo_token()).json()["data"] == []
    assert hers.kazoo("cdrs", token, his.account).status_code in (403, 404)
    assert hers.kazoo("cdrs", "").status_code == 401
    assert hers.kazoo("cdrs", his.kazoo_token()).status_code in (403, 404)


def test_a_world_is_reset_kept_and_restored(pbx, document):
    hers = Owner(pbx, "--seed", document)
    token = hers.token()
    of_hers = ("--world", hers.name)
    assert "has no snapshots" in hers.does("list", *of_hers, command="snapshot")
    hers.does("make", "one", *of_hers, command="snapshot")
    assert hers.does("list", *of_hers, command="snapshot") == "one\n"
    pbx.post("cdr/updateoption", {"enb_fuzzy_search": 1}, token=token)
    options = {"enb_fuzzy_search": 1, "enb_new_cdr_fuzzy_search": 0}
    assert pbx.get("cdr/getoption", token=token)["data"] == options
    assert pbx.get("cdr/getoption")["data"] == {**options, "enb_fuzzy_search": 0}
    hers.does("reset", hers.name)
    assert pbx.get("cdr/getoption", token=token)["data"] == {**options, "enb_fuzzy_search": 0}
    pbx.post("cdr/updateoption", {"enb_fuzzy_search": 1}, token=token)
    hers.does("restore", "one", *of_hers, command="snapshot")
    assert pbx.get("cdr/getoption", token=token)["data"] == {**options, "enb_fuzzy_search": 0}
    assert hers.rows(token)["total_number"] == 1
    hers.does("drop", "one", *of_hers, command="snapshot")
    assert "has no snapshots" in hers.does("list", *of_hers, command="snapshot")


def test_a_dropped_world_is_gone(pbx, document):
    hers = Owner(pbx, "--seed", document)
    token = hers.token()
    assert re.fullmatch(rf"default\n{hers.name}  .*\n", hers.does("list"))
    hers.does("drop", hers.name)
    assert hers.does("list") == "default\n"
    assert hers.rows(token)["errcode"] == 10004
    assert hers.login()["errcode"] == -1
    assert pbx.search()["total_number"] == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("reset", "nobody"), "There is no world nobody."),
        (("drop", "nobody"), "There is no world nobody."),
        (("drop", "default"), "The default world cannot be dropped."),
        (("make", "../x"), "'../x' is no name for a world; expected 1 to 64 letters, digits, hyphens and underscores."),
        (("make", "default"), "There is a world default already."),
        (("make", "--set", "timezone"), "--set timezone: write NAME=VALUE."),
        (("make", "--set", "time_zone=UTC"), "there is no setting named time_zone. Did you mean timezone?"),
        (("make", "--set", "port=1"), "there is no setting named port."),
        (("make", "--set", f"client_id={CLIENT['username']}"), "belongs to another world already."),
        (("make", "--seed", "nothing.json"), "There is no seed document nothing.json"),
    ],
)
def test_refused(tmp_path, arguments, told):
    done = run_here("worlds", *arguments, "--instance", str(tmp_path / "instance"))
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_secret_in_the_place_of_the_id_is_her_worlds_affair_and_kept_nowhere(pbx, document):
    hers = Owner(pbx, "--seed", document)
    world = ("--world", hers.name)
    hers.does("add", "Second", "SecondSecretOfHers0001", *world, command="clients")
    swapped = [hers.client, {"username": "Second", "password": "SecondSecretOfHers0001"}]
    for client in swapped:
        answer = pbx.post("get_token", {"username": client["password"], "password": client["username"]})
        assert answer["errcode"] == -1
    journal = Journal(path_in(pbx.instance))
    entries = journal.read(world=hers.name)
    assert len(entries) == 2
    assert all("have changed places" in entry.notes[0] for entry in entries)
    kept = repr(journal.read()) + "".join(pbx.lines)
    assert [client["password"] in kept for client in swapped] == [False, False]
