"""doctor: what is wrong with a PBX before anybody starts it, or while it does not answer as somebody expects."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..clock import Clock
from ..settings import SECRETS, SETTINGS, SettingError, Settings
from ..store.database import DatabaseError
from .program import explicit_of, main, settings_options, shown

if TYPE_CHECKING:
    from ..store.worlds import World

# How far a PBX's clock may be from the real one before somebody should know, in seconds.
_NEAR = 5


@dataclass(frozen=True)
class Finding:
    """``remedy`` says what to do about it; without one all is well."""

    what: str
    told: str
    remedy: str = ""
    wrong: bool = False


def _fine(what: str, told: str) -> Finding:
    return Finding(what, told)


def _odd(what: str, told: str, remedy: str) -> Finding:
    """It works, but may surprise."""
    return Finding(what, told, remedy)


def _wrong(what: str, told: str, remedy: str) -> Finding:
    return Finding(what, told, remedy, wrong=True)


@main.command()
@settings_options(*SETTINGS)
def doctor(config: str | None, **flags: Any) -> None:
    """Check settings, port, database, clock, logins and journal, and say what to do. Nothing is changed.

    Exit code 1 if anything is wrong.
    """
    wrong = False
    for finding in _findings(config, flags):
        wrong = wrong or finding.wrong
        mark = "WRONG" if finding.wrong else "note" if finding.remedy else "ok"
        click.echo(f"{mark:6}{finding.what:10}{finding.told}")
        if finding.remedy:
            click.echo(f"{'':16}-> {finding.remedy}")
    click.get_current_context().exit(1 if wrong else 0)


def _findings(config: str | None, flags: Mapping[str, Any]) -> Iterator[Finding]:
    try:
        explicit = explicit_of(config, flags)
    except SettingError as error:
        yield _wrong("settings", str(error), "Correct it; `pbx-emulator serve --help` lists all settings.")
        return
    settings = Settings(**explicit)
    yield from _settings(explicit)
    yield from _address(settings)
    yield from _certificate(settings)
    yield from _instance(explicit, Path(settings.instance))


def _settings(explicit: Mapping[str, Any]) -> Iterator[Finding]:
    given = ", ".join(f"{name}={'***' if name in SECRETS else shown(value)}" for name, value in explicit.items())
    yield _fine("settings", f"given for this run: {given or 'none, so all are the defaults'}")


def _address(settings: Settings) -> Iterator[Finding]:
    from ..server import AddressError, listen

    where = f"{settings.host} port {settings.port}"
    try:
        listen(settings.host, settings.port).close()
        yield _fine("port", f"{where} is free")
    except AddressError as error:
        if _is_ours(settings):
            yield _odd("port", f"an emulator answers on {where} already", "Use that one, or --port 0 for another.")
        else:
            yield _wrong("port", str(error), "End what listens there, or choose another with --port.")
    from ..control.guard import is_loopback

    if not is_loopback(settings.host):
        remedy = "Anybody in this network can call the API; `--host 127.0.0.1` keeps it to this machine."
        if not settings.control_token:
            remedy += " The control API stays shut until PBX_CONTROL_TOKEN is set."
        yield _odd("port", f"listens on {settings.host}, not only on this machine", remedy)


def _is_ours(settings: Settings) -> bool:
    """Whether an emulator answers at the address."""
    import http.client
    import ssl

    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    connection = (
        http.client.HTTPSConnection(host, settings.port, timeout=2, context=ssl._create_unverified_context())
        if settings.tls
        else http.client.HTTPConnection(host, settings.port, timeout=2)
    )
    with closing(connection):
        try:
            connection.request("GET", "/livez")
            answer = connection.getresponse()
            return answer.status == 200 and b"alive" in answer.read(200)
        except (OSError, http.client.HTTPException):
            return False


def _certificate(settings: Settings) -> Iterator[Finding]:
    from ..tls import CertificateError, certificate

    if not settings.tls:
        return
    if not settings.tls_cert:
        yield _odd("tls", "the certificate is made by the emulator", "Clients must trust it, or not verify.")
        return
    try:
        certificate(settings)
        yield _fine("tls", f"certificate {settings.tls_cert}")
    except CertificateError as error:
        yield _wrong("tls", str(error), "Correct tls_cert and tls_key.")


def _instance(explicit: Mapping[str, Any], folder: Path) -> Iterator[Finding]:
    from ..pbx.setup import DATABASE_NAME
    from ..pbx.worlds import open_worlds

    path = folder / DATABASE_NAME
    if not Settings(**explicit).database_url and not path.exists():
        yield _odd("database", f"{path} is not there yet", "`pbx-emulator serve` makes it and fills it (--seed).")
        return
    try:
        worlds = open_worlds(explicit, started=False)
    except (DatabaseError, sqlite3.Error) as error:
        yield _wrong("database", str(error), f"Move {folder} away, or choose another folder with --instance.")
        return
    try:
        for check in _CHECKS:
            yield from check(worlds.default)
        yield from _others(worlds.names())
    except (DatabaseError, sqlite3.Error) as error:
        yield _wrong("database", f"{path} cannot be used: {error}", "End what holds it, and try again.")
    finally:
        worlds.close()


def _database(world: World) -> Iterator[Finding]:
    from ..pbx.contents import count, is_empty

    connection = world.database.connection()
    found = world.database.damage()
    if found is not None:
        yield _wrong("database", f"{world.database.name} is damaged: {found}", "Move the folder away and seed anew.")
        return
    with world.database.write():
        pass  # somebody who holds it for ever is found out here
    held = count(world)
    told = f"{held['cdr_rows']:,} CDR rows, {held['extensions']:,} extensions, {held['objects']:,} other objects"
    if is_empty(connection):
        yield _odd("database", f"{world.database.name} is empty", "Fill it: `pbx-emulator seed demo`.")
    else:
        yield _fine("database", f"{world.database.name}: {told}")


def _changed(world: World) -> Iterator[Finding]:
    """What of the PBX is not as it is by default."""
    settings = world.settings
    changed = [
        f"{name}={'***' if name in SECRETS else shown(getattr(settings, name))}"
        for name, setting in SETTINGS.items()
        if setting.scope == "pbx" and getattr(settings, name) != setting.default
    ]
    yield _fine("settings", f"of the PBX, unlike the defaults: {', '.join(changed) or 'none'}")


def _faults(world: World) -> Iterator[Finding]:
    from ..faults.rules import armed

    world.present()
    left = [fault for fault in armed(world) if not fault.spent]
    if left:
        yield _odd("faults", f"{len(left)} armed", "See `pbx-emulator fault list`; `fault disarm` takes them away.")


def _clock(world: World) -> Iterator[Finding]:
    from ..pbx.display_format import DisplayFormat
    from ..yeastar.profiles import effective

    settings, clock = world.present()
    display = DisplayFormat.of(settings)
    told = f"{display.write(int(clock.now()))} in {settings.timezone}"
    ahead = clock.now() - Clock().now()
    if clock.rate != 1 or abs(ahead) > _NEAR:
        runs = "stands still" if not clock.rate else f"runs {clock.rate:g} times as fast as the real one"
        how = runs if clock.rate != 1 else f"is {ahead:+,.0f} s from the real one"
        yield _odd("clock", f"{told}; it {how}", "`pbx-emulator time resume` makes it the real one again.")
    else:
        yield _fine("clock", told)
    iso = " or ISO 8601" if effective(settings).accept_iso_times else ""
    yield _fine("times", f"are sent as {display.pattern}{iso}; other forms find nothing")


def _logins(world: World) -> Iterator[Finding]:
    settings, clock = world.present()
    if not settings.api_enabled:
        yield _wrong("logins", "the API is off: 70123 for everybody", "Run `pbx-emulator settings api_enabled on`.")
    if settings.allowed_networks:
        networks = ", ".join(settings.allowed_networks)
        yield _odd("logins", f"only {networks} may call the API", "Others get 70087; setting allowed_networks.")
    connection = world.database.connection()
    blocked = connection.execute(
        "SELECT address, blocked_until FROM failed_login WHERE blocked_until > ?", (int(clock.now()),)
    )
    for address, until in blocked:
        left = until - int(clock.now())
        yield _wrong(
            "logins", f"{address} is blocked for {left:,} s more (70004)", f"`pbx-emulator time advance {left}`"
        )
    (clients,) = connection.execute("SELECT count(*) FROM client").fetchone()
    yield _fine("logins", f"API clients: {clients}; secrets with `pbx-emulator clients list --secrets`")


def _journal(world: World) -> Iterator[Finding]:
    from ..journal import Journal, path_in

    path = path_in(world.database.path.parent)
    if not world.base.journal:
        yield _odd("journal", "is off", "Without it nothing can be explained; --journal switches it on.")
        return
    if not path.exists():
        yield _fine("journal", "nothing has been asked yet")
        return
    try:
        yield _fine("journal", f"{Journal(path).count():,} requests")
    except OSError as error:
        yield _wrong("journal", f"{path} cannot be read: {error.strerror}", "Remove it while no server runs.")


_CHECKS: tuple[Callable[[World], Iterator[Finding]], ...] = (_database, _changed, _clock, _logins, _faults, _journal)


def _others(names: list[str]) -> Iterator[Finding]:
    if len(names) > 1:
        yield _fine("worlds", f"{len(names) - 1} besides the default one; `pbx-emulator worlds list`")
