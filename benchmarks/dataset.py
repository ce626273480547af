"""The data that is measured: the demo office's calls of five years, made once and kept, and a flat copy of them."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from app.pbx.setup import DATABASE_NAME, open_world
from app.store.loading import CdrRow, load_cdrs
from app.store.worlds import World

from . import ROOT
from .making import Made, make

# The office's calls end here, whenever they are made: the same rows every time.
END = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
DAYS = 5 * 365

# What else stands in a number's place: wildcards of LIKE, letters, blanks, signs.
ODD_NUMBERS = ("100%", "a_b", "Sip.User_7", "Zoë", "*98", "#31#2005", "+49 30 2312", "0%5_9%")


@dataclass(frozen=True)
class Dataset:
    """A folder with the emulator's database, and a flat copy of its calls for LIKE."""

    folder: Path
    rows: int

    @property
    def database(self) -> Path:
        return self.folder / DATABASE_NAME

    @property
    def flat(self) -> Path:
        return self.folder / "flat.sqlite"

    def world(self) -> World:
        """The PBX, to be used within this process."""
        return open_world({"instance": str(self.folder)}, started=False)


def provide(out: Path, rows: int) -> Dataset:
    """The data with so many rows, made where they are not there yet."""
    found = Dataset(out / f"rows-{rows}", rows)
    made_by, mark = found.folder / "made-by", fingerprint()
    if not made_by.exists() or made_by.read_text() != mark:
        shutil.rmtree(found.folder, ignore_errors=True)
        began = time.perf_counter()
        print(f"Making {rows:,} rows in {found.folder} ...", flush=True)
        _make(found)
        make_flat(found)
        made_by.write_text(mark)
        print(f"... which took {time.perf_counter() - began:.0f} s.", flush=True)
    _forget_tokens(found)
    return found


def fingerprint() -> str:
    """What the sources are that shape the data; data made by others is of no use."""
    shaping = [ROOT / "app" / "store" / f"{name}.py" for name in ("models", "numbers", "loading", "database")]
    shaping.append(Path(__file__))
    return hashlib.sha256(b"".join(path.read_bytes() for path in shaping)).hexdigest()


def made(dataset: Dataset) -> Made:
    """What it took to make the emulator's database."""
    return Made(**json.loads((dataset.folder / "made.json").read_text()))


def _make(dataset: Dataset) -> None:
    taken = make(dataset.folder, dataset.rows - len(ODD_NUMBERS), DAYS, END)
    (dataset.folder / "made.json").write_text(json.dumps(asdict(taken)))
    world = dataset.world()
    with world.write() as connection:
        load_cdrs(connection, (odd_row(number, END + place) for place, number in enumerate(ODD_NUMBERS)))
    (rows,) = world.database.connection().execute("SELECT count(*) FROM cdr").fetchone()
    if rows != dataset.rows:
        raise RuntimeError(f"{rows:,} rows were made instead of {dataset.rows:,}")
    world.database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    world.database.close()


def odd_row(number: str, started_at: int) -> CdrRow:
    """A call from and to the number, of no length."""
    row: dict[str, Any] = dict.fromkeys(CdrRow._fields, "")
    row |= dict.fromkeys(("id", "from_text", "to_text"))
    row |= dict.fromkeys(("duration", "ring_duration", "talk_duration"), 0)
    row |= {"started_at": started_at, "uid": f"odd{started_at}", "call_id": f"{started_at}.0"}
    row |= {"from_number": number, "to_number": number, "disposition": "NO ANSWER", "call_type": "Internal"}
    return CdrRow(**row)


def make_flat(dataset: Dataset) -> None:
    """The calls as one table with the numbers as text, and the indexes such searches want: what LIKE is asked of."""
    with closing(sqlite3.connect(dataset.flat, isolation_level=None)) as connection:
        connection.execute("ATTACH ? AS ours", (str(dataset.database),))
        columns = connection.execute("SELECT name, type FROM pragma_table_info('cdr', 'ours')").fetchall()
        names = [name for name, _ in columns if name not in ("id", "from_id", "to_id")]
        connection.execute(
            f"CREATE TABLE main.cdr (id INTEGER PRIMARY KEY, from_number, to_number, {', '.join(names)})"
        )
        connection.execute(
            f"INSERT INTO main.cdr SELECT c.id, f.digits, t.digits, {', '.join(f'c.{name}' for name in names)}"
            " FROM ours.cdr AS c JOIN ours.number AS f ON f.id = c.from_id JOIN ours.number AS t ON t.id = c.to_id"
            " ORDER BY c.id"
        )
        for index in ("started_at", "from_number, started_at", "to_number, started_at"):
            connection.execute(f"CREATE INDEX cdr_{index.partition(',')[0]} ON cdr ({index})")
        connection.execute("ANALYZE main")


def _forget_tokens(dataset: Dataset) -> None:
    """Tokens of earlier runs count against the client's, and weigh on get_token."""
    world = dataset.world()
    with world.write() as connection:
        connection.execute("DELETE FROM token")
    world.database.close()


def copy(dataset: Dataset, folder: Path) -> Dataset:
    """The emulator's database alone, to be written to; the caller removes it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(dataset.database, folder)
    return Dataset(folder, dataset.rows)


def times(dataset: Dataset) -> list[int]:
    """When each call started, in order."""
    with closing(sqlite3.connect(dataset.flat)) as connection:
        return [row[0] for row in connection.execute("SELECT started_at FROM cdr ORDER BY started_at")]


def numbers(dataset: Dataset, most: int | None = None) -> list[str]:
    """The numbers that occur, in the order in which they were met."""
    with closing(sqlite3.connect(dataset.database)) as connection:
        rows = connection.execute("SELECT digits FROM number ORDER BY id")
        return [row[0] for row in islice(rows, most)]
