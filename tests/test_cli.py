"""The command line: every command works, and each mistake is exit code 2 with one readable sentence."""

from __future__ import annotations

import json
import os
import re
import socket
import sqlite3
import sys

import pytest
from conftest import CLIENT, run_cli, run_here

from app import __version__
from app.cli.progress import progress
from app.kazoo.endpoints import ENDPOINTS as KAZOO_ENDPOINTS
from app.pbx.seed_schema import schema
from app.settings import SETTINGS
from app.store import copies, database
from app.store.database import APPLICATION_ID, SCHEMA_VERSION
from app.yeastar.endpoints import ENDPOINTS

COMMANDS = (
    "clients", "doctor", "exec", "explain", "export", "fault", "generate", "import", "matrix", "requests", "reset",
    "routes", "seed", "serve", "settings", "snapshot", "time", "worlds",
)  # fmt: skip
CLIENT_COMMANDS = ("add", "list", "remove")

CALLS = [
    {"timestamp": 1653897600 + 60 * number, "call_from": f"200{number}", "call_to": "1000", "talk_duration": number}
    for number in range(3)
]
DOCUMENT = {
    "settings": {"date_format": "YYYY/MM/DD"},
    "extensions": [{"number": "2000", "name": "Amelia Hart"}, {"number": "2001"}],
    "extension_groups": [{"name": "Everybody", "members": ["2000", "2001"]}],
    "cdrs": CALLS,
}
HOLDS = "the PBX holds 2 extensions, 1 extension groups, 0 other objects and 3 CDR rows"
HOLDS_NOTHING = "the PBX holds 0 extensions, 0 extension groups, 0 other objects and 0 CDR rows"
HOLDS_DEMO = r"the PBX holds 30 extensions, 7 extension groups, 52 other objects and (4,9|5,[01])\d\d CDR rows"


class Folder:
    """An instance folder, with what one does to it from the command line."""

    def __init__(self, path):
        self.path = path
        self.database = path / "pbx.sqlite"

    def run(self, *arguments, **variables):
        return run_here(*arguments, "--instance", str(self.path), **variables)

    def does(self, *arguments, **variables):
        done = self.run(*arguments, **variables)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def refuses(self, *arguments, **variables):
        return refused(self.run(*arguments, **variables))

    def write(self, document, name="document.json"):
        self.path.mkdir(exist_ok=True)
        path = self.path / name
        path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
        return str(path)

    def content(self):
        """Everything but the clients and tokens, in words."""
        connection = sqlite3.connect(self.database)
        try:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            kept = {"client", "token", "failed_login"} | {name for name in tables if name.startswith("sqlite_")}
            return {
                table: sorted(map(repr, connection.execute(f"SELECT * FROM {table}"))) for table in set(tables) - kept
            }
        finally:
            connection.close()


def refused(done):
    """The one sentence of a mistake. Usage, which click puts before it, is cut off."""
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    usage, error, sentence = done.stderr.partition("Error: ")
    assert error
    assert usage == "" or re.fullmatch(r"Usage: .*\nTry '.*' for help\.\n\n", usage)
    assert sentence.endswith("\n")
    return sentence.removesuffix("\n")


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "kept")


@pytest.fixture
def filled(folder):
    folder.does("seed", folder.write(DOCUMENT))
    return folder


# Help


def test_help_of_the_program():
    done = run_cli("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall(r"^  ([a-z]+) {2,}\S", done.stdout, re.MULTILINE) == list(COMMANDS)
    assert "Usage: python -m app" in done.stdout
    assert run_cli("-h").stdout == done.stdout


@pytest.mark.parametrize(
    "command", [(command,) for command in COMMANDS] + [("clients", command) for command in CLIENT_COMMANDS]
)
def test_help_of_every_command(command):
    done = run_here(*command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: pbx-emulator {' '.join(command)}" in done.stdout
    assert "--help" in done.stdout


def test_version():
    assert run_cli("--version").stdout == f"pbx-emulator, version {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("serv",), "No such command 'serv'."),
        (("clients", "delete"), "No such command 'delete'."),
        (("serve", "--prot", "1"), "No such option"),
        (("routes", "all"), "Got unexpected extra argument (all)"),
        (("seed",), "Missing argument 'FILE|demo|empty'."),
        (("clients", "remove"), "Missing argument 'CLIENT_ID'."),
        (("generate", "--calls", "0"), "Invalid value for '--calls': 0 is not in the range 1<=x<=100000000."),
        (("generate", "--calls", "many"), "Invalid value for '--calls': 'many' is not a valid integer range."),
        (("generate", "--days", "3651"), "Invalid value for '--days': 3651 is not in the range 1<=x<=3650."),
        (("generate", "--profile", "shop"), "Invalid value for '--profile': 'shop' is not one of 'office'"),
        (("serve", "--port", "80x"), "Option --port: '80x' is not allowed; expected a whole number from 0 to 65535."),
        (("serve", "--time-format", "13"), "Option --time-format: '13' is not allowed; expected one of 24, 12."),
    ],
)
def test_what_click_and_settings_refuse(arguments, told):
    sentence = refused(run_here(*arguments))
    # click words and suggests a little differently from version to version.
    assert sentence.startswith(told.removesuffix("."))


@pytest.mark.parametrize("arguments", [(), ("clients",)])
def test_no_command_shows_the_help(arguments):
    done = run_here(*arguments)
    assert done.returncode in (0, 2)  # click 8.2 made it 2
    assert "Commands:" in done.stdout + done.stderr


# seed, reset, generate


def test_seed_takes_the_place_of_what_was_there(filled):
    assert filled.does("settings", "date_format") == "YYYY/MM/DD\n"
    other = filled.write({"cdrs": CALLS[:1], "queues": ["Sales"]})
    assert filled.does("seed", other) == (
        f"Loaded {other}: the PBX holds 0 extensions, 0 extension groups, 1 other objects and 1 CDR rows.\n"
    )
    assert filled.does("settings", "date_format") == "MM/DD/YYYY\n"


def test_seed_appends(filled):
    before = filled.content()
    more = filled.write({"settings": {"time_format": "12"}, "extensions": [{"number": "3000"}], "cdrs": CALLS})
    assert filled.does("seed", more, "--append") == (
        f"Added {more}: the PBX holds 3 extensions, 1 extension groups, 0 other objects and 6 CDR rows.\n"
    )
    after = filled.content()
    assert set(before["cdr"]) < set(after["cdr"])
    settings_before, settings_after = (
        {row for row in content["memory"] if "'state'" not in row} for content in (before, after)
    )
    assert settings_before < settings_after


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"cdrs": [{**CALLS[0], "id": 2}]}, "cdr"),
        ({"cdrs": [*CALLS, {**CALLS[0], "id": 2}]}, "cdr"),
        ({"extensions": [{"number": "2001"}]}, "extension"),
        ({"extensions": [{"number": "7000"}], "extension_groups": [{"name": "Everybody", "members": []}]}, "group"),
    ],
)
def test_append_keeps_the_old_data_whole_where_something_is_taken(filled, document, told):
    before = filled.content()
    sentence = filled.refuses("seed", filled.write(document), "--append")
    assert told in sentence
    assert filled.content() == before


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"cdrs": 5}, "cdrs: 5 is not allowed; expected an array of calls"),
        ({"calls": []}, 'calls: "calls" is not a key here; '),
        ({"cdrs": [*CALLS, {**CALLS[0], "timestamp": -1}]}, "cdrs[3].timestamp: -1 is not allowed; expected Unix"),
        ({"settings": {"port": 80}}, "settings.port: belongs to the server, not to the PBX; give it as --port or PBX_"),
        ({"settings": {"dateformat": 1}}, "settings.dateformat: there is no setting named dateformat. Did you mean "),
        ([], "the document: an array is not allowed; expected an object: what a PBX holds"),
        (b'{"cdrs": [', "/document.json: is not JSON, line 1, column "),
        (b"\xff", "/document.json: is not UTF-8, line 1, byte 0 of the file"),
        (b"", "/document.json: is not JSON, line 1, column 1: "),
    ],
)
@pytest.mark.parametrize("how", [(), ("--append",)])
def test_a_wrong_document_leaves_the_old_data_whole(filled, document, told, how):
    before = filled.content()
    assert told in filled.refuses("seed", filled.write(document), *how)
    assert filled.content() == before


def test_a_document_that_cannot_be_read(folder, tmp_path):
    assert folder.refuses("seed", str(tmp_path)) == f"{tmp_path}: cannot be read: Is a directory"


@pytest.mark.parametrize("source", ["none.json", "dmeo"])
def test_a_document_that_is_not_there(folder, source):
    told = f"There is no seed document {source}; a seed is demo, empty, or the path of a document."
    assert folder.refuses("seed", source) == told


def test_reset_goes_back_to_what_was_loaded_last(folder):
    call = {"timestamp": 1, "call_from_number": "1", "call_to_number": "2"}
    path = folder.write({"extensions": [{"number": "1"}, {"number": "2"}], "cdrs": [call]})
    folder.does("seed", path)
    folder.does("generate", "--calls", "20")
    assert f"Reset to {path}" in folder.does("reset")
    assert "Reset to empty" in folder.does("reset", "--seed", "empty")
    assert "Reset to empty" in folder.does("reset")


def test_schema():
    done = run_here("seed", "--schema")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == json.loads(json.dumps(schema()))


def test_seed_demo_empty_and_reset(folder):
    assert re.fullmatch(rf"Loaded demo: {HOLDS_DEMO}\.\n", folder.does("seed", "demo"))
    first = folder.content()["extension"]
    folder.does("settings", "timezone", "Europe/London")
    assert re.fullmatch(rf"Reset to demo: {HOLDS_DEMO}\.\n", folder.does("reset"))
    assert folder.does("settings", "timezone") == "Asia/Shanghai\n"
    assert folder.content()["extension"] == first
    assert folder.does("seed", "empty") == f"Loaded empty: {HOLDS_NOTHING}.\n"
    document = folder.write(DOCUMENT)
    assert folder.does("reset", "--seed", document) == f"Reset to {document}: {HOLDS}.\n"
    assert folder.does("reset", PBX_SEED="empty") == f"Reset to empty: {HOLDS_NOTHING}.\n"


def test_the_demos_random_seed(folder):
    def calls(*arguments):
        folder.does("reset", *arguments)
        return [row for row in folder.content()["cdr"] if "2022" not in row]

    assert calls("--demo-seed", "2") != calls("--demo-seed", "3")


def test_a_reset_that_fails_changes_nothing(filled):
    before = filled.content()
    assert "There is no seed document none.json" in filled.refuses("reset", "--seed", "none.json")
    assert filled.content() == before


def generated(folder, *arguments):
    """Rows without their instants and what is made of these: the last day ends now."""
    said = folder.does("generate", *arguments)
    connection = sqlite3.connect(folder.database)
    rows = connection.execute("SELECT started_at, from_id, to_id, duration, disposition FROM cdr").fetchall()
    connection.close()
    return said, rows


def test_generate(tmp_path):
    one, other, third = (Folder(tmp_path / name) for name in "abc")
    said, rows = generated(one, "--calls", "250", "--days", "7", "--random-seed", "5")
    assert re.fullmatch(
        r"Made 250 CDR rows: the PBX holds 30 extensions, 7 extension groups, \d+ other objects and 250 CDR rows\.\n"
        r"They are calls of the demo office\.\n",
        said,
    )
    assert len(rows) == 250
    instants = [row[0] for row in rows]
    assert max(instants) - min(instants) <= 7 * 86400
    same = generated(other, "--calls", "250", "--days", "7", "--random-seed", "5")[1]
    different = generated(third, "--calls", "250", "--days", "7", "--random-seed", "6")[1]
    # The period ends now, which is a second or two later for the other PBX.
    assert len(set(rows) & set(same)) > 200
    assert len(set(rows) & set(different)) < 50


def test_generate_of_a_period(folder):
    period = ("--from", "2026-03-02", "--to", "2026-03-09T12:00:00")
    said, rows = generated(folder, "--calls", "300", "--seed", "4", "--profile", "night", *period)
    assert said.startswith("Made 300 CDR rows: ")
    first, last = 1_772_380_800, 1_773_028_800
    assert all(first <= row[0] < last for row in rows)
    assert folder.refuses("generate", "--days", "3", *period) == "--days goes with --from or with --to, not with both."
    back = folder.refuses("generate", "--from", "2026-03-09", "--to", "2026-03-02")
    assert back == "The period must end after it starts."
    assert "no-time" in folder.refuses("generate", "--to", "no-time")
    assert len(generated(folder, "--calls", "40", "--from", "2026-03-02", "--days", "1")[1]) == 340


def test_a_bar_for_whoever_looks(capsys, monkeypatch):
    with progress("Making calls", 3000, "Building indexes") as told:
        assert told is None
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress("Making calls", 3000, "Building indexes") as told:
        told(1000)
        told(2000)
    out, shown = capsys.readouterr()
    assert out == ""
    assert shown.index("Making calls") < shown.index("Building indexes")


def test_generate_adds(filled):
    before = filled.content()["cdr"]
    assert "Made 10 CDR rows: " in filled.does("generate", "--calls", "10")
    assert set(before) < set(filled.content()["cdr"])


# clients


def test_clients(folder):
    configured = CLIENT["username"]
    assert folder.does("clients", "list") == f"{configured}  ***\n"
    assert folder.does("clients", "add", "one", "its secret") == "Client ID      one\nClient Secret  its secret\n"
    made_up = re.fullmatch(
        r"Client ID      ([A-Za-z0-9]{32})\nClient Secret  ([A-Za-z0-9]{32})\n", folder.does("clients", "add")
    )
    assert made_up
    hidden, shown = folder.does("clients", "list"), folder.does("clients", "list", "--secrets")
    assert set(hidden.splitlines()) == {f"{name}  ***" for name in (configured, "one", made_up[1])}
    assert set(shown.splitlines()) == {
        f"{configured}  {CLIENT['password']}", "one  its secret", f"{made_up[1]}  {made_up[2]}"
    }  # fmt: skip
    assert folder.does("clients", "remove", "one") == "Removed one.\n"
    assert "one" not in folder.does("clients", "list").split()


def test_the_configured_client_comes_back_with_the_next_start_only(folder):
    configured = CLIENT["username"]
    said = folder.does("clients", "remove", configured)
    assert (
        said == f"Removed {configured}. The next start of the server adds it again: it is the client of the settings.\n"
    )
    assert folder.does("clients", "list") == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", CLIENT["username"]), f"There is a client {CLIENT['username']} already."),
        (("add", "two\nlines"), "Client ID: 'two\\nlines' is not allowed; expected 1 to 128 printable characters."),
        (("add", "x" * 129), f"Client ID: '{'x' * 129}' is not allowed; expected 1 to 128 printable characters."),
        (("add", "x", "\t"), "Client Secret: '\\t' is not allowed; expected 1 to 128 printable characters."),
        (("remove", "nobody"), "There is no client nobody."),
    ],
)
def test_clients_refused(folder, arguments, told):
    assert folder.refuses("clients", *arguments) == told


def test_a_removed_clients_tokens_die_at_once(serve):
    pbx = serve()
    folder = Folder(pbx.instance)
    folder.does("clients", "add", "guest", "guest's secret")
    guest = {"username": "guest", "password": "guest's secret"}
    tokens = [pbx.login(**guest) for _ in range(4)]
    assert {pbx.get("cdr/getoption", token=pair["access_token"])["errcode"] for pair in tokens} == {0}
    folder.does("clients", "remove", "guest")
    assert {pbx.get("cdr/getoption", token=pair["access_token"])["errcode"] for pair in tokens} == {10004}
    assert {pbx.post("refresh_token", {"refresh_token": p["refresh_token"]})["errcode"] for p in tokens} == {10004}
    assert pbx.login(**guest)["errcode"] == -1
    assert pbx.get("cdr/getoption")["errcode"] == 0


# settings, routes


def test_settings_are_shown(folder):
    lines = dict(line.split(None, 1) for line in folder.does("settings").splitlines())
    assert list(lines) == [setting.name for setting in SETTINGS.values() if setting.scope == "pbx"]
    assert lines["client_secret"] == lines["kazoo_api_key"] == "***"
    assert lines["api_enabled"] == "on"
    assert lines["allowed_networks"] == "none"
    assert lines["empty_name"] == "' '"
    assert folder.does("settings", "client_secret") == CLIENT["password"] + "\n"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("timezone", "Europe/London", "Europe/London"),
        ("api_enabled", "no", "off"),
        ("allowed_networks", "10.1.2.3/8,::1", "10.0.0.0/8, ::1/128"),
        ("empty_name", "", "''"),
        ("max_tokens", "0", "0"),
    ],
)
def test_settings_are_changed(folder, name, value, shown):
    assert folder.does("settings", name, value) == f"{shown}\n"
    assert folder.does("settings", name) == f"{shown}\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("dat_format",), "Settings of the PBX: there is no setting named dat_format. Did you mean date_format?"),
        (("dat_format", "x"), "Settings of the PBX: there is no setting named dat_format. Did you mean date_format?"),
        (("port",), "port belongs to the server, not to the PBX; give it to serve as --port."),
        (("tls_cert", "x"), "tls_cert belongs to the server, not to the PBX; give it to serve as --tls-cert."),
        (("time_format", "13"), "time_format: '13' is not allowed; expected one of 24, 12."),
        (("max_tokens", "-1"), "No such option"),
        (("max_tokens", "many"), "max_tokens: 'many' is not allowed; expected a whole number from 0 to 100000."),
    ],
)
def test_settings_refused(folder, arguments, told):
    assert folder.refuses("settings", *arguments).startswith(told)


def test_routes():
    lines = [line.split(None, 2) for line in run_here("routes").stdout.splitlines()]
    listed = [(method, path) for method, path, _ in lines]
    yeastar = [(method, f"/openapi/{path}") for (method, path), row in ENDPOINTS.items() if row.answer]
    kazoo = [(row.method, f"/v2/{row.path}") for row in KAZOO_ENDPOINTS]
    assert listed == [*yeastar, ("GET", "/api/download/{file}"), *kazoo]
    logins = ("get_token", "refresh_token", "api_auth", "user_auth")
    assert all(("no token" in rest) == (path.endswith(logins)) for _, path, rest in lines)
    everything = run_here("routes", "--all").stdout.splitlines()
    assert len(everything) == len(ENDPOINTS) + 1 + len(kazoo)
    assert sum("not emulated" in line for line in everything) == len(ENDPOINTS) - len(yeastar)
    partial = sum(row.state == "partial" for row in ENDPOINTS.values())
    first, _ = run_here("routes", "--count").stdout.splitlines()
    assert first == (
        f"Yeastar: {len(ENDPOINTS)} interfaces: {len(yeastar) - partial} emulated, {partial} partial, "
        f"{len(ENDPOINTS) - len(yeastar)} not emulated"
    )


# The address


def test_a_port_in_use(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert folder.refuses("serve", "--port", str(port)) == (
            f"Cannot listen on 127.0.0.1 port {port}: Address already in use"
            " (is another server running? --port 0 picks a free port)."
        )
    assert not folder.database.exists()


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("256.1.1.1", r".+"),
        ("no-such-host.invalid", r".+"),
        ("192.0.2.1", r"Cannot assign requested address"),
        ("x" * 70 + ".invalid", r".+"),
        ("a..b", r".+"),
    ],
)
def test_a_host_that_is_not_here(folder, host, why):
    told = folder.refuses("serve", "--host", host, "--port", "8088")
    assert re.fullmatch(rf"Cannot listen on {re.escape(host)} port 8088: {why} \(see --host\)\.", told)


def may_listen_on_privileged_ports():
    try:
        socket.create_server(("127.0.0.1", 1023)).close()
    except PermissionError:
        return False
    except OSError:
        return True
    return True


@pytest.mark.skipif(may_listen_on_privileged_ports(), reason="this user may listen on ports below 1024")
def test_a_privileged_port(folder):
    assert folder.refuses("serve", "--port", "1023") == (
        "Cannot listen on 127.0.0.1 port 1023: Permission denied"
        " (ports below 1024 are the administrator's; --port 0 picks a free port)."
    )


# Files of the server


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    import trustme

    path = tmp_path_factory.mktemp("pem")
    authority = trustme.CA()
    for name in ("one", "other"):
        issued = authority.issue_cert("localhost")
        issued.private_key_pem.write_to_path(path / f"{name}-key.pem")
        issued.cert_chain_pems[0].write_to_path(path / f"{name}.pem")
    (path / "text.pem").write_text("not a certificate\n")
    return path


@pytest.mark.parametrize(
    ("cert", "key", "told"),
    [
        ("none.pem", "one-key.pem", "cannot be used: [Errno 2] No such file or directory."),
        ("one.pem", "none.pem", "cannot be used: [Errno 2] No such file or directory."),
        ("one.pem", "other-key.pem", "cannot be used: "),
        ("text.pem", "one-key.pem", "cannot be used: "),
        ("one.pem", "text.pem", "cannot be used: "),
        ("one.pem", "", "cannot be used: "),
        ("", "one-key.pem", "tls_key is given without tls_cert; both are needed."),
    ],
)
def test_certificates_refused(folder, pem, cert, key, told):
    paths = [str(pem / name) if name else "" for name in (cert, key)]
    sentence = folder.refuses("serve", "--port", "0", "--tls", "--tls-cert", paths[0], "--tls-key", paths[1])
    assert told in sentence
    assert cert == "" or sentence.startswith(f"The certificate {paths[0]} with the key {paths[1] or paths[0]} cannot")


def test_an_access_log_that_cannot_be_written(folder, tmp_path):
    path = str(tmp_path / "none" / "access.log")
    told = f"The access log {path} cannot be written: No such file or directory."
    assert folder.refuses("serve", "--port", "0", "--access-log", path) == told


@pytest.mark.parametrize("source", ["none.json", "dmeo"])
def test_a_server_whose_seed_is_not_there(folder, source):
    assert f"There is no seed document {source};" in folder.refuses("serve", "--port", "0", "--seed", source)


# Calls out


def test_an_export_makes_no_pbx(folder):
    told = f"There is no PBX in {folder.path}, so nothing was written."
    file = folder.path.with_name("calls.jsonl")
    assert [folder.refuses("export", str(file), *where) for where in ((), ("--world", "other"))] == [told, told]
    assert (file.exists(), folder.path.exists()) == (False, False)
    folder.does("seed", folder.write(DOCUMENT))
    assert folder.does("export", str(file)).startswith(f"Wrote {file}: yeastar-lines, ")


# The database

TOUCHING = [("serve", "--port", "0"), ("seed", "empty"), ("reset",), ("generate",), ("clients", "list"), ("settings",)]


@pytest.mark.parametrize("command", TOUCHING)
def test_an_instance_that_is_a_file(folder, command):
    folder.path.write_text("a file")
    assert folder.refuses(*command) == f"The folder {folder.path} cannot be made: File exists."
    assert folder.path.read_text() == "a file"


def test_an_instance_below_a_file(folder, tmp_path):
    (tmp_path / "file").write_text("a file")
    folder.path = tmp_path / "file" / "kept"
    assert folder.refuses("settings") == f"The folder {folder.path} cannot be made: Not a directory."


def may_write_everywhere(path):
    path.chmod(0o500)
    return os.access(path, os.W_OK)


def test_an_instance_that_is_not_writable(folder):
    folder.path.mkdir()
    if may_write_everywhere(folder.path):
        pytest.skip("this user may write where nobody else may")
    assert folder.refuses("settings") == f"The database {folder.database} cannot be used: unable to open database file."


def another_programs_database(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()


def another_programs_empty_database(path):
    pragmas(path, application_id=1)


def a_newer_version(path):
    pragmas(path, application_id=APPLICATION_ID, user_version=SCHEMA_VERSION + 1)


def an_older_version(path):
    """Of no version that was ever released; what was is upgraded (store/test_upgrade.py)."""
    pragmas(path, application_id=APPLICATION_ID, user_version=0)


def a_text_file(path):
    path.write_text("This is not a database, but it is long enough to be looked at.\n" * 100)


def a_folder(path):
    path.mkdir()


def pragmas(path, **values):
    connection = sqlite3.connect(path)
    for name, value in values.items():
        connection.execute(f"PRAGMA {name} = {value}")
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (another_programs_database, "The database {} belongs to another program; choose another folder (--instance)."),
        (
            another_programs_empty_database,
            "The database {} belongs to another program; choose another folder (--instance).",
        ),
        (
            a_newer_version,
            "The database {} was made by a newer version of this program."
            " Use that version, or another folder (--instance).",
        ),
        (
            an_older_version,
            "The database {} was made by an older version of this program."
            " Move it away; `pbx-emulator seed` makes a new one.",
        ),
        (a_text_file, "The database {} cannot be used: file is not a database."),
        (a_folder, "The database {} cannot be used: unable to open database file."),
    ],
)
@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("seed", "empty"), ("settings",)])
def test_a_database_that_is_not_ours(folder, make, told, command):
    folder.path.mkdir()
    make(folder.database)
    before = folder.database.is_file() and folder.database.read_bytes()
    assert folder.refuses(*command) == told.format(folder.database)
    assert (folder.database.is_file() and folder.database.read_bytes()) == before, "it is not ours to change"


WAITING = ("serve", "seed {}", "seed empty --append", "reset", "generate", "clients add", "settings time_format 12")
READING = ("settings", "clients list", "clients list --secrets")


@pytest.fixture
def locked(folder, monkeypatch):
    """What a command says of a database that another program holds; it does not wait long for it here."""
    document = folder.write(DOCUMENT)
    folder.does("seed", document)
    for module in (database, copies):
        monkeypatch.setattr(module, "BUSY_SECONDS", 0.05)
    holder = sqlite3.connect(folder.database, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    yield lambda words: run_here(*words.format(document).split(), "--instance", str(folder.path), PBX_PORT="0")
    holder.close()


@pytest.mark.parametrize("words", WAITING)
def test_writing_to_a_locked_database(locked, words):
    done = locked(words)
    assert re.fullmatch(r"The database (\S+ )?cannot be (used|written): database is locked\.", refused(done))


@pytest.mark.parametrize("words", READING)
def test_reading_a_locked_database(locked, words):
    done = locked(words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


# The clock


def test_the_clock_can_be_moved(folder):
    assert re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d in Asia/Shanghai; the clock runs\.\n", folder.does("time"))
    still = "03/04/2026 09:15:00 in Asia/Shanghai; the clock stands still.\n"
    assert folder.does("time", "freeze", "03/04/2026 09:15:00").startswith(still)
    assert folder.does("time") == still
    assert folder.does("time", "advance", "31m") == still.replace("09:15", "09:46")
    assert folder.does("time", "set", "03/04/2026 08:16:00") == still.replace("09:15", "08:16") + (
        "The clock went back 5,400 s: tokens, blocks and links live that much longer, and calls that have happened "
        "since lie in the future.\n"
    )
    assert folder.does("time", "advance", "1.5h") == still.replace("09:15", "09:46")
    assert folder.does("time", "set", "2027-01-01T00:00:00Z").startswith("01/01/2027 08:00:00 in Asia/Shanghai")
    assert folder.does("time", "set", "0").startswith("01/01/1970 08:00:00")
    assert "runs 60 times as fast" in folder.does("time", "run", "60")
    assert "the clock runs." in folder.does("time", "run")
    assert "stands still" in folder.does("time", "freeze")
    now = folder.does("time", "resume")
    assert now.endswith("the clock runs.\n")
    assert not now.startswith("01/01/1970")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("set", "13/04/2026 09:15:00"), "'13/04/2026 09:15:00'"),
        (("freeze", "yesterday"), "'yesterday'"),
        (("advance", "1 day"), "'1 day' is no duration; write seconds, or 31m, 2h, 1d, 1w."),
        (("advance", "9999w"), "The PBX's clock shows times from 1970 to 2099."),
        (("advance", "100y"), "'100y' is no duration"),
        (("run", "nan"), "A clock runs 0 to 1,000,000 times as fast as the real one; 0 stops it."),
        (("run", "1e9"), "A clock runs 0 to 1,000,000 times as fast as the real one; 0 stops it."),
    ],
)
def test_times_refused(folder, arguments, told):
    assert told in folder.refuses("time", *arguments)
