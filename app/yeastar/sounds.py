"""Sounds behind links: the whole of one, streamed, or a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

from . import links
from .ranges import part_asked

if TYPE_CHECKING:
    from ..pbx.recordings import OwnSound, Tone
    from .calls import Call


def heard(call: Call, link: links.Link, sound: Tone | OwnSound) -> Response:
    """The sound behind the link, or the part of it that is asked for.

    Only the whole uses the link up: a player asks for parts, again and again."""
    headers = {"Accept-Ranges": "bytes", "Content-Disposition": f'attachment; filename="{link.name}"'}
    part, status = part_asked(call.request, sound.size), 206
    if part is None:
        links.use_up(call, link)
        part, status = range(sound.size), 200
    elif not part:
        headers["Content-Range"] = f"bytes */{sound.size}"
        call.entry.notes.append(f"the file has {sound.size:,} bytes, and none of those asked for")
        return Response(status=416, headers=headers, content_type="audio/wav")
    else:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{sound.size}"
    headers["Content-Length"] = str(len(part))
    return Response(sound.pieces(part), status, headers, content_type="audio/wav")
