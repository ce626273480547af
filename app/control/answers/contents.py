"""What a PBX holds: seeded, added to, generated."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ...pbx import contents
from ...pbx.adding import add_calls
from ..calls import Call
from ..problems import Problem


def seed(call: Call) -> dict[str, Any]:
    world = call.worlds.seed(call.world.name, call.source(call.body["seed"]))
    return {"contents": contents.count(world)}


def import_into(call: Call) -> dict[str, Any]:
    if len(call.body) != 1:
        raise Problem(422, "Give either document, a seed document, or file, the path of one on the server.")
    body = call.body
    added = contents.add(call.world, body["document"] if "document" in body else str(call.file(body["file"])))
    return {"contents": contents.count(call.world), "added": added}


def calls(call: Call) -> dict[str, Any]:
    return {"calls": [asdict(added) for added in add_calls(call.world, call.body["calls"])]}


def generate(call: Call) -> dict[str, Any]:
    from ...pbx.generating import Wanted, generate_calls

    body = call.body
    wanted = Wanted(body["rows"], body["random_seed"], body["profile"], days=body["days"])
    return {"rows": generate_calls(call.world, wanted)}
