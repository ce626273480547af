"""Why a request was refused, by its errcode: what the note of that moment says, and what can be told from the entry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from ...journal.entries import Entry, Reading
from ..endpoints import DOWNLOAD, ENDPOINTS, Endpoint
from ..errors import ERRORS

if TYPE_CHECKING:
    from ...store.worlds import World

_Reason = Callable[[Entry, list[Reading]], str]

# The note of a request that was answered as a tester had armed it.
_FAULT = re.compile("fault .* armed by a tester: answered ")

# Characters of a parameter that are shown in a sentence.
_LONGEST = 60

# Errcode -> what to do about it.
_ADVICE: Mapping[int, str] = {
    10004: "get_token gives a new pair of tokens; refresh_token another one for the refresh token of a pair.",
    60001: "A link works once only, for the client that asked for it, and not for long:"
    " settings one_time_links and download_link_seconds.",
    60002: "The setting max_tokens says how many tokens a client may hold; 0 sets no limit.",
    70004: "The setting max_failed_logins 0 blocks nobody; a reset of the PBX ends blocks.",
    70087: "The setting allowed_networks says who may call; an empty one lets all in.",
    70123: "`pbx-emulator settings api_enabled on` switches the API on.",
}


def is_fault(entry: Entry) -> bool:
    """Whether a tester wanted the answer to be what it was."""
    return bool(entry.notes) and _FAULT.match(entry.notes[-1]) is not None


def reason(entry: Entry, readings: list[Reading]) -> str:
    """One sentence's end, without a full stop."""
    if is_fault(entry):
        return entry.notes[-1]
    known = _REASONS[entry.errcode](entry, readings) if entry.errcode in _REASONS else ""
    if known:
        return known
    if entry.notes:
        return entry.notes[-1].rstrip(".")
    row = ERRORS.get(entry.errcode or 0)
    return row.meaning.rstrip(".") if row else "the reason is not known"


def advice(entry: Entry) -> Iterator[str]:
    """What to do about it."""
    text = "" if is_fault(entry) else _ADVICE.get(entry.errcode or 0)
    if text and (entry.errcode != 60001 or entry.route == DOWNLOAD):
        yield text


def _parameters(entry: Entry, readings: list[Reading]) -> str:
    """Which parameters failed which check, and what is allowed."""
    if entry.notes and "User-Agent" in entry.notes[-1]:
        return "the request has no User-Agent header, and this PBX wants one; the setting require_user_agent is on"
    if any("larger than" in note for note in entry.notes):
        return ""
    refused = [reading for reading in readings if reading.why.startswith("refused")]
    text = "; ".join(map(_mistake, refused))
    if entry.body is None and entry.method == "POST" and refused:
        return f"no JSON object was in the body: {text}"
    return text


def _mistake(reading: Reading) -> str:
    """What is wrong with a parameter that was refused."""
    if reading.given is None:
        return f"{reading.parameter} is missing"
    if reading.why.startswith("refused: "):
        return reading.why.removeprefix("refused: ").rstrip(".")
    given = f"{reading.given[:_LONGEST]}{'…' * (len(reading.given) > _LONGEST)}"
    allowed = reading.why.partition(": ")[2].replace("expected", "is not", 1)
    return f'{reading.parameter} "{given}" {allowed}'


def _fault(entry: Entry, readings: list[Reading]) -> str:
    return "" if entry.notes else "a fault of the emulator itself; the server's log tells more"


def _nearest(entry: Entry, readings: list[Reading]) -> str:
    """The interface that may have been meant."""
    if entry.route is not None:
        return ""  # its note tells
    path = entry.path.partition("/openapi/")[2].strip("/")
    missing = f"there is no interface {entry.method} {entry.path}"
    methods = [method for (method, known), row in ENDPOINTS.items() if known == path and row.answer is not None]
    if methods:
        return f"{entry.path} is asked with {' or '.join(methods)}, not with {entry.method}"
    near = _nearest_path(path)
    if near is None:
        return f"{missing}, nor one like it; `pbx-emulator routes` lists those there are"
    return f"{missing}; did you mean {near[0]} /openapi/{near[1]}?"


def _is_newer(row: Endpoint) -> bool:
    """Whether an older version has the interface, too."""
    return row.version != "v1.0" and (row.method, f"v1.0/{row.path}") in ENDPOINTS


def _nearest_path(path: str) -> tuple[str, str] | None:
    """Method and path of the interface whose path is most like this one, whatever the version: of one that is in
    both, the older."""
    from difflib import get_close_matches  # here, because hardly anybody needs it

    emulated = [key for key, row in ENDPOINTS.items() if row.answer is not None and not _is_newer(row)]
    by_path = {known: (method, known) for method, known in emulated}
    by_end = {known.partition("/")[2]: (method, known) for method, known in emulated}
    for wanted, known in ((path, by_path), (path, by_end), (path.partition("/")[2], by_end)):
        near = get_close_matches(wanted.lower()[:100], known, 1, 0.7)
        if near:
            return known[near[0]]
    return None


_REASONS: Mapping[int | None, _Reason] = {-2: _fault, 10001: _nearest, 40002: _parameters}


def changed_since(world: World, entry: Entry) -> Iterator[str]:
    """Whether what refused the request still would."""
    settings = world.settings
    if entry.errcode == 70123 and settings.api_enabled:
        yield "The API is switched on now."
    if entry.errcode == 70087:
        allowed = ", ".join(settings.allowed_networks) or "all"
        yield f"Networks that are allowed now: {allowed}."
