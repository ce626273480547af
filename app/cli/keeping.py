"""clients, settings, routes: what a PBX lets in, how it is set, what it answers."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from ..settings import SECRETS, SETTINGS, SettingError, find_setting
from ..store.database import DatabaseError
from .program import attached, main, shown, with_world


@main.group()
def clients() -> None:
    """List, add and remove API clients."""


@clients.command("list")
@click.option("--secrets", is_flag=True, help="Show the secrets too.")
@with_world
def list_clients(secrets: bool, config: str | None, **flags: Any) -> None:
    """The API clients of the PBX."""
    rows = attached(config, **flags).database.connection().execute("SELECT client_id, secret FROM client ORDER BY 1")
    for client_id, secret in rows:
        click.echo(f"{client_id}  {secret if secrets else '***'}")


@clients.command("add")
@click.argument("client_id", required=False)
@click.argument("secret", required=False)
@with_world
def add_client(client_id: str | None, secret: str | None, config: str | None, **flags: Any) -> None:
    """Add an API client; id and secret are made up when left out."""
    from ..store.clients import add
    from ..store.tokens import random_token

    world = attached(config, **flags)
    client_id = SETTINGS["client_id"].read(client_id or random_token(), "Client ID")
    secret = SETTINGS["client_secret"].read(secret or random_token(), "Client Secret")
    with world.write() as connection:
        if not add(connection, client_id, secret):
            raise DatabaseError(f"There is a client {client_id} already.")
    click.echo(f"Client ID      {client_id}\nClient Secret  {secret}")


@clients.command("remove")
@click.argument("client_id")
@with_world
def remove_client(client_id: str, config: str | None, **flags: Any) -> None:
    """Remove an API client; its tokens end at once."""
    from ..store.clients import remove

    world = attached(config, **flags)
    with world.write() as connection:
        if not remove(connection, client_id):
            raise DatabaseError(f"There is no client {client_id}.")
    again = " The next start of the server adds it again: it is the client of the settings."
    click.echo(f"Removed {client_id}.{again if client_id == world.settings.client_id else ''}")


@main.command()
@click.argument("name", required=False)
@click.argument("value", required=False)
@with_world
def settings(name: str | None, value: str | None, config: str | None, **flags: Any) -> None:
    """Show the PBX's settings, or change one; a running server obeys at once."""
    from ..pbx.setup import change_settings

    world = attached(config, **flags)
    of_the_pbx = {setting.name: setting for setting in SETTINGS.values() if setting.scope == "pbx"}
    if name is None:
        for known in of_the_pbx:
            value_shown = "***" if known in SECRETS else shown(getattr(world.settings, known))
            click.echo(f"{known:24} {value_shown}")
        return
    if name in SETTINGS and name not in of_the_pbx:
        raise SettingError(f"{name} belongs to the server, not to the PBX; give it to serve as {SETTINGS[name].flag}.")
    setting = find_setting(name, "Settings of the PBX", of_the_pbx)
    if value is not None:
        change_settings(world, {name: setting.read(value, name)})
    click.echo(shown(getattr(world.settings, name)))


@main.command()
@click.option("--all", "all_", is_flag=True, help="Also those that a PBX has and that are not emulated.")
@click.option("--count", is_flag=True, help="Only how many there are of each state.")
def routes(all_: bool, count: bool) -> None:
    """The interfaces that are emulated."""
    from ..kazoo import endpoints as kazoo
    from ..yeastar.endpoints import ENDPOINTS
    from ..yeastar.interface import STATES

    if count:
        states = Counter(row.state for row in ENDPOINTS.values())
        told = ", ".join(f"{states[state]} {state}" for state in STATES)
        click.echo(f"Yeastar: {len(ENDPOINTS)} interfaces: {told}")
        click.echo(f"KAZOO: {len(kazoo.ENDPOINTS)} interfaces, those of the CDR API")
        return
    for (method, path), endpoint in ENDPOINTS.items():
        if all_ or endpoint.answer is not None:
            source = endpoint.source if endpoint.answer else f"{endpoint.source}; {endpoint.state}"
            _echo_route(method, f"/openapi/{path}", endpoint.token, source)
    _echo_route("GET", "/api/download/{file}", True, "manual")
    for row in kazoo.ENDPOINTS:
        _echo_route(row.method, f"/v2/{row.path}", row.token, row.source)


def _echo_route(method: str, path: str, token: bool, source: str) -> None:
    click.echo(f"{method:6} {path:62} {'token' if token else 'no token':9} {source}")
