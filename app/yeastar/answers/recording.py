"""Recordings: list, search, download, and the sound behind a link."""

from __future__ import annotations

from flask import Response

from ...pbx.recordings import sound
from ...store import recordings
from .. import links
from ..calls import Call, Fields
from ..errors import YeastarError
from ..listing import listed
from ..profiles import firmware_version
from ..rows import json_row
from ..schemas.cdr import Search
from ..schemas.recording import row_of
from ..sounds import heard


def find(call: Call, search: Search) -> Response:
    """The page of recordings."""
    return listed(call, search.query, json_row(row_of(call.settings), call.settings))


def download(call: Call, given: Fields) -> Fields:
    """A link to a recording, found by its id or by its file name."""
    connection = call.world.database.connection()
    if "id" in given:
        found = recordings.with_id(connection, given["id"])
    else:
        found = recordings.with_file(connection, given["file"])
    if found is None:
        name, value = next(iter(given.items()))
        raise YeastarError(60001, f"there is no recording with the {name} {value!r}")
    before = f"Recording-{firmware_version(call.settings)}-1"
    return links.offer(call, "recording", str(found.id), before, ".wav", found.file)


def file(call: Call, link: links.Link) -> Response:
    """The sound behind such a link."""
    found = recordings.with_id(call.world.database.connection(), int(link.what))
    if found is None:
        raise YeastarError(60001, "the recording is gone since the link was given")
    return heard(call, link, sound(call.settings.recordings, found.file, found.seconds))
