"""The command line, thin: parse, one call, echo. A mistake is one readable sentence and exit code 2."""

from __future__ import annotations

import gc
import sqlite3
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from ._version import __version__
from .settings import SETTINGS, Setting, SettingError, Settings, explicit_settings, find_setting
from .store.database import DatabaseError

if TYPE_CHECKING:
    from .store.worlds import World


def _sentences() -> tuple[type[Exception], ...]:
    """The exceptions whose text is meant for the person at the keyboard."""
    found: list[type[Exception]] = [SettingError, DatabaseError, sqlite3.Error]
    # Looked up, not imported: whoever raised one has imported it.
    for module, name in (
        ("server", "AddressError"),
        ("tls", "CertificateError"),
        ("pbx.seed_mistakes", "SeedError"),
    ):
        loaded = sys.modules.get(f"{__package__}.{module}")
        if loaded is not None:
            found.append(getattr(loaded, name))
    return tuple(found)


class _Program(click.Group):
    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except Exception as error:
            if not isinstance(error, _sentences()):
                raise
            text = f"The database cannot be used: {error}." if isinstance(error, sqlite3.Error) else str(error)
            click.echo(f"Error: {text}", err=True)
            context.exit(2)


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="pbx-emulator")
def main() -> None:
    """A Yeastar P-Series phone system that is not there."""


_Command = Callable[..., Any]


def _option(setting: Setting) -> Callable[[_Command], _Command]:
    help = f"{setting.help} [{setting.variable}; default: {_shown(setting.default)}]"
    if isinstance(setting.default, bool):
        off = setting.flag.replace("--", "--no-", 1)
        return click.option(f"{setting.flag}/{off}", setting.name, default=None, help=help)
    return click.option(setting.flag, setting.name, default=None, metavar="VALUE", help=help)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (tuple, list)):
        return ", ".join(value) or "none"
    return repr(value) if value in ("", " ") else str(value)


def _settings_options(*names: str) -> Callable[[_Command], _Command]:
    """The options --config and those of the settings named."""

    def decorate(command: _Command) -> _Command:
        for name in reversed(names):
            command = _option(SETTINGS[name])(command)
        return click.option("--config", metavar="FILE", help="TOML file with settings. [PBX_CONFIG]")(command)

    return decorate


_with_instance = _settings_options("instance")


def _explicit(config: str | None, flags: Mapping[str, Any]) -> dict[str, Any]:
    return explicit_settings(flags, config=config)


def _attached(config: str | None, **flags: Any) -> World:
    """The PBX of the folder, without a server being started on it."""
    from .pbx.setup import open_world

    world = open_world(_explicit(config, flags), started=False)
    click.get_current_context().call_on_close(world.database.close)
    return world


@main.command()
@_settings_options(*SETTINGS)
def serve(config: str | None, **flags: Any) -> None:
    """Serve the PBX's API until Ctrl-C. An empty database is filled first (--seed)."""
    gc.disable()  # nothing of what is imported and built from here to the first request will be garbage
    from .banner import banner
    from .factory import application
    from .pbx.setup import fill_apart, open_world
    from .server import Server, gunicorn_options, listen, log_to_stderr

    explicit = _explicit(config, flags)
    settings = Settings(**explicit)
    options = gunicorn_options(settings)
    with listen(settings.host, settings.port) as listener:
        port = listener.getsockname()[1]
        fill_apart(explicit)
        world = open_world(explicit)
        text = banner(world, settings, port)
        app = application(world)
        world.database.close()
        log_to_stderr()
        gc.freeze()  # what is there now stays, and is shared with the workers
        gc.enable()
        Server(app, options, listener, ready=lambda: click.echo(text)).run()


@main.command()
@click.argument("file", required=False, metavar="FILE|demo|empty")
@click.option("--append", is_flag=True, help="Add to what is there, instead of taking its place.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of seed documents, and do nothing else.")
@_with_instance
def seed(file: str | None, append: bool, schema: bool, config: str | None, **flags: Any) -> None:
    """Make the PBX what a seed document says (JSON), wholly or not at all. Clients and tokens stay."""
    if schema:
        import json

        from .pbx.seed_schema import schema as schema_document

        click.echo(json.dumps(schema_document(), indent=2))
        return
    if file is None:
        raise click.UsageError("Missing argument 'FILE|demo|empty'.")
    from .pbx.setup import fill_from

    world = _attached(config, **flags)
    fill_from(world, file, append)
    click.echo(f"{'Added' if append else 'Loaded'} {file}: {_contents(world)}.")


def _contents(world: World) -> str:
    """What the PBX now holds, in words."""
    tables = {"extension": "extensions", "extension_group": "extension groups", "object": "other objects"}
    connection = world.database.connection()
    counts = {
        words: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table, words in tables.items()
    }
    (calls,) = connection.execute("SELECT count(*) FROM cdr").fetchone()
    parts = [f"{count:,} {words}" for words, count in counts.items()]
    return f"the PBX holds {', '.join(parts)} and {calls:,} CDR rows"


@main.command()
@_settings_options("instance", "seed", "demo_seed")
def reset(config: str | None, **flags: Any) -> None:
    """Empty the PBX and fill it again from what it was last filled from, or from --seed.

    Settings changed since then and blocked addresses are forgotten; clients and their tokens stay.
    """
    from .pbx.setup import fill_from, filled_from

    explicit = _explicit(config, flags)
    world = _attached(config, **flags)
    source = explicit.get("seed") or filled_from(world) or world.base.seed
    fill_from(world, source)
    click.echo(f"Reset to {source}: {_contents(world)}.")


@main.command()
@click.option("--calls", default=1000, show_default=True, type=click.IntRange(1, 100_000_000), help="CDR rows to make.")
@click.option("--random-seed", default=1, show_default=True, type=int, help="Same seed, same calls.")
@click.option(
    "--days",
    default=60,
    show_default=True,
    type=click.IntRange(1, 3650),
    help="Spread over so many days up to now.",
)
@_with_instance
def generate(calls: int, random_seed: int, days: int, config: str | None, **flags: Any) -> None:
    """Add realistic calls to the PBX, up to its present time."""
    from .pbx.setup import generate_calls

    world = _attached(config, **flags)
    made = generate_calls(world, calls, random_seed, days)
    click.echo(f"Made {made:,} CDR rows: {_contents(world)}.")


@main.group()
def clients() -> None:
    """List, add and remove API clients."""


@clients.command("list")
@click.option("--secrets", is_flag=True, help="Show the secrets too.")
@_with_instance
def list_clients(secrets: bool, config: str | None, **flags: Any) -> None:
    """The API clients of the PBX."""
    rows = _attached(config, **flags).database.connection().execute("SELECT client_id, secret FROM client ORDER BY 1")
    for client_id, secret in rows:
        click.echo(f"{client_id}  {secret if secrets else '***'}")


@clients.command("add")
@click.argument("client_id", required=False)
@click.argument("secret", required=False)
@_with_instance
def add_client(client_id: str | None, secret: str | None, config: str | None, **flags: Any) -> None:
    """Add an API client; id and secret are made up when left out."""
    from .store.clients import add
    from .store.tokens import random_token

    world = _attached(config, **flags)
    client_id = SETTINGS["client_id"].read(client_id or random_token(), "Client ID")
    secret = SETTINGS["client_secret"].read(secret or random_token(), "Client Secret")
    with world.write() as connection:
        if not add(connection, client_id, secret):
            raise DatabaseError(f"There is a client {client_id} already.")
    click.echo(f"Client ID      {client_id}\nClient Secret  {secret}")


@clients.command("remove")
@click.argument("client_id")
@_with_instance
def remove_client(client_id: str, config: str | None, **flags: Any) -> None:
    """Remove an API client; its tokens end at once."""
    from .store.clients import remove

    world = _attached(config, **flags)
    with world.write() as connection:
        if not remove(connection, client_id):
            raise DatabaseError(f"There is no client {client_id}.")
    again = " The next start of the server adds it again: it is the client of the settings."
    click.echo(f"Removed {client_id}.{again if client_id == world.settings.client_id else ''}")


@main.command()
@click.argument("name", required=False)
@click.argument("value", required=False)
@_with_instance
def settings(name: str | None, value: str | None, config: str | None, **flags: Any) -> None:
    """Show the PBX's settings, or change one; a running server obeys at once."""
    from .pbx.setup import change_settings

    world = _attached(config, **flags)
    of_the_pbx = {setting.name: setting for setting in SETTINGS.values() if setting.scope == "pbx"}
    if name is None:
        for shown in of_the_pbx:
            secret = shown == "client_secret"
            click.echo(f"{shown:24} {'***' if secret else _shown(getattr(world.settings, shown))}")
        return
    if name in SETTINGS and name not in of_the_pbx:
        raise SettingError(f"{name} belongs to the server, not to the PBX; give it to serve as {SETTINGS[name].flag}.")
    setting = find_setting(name, "Settings of the PBX", of_the_pbx)
    if value is not None:
        change_settings(world, {name: setting.read(value, name)})
    click.echo(_shown(getattr(world.settings, name)))


@main.command()
def routes() -> None:
    """The interfaces that are emulated."""
    from .kazoo import endpoints as kazoo
    from .yeastar.endpoints import ENDPOINTS

    for (method, path), endpoint in ENDPOINTS.items():
        _echo_route(method, f"/openapi/{path}", endpoint.token, endpoint.source)
    _echo_route("GET", "/api/download/{file}", True, "manual")
    for row in kazoo.ENDPOINTS:
        _echo_route(row.method, f"/v2/{row.path}", row.token, row.source)


def _echo_route(method: str, path: str, token: bool, source: str) -> None:
    click.echo(f"{method:6} {path:62} {'token' if token else 'no token':9} {source}")
