"""serve, seed, reset: a PBX served, and what it holds."""

from __future__ import annotations

import gc
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..settings import SETTINGS, Settings
from .program import attached, explicit_of, main, settings_options, with_instance

if TYPE_CHECKING:
    from ..store.worlds import World


@main.command()
@settings_options(*SETTINGS)
@click.option("--while-used", metavar="FILE", type=click.Path(path_type=Path), hidden=True)
@click.option("--remove-instance", is_flag=True, hidden=True)
def serve(config: str | None, while_used: Path | None, remove_instance: bool, **flags: Any) -> None:
    """Serve the PBX's API until Ctrl-C. An empty database is filled first (--seed)."""
    gc.disable()  # nothing of what is imported and built from here to the first request will be garbage
    from ..banner import address, banner
    from ..factory import application
    from ..metrics import share
    from ..pbx.setup import fill_apart
    from ..pbx.worlds import open_worlds
    from ..server import Server, gunicorn_options, listen, log_to_stderr

    explicit = explicit_of(config, flags)
    settings = Settings(**explicit)
    options = gunicorn_options(settings)
    with listen(settings.host, settings.port) as listener:
        port = listener.getsockname()[1]
        fill_apart(explicit)
        worlds = open_worlds(explicit)
        text = banner(worlds.default, settings, port)
        app = application(worlds)
        worlds.close()
        share(Path(settings.instance))
        log_to_stderr()
        gc.freeze()  # what is there now stays, and is shared with the workers
        gc.enable()
        if remove_instance:
            options["on_exit"] = lambda _arbiter: shutil.rmtree(settings.instance, ignore_errors=True)
        Server(app, options, listener, partial(_ready, text, address(settings, port), while_used)).run()


def _ready(text: str, address: str, while_used: Path | None) -> None:
    click.echo(text)
    if while_used:
        from ..sharing import end_when_unused

        end_when_unused(while_used, address)


@main.command()
@click.argument("file", required=False, metavar="FILE|demo|empty")
@click.option("--append", is_flag=True, help="Add to what is there, instead of taking its place.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of seed documents, and do nothing else.")
@with_instance
def seed(file: str | None, append: bool, schema: bool, config: str | None, **flags: Any) -> None:
    """Make the PBX what a seed document says (JSON), wholly or not at all. Clients and tokens stay."""
    if schema:
        import json

        from ..pbx.seed_schema import schema as schema_document

        click.echo(json.dumps(schema_document(), indent=2))
        return
    if file is None:
        raise click.UsageError("Missing argument 'FILE|demo|empty'.")
    from ..pbx.contents import add, fill_from

    world = attached(config, **flags)
    (add if append else fill_from)(world, file)
    click.echo(f"{'Added' if append else 'Loaded'} {file}: {contents_in_words(world)}.")


def contents_in_words(world: World) -> str:
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
@settings_options("instance", "seed", "demo_seed")
def reset(config: str | None, **flags: Any) -> None:
    """Empty the PBX and fill it again from what it was last filled from, or from --seed.

    Settings changed since then and blocked addresses are forgotten; clients and their tokens stay.
    """
    from ..pbx.contents import fill_from, filled_from

    explicit = explicit_of(config, flags)
    world = attached(config, **flags)
    source = explicit.get("seed") or filled_from(world) or world.base.seed
    fill_from(world, source)
    click.echo(f"Reset to {source}: {contents_in_words(world)}.")
