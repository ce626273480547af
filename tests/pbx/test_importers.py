"""Importers and export: files as real systems write them, there and back, and all that can be wrong with one."""

from __future__ import annotations

import bz2
import contextlib
import csv
import errno
import gzip
import json
import lzma
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, clean_environment, run_here
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cli import exporting
from app.cli.exporting import WRITTEN, _pieces
from app.pbx import importing
from app.pbx.exporting import stored_rows
from app.pbx.generator import calls
from app.pbx.import_formats import FORMATS
from app.pbx.importers import IMPORTERS, FileError, Options, Reject, Source, json_text, kazoo, recognised, source
from app.pbx.importers.json_text import documents
from app.pbx.importers.mistakes import WrongRowError
from app.pbx.importers.times import iso_reader
from app.pbx.importing import Outcome, Wanted, import_file
from app.pbx.office import demo_office
from app.pbx.pseudonyms import Pseudonyms
from app.pbx.setup import open_world
from app.pbx.switchboard import NO_CALL
from app.store import database
from app.store.loading import CdrRow, clear_cdrs, load_cdrs
from app.store.query import CALL_TYPES, DISPOSITIONS, CdrQuery
from app.store.worlds import World

FILES = Path(__file__).parent / "imports"
ZONE = "Asia/Shanghai"
# 2022-05-30 14:53:41 in Shanghai, the vendor's own example.
NOON = 1653893621


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An empty PBX that tests fill and empty."""
    made = open_world({"instance": str(tmp_path_factory.mktemp("world")), "seed": "empty"}, started=False)
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an empty PBX."""
    folder = tmp_path_factory.mktemp("bare")
    open_world({"instance": str(folder), "seed": "empty"}, started=False).database.close()
    return folder


@pytest.fixture
def instance(tmp_path: Path, bare: Path) -> Path:
    """The folder of a PBX of the test's own."""
    return Path(shutil.copytree(bare, tmp_path / "pbx"))


def count(instance: Path) -> int:
    connection = sqlite3.connect(instance / "pbx.sqlite")
    try:
        (rows,) = connection.execute("SELECT count(*) FROM cdr").fetchone()
    finally:
        connection.close()
    return int(rows)


def import_into(instance: Path, path: Path, options: Options, **changed: Any) -> Outcome:
    """Import it, with other settings of the PBX."""
    pbx = open_world({"instance": str(instance)}, started=False)
    try:
        pbx.change_settings(changed)
        return import_file(pbx, Source.open(path), None, options, Wanted())
    finally:
        pbx.database.close()


def uids(instance: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(instance / "pbx.sqlite")) as connection:
        return [uid for (uid,) in connection.execute("SELECT uid FROM cdr ORDER BY id")]


def fill(world: World, rows: list[CdrRow]) -> None:
    with world.write() as connection:
        clear_cdrs(connection)
        load_cdrs(connection, rows)


def read(path: Path, **given: Any) -> tuple[str, list[Any]]:
    """The file's format, and its rows as columns that are not empty; wrong lines as they are."""
    source = Source.open(path)
    options = Options(ZONE, **given)
    name = recognised(source, options.names)
    found = IMPORTERS[name].read(source, options)
    return name, [
        item if isinstance(item, Reject) else {key: value for key, value in item.row._asdict().items() if value}
        for item in found
    ]


# What real files hold: of each row what tells it from others.

ANSWERED = {"duration": 60, "ring_duration": 5, "talk_duration": 55, "disposition": "ANSWERED"}
KRISTIN = {"from_number": "2005", "from_name": "Kristin Hale"}
LISTED = {"uid": "2022053014554954321", "call_id": "1653893749.6", "from_number": "+12025550143", "src_trunk": "SIP-A"}

EXPECTED: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "yeastar-list.json": (
        "yeastar-json",
        [
            {"id": 11, "started_at": NOON, **KRISTIN, "to_number": "1000", "dst_trunk": "peer-to-34", "duration": 7},
            {"id": 12, "started_at": NOON + 128, **LISTED, "to_text": "IVR Main<6200>", "to_name": "Main"},
            {"id": 12, "started_at": NOON + 128, **LISTED, "did_number": "5503301", "call_type": "Inbound"},
            {"id": 13, "started_at": NOON + 137, **LISTED, "to_name": "Zoë Test", "disposition": "NO ANSWER"},
        ],
    ),
    "yeastar-new.json": (
        "yeastar-json",
        [
            {"started_at": NOON, "from_number": "2005", "new_id": "67C67519-D30000CD", "call_id": f"{NOON}.4"},
            {"started_at": NOON + 7, "disposition": "BUSY", "new_id": "67C6751A-D30000CE", "call_id": f"{NOON}.4"},
        ],
    ),
    "yeastar-download.csv": (
        "yeastar-csv",
        [
            {"id": 1, "started_at": NOON, **KRISTIN, "to_number": "1000", "reason": "src hangup    "},
            {"id": 2, "started_at": NOON + 128, "to_name": "Test, Zoë", "dod_number": "5503300", "talk_duration": 52},
        ],
    ),
    "master.csv": (
        "asterisk-csv",
        [
            {"started_at": NOON, **KRISTIN, **ANSWERED, "call_type": "Outbound", "dst_trunk": "carrier-a"},
            {"started_at": NOON + 128, "disposition": "VOICEMAIL", "call_type": "Inbound", "src_trunk": "carrier-a"},
            {"started_at": NOON + 259, "disposition": "NO ANSWER", "ring_duration": 20, "call_type": "Internal"},
            {"started_at": NOON + 319, "disposition": "FAILED", "to_number": "2002"},
        ],
    ),
    "cdr.sql": (
        "asterisk-table",
        [
            {"started_at": NOON, **ANSWERED, "from_name": "O'Test (Ann)", "did_number": "5503301", "to_number": "600"},
            {"started_at": NOON + 9, "to_number": "2001", "call_id": "1653893621.4", "call_type": "Inbound"},
        ],
    ),
    "master-newer.csv": ("asterisk-csv", [{"started_at": NOON, **KRISTIN, **ANSWERED, "call_id": "pbx1-1653893621.4"}]),
    "master-short.csv": (
        "asterisk-csv",
        [
            {"started_at": NOON, **KRISTIN, **ANSWERED, "to_number": "12025550143"},
            {"started_at": NOON + 1, **KRISTIN, "dst_trunk": "carrier-a"},
        ],
    ),
    "cdr-custom.csv": (
        "asterisk-csv",
        [{"started_at": NOON, **KRISTIN, **ANSWERED, "call_id": "1653893621.4", "dst_trunk": "carrier-a"}],
    ),
    "pg-copy.sql": (
        "asterisk-table",
        [
            {"started_at": NOON, **KRISTIN, **ANSWERED, "dst_trunk": "carrier-a", "call_id": "1653893621.4"},
            {"started_at": NOON + 128, "from_name": "O\\Test Ann", "disposition": "VOICEMAIL", "call_type": "Inbound"},
        ],
    ),
    "pg-inserts.sql": (
        "asterisk-table",
        [
            {"started_at": NOON, **KRISTIN, **ANSWERED, "dst_trunk": "carrier-a", "call_id": "1653893621.4"},
            {"started_at": NOON + 9, "from_name": None, "disposition": "BUSY", "call_id": "1653893630.6"},
            {"started_at": NOON + 19, "from_name": "O'Test", "disposition": "FAILED", "to_number": "2002"},
        ],
    ),
    "sqlite.sql": (
        "asterisk-table",
        [{"started_at": NOON, **KRISTIN, **ANSWERED, "dst_trunk": "carrier-a", "call_id": "1653893621.4"}],
    ),
    "navicat.sql": (
        "asterisk-table",
        [
            {"started_at": NOON, "from_number": "2005", "to_number": "2001", **ANSWERED},
            {"started_at": NOON + 9, "from_number": "2005", "disposition": "BUSY", "ring_duration": 20},
        ],
    ),
    "mysql-batch.tsv": (
        "asterisk-table",
        [
            {"started_at": NOON, "from_name": '"Kristin Hale', **ANSWERED, "did_number": None},
            {"started_at": NOON + 9, **KRISTIN, "disposition": "NO ANSWER", "call_type": "Internal"},
        ],
    ),
    "cdr-table.csv": ("asterisk-table", [{"started_at": NOON, "from_number": "2005", "disposition": "NO ANSWER"}]),
    "freeswitch.csv": (
        "freeswitch-csv",
        [
            {"started_at": NOON, **KRISTIN, **ANSWERED, "call_id": "2e831835-d336-4735-b3e5-90e5d7dc8187"},
            {"started_at": NOON + 259, "disposition": "BUSY", "from_number": "12025550143", "call_type": "Inbound"},
        ],
    ),
    "freeswitch-sql.sql": (
        "freeswitch-csv",
        [
            {"started_at": NOON, **KRISTIN, **ANSWERED, "call_id": "2e831835-d336-4735-b3e5-90e5d7dc8187"},
            {"started_at": NOON + 259, "from_name": "O'Test", "disposition": "BUSY", "call_type": "Inbound"},
        ],
    ),
    "freeswitch-snom.csv": ("freeswitch-csv", [{"started_at": NOON, **KRISTIN, **ANSWERED, "to_number": "2001"}]),
    "freeswitch-rate.csv": (
        "freeswitch-csv",
        [
            {"started_at": NOON + 5, **KRISTIN, "duration": 55, "talk_duration": 55, "call_type": "Outbound"},
            {"started_at": NOON + 279, **KRISTIN, "disposition": "NO ANSWER", "src_addr": "192.168.5.150"},
        ],
    ),
    "freeswitch-times.json": (
        "freeswitch-json",
        [
            {"started_at": NOON, **ANSWERED, "from_name": "50% + Test", "src_addr": "192.168.5.150"},
            {"started_at": NOON + 9, "disposition": "NO ANSWER", "duration": 60, "call_id": "7b1f2b0e"},
        ],
    ),
    "freeswitch.json": (
        "freeswitch-json",
        [
            {"started_at": NOON, **KRISTIN, **ANSWERED, "src_addr": "192.168.5.150", "to_number": "2001"},
            {"started_at": NOON + 259, "disposition": "FAILED", "from_name": "50% Test"},
        ],
    ),
    "kazoo.json": (
        "kazoo-json",
        [
            {"started_at": NOON, **KRISTIN, **ANSWERED, "to_name": "Zoë Test", "call_id": "2e831835@192.168.5.150"},
            {"started_at": NOON + 259, "call_type": "Inbound", "to_number": "5503301", "disposition": "NO ANSWER"},
        ],
    ),
    "kazoo-pages.json": (
        "kazoo-json",
        [
            {"started_at": NOON, **KRISTIN, **ANSWERED, "call_id": "c1", "to_number": "2001"},
            {"started_at": NOON, **KRISTIN, **ANSWERED, "call_id": "c3", "to_number": "2001"},
        ],
    ),
    "kazoo.csv": (
        "kazoo-csv",
        [{"started_at": NOON, **KRISTIN, **ANSWERED, "dod_number": "5503300", "call_type": "Outbound"}],
    ),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_real_file_is_recognised_and_read(name: str) -> None:
    format, wanted = EXPECTED[name]
    found, rows = read(FILES / name)
    assert found == format
    assert [{key: row.get(key) for key in want} for row, want in zip(rows, wanted, strict=True)] == wanted


def test_every_file_and_every_format_is_tested() -> None:
    assert set(EXPECTED) == {path.name for path in FILES.iterdir()}
    assert {format for format, _ in EXPECTED.values()} == set(IMPORTERS) == set(FORMATS)


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_there_is_not_imported_again(name: str, instance: Path) -> None:
    path = str(FILES / name)
    assert run_here("import", "--strict", path, "--instance", str(instance)).returncode == 0
    rows = count(instance)
    again = run_here("import", "--strict", path, "--instance", str(instance))
    assert "  0 CDR rows added, " in again.stdout, again.stderr
    assert count(instance) == rows == len(EXPECTED[name][1]) - (name == "yeastar-list.json")


# There and back.

EVERYTHING = tuple(field for field in CdrRow._fields)
ON_THE_WIRE = tuple(
    field
    for field in EVERYTHING
    if field not in ("pin_code", "call_note_remark", "disposition_codes", "new_id", "fax", "did_name")
)
SECONDS = ("started_at", "duration", "ring_duration", "talk_duration", "from_number", "to_number")

# Format -> what it carries.
CARRIES = {
    "yeastar-lines": EVERYTHING,
    "yeastar-json": ON_THE_WIRE,
    "yeastar-csv": ON_THE_WIRE,
    "asterisk-csv": (*SECONDS, "from_name", "call_id", "disposition"),
    "freeswitch-csv": (*SECONDS, "from_name"),
    "freeswitch-json": (*SECONDS, "from_name", "to_name", "call_id", "src_addr", "disposition"),
    "kazoo-json": ("started_at", "to_number", "to_name", "from_name", "duration", "call_id"),
    "kazoo-csv": ("started_at", "to_number", "to_name", "from_name", "duration", "call_id"),
}

printable = st.characters(exclude_categories=("Cc", "Cs"))
numbers = st.from_regex(r"[+]?[0-9]{1,16}", fullmatch=True) | st.text(st.sampled_from("0123456789*#ab"), max_size=12)
# A name that is the number is none in some formats.
names = st.text(printable, max_size=20).map(str.strip).filter(lambda name: not name.isdecimal())


@st.composite
def rows(draw: Callable[[Any], Any]) -> list[CdrRow]:
    made = []
    for id in range(1, draw(st.integers(1, 6)) + 1):
        ring, talk = draw(st.integers(0, 300)), draw(st.integers(0, 9000))
        disposition = draw(st.sampled_from(("ANSWERED", "VOICEMAIL") if talk else DISPOSITIONS))
        from_number, from_name, to_number, to_name = draw(numbers), draw(names), draw(numbers), draw(names)
        row = NO_CALL._replace(
            id=id, started_at=draw(st.integers(1, 4 * 10**9)), from_number=from_number, from_name=from_name,
            to_number=to_number, to_name=to_name, to_text=draw(st.sampled_from((None, f"IVR {to_name}<{to_number}>"))),
            uid=f"20220530145341{id:05X}", call_id=f"{draw(st.integers(1, 10**9))}.{id}",
            src_addr=draw(st.sampled_from(("", "192.168.5.150:5060"))), src_trunk=draw(names), dst_trunk=draw(names),
            duration=ring + talk, ring_duration=ring, talk_duration=talk, disposition=disposition,
            call_type=draw(st.sampled_from(CALL_TYPES)), did_number=draw(numbers), did_name=draw(names),
            dod_number=draw(numbers), record_file=draw(st.sampled_from(("", "a-1-2.wav"))),
            reason=draw(st.sampled_from(("", "src hangup    "))), pin_code=draw(numbers), call_note_remark=draw(names),
            disposition_codes=draw(st.sampled_from(("", ",3,4,"))), new_id=draw(st.sampled_from(("", f"A-{id}"))),
        )  # fmt: skip
        made.append(row)
    return made


def there_and_back(world: World, name: str, path: Path) -> list[CdrRow]:
    with path.open("wb") as file:
        file.writelines(_pieces(world, name, None, None, "UTC"))
    source = Source.open(path)
    wanted = name.replace("lines", "json")
    if source.head.strip():
        assert recognised(source, {}) == wanted
    found = list(IMPORTERS[wanted].read(source, Options("UTC")))
    assert not [item for item in found if isinstance(item, Reject)]
    return [item.row for item in found if not isinstance(item, Reject)]


def carried(rows: list[CdrRow], name: str) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(getattr(row, field) for field in CARRIES[name]) for row in rows)


@pytest.mark.parametrize("name", ["yeastar-lines", "yeastar-json", "yeastar-csv", "asterisk-csv", "freeswitch-json"])
def test_any_rows_come_back(name: str, world: World, tmp_path: Path) -> None:
    @settings(max_examples=15, deadline=None)
    @given(rows())
    def back(made: list[CdrRow]) -> None:
        fill(world, made)
        assert carried(there_and_back(world, name, tmp_path / "file"), name) == carried(made, name)

    back()


@pytest.mark.parametrize("name", WRITTEN)
def test_generated_calls_come_back(name: str, world: World, tmp_path: Path) -> None:
    made = list(islice(calls(demo_office(ZONE), 11, NOON, None, 3000), 400))
    fill(world, made)
    kept = list(stored_rows(world.database.connection(), CdrQuery()))
    assert carried(there_and_back(world, name, tmp_path / "file"), name) == carried(kept, name)


def test_an_export_is_imported_as_it_was(world: World, instance: Path, tmp_path: Path) -> None:
    made = list(islice(calls(demo_office(ZONE), 11, NOON, None, 3000), 300))
    with_ids = [row._replace(id=id) for id, row in enumerate(made, 1)]
    source = world.database.path.parent
    fill(world, with_ids)
    part = run_here("export", "--from", str(made[100].started_at), "--to", str(made[200].started_at),
                    str(tmp_path / "part.jsonl"), "--instance", str(source))  # fmt: skip
    whole = run_here("export", str(tmp_path / "all.jsonl"), "--instance", str(source))
    assert (part.returncode, whole.returncode) == (0, 0), part.stderr + whole.stderr
    paths = [str(tmp_path / "part.jsonl"), str(tmp_path / "all.jsonl")]
    done = run_here("import", "--strict", *paths, "--instance", str(instance))
    assert done.returncode == 0, done.stderr
    other = open_world({"instance": str(instance)}, started=False)
    assert list(stored_rows(other.database.connection(), CdrQuery())) == with_ids
    other.database.close()


# What people have: encodings, orders, names.

ROW = {
    "id": 1, "time": "05/30/2022 14:53:41", "timestamp": NOON, "uid": "u1", "call_id": "c1", "call_from_number": "2005",
    "call_from_name": "Zoë", "call_to_number": "2001", "disposition": "ANSWERED", "call_type": "Internal",
    "talk_duration": 7, "duration": 9,
}  # fmt: skip


def table(*rows: dict[str, Any], end: str = "\n") -> str:
    lines = [",".join(ROW), *(",".join(str({**ROW, **row}[key]) for key in ROW) for row in rows)]
    return end.join(lines) + end


ODD = {
    "a byte order mark": (table({}).encode("utf-8-sig"), "UTF-8"),
    "lines as in Windows": (table({}, end="\r\n").encode(), "UTF-8"),
    "Latin-1": (table({}).encode("latin-1"), "Latin-1 assumed, as it is not UTF-8"),
    "UTF-16": (table({}).encode("utf-16"), "UTF-16"),
    "gzip": (gzip.compress(table({}).encode()), "UTF-8"),
    "another order": ("\n".join(",".join(reversed(x.split(","))) for x in table({}).split("\n")).encode(), "UTF-8"),
    "semicolons": (table({}).replace(",", ";").encode(), "UTF-8"),
    "two files in one": ((table({}) + table({"id": 1})).encode(), "UTF-8"),
}


@pytest.mark.parametrize("name", ODD)
def test_a_file_may_be_odd(name: str, instance: Path, tmp_path: Path) -> None:
    content, assumed = ODD[name]
    (tmp_path / "calls").write_bytes(content)
    done = run_here("import", str(tmp_path / "calls"), "--instance", str(instance))
    assert (done.returncode, done.stderr) == (0, "")
    assert assumed in done.stdout
    assert "1 CDR rows added" in done.stdout
    pbx = open_world({"instance": str(instance)}, started=False)
    (row,) = stored_rows(pbx.database.connection(), CdrQuery())
    pbx.database.close()
    assert (row.from_name, row.from_number, row.started_at, row.id) == ("Zoë", "2005", NOON, 1)


@pytest.mark.parametrize(
    ("arguments", "columns", "line"),
    [
        ((), "time,call_from,call_to", "05/30/2022 14:53:41,Zoë<2005>,2001"),
        ((), "time,call_from,call_to", "05/30/2022 02:53:41 PM,Zoë<2005>,2001"),
        (
            ("--date-format", "DD/MM/YYYY", "--timezone", "UTC"),
            "time,call_from,call_to",
            "05/06/2022 14:53:41,Zoë<2005>,2001",
        ),
        (("--map", "call_from=who", "--map", "timestamp=when"), "when,who,call_to", f"{NOON},Zoë<2005>,2001"),
        (("--encoding", "cp1252"), "timestamp,call_from,call_to", f"{NOON},Zoë<2005>,2001"),
    ],
)
def test_columns_may_be_missing_and_named_otherwise(
    arguments: tuple[str, ...], columns: str, line: str, instance: Path, tmp_path: Path
) -> None:
    content = f"{columns},duration\n{line},7\n".encode("cp1252" if "cp1252" in arguments else "utf-8")
    (tmp_path / "calls.csv").write_bytes(content)
    done = run_here("import", "--strict", *arguments, str(tmp_path / "calls.csv"), "--instance", str(instance))
    assert done.returncode == 0, done.stderr
    pbx = open_world({"instance": str(instance)}, started=False)
    (row,) = stored_rows(pbx.database.connection(), CdrQuery())
    pbx.database.close()
    assert (row.from_name, row.from_number) == ("Zoë", "2005")
    assert row.started_at == (1654440821 if "UTC" in arguments else NOON)
    assert row.call_id.startswith(f"{row.started_at}.")


def test_a_file_of_another_zone_is_noticed(instance: Path, tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(table({"time": "05/30/2022 06:53:41"}))
    done = run_here("import", "--dry-run", str(tmp_path / "calls.csv"), "--instance", str(instance))
    assert done.returncode == 0
    assert "8 hours apart in Asia/Shanghai" in done.stderr
    assert "1 CDR rows would be added" in done.stdout
    assert count(instance) == 0
    done = run_here("import", "--timezone", ZONE, str(tmp_path / "calls.csv"), "--instance", str(instance))
    assert done.returncode == 2
    assert "8 hours apart" in done.stderr


# What is wrong.

CUT = gzip.compress(table(*[{"id": id, "uid": f"u{id * 7919}"} for id in range(1, 300)]).encode())[:-200]
DUMP, COPY = ((FILES / name).read_bytes() for name in ("pg-inserts.sql", "pg-copy.sql"))
REFUSED = {
    "cut off": (CUT, "is cut off: its gzip data ends early"),
    "damaged": (CUT[:60] + b"\xff\xff\xff" + CUT[63:], "gzip data"),
    "empty": (b"", "is empty"),
    "no calls": (table().encode(), "holds no calls"),
    "no text": (b"ab\0\0\0\0", "is no text: it holds zero bytes"),
    "a .zip": (b"PK\x03\x04\0\0\0\0", "is a .zip archive; unpack it"),
    "a .bz2": (bz2.compress(table({}).encode()), "is a .bz2 archive; unpack it"),
    "an .xz": (lzma.compress(table({}).encode()), "is a .xz archive; unpack it"),
    "unknown": (b"a,b,c\n1,2,3\n", "is in none of the formats"),
    "a seed document": (b'{"extensions": [], "cdrs": []}', "add it with `pbx-emulator seed --append"),
    "JSON cut off": (b'{"errcode":0,"data":[{"id":1,"call_from":"20', "line 1: the file is cut off in the middle"),
    "broken JSON": (b'{\n"errcode":0,\n"data":[{"id":1 "x":2}]\n', "line 3, column 17: is not JSON"),
    "JSON cut off in a word": (
        b'{"errcode":0,"data":[{"id":1,"call_from":"2005"},\n{"id":tr',
        "line 2: the file is cut off",
    ),
    "a dump cut off": (DUMP[:-40], "line 36: the file is cut off in the middle of its rows"),
    "a dump cut off between rows": (DUMP[: DUMP.index(b"\t('2022-05-30 14:53:50")], "line 34: the file is cut off"),
    "a COPY cut off": (COPY[: COPY.rindex(b"\\.")], "line 39: the file is cut off in the middle of its rows"),
    "a number of thousands of digits": (
        b'{"errcode":0,\n"data":[{"id":' + b"9" * 5000 + b"}]}",
        "line 2, column 9: is not JSON",
    ),
    "brackets without end": (b'{"errcode":0,"data":' + b"[" * 200_000, "is nested too deeply"),
    "ambiguous times": (
        b"time,call_from,call_to,duration\n03/04/2026 10:00:00,1,2,3\n",
        "say which with --date-format",
    ),
    "no times": (b"time,call_from,call_to,duration\nyesterday,1,2,3\n", "no time in it is in a display format"),
    "no callee": (b"time,call_from,duration\n05/30/2022 14:53:41,1,2\n", "no column that says who was called"),
    "no duration": (b"calldate,src,dst,disposition\n", "no column that says how long it took, such as duration or"),
    "a leg without a callee": (b"caller_id_number,start_stamp,uuid\n", "such as destination_number; if it has"),
    "KAZOO without a callee": (b"call_id,duration_seconds\nx,5\n", "such as callee_id_number or dialed_number"),
    "a dump without a callee": (
        b"INSERT INTO cdr (calldate, src, duration) VALUES ('2022-05-30 14:53:41', '1', 2);\n",
        "no column that says who was called, such as dst",
    ),
    "a header with an open quote": (
        b'time,call_from,"call_to,duration\n' + b"1,2,3,4\n" * 21,
        "line 1: has a quote that no other",
    ),
    "a column twice": (b"time,time,call_from\n1,2,3\n", "The column time is there twice"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_is_refused_with_a_sentence(name: str, instance: Path, tmp_path: Path) -> None:
    content, told = REFUSED[name]
    (tmp_path / "calls").write_bytes(content)
    done = run_here("import", str(tmp_path / "calls"), "--instance", str(instance))
    assert (done.returncode, told in done.stderr, count(instance)) == (2, True, 0), done.stderr
    assert not list(tmp_path.glob("calls.*"))


WRONG = {
    "talk_duration": ({"talk_duration": "x"}, "talk_duration", '"x" is not seconds, a whole number from 0'),
    "disposition": ({"disposition": "DONE"}, "disposition", '"DONE" is not one of ANSWERED'),
    "timestamp": ({"timestamp": "1e9"}, "timestamp", '"1e9" is not Unix seconds'),
    "no instant": ({"timestamp": "", "time": ""}, "timestamp", "is missing, and there is no time either"),
    "a number": ({"call_to_number": "7" * 65}, "call_to_number", "is not text of at most 64 characters"),
    "a control character": ({"call_from_name": "a\x01b"}, "call_from_name", "none a control character"),
    "another call's id": ({"id": 1, "call_id": "c9"}, "id", "1 is the id of another call"),
    "ten megabytes": ({"call_from_name": "x" * 10_000_000}, "", "is no CSV: field larger than field limit"),
    "too many columns": ({"call_from_name": "a,b"}, "", "has 13 columns, not 12"),
    "a stray quote": ({"call_from_name": '"a'}, "", "has 7 columns up to line 4, not 12"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_line_is_told_and_put_aside(name: str, instance: Path, tmp_path: Path) -> None:
    fields, column, reason = WRONG[name]
    path = tmp_path / "calls.csv"
    path.write_text(table({}, {"id": 2, "call_id": "c2", **fields}, {"id": 3, "call_id": "c3"}))
    told = f"{path}, line 3, {column + ': ' if column else ''}"
    strict = run_here("import", "--strict", str(path), "--instance", str(instance))
    assert (strict.returncode, count(instance), list(tmp_path.glob("calls.csv.*"))) == (2, 0, [])
    assert strict.stderr.startswith(f"Error: {told}")
    assert reason in strict.stderr
    done = run_here("import", str(path), "--instance", str(instance))
    assert (done.returncode, count(instance)) == (1, 2)
    assert "2 CDR rows added, 1 wrong, see" in done.stdout
    rejects = (tmp_path / "calls.csv.rejects").read_text()
    assert rejects.startswith(told)
    assert reason in rejects
    assert len(rejects) < 3000


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"errcode":10004,"errmsg":"TOKEN EXPIRED"}', "errcode: 10004: the answer of a failure has no rows"),
        ('{"errcode":0,"data":[{"id":5,"timestamp":true}]}', "data[0].timestamp: true is not Unix seconds"),
        ('{"errcode":0,"data":[7]}', "data[0]: is no object"),
        ('{"errcode":0,"data":[{"id":5,"timestamp":"%s"}]}' % ("9" * 30), 'data[0].timestamp: "999'),
        (
            '{"errcode":0,"data":[{"id":5,"timestamp":9,"call_id":"\\ud83d"}]}',
            'data[0].call_id: "\\ud83d" is not text of',
        ),
        ('{"id":5 "call_from":"1"}', "is not JSON, column 9"),
    ],
)
def test_a_wrong_answer_is_told(line: str, told: str, instance: Path, tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    around = ({"errcode": 0, "data": [ROW]}, {**ROW, "id": 7, "call_id": "c7"})
    path.write_text(f"\n{line}\n".join(map(json.dumps, around)))
    done = run_here("import", str(path), "--instance", str(instance))
    assert (done.returncode, count(instance)) == (1, 2)
    assert f"line 2, {told}" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--encoding", "klingon"), "There is no encoding klingon"),
        (("--encoding", "rot13"), "There is no encoding rot13"),
        (("--encoding", "undefined"), "There is no encoding undefined"),
        (("--pseudonymise", ""), "the KEY is empty, so nothing was imported"),
        (("--encoding", "ascii"), "is not ascii"),
        (("--timezone", "Mars/Base"), "--timezone"),
        (("--date-format", "YYYY"), "--date-format"),
        (("--map", "call_from"), "write OURS=THEIRS"),
        (("--map", "call_from=Anrufer"), "has no column Anrufer (--map call_from=Anrufer)."),
        (("--map", "caller=uid"), "yeastar-csv has no column caller (--map caller=uid); it has id, time, "),
    ],
)
def test_a_wrong_option_is_told(arguments: tuple[str, ...], told: str, instance: Path, tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(table({}), encoding="utf-8")
    done = run_here("import", *arguments, str(tmp_path / "calls.csv"), "--instance", str(instance))
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    missing = run_here("import", str(tmp_path / "nowhere"), "--instance", str(instance))
    assert (missing.returncode, "cannot be read: No such file" in missing.stderr) == (2, True)
    nowhere = run_here("export", str(tmp_path / "no" / "file"), "--instance", str(instance))
    assert (nowhere.returncode, "cannot be written" in nowhere.stderr) == (2, True)
    assert count(instance) == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("calls.csv.gz",), "calls are written unpacked; name it without .gz"),
        (("calls.gz", "--format", "yeastar-csv"), "calls are written unpacked"),
        (("calls.csv", "--from", "2026-03-30", "--to", "2026-03-30"), "The period must end after it starts."),
        (("calls.csv", "--from", "2026-03-30", "--to", "2026-03-29"), "The period must end after it starts."),
        (("calls.csv", "--instance", "nowhere"), "There is no PBX in nowhere, so nothing was written."),
    ],
)
def test_an_export_that_makes_no_sense_leaves_the_file(
    arguments: tuple[str, ...], told: str, instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(arguments[0]).write_text("before")
    done = run_here("export", "--instance", str(instance), *arguments)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    assert (Path(arguments[0]).read_text(), Path("nowhere").exists()) == ("before", False)


def test_ctrl_c_leaves_the_file_that_was_there(instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*_: Any) -> Iterator[bytes]:
        yield b"a line\n"
        raise KeyboardInterrupt

    monkeypatch.setattr(exporting, "_pieces", pressed)
    path = tmp_path / "calls.jsonl"
    path.write_text("before")
    done = run_here("export", str(path), "--instance", str(instance))
    assert (done.returncode, done.stderr) == (130, "\nAborted!\n")
    assert {found.name: found.read_text() for found in tmp_path.glob("calls*")} == {"calls.jsonl": "before"}


@pytest.mark.parametrize(("name", "told"), [("pipe", "is no file but a pipe"), ("-", "The standard input is no file")])
def test_a_pipe_is_refused(
    name: str, told: str, instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    done = run_here("import", name, "--instance", str(instance))
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_files_that_are_not_reached_are_named(instance: Path, tmp_path: Path) -> None:
    paths = [str(tmp_path / name) for name in ("a.csv", "b.csv", "c.csv", "d.csv")]
    Path(paths[0]).write_text(table({}))
    done = run_here("import", *paths, "--instance", str(instance))
    assert (done.returncode, count(instance)) == (2, 1)
    rest = f"{paths[2]}, {paths[3]} were not tried."
    assert done.stderr.endswith(f"{paths[1]} cannot be read: No such file or directory. {rest}\n")


def test_ctrl_c_says_what_was_not_imported(instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(importing, "load_cdrs", pressed)
    path = tmp_path / "calls.csv"
    path.write_text(table({}, {"id": 2, "disposition": "DONE"}))
    done = run_here("import", str(path), "other.csv", "--instance", str(instance))
    assert (done.returncode, count(instance)) == (130, 0)
    assert done.stderr == f"\nAborted! Nothing of {path} was imported. other.csv was not tried.\n"
    assert not list(tmp_path.glob("calls.csv.*"))


def test_no_place_for_wrong_lines_is_found_out_before(instance: Path, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(table({}, {"id": 2, "call_id": "c2", "disposition": "DONE"}))
    (tmp_path / "calls.csv.rejects").mkdir()
    done = run_here("import", str(path), "--instance", str(instance))
    assert (done.returncode, count(instance)) == (2, 0)
    assert "calls.csv.rejects, where wrong lines are written, is a folder. Nothing was imported." in done.stderr


def test_a_file_on_a_disk_that_is_only_read(instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, **_: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    path = tmp_path / "calls.csv"
    path.write_text(table({}))
    monkeypatch.setattr(Path, "unlink", refused)
    done = run_here("import", str(path), "--instance", str(instance))
    assert (done.returncode, count(instance)) == (0, 1), done.stderr


def test_what_a_killed_import_left_of_wrong_lines_goes(instance: Path, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(table({}))
    running = f"calls.csv.rejects.{os.getppid()}.part"
    others = ("calls.csv.rejects.20220530", "calls.csv.rejects.x.part")
    for name in ("calls.csv.rejects", "calls.csv.rejects.4194305.part", running, *others):  # no process has that number
        (tmp_path / name).touch()
    assert run_here("import", str(path), "--instance", str(instance)).returncode == 0
    assert {found.name for found in tmp_path.glob("calls.csv.*")} == {running, *others}


@pytest.mark.parametrize("name", ["yeastar-new.json", "kazoo.json", "freeswitch.json", "master.csv", "cdr.sql"])
def test_a_name_that_is_in_no_file_is_told(name: str) -> None:
    column = next(iter(IMPORTERS[EXPECTED[name][0]].known))
    with pytest.raises(FileError, match=f"has no column Anrufer .--map {column}=Anrufer"):
        read(FILES / name, names={"Anrufer": column})


def test_columns_that_are_not_used_are_told(instance: Path, tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(table({}).replace("talk_duration", "Dauer").replace("id,", "Foo,", 1))
    assert import_into(instance, tmp_path / "calls.csv", Options(ZONE)).notes == ["not used: Foo, Dauer"]


def test_a_stray_quote_takes_one_line(tmp_path: Path) -> None:
    lines = table(*({"id": id} for id in range(1, 101))).splitlines(keepends=True)
    lines[10] = lines[10].replace("Zoë", '"Zoë')
    lines[40] = lines[40].replace("Zoë", '"Zoë')
    lines[43] = lines[43].replace("Zoë", '"Zoë"')
    lines[99] = lines[99].replace("Zoë", '"Zoë')
    (tmp_path / "calls.csv").write_text("".join(lines))
    _, found = read(tmp_path / "calls.csv")
    wrong = [(item.line, item.reason) for item in found if isinstance(item, Reject)]
    assert wrong == [
        (11, "has a quote that no other closes within 20 lines"),
        (41, "has a quote that no other closes"),
        (100, "has 7 columns up to line 101, not 12"),
    ]
    assert len(found) == 100


def test_rows_that_say_the_same_are_as_many_as_in_the_file(instance: Path, tmp_path: Path) -> None:
    line = (FILES / "master.csv").read_text().splitlines(keepends=True)[2]
    path = tmp_path / "Master.csv"
    for lines, added in ((2, 2), (3, 1), (3, 0)):
        path.write_text(line * lines)
        done = run_here("import", str(path), "--instance", str(instance))
        assert f"  {added} CDR rows added" in done.stdout


@pytest.mark.parametrize("name", ["kazoo.json", "freeswitch.json", "lines.jsonl"])
def test_a_file_read_on_another_clock_adds_nothing_twice(name: str, instance: Path, tmp_path: Path) -> None:
    path = FILES / name
    if name == "lines.jsonl":
        path = tmp_path / name
        path.write_text(json.dumps({"timestamp": NOON, "call_from": "2005", "call_to": "2001", "duration": 9}))
    first = import_into(instance, path, Options("UTC", given=True))
    assert first.added
    assert uids(instance)[0].startswith("20220530145341")  # on the PBX's clock
    again = import_into(instance, path, Options("Asia/Tokyo", given=True), timezone="America/New_York")
    assert (again.added, again.there) == (0, first.added)


def test_a_row_refused_for_its_id_does_not_use_up_its_new_id(instance: Path, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    other = {**ROW, "call_id": "c2", "new_id": "N"}
    path.write_text("\n".join(map(json.dumps, (ROW, other, {**other, "id": 2}))))
    outcome = import_into(instance, path, Options(ZONE))
    assert (outcome.added, outcome.there, outcome.rejected) == (2, 0, 1)


def test_an_import_says_how_many_rows_are_kept(instance: Path, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    notes = []
    for rows in (2, 3, 3):
        outcome = import_into(instance, many(path, rows), Options(ZONE), cdr_retention_rows=2)
        notes.append((outcome.added, outcome.notes))
    kept = ["It keeps the newest 2 rows: the setting cdr_retention_rows."]
    assert notes == [(2, []), (1, kept), (1, kept)]


TOLD_TWICE = "22-05-30 08:53:41 and the unique id's 1653893621 are 6 hours apart in Asia/Shanghai"


@pytest.mark.parametrize(
    ("arguments", "code"), [((), 2), (("--timezone", "Europe/Berlin"), 0), (("--timezone", ZONE), 0)]
)
def test_a_table_of_another_zone_is_noticed(
    arguments: tuple[str, ...], code: int, instance: Path, tmp_path: Path
) -> None:
    path = tmp_path / "Master.csv"
    path.write_text((FILES / "master.csv").read_text().replace("30 14:", "30 08:"))
    done = run_here("import", *arguments, str(path), "--instance", str(instance))
    assert (done.returncode, count(instance)) == (code, 0 if code else 4), done.stderr
    assert (TOLD_TWICE in done.stderr) == (ZONE in arguments or not arguments)
    assert ("say which with --timezone" in done.stderr) == (not arguments)


def test_a_clock_that_shows_a_time_twice_is_told_by_the_unique_id(tmp_path: Path) -> None:
    line = '"","2005","2006","c","","","","Dial","x","2024-10-27 02:30:00","","",10,0,"BUSY","","{}",""\n'
    unique = ("1729992600.5", "1729989000.5", "1729989599.5", "")
    (tmp_path / "Master.csv").write_text("".join(map(line.format, unique)))
    source = Source.open(tmp_path / "Master.csv")
    found = IMPORTERS["asterisk-csv"].read(source, Options("Europe/Berlin"))
    starts = [item.row.started_at for item in found if not isinstance(item, Reject)]
    assert starts == [1729992600, 1729989000, 1729989000, 1729989000]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2022-05-30 14:53:41", NOON), ("2022-05-30T14:53:41.9", NOON), ("2022-05-30 06:53:41+00", NOON),
        ("2022-05-30 02:23:41.25-0430", NOON), ("2022-05-30T12:23:41+05:30", NOON), ("2022-05-30T06:53:41Z", NOON),
        ("2022-05-30 14:53", None), ("2022-05-30 14:53:41 CET", None), ("2022-02-30 14:53:41", None), ("", None),
    ],
)  # fmt: skip
def test_a_time_is_an_instant(text: str, instant: int | None) -> None:
    try:
        assert iso_reader(ZONE)("start", text) == instant
    except WrongRowError:
        assert instant is None


# Documents of any length.

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(-1e9, 1e9)
    | st.text('a},{"\\\n ë😀', max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("data", "id", "é")), inner, max_size=3)
    ),
    max_leaves=8,
)
DOCUMENTS = st.lists(VALUES.filter(lambda value: isinstance(value, (list, dict))), min_size=1, max_size=3)
WAYS = st.fixed_dictionaries(
    {
        "indent": st.sampled_from((None, 1)),
        "ensure_ascii": st.booleans(),
        "separators": st.sampled_from((None, (",", ":"))),
    }
)


def parts(document: Any) -> list[Any]:
    """What is to be seen of a document that is read row by row."""
    if isinstance(document, list):
        return document
    if isinstance(document, dict) and isinstance(document.get("data"), list):
        return [*document["data"], {**document, "data": []}]
    return [document]


@given(DOCUMENTS, WAYS, st.sampled_from(("\n", "", ",\n", " ")), st.integers(1, 40), st.integers(1, 99))
@settings(max_examples=60, deadline=None)
def test_json_is_read_in_pieces(made: list[Any], how: Any, between: str, piece: int, cut: int) -> None:
    text = between.join(json.dumps(document, **how) for document in made)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "_PIECE", piece)
        patch.setattr(json_text, "_SHORT", 30)
        path = Path(folder, "file")
        path.write_text(text, encoding="utf-8")
        found = [part for part in documents(Source.open(path)) if not isinstance(part, Reject)]
        seen = ([part.value] if part.path else parts(part.value) for part in found)
        assert list(chain.from_iterable(seen)) == list(chain.from_iterable(map(parts, made)))
        path.write_text(text[: len(text) * cut // 100] or "[", encoding="utf-8")
        with contextlib.suppress(FileError):
            list(documents(Source.open(path)))


LEG = json.loads((FILES / "kazoo.json").read_text().splitlines()[0])["data"][0]
LONG = {
    "yeastar-json": lambda id: {**ROW, "id": id, "uid": f"u{id}"},
    "kazoo-json": lambda id: {**LEG, "call_id": f"c{id}", "bridge_id": f"b{id}"},
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_answer_is_not_held_in_memory(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_PIECE", 2048)
    monkeypatch.setattr(json_text, "_SHORT", 2048)
    monkeypatch.setattr(kazoo, "_AT_ONCE", 10)
    peaks = []
    for rows in (100, 1000):
        path = tmp_path / str(rows)
        path.write_text(json.dumps({"errcode": 0, "data": [LONG[name](id) for id in range(1, rows + 1)]}))
        file = Source.open(path)
        tracemalloc.start()
        assert sum(1 for _ in IMPORTERS[name].read(file, Options(ZONE))) == rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < (tmp_path / "1000").stat().st_size / 8, peaks


# Nobody gets half of it.


def many(path: Path, rows: int) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(ROW)
        for id in range(1, rows + 1):
            writer.writerow({**ROW, "id": id, "uid": f"u{id}", "call_id": f"c{id}"}.values())
    return path


def test_a_killed_import_leaves_nothing_behind(instance: Path, tmp_path: Path) -> None:
    before = 4
    path = many(tmp_path / "calls.csv", 40_000)
    run_here("import", str(FILES / "master.csv"), "--instance", str(instance))
    command = [sys.executable, "-m", "app", "import", str(path), "--instance", str(instance)]
    process = subprocess.Popen(command, cwd=ROOT, env=clean_environment(), stdout=subprocess.DEVNULL)
    connection = sqlite3.connect(instance / "pbx.sqlite", timeout=0, isolation_level=None)
    while process.poll() is None:
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            time.sleep(0.005)
        except sqlite3.OperationalError:  # it is in the middle
            time.sleep(0.1)
            process.kill()
            break
    connection.close()
    assert process.wait(10) == -signal.SIGKILL
    assert count(instance) == before
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], *lines[100:200]]))
    again = run_here("import", "--strict", str(path), "--instance", str(instance))
    assert "  100 CDR rows added" in again.stdout, again.stderr


def test_two_imports_at_once_wait_for_each_other(instance: Path, tmp_path: Path) -> None:
    path = many(tmp_path / "calls.csv", 2000)

    def load(_: int) -> tuple[int, int]:
        pbx = open_world({"instance": str(instance)}, started=False)
        try:
            outcome = import_file(pbx, Source.open(path), None, Options(ZONE), Wanted())
        finally:
            pbx.database.close()
        return outcome.added, outcome.there

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(load, range(2))) == [(0, 2000), (2000, 0)]
    assert count(instance) == 2000


def test_nobody_waits_while_a_file_is_read(instance: Path, tmp_path: Path) -> None:
    pbx = open_world({"instance": str(instance)}, started=False)
    other = sqlite3.connect(instance / "pbx.sqlite", timeout=0, isolation_level=None)

    def change(row: CdrRow) -> CdrRow:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        return row

    outcome = import_file(pbx, Source.open(many(tmp_path / "calls.csv", 5)), None, Options(ZONE), Wanted(change=change))
    other.close()
    pbx.database.close()
    assert outcome.added == 5


def test_an_import_that_waits_too_long_says_so(instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    connection = sqlite3.connect(instance / "pbx.sqlite", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    done = run_here("import", str(many(tmp_path / "calls.csv", 1)), "--instance", str(instance))
    connection.close()
    assert done.returncode == 2
    assert "was not imported: another program, such as another import, is writing" in done.stderr


def test_a_full_disk_leaves_all_as_it_was(instance: Path, tmp_path: Path) -> None:
    path = many(tmp_path / "calls.csv", 3000)
    pbx = open_world({"instance": str(instance)}, started=False)
    connection = pbx.database.connection()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 50}")
    with pytest.raises(FileError, match="was not imported, and the PBX is as it was: database or disk is full"):
        import_file(pbx, Source.open(path), None, Options(ZONE), Wanted())
    assert count(instance) == 0
    connection.execute("PRAGMA max_page_count = 1000000")
    assert import_file(pbx, Source.open(path), None, Options(ZONE), Wanted()).added == 3000
    pbx.database.close()


def test_a_small_disk_leaves_all_as_it_was(bare: Path, tmp_path: Path) -> None:
    if not shutil.which("unshare"):
        pytest.skip("unshare makes the small disk")
    (tmp_path / "disk").mkdir()
    shutil.copytree(bare, tmp_path / "many")
    calls = many(tmp_path / "calls.csv", 5000)
    calls.write_text(calls.read_text().replace("id,", "number,", 1))
    assert run_here("import", str(calls), "--instance", str(tmp_path / "many")).returncode == 0
    own = ["--user", "--map-root-user"] if os.geteuid() else []
    script = [sys.executable, str(Path(__file__).with_name("small_disk.py")), str(tmp_path / "disk"), str(calls)]
    done = subprocess.run(
        ["unshare", *own, "--mount", *script], env=clean_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode == 77 or done.stderr.startswith("unshare:"):
        pytest.skip("nobody may mount a disk here")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    refused = {
        "import": "was not imported, and the PBX is as it was: database or disk is full.",
        "generate": "database or disk is full.",
        "export": "cannot be written: No space left on device.",
        "rejects": "cannot be written beside it: No space left on device. Nothing was imported.",
    }
    for step, told in refused.items():
        assert (found[step]["code"], found[step]["trouble"]) == (2, ""), (step, found[step])
        assert found[step]["told"].startswith("Error: ")
        assert found[step]["told"].endswith(f"{told}\n")
    for step in ("small", "small again", "first export", "small elsewhere"):
        assert found[step]["code"] == 0, (step, found[step])
    assert found["exported"] == 1
    assert found["left"] == ["Master.csv", "calls.jsonl", "fill", "pbx", "wrong.csv"]


# Nobody is to be known by it.


@given(st.sets(st.from_regex(r"[1-9][0-9]{2,4}", fullmatch=True), min_size=1, max_size=40))
@settings(max_examples=25, deadline=None)
def test_two_extensions_never_become_one(numbers: set[str]) -> None:
    number = Pseudonyms("key").number
    made = {old: number(old) for old in numbers}
    assert len(set(made.values())) == len(numbers)
    assert all(len(new) == len(old) and new[0] == old[0] for old, new in made.items())


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("+442079460123", "+44"), ("+12025550143", "+1"), ("+8613800000000", "+86"), ("00442079460123", "0044"),
        ("05925503301", "05"), ("2005", "2"), ("(202) 555-0143", "(2"), ("*98", "*98"), ("anonymous", "anonymous"),
    ],
)  # fmt: skip
def test_a_number_keeps_its_length_and_its_beginning(number: str, kept: str) -> None:
    new = Pseudonyms("key").number(number)
    assert (len(new), new[: len(kept)]) == (len(number), kept)
    assert [letter.isdigit() for letter in new] == [letter.isdigit() for letter in number]
    assert (new == number) == (kept == number)
    assert new == Pseudonyms("key").number(number)
    assert kept == number or Pseudonyms("other").number(number) != new


@pytest.mark.parametrize(
    "ways",
    [
        ("+442079460123", "00442079460123", "442079460123", "+44 20 7946 0123", "+44 (20) 7946-0123"),
        ("+12025550143", "0012025550143", "12025550143", "1-202-555-0143"),
        ("2005", "20 05"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(ways: tuple[str, ...]) -> None:
    number = Pseudonyms("key").number
    made = {re.sub("^00|[^0-9]", "", number(way)) for way in ways}
    assert len(made) == 1
    assert made != {re.sub("^00|[^0-9]", "", ways[0])}


@given(st.sets(st.from_regex(r"(\+|00?)?[0-9]{1,13}", fullmatch=True), min_size=1, max_size=40))
@settings(max_examples=25, deadline=None)
def test_two_numbers_never_become_one(numbers: set[str]) -> None:
    number = Pseudonyms("key").number
    assert len({number(old) for old in numbers}) == len(numbers)


@pytest.mark.parametrize(
    "file",
    [
        "20220530145555-1653893749.6-{}-{}-Outbound.wav",
        "out-{1}-{0}-1653893749.6.wav",
        "q6400-{1}.wav",
        "{1}",
        "q-400-{1}-20240304-101500-1709547300.3.wav",
    ],
)
def test_a_recording_and_a_reason_tell_nobody(file: str) -> None:
    row = NO_CALL._replace(from_number="2005", from_name="Kristin Hale", to_number="12025550143")
    row = row._replace(record_file=file.format("2005", "12025550143"), reason="Kristin Hale +12025550143 hangup    ")
    new = Pseudonyms("key").row(row)
    assert new.record_file == file.format(new.from_number, new.to_number)
    assert new.reason == f"{new.from_name} +{new.to_number} hangup    "


def test_who_calls_whom_stays_and_who_they_are_does_not(world: World) -> None:
    made = list(islice(calls(demo_office(ZONE), 11, NOON, None, 3000), 400))
    change = Pseudonyms("key").row
    changed = [change(row) for row in made]
    pairs, others = (Counter((row.from_number, row.to_number) for row in rows) for rows in (made, changed))
    assert sorted(pairs.values()) == sorted(others.values())
    kept = ("started_at", "duration", "disposition", "call_type", "uid", "reason", "src_trunk")
    for old, new in zip(made, changed, strict=True):
        assert [getattr(old, name) for name in kept] == [getattr(new, name) for name in kept]
        assert len(new.from_name) == len(old.from_name)
        told = repr([value for name, value in new._asdict().items() if name not in kept and value])
        for secret in (old.from_number, old.to_number, old.from_name, old.to_name):
            assert secret == "anonymous" or len(secret) < 6 or secret not in told, (secret, told)
        if old.record_file:
            assert f"-{new.from_number}-{new.to_number}-" in new.record_file
        assert (old.to_text or "").partition(" ")[0] == (new.to_text or "").partition(" ")[0]


def test_text_and_addresses_are_changed() -> None:
    name, address = Pseudonyms("key").name, Pseudonyms("key").address
    text = "Rechnung an Zoë Müller, zoe@mail.example.com, +44 20 7946 0123 (192.168.5.20)"
    new = name(text)
    assert len(new) >= len(text) - 9
    assert not [word for word in ("Rechnung", "Zoë", "Müller", "zoe", "mail", "7946", "5.20") if word in new]
    assert new.endswith(")")
    assert "192.168." in new
    assert ".com" in new
    assert address("10.0.0.7:5060").startswith("10.")
    assert address("10.0.0.7:5060") != "10.0.0.7:5060"
