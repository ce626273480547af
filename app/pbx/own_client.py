"""The API client that a PBX's settings name: it logs in with what they say, whatever changes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..store import clients
from ..store.worlds import World


def of_settings(world: World) -> tuple[str, str]:
    """Its id and its secret."""
    return world.settings.client_id, world.settings.client_secret


def configure(world: World) -> None:
    """Let it log in."""
    client_id, secret = of_settings(world)
    with world.write() as connection:
        clients.configure(connection, client_id, secret)


@contextmanager
def following(world: World) -> Iterator[None]:
    """Where the block changes its settings, it changes with them."""
    before = of_settings(world)
    yield
    if of_settings(world) != before:
        configure(world)
