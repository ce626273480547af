"""worlds: PBXs beside the default one on the same server, made, reset, snapshotted, dropped in milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..settings import SettingError
from .program import explicit_of, main, with_instance

if TYPE_CHECKING:
    from ..pbx.worlds import Worlds
    from ..store.worlds import World


@main.group("worlds")
def group() -> None:
    """List, make, reset, snapshot, restore and drop worlds: PBXs of their own beside the default one.

    A client needs the base URL and its own ID and secret; these lead it to its world. A running server sees a new
    world at once.
    """


def _opened(config: str | None, **flags: Any) -> Worlds:
    from ..pbx.worlds import open_worlds

    worlds = open_worlds(explicit_of(config, flags), started=False)
    click.get_current_context().call_on_close(worlds.close)
    return worlds


@group.command("list")
@with_instance
def list_worlds(config: str | None, **flags: Any) -> None:
    """The worlds there are, and what they were made from."""
    worlds = _opened(config, **flags)
    click.echo("default")
    for entry in worlds.entries():
        click.echo(f"{entry.name}  {entry.source}")


@group.command()
@click.argument("name", required=False)
@click.option("--seed", default="empty", show_default=True, help="demo, empty, or a seed document's path.")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="A setting of the world; can be repeated.")
@with_instance
def make(name: str | None, seed: str, given: tuple[str, ...], config: str | None, **flags: Any) -> None:
    """Make a world; name, client and KAZOO account are made up when left out."""
    values = {}
    for item in given:
        setting, equals, value = item.partition("=")
        if not equals:
            raise SettingError(f"--set {item}: write NAME=VALUE.")
        values[setting] = value
    _show(_opened(config, **flags).make(seed, name, values))


def _show(world: World) -> None:
    settings = world.settings
    click.echo(
        f"World          {world.name}\n"
        f"Client ID      {settings.client_id}\nClient Secret  {settings.client_secret}\n"
        f"KAZOO account  {settings.kazoo_account_id}\nKAZOO API key  {settings.kazoo_api_key}"
    )


@group.command()
@click.argument("name")
@with_instance
def reset(name: str, config: str | None, **flags: Any) -> None:
    """Bring a world back to what it was when it was made; its clients and tokens stay."""
    _opened(config, **flags).reset(name)
    click.echo(f"Reset {name}.")


@group.command()
@click.argument("name")
@with_instance
def drop(name: str, config: str | None, **flags: Any) -> None:
    """Remove a world and its snapshots."""
    _opened(config, **flags).drop(name)
    click.echo(f"Dropped {name}.")


@group.command()
@click.argument("name")
@click.argument("label", required=False)
@with_instance
def snapshot(name: str, label: str | None, config: str | None, **flags: Any) -> None:
    """Keep a world as it is now under LABEL; without one, list its snapshots."""
    worlds = _opened(config, **flags)
    if label is None:
        click.echo("\n".join(worlds.snapshots(name)) or f"{name} has no snapshots.")
        return
    worlds.snapshot(name, label)
    click.echo(f"Kept {name} as {label}.")


@group.command()
@click.argument("name")
@click.argument("label")
@with_instance
def restore(name: str, label: str, config: str | None, **flags: Any) -> None:
    """Bring a world back to a snapshot."""
    _opened(config, **flags).restore(name, label)
    click.echo(f"Restored {name} to {label}.")
