"""import, export: calls of a real system brought in, and the PBX's taken out, in the formats that such systems have."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..pbx.import_formats import FORMATS
from .program import StoppedError, attached, main, with_world
from .progress import progress

if TYPE_CHECKING:
    from ..pbx.importers import Source
    from ..pbx.importing import Outcome

_MANY_BYTES = 1 << 20


@main.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--format", "format_", type=click.Choice(FORMATS), help="What the files are. [default: what is in them]")
@click.option("--dry-run", is_flag=True, help="Only say what would be imported.")
@click.option("--strict", is_flag=True, help="Import nothing of a file with a wrong line. [default: all but these]")
@click.option("--map", "names", multiple=True, metavar="OURS=THEIRS", help="A column's other name; can be repeated.")
@click.option("--timezone", metavar="ZONE", help="IANA zone of the times in the files. [default: the PBX's]")
@click.option("--date-format", metavar="FORMAT", help="MM/DD/YYYY, DD/MM/YYYY, or YYYY/MM/DD. [default: what fits]")
@click.option("--time-format", type=click.Choice(["24", "12"]), help="[default: what fits]")
@click.option("--encoding", metavar="NAME", help="[default: UTF-8, or else Latin-1]")
@click.option("--pseudonymise", metavar="KEY", help="Give people other numbers and names: the same for the same KEY.")
@with_world
def import_(files: tuple[Path, ...], config: str | None, world: str, instance: str | None, **how: Any) -> None:
    """Add the calls in FILE... to the PBX: its own, Asterisk's, FreeSWITCH's, or KAZOO's, gzipped or not.

    Every file is imported in one go or not at all. Calls that are there already are left as they are, so that an
    import can be run again. Wrong lines are written to FILE.rejects; then the exit code is 1. That of a file which
    cannot be imported is 2.
    """
    from ..pbx.importers import Options, Source
    from ..pbx.importing import Wanted, import_file
    from ..pbx.pseudonyms import Pseudonyms

    gc.disable()  # rows are many, and in no circles: looking for these takes a tenth of the time
    pbx = attached(config, world, instance=instance)
    zone = _zone(how["timezone"]) or pbx.settings.timezone
    names = _names(how["names"])
    change = None if how["pseudonymise"] is None else Pseudonyms(_key(how["pseudonymise"])).row
    wanted = Wanted(how["strict"], how["dry_run"], change)
    rejected = 0
    for number, path in enumerate(files, 1):
        options = Options(zone, bool(how["timezone"]), _date_format(how["date_format"]), how["time_format"], names)
        with _told_of_the_rest(path, files[number:]):
            source = Source.open(_readable_twice(path), how["encoding"])
            with _progress(path) as watch:
                outcome = import_file(pbx, source.watched(watch), how["format_"], options, wanted)
        _tell(source, outcome, options.timezone, wanted.dry_run)
        rejected += outcome.rejected
    click.get_current_context().exit(1 if rejected else 0)


def _zone(name: str | None) -> str | None:
    from ..settings import SETTINGS

    return None if name is None else SETTINGS["timezone"].read(name, "--timezone")


def _date_format(name: str | None) -> str | None:
    from ..settings import SETTINGS

    return None if name is None else SETTINGS["date_format"].read(name, "--date-format")


def _names(given: tuple[str, ...]) -> dict[str, str]:
    """Their names and ours."""
    names = {}
    for item in given:
        ours, equals, theirs = item.partition("=")
        if not (ours and equals and theirs):
            raise click.UsageError(f"--map {item}: write OURS=THEIRS, such as --map call_from_number=caller.")
        names[theirs] = ours
    return names


def _key(given: str) -> str:
    if not given.strip():
        raise click.UsageError("--pseudonymise: the KEY is empty, so nothing was imported; is its variable set?")
    return given


def _readable_twice(path: Path) -> Path:
    """Raises FileError where it is a pipe or the like."""
    from ..pbx.importers import FileError

    if path.exists() and not path.is_file():
        told = f"{path} is no file but a pipe or a device"
    elif str(path) == "-":
        told = "The standard input is no file"
    else:
        return path
    raise FileError(f"{told}. A file is needed, as it is read twice: write what comes to one, and import that.")


@contextmanager
def _told_of_the_rest(path: Path, rest: tuple[Path, ...]) -> Iterator[None]:
    """Whoever learns that a file was not imported learns which others were not tried."""
    from ..pbx.importers import FileError

    untried = f" {', '.join(map(str, rest))} {'were' if rest[1:] else 'was'} not tried." if rest else ""
    try:
        yield
    except FileError as error:
        raise FileError(f"{error}{untried}") from None
    except KeyboardInterrupt:
        raise StoppedError(f"Nothing of {path} was imported.{untried}") from None


@contextmanager
def _progress(path: Path) -> Iterator[Callable[[int], None] | None]:
    """A bar for whoever looks at a terminal while a large file is read."""
    size, done = path.stat().st_size, 0
    if size < _MANY_BYTES:
        yield None
        return
    with progress(path.name, size, "Writing them") as step:

        def watch(at: int) -> None:
            nonlocal done
            if step and at > done:
                step(at - done)
                done = at

        yield watch if step else None


def _tell(source: Source, outcome: Outcome, zone: str, dry_run: bool) -> None:
    from ..pbx.importers import IMPORTERS
    from ..pbx.importing import rejects_path

    importer = IMPORTERS[outcome.format]
    assumed = [source.assumed] * bool(source.assumed) + [f"times in {zone}"] * importer.local
    click.echo(f"{source.path}: {importer.title} ({', '.join((outcome.format, *assumed))})")
    for note in (*outcome.notes, *outcome.told):
        click.echo(f"  {note}", err=True)
    parts = [f"{outcome.added:,} CDR rows {'would be added' if dry_run else 'added'}"]
    parts += [f"{outcome.there:,} are there already"] * bool(outcome.there)
    where = "" if dry_run else f", see {rejects_path(source.path)}"
    parts += [f"{outcome.rejected:,} wrong{where}"] * bool(outcome.rejected)
    click.echo(f"  {', '.join(parts)}.")
