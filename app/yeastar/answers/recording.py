"""Recordings: list, search, download, and the sound behind a link."""

from __future__ import annotations

from flask import Response

from ...pbx.recordings import sound
from ...store import recordings
from .. import links
from ..calls import Call, Fields
from ..errors import YeastarError
from ..listing import listed
from ..ranges import part_asked
from ..schemas.cdr import Search
from ..schemas.recording import NewerRecordingOut, RecordingOut
from .system import FIRMWARE_VERSIONS


def find(call: Call, search: Search) -> Response:
    """The page of recordings."""
    return listed(call, search.query, RecordingOut if call.settings.firmware == "37.7" else NewerRecordingOut)


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
    before = f"Recording-{FIRMWARE_VERSIONS[call.settings.firmware]}-1"
    return links.offer(call, "recording", str(found.id), before, ".wav", found.file)


def file(call: Call, link: links.Link) -> Response:
    """The sound behind such a link, streamed, or the part of it that is asked for.

    Only the whole uses the link up: a player asks for parts, again and again."""
    found = recordings.with_id(call.world.database.connection(), int(link.what))
    if found is None:
        raise YeastarError(60001, "the recording is gone since the link was given")
    heard = sound(call.settings.recordings, found.file, found.seconds)
    headers = {"Accept-Ranges": "bytes", "Content-Disposition": f'attachment; filename="{link.name}"'}
    part, status = part_asked(call.request, heard.size), 206
    if part is None:
        links.use_up(call, link)
        part, status = range(heard.size), 200
    elif not part:
        headers["Content-Range"] = f"bytes */{heard.size}"
        call.entry.notes.append(f"the file has {heard.size:,} bytes, and none of those asked for")
        return Response(status=416, headers=headers, content_type="audio/wav")
    else:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{heard.size}"
    headers["Content-Length"] = str(len(part))
    return Response(heard.pieces(part), status, headers, content_type="audio/wav")
