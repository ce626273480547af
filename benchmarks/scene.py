"""The scene of the measurements over HTTP: the data, the load, servers that run, and how each is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from . import servers, wire
from .contest import Contender
from .dataset import Dataset
from .searches import DEFAULTS, Params, target
from .servers import Served

LOGIN = json.dumps({"username": DEFAULTS.client_id, "password": DEFAULTS.client_secret})


@dataclass(frozen=True)
class Scene:
    """The three servers, all with the same keep-alive."""

    data: Dataset
    keep_alive: bool
    emulator: Served
    plain: Served
    empty: Served
    token: str

    def ours(self, path: str, params: Sequence[Params], name: str = "emulator", connections: int = 8) -> Contender:
        """The emulator, asked so."""
        requests = [wire.get(target(path, self.token, each), self.keep_alive) for each in params]
        return Contender(name, self.emulator, requests, self.keep_alive, connections)

    def plainly(self, params: Sequence[Params], connections: int = 8) -> Contender:
        """The plain yardstick, asked the same searches."""
        requests = [wire.get(target("cdr/search", self.token, each), self.keep_alive) for each in params]
        return Contender("plain", self.plain, requests, self.keep_alive, connections)

    def emptily(self) -> Contender:
        return Contender("empty", self.empty, [wire.get("/", self.keep_alive)], self.keep_alive)


@contextmanager
def scene(data: Dataset, keep_alive: bool) -> Iterator[Scene]:
    """Start the three servers; end them at the end of the block."""
    seconds = 5 if keep_alive else 0
    with ExitStack() as stack:
        emulator = stack.enter_context(servers.emulator(data, seconds))
        plain = stack.enter_context(servers.yardstick("plain", data, seconds))
        empty = stack.enter_context(servers.yardstick("empty", data, seconds))
        yield Scene(data, keep_alive, emulator, plain, empty, login(emulator.port))


def login(port: int) -> str:
    """A token of the emulator that listens there."""
    token: str = answer(port, wire.post("/openapi/v1.0/get_token", LOGIN))["access_token"]
    return token


def answer(port: int, request: str) -> Any:
    """The answer to one request, as parsed JSON."""
    return json.loads(wire.ask(port, request).content())


def differences(scene: Scene, params: Sequence[Params], rows: int) -> list[str]:
    """What keeps the contenders' answers to these searches from being equal, or of so many rows."""
    found = []
    for each in params:
        ours = answer(scene.emulator.port, wire.get(target("cdr/search", scene.token, each)))
        plain = answer(scene.plain.port, wire.get(target("cdr/search", scene.token, each)))
        if ours != plain:
            found.append(f"{each}: the answers differ{_first_difference(ours, plain)}")
        if len(ours.get("data", ())) != rows:
            found.append(f"{each}: {len(ours.get('data', ()))} rows instead of {rows}")
    return found


def _first_difference(ours: Any, plain: Any) -> str:
    for one, other in zip(ours.get("data", ()), plain.get("data", ()), strict=False):
        if one != other:
            return f", first {set(one.items()) ^ set(other.items())}"
    return f": {ours.get('total_number')} and {plain.get('total_number')} rows"
