"""Links: an interface gives one to a file, which is made or opened when somebody fetches it."""

from __future__ import annotations

from typing import NamedTuple

from ..store import downloads
from ..store.tokens import random_token
from .calls import Call, Fields
from .errors import YeastarError

PATH = "/api/download/"

# Without a charset, clients would read Latin-1.
CSV = "text/csv; charset=utf-8"


class Link(NamedTuple):
    """``kind`` says what made it, and ``what`` which file that is, in words of that kind's own."""

    name: str
    kind: str
    what: str


def offer(call: Call, kind: str, what: str, before: str, after: str, file: str | None = None) -> Fields:
    """What an interface answers that gives a link. The link's name is the local time and a secret, with ``before`` and
    ``after`` around; the ``file`` is called the same, unless it has a name already."""
    name = f"{before}-download-{call.display.compact(call.now)}-{random_token(16)}{after}"
    expires = call.now + call.settings.download_link_seconds
    with call.world.write() as connection:
        downloads.offer(connection, name, call.client_id, f"{kind} {what}", expires, call.now)
    return {"file": file or name, "download_resource_url": PATH + name}


def find(call: Call, name: str) -> Link:
    """The client's live link. Raises YeastarError 60001."""
    found = downloads.find(call.world.database.connection(), name, call.client_id, call.now)
    if found is None:
        raise _refusal()
    kind, _, what = found.partition(" ")
    return Link(name, kind, what)


def use_up(call: Call, link: Link) -> None:
    """The link is followed to its end: where links work once only, it never will be again. Raises YeastarError 60001:
    somebody has been faster."""
    if not call.settings.one_time_links:
        return
    with call.world.write() as connection:
        if not downloads.end(connection, link.name):
            raise _refusal()


def _refusal() -> YeastarError:
    return YeastarError(60001, "the link is unknown, used, expired or another client's")
