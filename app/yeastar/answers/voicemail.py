"""Voicemail: the messages in the boxes of extensions, and of groups whose members share them."""

from __future__ import annotations

from typing import NamedTuple

from flask import Response

from ...pbx.recordings import Tone
from ...store import voicemail
from ...store.shelves import Holdings, Item
from ...store.voicemail import Message
from .. import links
from ..attributes import members_of, name_of
from ..calls import Call, Fields
from ..deeds import holdings_of
from ..errors import YeastarError
from ..paging import offset_and_size
from ..profiles import firmware_version
from ..sounds import heard

# The mode of a group voicemail that has a box of its own; else each of its members has every message.
_SHARED = "share"


class _Box(NamedTuple):
    """``members`` are the extensions that share it; None for an extension's own."""

    number: str
    members: list[Item] | None


def get(call: Call, given: Fields) -> Fields:
    """The messages in a box, the oldest first. Raises 60001."""
    box = _box(given["number"], holdings_of(call))
    if box is None:
        raise _no_box(given["number"])
    total, rows = _page(call, given, box)
    call.entry.rows, call.entry.total = len(rows), total
    return {"total_number": total, "data": rows}


def query(call: Call, given: Fields) -> Fields:
    """The same page of each of several boxes; numbers without one are passed over."""
    holdings = holdings_of(call)
    numbers = dict.fromkeys(number.strip() for number in given["number"].split(","))
    boxes = [box for number in numbers if (box := _box(number, holdings))]
    pages = [(box.number, *_page(call, given, box)) for box in boxes]
    call.entry.rows, call.entry.total = sum(len(rows) for *_, rows in pages), sum(total for _, total, _ in pages)
    return {
        "voicemail_list": [{"number": number, "total_number": total, "data": rows} for number, total, rows in pages]
    }


def _box(number: str, holdings: Holdings) -> _Box | None:
    if holdings.extension(number):
        return _Box(number, None)
    group = holdings.find("group_voicemail", number, "number")
    return _Box(number, _people(group, holdings)) if group and group.get("mode") == _SHARED else None


def _people(group: Item, holdings: Holdings) -> list[Item]:
    """The extensions that are members, also those of extension groups that are, each once."""
    numbers: dict[str, None] = {}
    for member in members_of(group, "members", holdings):
        listed = holdings.find(member.type, member.id) or {}
        numbers |= dict.fromkeys(listed["members"] if member.type == "ext_group" else (member.number,))
    return [person for number in numbers if (person := holdings.extension(number))]


def _no_box(number: str) -> YeastarError:
    return YeastarError(60001, f"neither an extension nor a group voicemail in the mode share has {number[:60]!r}")


def _page(call: Call, given: Fields, box: _Box) -> tuple[int, list[Item]]:
    """How many messages there are, and those of the page."""
    messages = voicemail.messages(call.world.database.connection(), box.number)
    first, size = offset_and_size(given)
    return len(messages), [
        _row(call, box, place, message) for place, message in enumerate(messages[first : first + size], first)
    ]


def _row(call: Call, box: _Box, place: int, message: Message) -> Item:
    members = None if box.members is None else [_reader(member, message) for member in box.members]
    return {
        "msg_id": message.id,
        "file_name": f"msg{place:04}.wav",
        "is_read": message.is_read,
        "duration": message.seconds,
        "size": _sound(message).size,
        "group_voicemail_read_status": members,
        "name": message.from_name or call.settings.empty_name,
        "time": call.display.write(message.at),
        "number": message.from_number,
    }


def _reader(member: Item, message: Message) -> Item:
    """A message that is read is read for all."""
    return {"name": name_of(member), "number": member["number"], "is_read": message.is_read}


def _sound(message: Message) -> Tone:
    return Tone(message.id, message.seconds)


def download(call: Call, given: Fields) -> Fields:
    """A link to a message. Raises 60001."""
    message = _found(call, given["msg_id"], voicemail.with_id(call.world.database.connection(), given["msg_id"]))
    before = f"PBX-Voicemail-{firmware_version(call.settings)}"
    return links.offer(call, "voicemail", message.id, before, ".wav")


def _found(call: Call, id: str, message: Message | None) -> Message:
    """The message, if there is a box for it."""
    if message is None or _box(message.box, holdings_of(call)) is None:
        raise YeastarError(60001, f"there is no message with the id {id[:60]!r}")
    return message


def file(call: Call, link: links.Link) -> Response:
    """The sound behind such a link."""
    message = voicemail.with_id(call.world.database.connection(), link.what)
    if message is None:
        raise YeastarError(60001, "the message is gone since the link was given")
    return heard(call, link, _sound(message))


def create(call: Call, given: Fields) -> Fields:
    """Leave an extension a message of no length. Raises 60001."""
    caller, number = given["vm_from_number"], given["vm_to_number"]
    with call.world.write() as connection:
        holdings = Holdings(connection, call.settings)
        if holdings.extension(number) is None:
            raise YeastarError(60001, f"there is no extension {number[:60]!r}")
        known = holdings.extension(caller)
        message = voicemail.make(connection, number, caller, name_of(known) if known else "", call.now)
    return {"id": message.id}


def update(call: Call, given: Fields) -> Fields:
    """Mark a message as read. Raises 60001."""
    with call.world.write() as connection:
        voicemail.mark_read(connection, _found(call, given["id"], voicemail.with_id(connection, given["id"])))
    return {}


def delete(call: Call, given: Fields) -> Fields:
    """Delete a message. Raises 60001."""
    with call.world.write() as connection:
        voicemail.delete(connection, _found(call, given["id"], voicemail.with_id(connection, given["id"])))
    return {}


def delete_extension_vm(call: Call, given: Fields) -> Fields:
    """Delete all messages of an extension. Raises 60001."""
    number = given["number"]
    with call.world.write() as connection:
        if Holdings(connection, call.settings).extension(number) is None:
            raise YeastarError(60001, f"there is no extension {number[:60]!r}")
        for message in voicemail.messages(connection, number):
            voicemail.delete(connection, message)
    return {}
