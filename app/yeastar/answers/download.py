"""Files behind links. Each kind of link has its file here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Response

from .. import links
from ..calls import Call
from ..errors import YeastarError
from ..families import later
from . import cdr, cdr_v2, recording

_FILES: Mapping[str, Callable[[Call, links.Link], Response]] = {
    "cdr": cdr.file,
    cdr_v2.LINK: cdr_v2.file,
    "recording": recording.file,
    "report": later("report", "file"),
    "voicemail": later("voicemail", "file"),
    "greeting": later("greeting", "file"),
}


def fetch(call: Call, name: str) -> Response:
    """The file behind the client's link of that name. Raises YeastarError 60001."""
    link = links.find(call, name)
    if link.kind not in _FILES:
        raise YeastarError(60001, "the link was given by another version of this program")
    return _FILES[link.kind](call, link)
