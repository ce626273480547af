"""What a PBX holds: seeded, added to, generated, imported."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ...pbx import contents
from ...pbx.adding import add_calls
from ..calls import Call
from ..problems import Problem

if TYPE_CHECKING:
    from ...pbx.importing import Outcome


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


def import_calls(call: Call) -> dict[str, Any]:
    if ("content" in call.body) == ("file" in call.body):
        raise Problem(422, "Give either content, what a file holds, or file, the path of one on the server.")
    from ...pbx.importers import FileError

    with _brought(call) as path:
        here = f"{path.parent}/"
        try:
            outcome = _imported(call, path)
        except FileError as error:
            if isinstance(error.__context__, sqlite3.OperationalError):
                raise error.__context__ from None  # for another time, not for another file
            raise Problem.of_mistakes([str(error).replace(here, "")]) from None
    found = asdict(outcome)
    mistakes = [told.replace(here, "") for told in found.pop("told")]
    return {**found, "mistakes": mistakes, "contents": contents.count(call.world)}


@contextmanager
def _brought(call: Call) -> Iterator[Path]:
    """The file in a folder of its own: what is written beside it goes with it."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "content")
        if "content" in call.body:
            path.write_text(call.body["content"], encoding="utf-8", newline="")
        else:
            given = call.file(call.body["file"])
            path = path.with_name(given.name)
            path.symlink_to(given)
        yield path


def _imported(call: Call, path: Path) -> Outcome:
    from ...pbx.importers import Options, Source
    from ...pbx.importing import Wanted, import_file
    from ...pbx.pseudonyms import Pseudonyms

    body, own = call.body, call.world.settings.timezone
    names = {str(theirs): ours for ours, theirs in body["names"].items()}
    options = Options(
        body.get("timezone", own), "timezone" in body, body.get("date_format"), body.get("time_format"), names
    )
    change = Pseudonyms(body["pseudonymise"]).row if "pseudonymise" in body else None
    wanted = Wanted(body["strict"], body["dry_run"], change)
    return import_file(call.world, Source.open(path), body.get("format"), options, wanted)
