"""The table of interfaces against the vendor's catalogue, and what is answered for those that are not emulated."""

from __future__ import annotations

import re
from pathlib import Path

from conftest import CLIENT, run_here

from app.journal import Journal, path_in
from app.yeastar.endpoints import ENDPOINTS

LINES = (Path(__file__).parent / "catalogue.txt").read_text().splitlines()
KNOWN = sorted(key for key, row in ENDPOINTS.items() if row.answer is None)


def catalogue():
    for line in LINES[1:]:
        folder, *by_method = (part.strip() for part in line.split("|"))
        version, _, rest = folder.rpartition("/")
        prefix = f"{version or 'v1.0'}/" + ("" if rest == "(none)" else f"{rest}/")
        for method, names in zip(("GET", "POST"), by_method, strict=True):
            yield from ((method, prefix + name) for name in names.split())


def test_the_table_is_the_catalogue():
    listed = list(catalogue())
    assert len(listed) == len(set(listed))
    assert set(ENDPOINTS) == set(listed)
    assert len(listed) > 280


def test_rows_say_what_they_are():
    sources = {row.source for row in ENDPOINTS.values()}
    assert sources <= {"manual", "clients", "live", "list", "inferred"}
    assert {row.version for row in ENDPOINTS.values()} == {"v1.0", "v2.0"}
    assert all(re.fullmatch("A?C?S?", row.editions) for row in ENDPOINTS.values())
    assert all(row.answer for row in ENDPOINTS.values() if row.lacks)


def test_what_is_not_emulated_answers_like_what_does_not_exist(seeded):
    refused = {"errcode": 10001, "errmsg": "INTERFACE NOT EXISTED"}
    others = {
        (method, path): answer
        for method, path in KNOWN
        if (answer := seeded.http.request(method, f"{seeded.url}/openapi/{path}", timeout=9).json()) != refused
    }
    assert KNOWN
    assert others == {}


def test_the_journal_and_the_metrics_know_them(serve):
    pbx = serve()
    for _ in range(3):
        pbx.get("storage/list")
    pbx.get("storage/lost")
    entries = Journal(path_in(pbx.instance)).read(errcode=10001)
    assert [entry.route for entry in entries] == [None, "storage/list", "storage/list", "storage/list"]
    assert entries[1].notes == ["a PBX has this interface; it is not emulated"]
    told = run_here("explain", str(entries[1].id), "--instance", str(pbx.instance)).stdout
    assert "a PBX has this interface; it is not emulated" in told
    counted = pbx.http.get(f"{pbx.url}/metrics", timeout=9).text
    assert re.search(r'route="storage/list"[^\n]* 3\.0', counted)


def test_a_fault_can_stand_in_for_them(worlds):
    """A tester whose client dials can have it refused, though nobody dials here."""
    pbx = worlds()
    where = ("--world", pbx.name, "--instance", str(pbx.instance))
    armed = run_here("fault", "arm", "call/dial", "--errcode", "70132", *where)
    assert armed.returncode == 0, armed.stderr
    assert pbx.post("call/dial", CLIENT, token=pbx.token)["errcode"] == 70132


def test_v2_is_another_interface(seeded):
    assert seeded.get("cdr/list")["errcode"] == 0
    answer = seeded.http.get(f"{seeded.url}/openapi/v2.0/extension/list", timeout=9).json()
    assert answer["errcode"] == 10001
