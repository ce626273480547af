"""requests, explain: what was asked of a server and answered, now or before it was stopped, and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from ..settings import Settings
from .program import attached_worlds, explicit_of, main, with_instance

if TYPE_CHECKING:
    from ..journal import Journal
    from ..journal.entries import Entry, Filters
    from ..pbx.worlds import Worlds

# Filter -> the type of its option, and its help; the names are those of Filters.
_FILTERS: dict[str, tuple[type, str]] = {
    "world": (str, "Of this world."),
    "dialect": (str, "Of this dialect: yeastar or kazoo."),
    "client": (str, "Of this client, by its ID; for kazoo of this account or user."),
    "method": (str, "By this method."),
    "route": (str, "To this interface, such as cdr/search or get_token."),
    "status": (int, "With this HTTP status."),
    "errcode": (int, "With this errcode."),
    "request_id": (str, "With this X-PBX-Request-Id."),
    "since": (str, "Since this time of the PBX: in the display format, ISO 8601, or Unix seconds."),
    "until": (str, "Until this time."),
}
_TIMES = ("since", "until")

# Seconds between two looks at whether there is something new.
_PAUSE = 0.1


class _NothingThereError(click.ClickException):
    """What was asked for is not in the journal; the text is one sentence."""

    exit_code = 2


def _filtered(command: Callable[..., Any]) -> Callable[..., Any]:
    """One option for each filter."""
    for name, (kind, help) in reversed(_FILTERS.items()):
        command = click.option(f"--{name.replace('_', '-')}", name, type=kind, metavar="VALUE", help=help)(command)
    return command


@main.command()
@_filtered
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="The newest so many.")
@click.option("--follow", is_flag=True, help="Go on with those that come, until Ctrl-C.")
@with_instance
def requests(limit: int, follow: bool, config: str | None, instance: str | None, **given: Any) -> None:
    """List what was asked and answered, the newest last: number, world, interface, client, outcome, rows, duration.

    It works while the server runs, and afterwards.
    """
    worlds = attached_worlds(config, instance=instance)
    journal, filters = _journal(config, instance), _filters(worlds, given)
    after = journal.head
    found = journal.read(limit=limit, **filters)[::-1]
    _show(worlds, found)
    if not found and not follow:
        click.echo("The journal has no such requests.", err=True)
    if follow:
        with suppress(KeyboardInterrupt):
            _follow(worlds, journal, after, filters)


def _follow(worlds: Worlds, journal: Journal, after: int, filters: Filters) -> None:
    """Show what comes, for ever."""
    while True:
        time.sleep(_PAUSE)
        new = journal.read(after=after, limit=None, newest_first=False, **filters)
        _show(worlds, new)
        after = new[-1].id if new else after


def _journal(config: str | None, instance: str | None) -> Journal:
    """The journal in the folder. Raises _NothingThereError where none was ever kept."""
    from ..journal import Journal, path_in

    folder = path_in(Path(Settings(**explicit_of(config, {"instance": instance})).instance))
    if not folder.exists():
        raise _NothingThereError(f"There is no journal in {folder.parent}: no server was asked anything there.")
    return Journal(folder)


def _filters(worlds: Worlds, given: dict[str, Any]) -> Filters:
    """The filters given; times are read as the world does that is asked for. Raises TimeError, WorldError: unknown."""
    from ..pbx.timekeeping import read_instant

    values = {name: value for name, value in given.items() if value is not None}
    for name in _TIMES:
        if name in values:
            values[name] = read_instant(worlds.get(values.get("world", "default")).settings, values[name])
    return cast("Filters", values)


def _show(worlds: Worlds, entries: Iterable[Entry]) -> None:
    zone = lru_cache(lambda world: _zone(worlds, world))
    for entry in entries:
        click.echo(_line(entry, zone(entry.world)))


def _zone(worlds: Worlds, name: str) -> str:
    """The world's time zone; that of the default world where it is gone."""
    from ..store.registry import WorldError

    try:
        world = worlds.find(name)
    except WorldError:
        world = None
    return (world or worlds.default).settings.timezone


def _line(entry: Entry, zone: str) -> str:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from ..journal.explanation import printable

    shown = datetime.fromtimestamp(entry.at, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
    outcome = str(entry.status) if entry.errcode is None else str(entry.errcode)
    if outcome not in ("0", "200"):
        outcome = f"{outcome} {entry.errmsg}".strip()
    rows = "" if entry.rows is None else f"{entry.rows:,}/{'?' if entry.total is None else f'{entry.total:,}'}"
    route = entry.route or f"{entry.method} {entry.path}"
    line = f"{shown}  {entry.id:>8}  {entry.world:<10}  {route:<18}  {entry.client or '-':<12}  {outcome:<8}"
    return printable(f"{line}  {rows:>13}  {entry.duration / 1000:8.1f} ms")


@main.command()
@click.argument("which", metavar="[NUMBER|REQUEST_ID|last]", default="last")
@_filtered
@with_instance
def explain(which: str, config: str | None, instance: str | None, **given: Any) -> None:
    """Tell why a request was answered as it was: how its parameters were read, what each condition left, what would
    have found something.

    Without a number it is the last request, of those that pass the filters. What each condition leaves is counted
    among the calls there are now.
    """
    from ..explain import explain as explain_entry

    worlds = attached_worlds(config, instance=instance)
    journal = _journal(config, instance)
    entry = _find(journal, which, _filters(worlds, given))
    if entry is None:
        wanted = "no such request" if which == "last" else f"no request {which}"
        raise _NothingThereError(f"The journal has {wanted}; `pbx-emulator requests` lists those it has.")
    click.echo(f"{_line(entry, _zone(worlds, entry.world))}\n\n{explain_entry(worlds, entry).text}")


def _find(journal: Journal, which: str, filters: Filters) -> Entry | None:
    if which == "last":
        return journal.last(**filters)
    return (journal.get(int(which)) if which.isascii() and which.isdecimal() else None) or journal.get(which)
