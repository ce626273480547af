"""HTTP as the bench speaks it: requests as plain text, answers read piece by piece from a socket."""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass, field

# What every contender is sent besides the request line.
HEADERS = "Host: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: */*\r\n"

_ERRCODE = re.compile(rb'"errcode":\s*(-?[0-9]+)')

_PATIENCE = 60.0
_PIECE = 1 << 18


def get(path: str, keep_alive: bool = True) -> str:
    """The text of a GET request."""
    return f"GET {path} HTTP/1.1\r\n{HEADERS}{_connection(keep_alive)}\r\n"


def post(path: str, body: str, keep_alive: bool = True) -> str:
    """The text of a POST request with a JSON body in ASCII."""
    return _with_body("POST", path, body, keep_alive)


def put(path: str, body: str, keep_alive: bool = True) -> str:
    """The same as a PUT request."""
    return _with_body("PUT", path, body, keep_alive)


def _with_body(method: str, path: str, body: str, keep_alive: bool) -> str:
    length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{method} {path} HTTP/1.1\r\n{HEADERS}{length}{_connection(keep_alive)}\r\n{body}"


def _connection(keep_alive: bool) -> str:
    return "" if keep_alive else "Connection: close\r\n"


@dataclass
class Answer:
    """An answer as it comes in. ``first_byte``: seconds from ``since`` to it; ``done``: nothing is missing."""

    since: float
    first_byte: float = 0.0
    head: bytes = b""
    body: bytearray = field(default_factory=bytearray)
    done: bool = False

    def feed(self, piece: bytes) -> None:
        """Take in what the socket gave; no bytes at all are the end of the connection."""
        if not self.first_byte:
            self.first_byte = time.perf_counter() - self.since
        self.body += piece
        if not self.head and (end := self.body.find(b"\r\n\r\n")) >= 0:
            self.head = bytes(self.body[:end]).lower()
            del self.body[: end + 4]
        self.done = self._complete(ended=not piece)

    def _complete(self, ended: bool) -> bool:
        if b"transfer-encoding: chunked" in self.head:
            complete = self.body.endswith(b"0\r\n\r\n")
        elif b"content-length:" in self.head:
            complete = len(self.body) >= int(self.head.split(b"content-length:")[1].split(b"\r\n")[0])
        else:
            complete = bool(self.head) and ended
        if ended and not complete:
            raise ConnectionError("the server closed the connection within an answer")
        return complete

    @property
    def last(self) -> bool:
        """Whether nothing follows on the connection."""
        return b"connection: close" in self.head

    @property
    def good(self) -> bool:
        """Whether it is HTTP 200 and, from the API, errcode 0."""
        errcode = _ERRCODE.search(self.body[:40])
        return b" 200 " in self.head[:16] and (errcode is None or errcode[1] == b"0")

    def content(self) -> bytes:
        """The body, without the sizes of its chunks."""
        if b"transfer-encoding: chunked" not in self.head:
            return bytes(self.body)
        parts: list[bytes] = []
        place = 0
        while True:
            end = self.body.index(b"\r\n", place)
            length = int(self.body[place:end], 16)
            if not length:
                return b"".join(parts)
            parts.append(bytes(self.body[end + 2 : end + 2 + length]))
            place = end + 2 + length + 2


def receive(connection: socket.socket, answer: Answer) -> None:
    """Take in what is there, waiting for the first of it. Raises ConnectionError."""
    answer.feed(connection.recv(_PIECE))


def open_connection(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def ask(port: int, request: str) -> Answer:
    """One request on a connection of its own."""
    with open_connection(port) as connection:
        answer = Answer(time.perf_counter())
        connection.sendall(request.encode())
        while not answer.done:
            receive(connection, answer)
    return answer
