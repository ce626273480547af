"""API clients of a PBX."""

from __future__ import annotations

from typing import Any

from ...store import clients
from ...store.tokens import random_token
from ..calls import Call
from ..problems import Problem


def list_clients(call: Call) -> dict[str, Any]:
    known = clients.secrets(call.world.database.connection())
    secrets = call.query["secrets"]
    return {
        "clients": [
            {"client_id": client_id, **({"client_secret": secret} if secrets else {})}
            for client_id, secret in known.items()
        ]
    }


def add(call: Call) -> dict[str, Any]:
    client_id = call.body.get("client_id") or random_token()
    secret = call.body.get("client_secret") or random_token()
    # Another world sees to this itself; the default one does not know of others.
    if not call.world.number and call.worlds.of_client(client_id) is not call.world:
        raise Problem(409, f"The API client {client_id} belongs to another world already.")
    with call.world.write() as connection:
        added = clients.add(connection, client_id, secret)
    if not added:
        raise Problem(409, f"There is an API client {client_id} already.")
    return {"client_id": client_id, "client_secret": secret}


def remove(call: Call) -> None:
    """Its tokens end with it."""
    client_id = call.path["client_id"]
    if client_id == call.world.settings.client_id:
        raise Problem(409, f"{client_id} is the client of the PBX's settings; change the setting client_id instead.")
    with call.world.write() as connection:
        removed = clients.remove(connection, client_id)
    if not removed:
        raise Problem(404, f"World {call.world.name} has no API client {client_id}.")
