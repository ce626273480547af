"""Greetings: what callers hear before they leave a message, of an extension or of a group voicemail."""

from __future__ import annotations

from flask import Response

from ...pbx.recordings import Tone
from ...store.shelves import Holdings, Item
from .. import links
from ..attributes import found
from ..calls import Call, Fields
from ..deeds import holdings_of
from ..errors import YeastarError
from ..paging import page_of
from ..profiles import firmware_version
from ..sounds import heard

# Kind of greeting -> the kind of whom it belongs to, and what its rows call that.
_OWNERS = {"extension_greeting": ("extension", "extension"), "group_greeting": ("group_voicemail", "groupvoicemail")}

# Nobody knows what a greeting says: it is a tone of so many seconds.
_SECONDS = 3


def of_extension(call: Call, given: Fields) -> Fields:
    """The greetings of an extension. Raises 60001."""
    return _listed(call, given, "extension_greeting")


def of_group(call: Call, given: Fields) -> Fields:
    """The greetings of a group voicemail. Raises 60001."""
    return _listed(call, given, "group_greeting")


def _listed(call: Call, given: Fields, kind: str) -> Fields:
    greetings = _greetings(call, given["extension"], kind)
    rows = [_row(kind, greeting) for greeting in page_of(call, given, greetings)]
    return {"total_number": len(greetings), "greeting_list": rows}


def _greetings(call: Call, number: str, kind: str) -> list[Item]:
    owner, _ = _OWNERS[kind]
    holdings: Holdings = holdings_of(call)
    if holdings.find(owner, number, "number") is None:
        raise YeastarError(60001, f"there is no {owner.replace('_', ' ')} {number[:60]!r}")
    return [greeting for greeting in holdings.items(kind) if greeting.get("box") == number]


def _row(kind: str, greeting: Item) -> Item:
    _, module = _OWNERS[kind]
    return {
        "id": greeting["id"],
        "module": module,
        "number": greeting["box"],
        "file": greeting["name"],
        "suffix": _text(greeting, "suffix", ".wav"),
        "type": _text(greeting, "type", "record"),
        "real_filename": _file(greeting),
    }


def _text(greeting: Item, key: str, default: str) -> str:
    """A seed document may hold anything; what is no text is not shown."""
    value = greeting.get(key, default)
    return value if isinstance(value, str) else default


def _file(greeting: Item) -> str:
    """The name with the suffix, which the manual shows at the end of some names already."""
    name, suffix = str(greeting["name"]), _text(greeting, "suffix", ".wav")
    return name if name.endswith(suffix) else name + suffix


def download(call: Call, given: Fields) -> Fields:
    """A link to a greeting of an extension. Raises 60001."""
    return _offered(call, given, "extension_greeting")


def play(call: Call, given: Fields) -> Fields:
    """A link to a greeting of a group voicemail. Raises 60001."""
    offered = _offered(call, given, "group_greeting")
    return {"file": offered["file"], "play_resource_url": offered["download_resource_url"]}


def _offered(call: Call, given: Fields, kind: str) -> Fields:
    greetings = _greetings(call, given["extension"], kind)
    greeting = next((greeting for greeting in greetings if _file(greeting) == given["file"]), None)
    if greeting is None:
        raise YeastarError(60001, f"{given['extension']} has no greeting {given['file'][:60]!r}")
    before = f"PBX-VoicemailGreeting-{firmware_version(call.settings)}"
    return links.offer(call, "greeting", f"{kind} {greeting['id']}", before, ".wav", _file(greeting))


def file(call: Call, link: links.Link) -> Response:
    """The sound behind such a link. Raises 60001."""
    kind, id = link.what.split()
    return heard(call, link, Tone(_file(found(kind, int(id), holdings_of(call))), _SECONDS))
