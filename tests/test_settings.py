"""SETTINGS: who wins, what is refused and in which words, and what a running server obeys."""

from __future__ import annotations

import json
import re

import pytest
import requests
from conftest import only, run_cli, run_here, start_server, workers

from app.pbx.contents import add, fill
from app.pbx.seed_document import read_document
from app.pbx.setup import change_settings, open_world
from app.settings import SETTINGS, SettingError, Settings, explicit_settings, find_setting

# What the page of decisions promises as a setting.
DECIDED = {
    "require_user_agent", "access_token_ttl", "refresh_token_ttl", "max_tokens", "max_failed_logins",
    "login_block_seconds", "allowed_networks", "accept_iso_times", "enb_fuzzy_search", "empty_name", "firmware",
    "date_format", "time_format", "timezone",
}  # fmt: skip

# Defaults that the page of decisions states.
DEFAULTS = {
    "host": "127.0.0.1", "port": 8088, "require_user_agent": True, "access_token_ttl": 1800,
    "refresh_token_ttl": 86400, "max_tokens": 8, "max_failed_logins": 5, "login_block_seconds": 600,
    "allowed_networks": (), "accept_iso_times": True, "enb_fuzzy_search": 0, "empty_name": " ",
    "timezone": "Asia/Shanghai", "date_format": "MM/DD/YYYY", "time_format": "24", "tls": False,
}  # fmt: skip


# The table


def test_what_was_decided_to_be_a_setting_is_one():
    assert set(SETTINGS) >= DECIDED
    assert all(SETTINGS[name].scope == "pbx" for name in DECIDED)


def test_defaults_are_as_decided():
    assert {name: getattr(Settings(), name) for name in DEFAULTS} == DEFAULTS


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=lambda setting: setting.name)
def test_every_setting_is_whole(setting):
    assert re.fullmatch(r"[A-Z2].*\.", setting.help)
    assert setting.scope in ("server", "pbx")
    assert setting.variable == "PBX_" + setting.name.upper()
    assert setting.flag == "--" + setting.name.replace("_", "-")
    assert setting.read(setting.default, "default") == setting.default
    assert setting.reader.schema


def test_names_do_not_collide():
    for names in ([s.flag for s in SETTINGS.values()], [s.variable for s in SETTINGS.values()]):
        assert len(set(names)) == len(SETTINGS)
    assert "PBX_CONFIG" not in {setting.variable for setting in SETTINGS.values()}


def test_every_setting_is_an_option_of_serve():
    told = " ".join(run_cli("serve", "--help").stdout.split())
    for setting in SETTINGS.values():
        assert f"{setting.flag} " in told
        assert setting.help in told.replace("- ", "-") or setting.help.split()[0] in told
        assert f"[{setting.variable};" in told


# Reading


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("port", "0", 0),
        ("port", 65535, 65535),
        ("port", " 80 ", 80),
        ("tls", "on", True),
        ("tls", "TRUE", True),
        ("tls", "1", True),
        ("tls", 1, True),
        ("tls", "yes", True),
        ("tls", "off", False),
        ("tls", "No", False),
        ("tls", "0", False),
        ("tls", "", False),
        ("tls", False, False),
        ("time_format", 12, "12"),
        ("time_format", "24", "24"),
        ("date_format", "DD/MM/YYYY", "DD/MM/YYYY"),
        ("timezone", "Europe/London", "Europe/London"),
        ("allowed_networks", "", ()),
        ("allowed_networks", [], ()),
        ("allowed_networks", "10.0.0.1", ("10.0.0.1/32",)),
        ("allowed_networks", "192.168.5.7/24, ::1", ("192.168.5.0/24", "::1/128")),
        ("allowed_networks", ["10.0.0.0/255.0.0.0"], ("10.0.0.0/8",)),
        ("empty_name", "", ""),
        ("client_secret", "pässwörd 'x\"", "pässwörd 'x\""),
        ("client_id", "x" * 128, "x" * 128),
    ],
)
def test_values_as_they_are_read(name, given, expected):
    assert SETTINGS[name].read(given, "here") == expected
    assert explicit_settings({name: given}, environ={}) == {name: expected}


WHOLE = "a whole number from {} to {}"
FLAG = "on or off (also 1/0, true/false, yes/no)"
SHORT = "1 to 128 printable characters"
NETWORKS = "none, or addresses and networks such as 192.168.5.0/24,10.0.0.0/255.0.0.0"
ZONE = "an IANA time zone such as Asia/Shanghai or Europe/London"


@pytest.mark.parametrize(
    ("name", "given", "allowed"),
    [
        ("port", "80x", WHOLE.format(0, 65535)),
        ("port", "", WHOLE.format(0, 65535)),
        ("port", "65536", WHOLE.format(0, 65535)),
        ("port", -1, WHOLE.format(0, 65535)),
        ("port", True, WHOLE.format(0, 65535)),
        ("port", 80.5, WHOLE.format(0, 65535)),
        ("port", "9" * 5000, WHOLE.format(0, 65535)),
        ("workers", "0", WHOLE.format(1, 64)),
        ("access_token_ttl", "0", WHOLE.format(1, 315360000)),
        ("enb_fuzzy_search", "2", WHOLE.format(0, 1)),
        ("tls", "maybe", FLAG),
        ("tls", 2, FLAG),
        ("tls", None, FLAG),
        ("tls", [], FLAG),
        ("date_format", "mm/dd/yyyy", "one of MM/DD/YYYY, DD/MM/YYYY, YYYY/MM/DD"),
        ("date_format", "", "one of MM/DD/YYYY, DD/MM/YYYY, YYYY/MM/DD"),
        ("time_format", "13", "one of 24, 12"),
        ("time_format", True, "one of 24, 12"),
        ("firmware", "99", "one of 37.7+, 37.7, 37.20, 37.21, 37.23"),
        ("timezone", "Mars/Olympus", ZONE),
        ("timezone", "", ZONE),
        ("timezone", "../etc/passwd", ZONE),
        ("timezone", "/etc/localtime", ZONE),
        ("timezone", "\0", ZONE),
        ("timezone", 8, ZONE),
        ("allowed_networks", "10.0.0.0/33", NETWORKS),
        ("allowed_networks", "localhost", NETWORKS),
        ("allowed_networks", ["10.0.0.1", "x"], NETWORKS),
        ("client_id", "", SHORT),
        ("client_id", "x" * 129, SHORT),
        ("client_id", "two\nlines", SHORT),
        ("client_secret", 12345, "text"),
        ("access_log", 1, "text"),
    ],
)
def test_values_that_are_refused(name, given, allowed):
    with pytest.raises(SettingError) as refused:
        SETTINGS[name].read(given, "Somewhere")
    shown = repr(given) if len(repr(given)) <= 160 else f"{repr(given)[:159]}…"
    assert str(refused.value) == f"Somewhere: {shown} is not allowed; expected {allowed}."


# Where values come from


@pytest.fixture
def toml(tmp_path):
    def write(text):
        path = tmp_path / "pbx.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def test_a_flag_beats_a_variable_beats_the_file(toml):
    config = toml('port = 1\nhost = "file"\nseed = "empty"\nworkers = 1\n')
    flags = {"port": "3", "host": None}
    environ = {"PBX_PORT": "2", "PBX_HOST": "variable", "HOME": "/"}
    assert explicit_settings(flags, environ, config) == {"port": 3, "host": "variable", "seed": "empty", "workers": 1}


def test_a_variable_names_the_file_and_a_flag_names_another(toml, tmp_path):
    one = toml("port = 1\n")
    other = tmp_path / "other.toml"
    other.write_text("port = 2\n")
    assert explicit_settings(environ={"PBX_CONFIG": one}) == {"port": 1}
    assert explicit_settings(environ={"PBX_CONFIG": one}, config=other) == {"port": 2}
    assert explicit_settings(environ={"PBX_CONFIG": ""}) == {}


def test_a_file_may_use_tomls_types(toml):
    config = toml('tls = true\nport = 8443\nallowed_networks = ["10.0.0.0/8"]\ntime_format = 12\n')
    read = explicit_settings(environ={}, config=config)
    assert read == {"tls": True, "port": 8443, "allowed_networks": ("10.0.0.0/8",), "time_format": "12"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("port = ", r"is not TOML: Invalid value"),
        (b"\xff\xfe", r"is not TOML: .*utf-8"),
        ("port = 1\nport = 2\n", r"is not TOML: Cannot overwrite a value"),
        ("prot = 1\n", r": there is no setting named prot\. Did you mean port\?"),
        ("[pbx]\nport = 1\n", r": there is no setting named pbx\."),
        ("port = 80.0\n", r", port: 80\.0 is not allowed; expected a whole number from 0 to 65535\."),
        ('port = "x"\n', r", port: 'x' is not allowed; expected a whole number from 0 to 65535\."),
        ("time_format = true\n", r", time_format: True is not allowed; expected one of 24, 12\."),
    ],
)
def test_a_settings_file_that_is_wrong(toml, text, told):
    config = toml(text)
    with pytest.raises(SettingError, match=rf"^Settings file {re.escape(config)}\s?{told}"):
        explicit_settings(environ={}, config=config)
    done = run_here("settings", "--config", config)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Error: Settings file {config}")


@pytest.mark.parametrize(("missing", "why"), [("", "Is a directory"), ("none.toml", "No such file or directory")])
def test_a_settings_file_that_cannot_be_read(tmp_path, missing, why):
    path = tmp_path / missing
    done = run_here("serve", "--config", str(path))
    assert (done.returncode, done.stderr) == (2, f"Error: Settings file {path}: {why}.\n")


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        (
            {"PBX_DATEFORMAT": "x"},
            "Variable PBX_DATEFORMAT is not a setting of this program. Did you mean PBX_DATE_FORMAT?",
        ),
        ({"PBX_PROT": "80"}, "Variable PBX_PROT is not a setting of this program. Did you mean PBX_PORT?"),
        ({"PBX_QWERTYUIOP": ""}, "Variable PBX_QWERTYUIOP is not a setting of this program."),
        (
            {"PBX_PORT": "http"},
            "Variable PBX_PORT: 'http' is not allowed; expected a whole number from 0 to 65535.",
        ),
        (
            {"PBX_TLS": "perhaps"},
            "Variable PBX_TLS: 'perhaps' is not allowed; expected on or off (also 1/0, true/false, yes/no).",
        ),
    ],
)
def test_a_variable_that_is_wrong(variables, told):
    with pytest.raises(SettingError) as refused:
        explicit_settings(environ={"HOME": "/", **variables})
    assert str(refused.value) == told


@pytest.mark.parametrize("command", [("serve",), ("settings",), ("seed", "empty"), ("clients", "list")])
def test_a_variable_that_is_wrong_stops_every_command(command, tmp_path):
    done = run_here(*command, "--instance", str(tmp_path / "none"), PBX_PROT="80")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Error: Variable PBX_PROT is not a setting of this program. Did you mean PBX_PORT?\n"
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("dat_format", "Here: there is no setting named dat_format. Did you mean date_format?"),
        ("xyzzy", "Here: there is no setting named xyzzy."),
    ],
)
def test_finding_a_setting(name, told):
    with pytest.raises(SettingError) as refused:
        find_setting(name, "Here")
    assert str(refused.value) == told


# The PBX remembers


def change(pbx, name, value):
    done = run_here("settings", name, value, "--world", pbx.name, "--instance", str(pbx.instance))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{value}\n", "")


def date_format(pbx):
    """As a client sees it."""
    return pbx.get("system/information")["data"]["system_date_format"]


def test_start_beats_what_is_remembered_until_changed_while_it_runs(tmp_path, toml):
    config = toml('date_format = "YYYY/MM/DD"\n')
    for arguments, variables, expected, then in (
        (("--config", config), {"PBX_DATE_FORMAT": "DD/MM/YYYY"}, "DD/MM/YYYY", "YYYY/MM/DD"),
        ((), {}, "YYYY/MM/DD", "MM/DD/YYYY"),
        (("--date-format", "DD/MM/YYYY"), {"PBX_DATE_FORMAT": "YYYY/MM/DD"}, "DD/MM/YYYY", "MM/DD/YYYY"),
    ):
        pbx = start_server(tmp_path / "kept", "--seed", "empty", *arguments, **variables)
        try:
            assert f"display format  {expected} HH:mm:ss\n" in pbx.banner
            assert date_format(pbx) == expected
            change(pbx, "date_format", then)
            assert date_format(pbx) == then
        finally:
            assert pbx.stop() == 0


@pytest.fixture
def begin(tmp_path):
    """What `serve` does before it listens, on one folder again and again; gives the settings the PBX then has."""
    opened = []

    def open_pbx(**flags):
        document = flags.pop("document", None)
        if document is not None:
            flags["seed"] = str(tmp_path / "seed.json")
            (tmp_path / "seed.json").write_text(json.dumps(document))
        explicit = explicit_settings({"instance": str(tmp_path / "kept"), "seed": "empty", **flags}, environ={})
        opened.append(open_world(explicit))
        return opened[-1]

    yield open_pbx
    for world in opened:
        world.database.close()


FORMATS = {"date_format": "YYYY/MM/DD", "time_format": "12", "timezone": "Asia/Tokyo"}
CALL = {"timestamp": 1653897600, "call_from": "2005", "call_to": "2001"}  # 2022-05-30 16:00:00 in Shanghai


def formats(world):
    return world.settings.date_format, world.settings.time_format, world.settings.timezone


def test_what_is_given_for_one_run_is_not_for_the_next(begin):
    assert formats(begin()) == ("MM/DD/YYYY", "24", "Asia/Shanghai")
    assert formats(begin(date_format="DD/MM/YYYY")) == ("DD/MM/YYYY", "24", "Asia/Shanghai")
    assert formats(begin(time_format="12")) == ("MM/DD/YYYY", "12", "Asia/Shanghai")


@pytest.mark.parametrize("calls", [[], [CALL]])
def test_a_document_at_the_first_start_comes_below_flags(begin, calls):
    document = {"settings": FORMATS, "cdrs": calls}
    assert formats(begin(document=document, date_format="DD/MM/YYYY")) == ("DD/MM/YYYY", "12", "Asia/Tokyo")
    assert formats(begin()) == ("YYYY/MM/DD", "12", "Asia/Tokyo"), "the document's own, once nothing beats it"


@pytest.mark.parametrize("calls", [[], [CALL]])
def test_a_change_survives_starts_that_fill_an_empty_pbx(begin, calls):
    """An empty PBX is filled at each start, but its settings are kept: the change came after the document."""
    change_settings(begin(), {"timezone": "Europe/London"})
    document = {"settings": FORMATS, "cdrs": calls}
    assert formats(begin(document=document)) == ("YYYY/MM/DD", "12", "Europe/London")
    assert formats(begin(document=document)) == ("YYYY/MM/DD", "12", "Europe/London")


def test_a_document_given_later_takes_over(begin):
    world = begin(date_format="DD/MM/YYYY")
    change_settings(world, {"time_format": "12"})
    add(world, {"settings": {"date_format": "YYYY/MM/DD"}})
    assert formats(world) == ("YYYY/MM/DD", "12", "Asia/Shanghai")
    fill(world, read_document({"settings": {"timezone": "Asia/Tokyo"}}))
    assert formats(world) == ("MM/DD/YYYY", "24", "Asia/Tokyo"), "what was there before goes, settings too"


def everywhere(pbx, ask):
    """The answers of every worker to one question."""
    answers = []
    for worker in workers(pbx):
        with only(pbx, worker):
            answers.append(ask())
    return answers


def test_a_change_is_seen_at_once_by_every_worker_for_old_rows_too(serve):
    pbx = serve({"cdrs": [CALL]})
    token = pbx.token

    def time_of_the_call():
        answer = requests.get(f"{pbx.api}/cdr/list", params={"access_token": token}, timeout=10).json()
        return answer["data"][0]["time"]

    assert everywhere(pbx, time_of_the_call) == ["05/30/2022 16:00:00"] * 2
    for name, value, expected in (
        ("date_format", "DD/MM/YYYY", "30/05/2022 16:00:00"),
        ("time_format", "12", "30/05/2022 04:00:00 PM"),
        ("timezone", "America/New_York", "30/05/2022 04:00:00 AM"),
        ("date_format", "YYYY/MM/DD", "2022/05/30 04:00:00 AM"),
        ("time_format", "24", "2022/05/30 04:00:00"),
        ("timezone", "Asia/Shanghai", "2022/05/30 16:00:00"),
    ):
        change(pbx, name, value)
        assert everywhere(pbx, time_of_the_call) == [expected] * 2


def test_searches_are_read_in_the_new_format_at_once(worlds):
    pbx = worlds({"cdrs": [CALL]})
    old, new = "05/30/2022 16:00:00", "30/05/2022 16:00:00"
    assert pbx.search(start_time=old, end_time=old)["total_number"] == 1
    change(pbx, "date_format", "DD/MM/YYYY")
    assert pbx.search(start_time=new, end_time=new)["total_number"] == 1
    assert pbx.search(start_time=old, end_time=old)["total_number"] == 0


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("api_enabled", "off", 70123),
        ("allowed_networks", "192.0.2.0/24", 70087),
        ("max_tokens", "1", 60002),
    ],
)
def test_switches_work_while_it_runs(serve, name, value, expected):
    pbx = serve()
    assert pbx.login()["errcode"] == 0
    assert run_here("settings", name, value, "--instance", str(pbx.instance)).returncode == 0
    assert everywhere(pbx, lambda: pbx.login()["errcode"]) == [expected] * 2


def test_a_new_secret_works_at_once_and_the_old_one_does_not(worlds):
    pbx = worlds()
    token = pbx.token
    where = ("--world", pbx.name, "--instance", str(pbx.instance))
    assert run_here("settings", "client_secret", "another secret", *where).returncode == 0
    assert pbx.login()["errcode"] == -1
    assert pbx.login(username=pbx.client["username"], password="another secret")["errcode"] == 0
    assert pbx.get("cdr/getoption", token=token)["errcode"] == 0


def test_another_client_id_takes_the_old_ones_tokens_along(worlds):
    pbx = worlds()
    token = pbx.token
    change(pbx, "client_id", "another-client")
    assert pbx.get("cdr/getoption", token=token)["errcode"] == 10004
    assert pbx.login()["errcode"] == -1
    assert pbx.login(username="another-client", password=pbx.client["password"])["errcode"] == 0


def test_variables_are_the_processs_own_unless_given(monkeypatch):
    monkeypatch.setenv("PBX_WORKERS", "7")
    assert explicit_settings()["workers"] == 7
    assert explicit_settings(environ={}) == {}
