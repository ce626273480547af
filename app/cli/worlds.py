"""worlds, snapshot: PBXs beside the default one on the same server, and what a PBX was, kept and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..settings import SettingError
from .program import attached_worlds, main, with_instance, with_world

if TYPE_CHECKING:
    from ..store.worlds import World


@main.group("worlds")
def group() -> None:
    """List, make, reset and drop worlds: PBXs of their own beside the default one.

    A client needs the base URL and its own ID and secret; these lead it to its world. A running server sees a new
    world at once.
    """


@group.command("list")
@with_instance
def list_worlds(config: str | None, **flags: Any) -> None:
    """The worlds there are, and what they were made from."""
    worlds = attached_worlds(config, **flags)
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
    _show(attached_worlds(config, **flags).make(seed, name, values))


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
    attached_worlds(config, **flags).reset(name)
    click.echo(f"Reset {name}.")


@group.command()
@click.argument("name")
@with_instance
def drop(name: str, config: str | None, **flags: Any) -> None:
    """Remove a world and its snapshots."""
    attached_worlds(config, **flags).drop(name)
    click.echo(f"Dropped {name}.")


@main.group("snapshot")
def snapshot_() -> None:
    """Keep all that a PBX is now under a label, and bring it back: calls, settings, clock, clients, tokens, faults."""


@snapshot_.command("list")
@with_world
def list_snapshots(world: str, config: str | None, **flags: Any) -> None:
    """The labels of the snapshots there are."""
    click.echo("\n".join(attached_worlds(config, **flags).snapshots(world)) or f"World {world} has no snapshots.")


@snapshot_.command("make")
@click.argument("label")
@with_world
def make_snapshot(label: str, world: str, config: str | None, **flags: Any) -> None:
    """Keep the PBX as it is now under LABEL, in the place of an earlier snapshot of that label."""
    attached_worlds(config, **flags).snapshot(world, label)
    click.echo(f"Kept {world} as {label}.")


@snapshot_.command()
@click.argument("label")
@with_world
def restore(label: str, world: str, config: str | None, **flags: Any) -> None:
    """Make the PBX all that it was when the snapshot was made."""
    attached_worlds(config, **flags).restore(world, label)
    click.echo(f"Restored {world} to {label}.")


@snapshot_.command("drop")
@click.argument("label")
@with_world
def drop_snapshot(label: str, world: str, config: str | None, **flags: Any) -> None:
    """Forget a snapshot."""
    attached_worlds(config, **flags).drop_snapshot(world, label)
    click.echo(f"Dropped {label}.")
