"""The default world's reset and restoring: its file stays where it is, and gets new content in one transaction."""

from __future__ import annotations

import sqlite3

from ..clock import Clock
from ..settings import SETTINGS
from ..store import clients
from ..store.copies import LooseDatabase, replace_content
from ..store.world_files import copy_into
from ..store.worlds import World, remember
from .contents import filled_from
from .making import carry_over, start_layer
from .sources import name_of
from .templates import Templates


def reset(world: World, templates: Templates, aside: LooseDatabase, keep_clock: bool) -> bool:
    """Make the world what it was last filled from, unless somebody has written to it meanwhile.

    The same as the command line's ``reset``, but for the demo office's calls, which go up to the last full hour.
    ``aside`` is a database that is not there yet. Raises SeedError.
    """
    connection = world.database.connection()
    source = filled_from(world) or world.base.seed
    zone = start_layer(world).get("timezone", SETTINGS["timezone"].default)
    now = world.clock.now() if keep_clock else Clock().now()
    copy_into(templates.find(source, now, zone), aside)
    version = world.database.version(connection)
    with aside.write() as after:
        carry(connection, after, keep_clock)
        remember(after, "state", "filled_from", name_of(source))
        settings = World(aside, world.base).settings
        clients.configure(after, settings.client_id, settings.client_secret)
    aside.close()
    return replace_content(world.database.path, aside.path, lambda: world.database.version(connection) == version)


def carry(before: sqlite3.Connection, after: sqlite3.Connection, keep_clock: bool) -> None:
    """What stays: clients and tokens, and the settings of the server's start that the source has not."""
    carry_over(before, after, keep_clock)
    rows = before.execute("SELECT layer, name, value FROM memory WHERE layer = 'start'")
    after.executemany("INSERT INTO memory (layer, name, value) VALUES (?, ?, ?)", rows)
    stored = "SELECT name FROM memory WHERE layer = 'stored'"
    after.execute(f"DELETE FROM memory WHERE layer = 'start' AND name IN ({stored})")
