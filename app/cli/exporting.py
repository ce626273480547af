"""export: the PBX's calls taken out, in the formats that the systems have from which they can be imported."""

from __future__ import annotations

import sys
from collections.abc import Generator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..settings import SETTINGS, Settings
from ..store.database import DatabaseError
from .program import attached, explicit_of, main, with_world

if TYPE_CHECKING:
    from ..store.worlds import World

# As WRITERS and the two dialects have them.
WRITTEN = (
    "yeastar-json", "yeastar-lines", "yeastar-csv", "asterisk-csv", "freeswitch-csv", "freeswitch-json",
    "kazoo-json", "kazoo-csv",
)  # fmt: skip

Pieces = Generator[bytes, None, None]

# Ends of the names of packed files, in which nothing is written.
_PACKED = (".gz", ".bz2", ".xz", ".zip", ".zst")

# End of a file's name -> its format, unless another is asked for.
_BY_NAME = {".csv": "yeastar-csv", ".jsonl": "yeastar-lines", ".ndjson": "yeastar-lines"}


@main.command()
@click.argument("file", metavar="FILE|-", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--format", "format_", type=click.Choice(WRITTEN), help="[default: by FILE's end, else yeastar-json]")
@click.option("--from", "start", metavar="TIME", help="Calls that began then or later.")
@click.option("--to", "end", metavar="TIME", help="Calls that began then or earlier.")
@click.option("--timezone", metavar="ZONE", help="IANA zone of Asterisk's and FreeSWITCH's times. [default: the PBX's]")
@with_world
def export(
    file: Path,
    format_: str | None,
    start: str | None,
    end: str | None,
    timezone: str | None,
    config: str | None,
    world: str,
    instance: str | None,
) -> None:
    """Write the PBX's calls to FILE, the oldest first; - is the standard output.

    yeastar-lines has all that is kept of a call, the others what their format has a place for.
    """  # fmt: skip
    if file.suffix.lower() in _PACKED:
        raise click.UsageError(f"{file}: calls are written unpacked; name it without {file.suffix}, and pack it then.")
    _check_there(explicit_of(config, {"instance": instance}))
    pbx = attached(config, world, instance=instance)
    zone = SETTINGS["timezone"].read(timezone, "--timezone") if timezone else pbx.settings.timezone
    name = format_ or _BY_NAME.get(file.suffix.lower(), "yeastar-json")
    pieces = _pieces(pbx, name, *_window(pbx, start, end), zone)
    with closing(pieces):
        if str(file) == "-":
            sys.stdout.buffer.writelines(pieces)
        else:
            size = _write(file, pieces)
            click.echo(f"Wrote {file}: {name}, {size:,} bytes.")


def _check_there(explicit: Mapping[str, Any]) -> None:
    """Raises DatabaseError where there is no PBX to write the calls of: opening one would make it."""
    from ..pbx.setup import DATABASE_NAME, database_at

    settings = Settings(**explicit)
    path = Path(settings.instance) / DATABASE_NAME
    if settings.database_url:
        with closing(database_at(settings.database_url, path)) as database:
            there = database.is_older() or database.has_tables()
    else:
        there = path.exists()
    if not there:
        raise DatabaseError(f"There is no PBX in {path.parent}, so nothing was written.")


def _window(world: World, start: str | None, end: str | None) -> tuple[int | None, int | None]:
    """Raises TimeError, PeriodError."""
    from ..pbx.parties import PeriodError
    from ..pbx.timekeeping import read_instant

    first, last = (None if text is None else read_instant(world.settings, text) for text in (start, end))
    if first is not None and last is not None and last <= first:
        raise PeriodError("The period must end after it starts.")
    return first, last


def _pieces(world: World, name: str, start: int | None, end: int | None, zone: str) -> Pieces:
    from ..pbx.display_format import END
    from ..store.query import CdrQuery

    connection, query = world.database.connection(), CdrQuery(start=start, end=end)
    if name in ("yeastar-json", "yeastar-csv"):
        from ..yeastar import exporting as yeastar

        if name == "yeastar-json":
            return yeastar.pages(connection, world.settings, query)
        return yeastar.csv_lines(connection, world.settings, query)
    if name in ("kazoo-json", "kazoo-csv"):
        from ..kazoo import exporting as kazoo

        write = kazoo.pages if name == "kazoo-json" else kazoo.csv_lines
        return write(world, start or 0, END if end is None else end)
    from ..pbx.exporting import WRITERS, clock_of, stored_rows

    return WRITERS[name](stored_rows(connection, query), clock_of(zone))


def _write(file: Path, pieces: Pieces) -> int:
    """Write the file wholly, in the place of what was there, or not at all; its size in bytes. Raises FileError."""
    from ..pbx.importers.mistakes import FileError

    aside = file.with_name(f"{file.name}.part")
    try:
        with aside.open("wb") as written:
            written.writelines(pieces)
            size = written.tell()
        aside.replace(file)
    except OSError as error:
        raise FileError(f"{file} cannot be written: {error.strerror}.") from None
    finally:
        with suppress(OSError):  # it is not there, as it should be; or on a disk that is only read
            aside.unlink()
    return size
