"""Effects: what a rule does to an answer that is otherwise as it would be: late, cut, short, slow, of another type.

The PBX has done by then what it was asked to do; only its client cannot know.
"""

from __future__ import annotations

import errno
import select
import socket
import time
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from ..waiting import room_for_others
from .rules import armed

if TYPE_CHECKING:
    from ..store.worlds import World
    from .fault import Fault

Environ = MutableMapping[str, Any]

# Where a request's environment holds the rules that went off, and where gunicorn's holds the connection.
_STRUCK = "pbx.faults"
_SOCKET = "gunicorn.socket"

# Milliseconds between two looks at whether somebody still waits; pieces a second of a slow body.
_LOOK = 50
_PIECES = 10


class Answer(Protocol):
    """What effects must know of a response: it is Werkzeug's, which this room has no business with."""

    response: Any
    headers: Any

    @property
    def is_streamed(self) -> bool: ...

    @property
    def content_length(self) -> int | None: ...

    def iter_encoded(self) -> Iterator[bytes]: ...


class _Struck:
    """The rules that went off at a request. ``notes`` is the list that the journal will keep."""

    def __init__(self, faults: Iterable[Fault], notes: list[str]) -> None:
        self.faults = tuple(faults)
        self.notes = notes

    def tell(self, fault: Fault, words: str) -> None:
        self.notes.append(noted(fault, words))


def noted(fault: Fault, words: str) -> str:
    """What the journal says of a rule that went off."""
    return f"fault {fault.id} armed by a tester: {words}"


def begin(faults: Iterable[Fault], world: World, environ: Environ, notes: list[str]) -> None:
    """Keep the client waiting where a rule wants it, and see to it that ``sent`` knows the rules."""
    struck = environ[_STRUCK] = _Struck(faults, notes)
    for fault in struck.faults:
        if fault.delay is not None:
            with room_for_others():
                struck.tell(fault, _wait(fault, world, environ.get(_SOCKET)))


def _wait(fault: Fault, world: World, connection: socket.socket | None) -> str:
    """Wait as long as the rule says, but not for a client that has left, nor when the rule is disarmed. Returns what
    happened."""
    wanted = fault.seconds()
    begun = time.monotonic()
    while (left := begun + wanted - time.monotonic()) > 0:
        if _pause(connection, min(left, _LOOK / 1000)):
            return f"waited {time.monotonic() - begun:.3f} of {wanted:.3f} s, then the client left"
        if fault.id not in [other.id for other in armed(world)]:
            return f"waited {time.monotonic() - begun:.3f} of {wanted:.3f} s, then it was disarmed"
    return f"waited {wanted:.3f} s"


def _pause(connection: socket.socket | None, seconds: float) -> bool:
    """Let time pass; True as soon as the client has closed the connection, where the system can tell."""
    closed = getattr(select, "POLLRDHUP", 0)  # Linux has it
    if connection is None or not closed:
        time.sleep(seconds)
        return False
    poll = select.poll()
    poll.register(connection, closed)
    return bool(poll.poll(seconds * 1000))


def sent(environ: Environ, answer: Answer, answered: Callable[[Any], None]) -> None:
    """Spoil the answer to the request as the rules want that went off; ``answered`` is told of it before it is sent."""
    struck: _Struck | None = environ.get(_STRUCK)
    if struck is None:
        answered(answer)
        return
    for fault in struck.faults:
        _spoil(fault, struck, answer)
    answered(answer)
    if any(fault.cut == "before" for fault in struck.faults):
        _hang_up(environ.get(_SOCKET))
        answer.response = _closing(())


def _spoil(fault: Fault, struck: _Struck, answer: Answer) -> None:
    if fault.content_type is not None:
        answer.headers["Content-Type"] = fault.content_type
        struck.tell(fault, f"sent as {fault.content_type}")
    if fault.cut == "before":
        _close(answer.response)
        answer.response = []
        struck.tell(fault, "the connection was closed before the answer")
    elif fault.cut is not None:
        pieces, _ = _opened(answer)
        _close(pieces)
        answer.response = _closing([b""])
        struck.tell(fault, "the connection was closed after the headers")
    if fault.truncate is not None:
        _truncate(fault, fault.truncate, struck, answer)
    if fault.drip is not None:
        pieces, _ = _opened(answer)
        answer.response = _slowly(pieces, fault.drip)
        struck.tell(fault, f"sent at {fault.drip:,} bytes a second")


def _truncate(fault: Fault, most: int, struck: _Struck, answer: Answer) -> None:
    pieces, size = _opened(answer)
    wanted = f"wanted to cut the body off after {most:,} bytes, but it has only"
    if size is None:  # whoever sends it sees how much it is
        cut = partial(struck.tell, fault, f"the body was cut off after {most:,} bytes")
        answer.response = _beginning(pieces, most, cut, lambda size: struck.tell(fault, f"{wanted} {size:,}"))
        return
    of_size = f"the body was cut off after {most:,} of {size:,} bytes"
    struck.tell(fault, f"{wanted} {size:,}" if size <= most else of_size)
    answer.response = _beginning(pieces, most)


def _opened(answer: Answer) -> tuple[Iterator[bytes], int | None]:
    """The body's pieces, and how many bytes they are if that is known: the headers go on promising these."""
    size = answer.content_length if answer.is_streamed else sum(map(len, answer.response))
    if size is not None:
        answer.headers["Content-Length"] = str(size)
    return answer.iter_encoded(), size


def _beginning(
    pieces: Iterable[bytes],
    most: int,
    cut: Callable[[], None] = lambda: None,
    whole: Callable[[int], None] = lambda size: None,
) -> Iterator[bytes]:
    """As many bytes, and then the end of the connection, if there would be more. Either is told of."""
    left = most
    for piece in pieces:
        if len(piece) > left:
            yield piece[:left]
            cut()
            _end()
        left -= len(piece)
        yield piece
    whole(most - left)


def _slowly(pieces: Iterable[bytes], a_second: int) -> Iterator[bytes]:
    """The pieces at so many bytes a second."""
    size = max(1, a_second // _PIECES)
    yield b""  # the headers come at once
    for piece in pieces:
        for start in range(0, len(piece), size):
            part = piece[start : start + size]
            with room_for_others():
                time.sleep(len(part) / a_second)
            yield part


def _closing(pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield from pieces
    _end()


def _end() -> NoReturn:
    """A server that meets this while it sends closes the connection, TLS or not."""
    raise ConnectionResetError(errno.ECONNRESET, "a fault closes the connection")


def _hang_up(connection: socket.socket | None) -> None:
    """Close the connection at once: an answer without a body has no pieces during which ``_end`` could."""
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def _close(pieces: Any) -> None:
    if hasattr(pieces, "close"):
        pieces.close()
