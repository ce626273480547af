"""Asked: what a PBX was asked, listed, waited for, checked and explained."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from .control import Control, Json, instant, segment
from .journaled import Request, listed, request_of

__tracebackhide__ = True

# Requests that are asked for at a time, and seconds the server waits for some.
_AT_A_TIME = 1000
_LONGEST_WAIT = 30.0


class Asked:
    """A world's part of the journal. ``world`` is the PBX's name on its server."""

    def __init__(self, control: Control, world: str) -> None:
        self._control = control
        self.world = world

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, /, **query: Any) -> Any:
        return self._control.ask(method, path, body, **{**query, "world": self.world})

    def requests(self, route: str | None = None, **filters: Any) -> list[Request]:
        """What this PBX was asked, oldest first: requests of the route, or all.

        ``filters`` are dialect, client, method, status, errcode, since, until, and ``after``, the id of a request.
        """
        found: list[Request] = []
        query = {"route": route, "order": "oldest", "limit": _AT_A_TIME, **_with_instants(filters)}
        while True:
            entries = self._ask("GET", "requests", **query)["requests"]
            found += map(request_of, entries)
            if len(entries) < _AT_A_TIME:
                return found
            query["after"] = found[-1].id

    def count(self, route: str | None = None, **filters: Any) -> int:
        """How many requests ``requests`` would return."""
        return int(self._ask("GET", "requests/count", route=route, **_with_instants(filters))["count"])

    def wait_for(self, route: str, times: int = 1, timeout: float = 5.0, **filters: Any) -> None:
        """Wait until the route was asked so many times; an AssertionError after ``timeout`` seconds."""
        query = {"route": route, "count": times, **_with_instants(filters)}
        deadline = time.monotonic() + timeout
        while True:
            left = max(deadline - time.monotonic(), 0)
            waited = self._ask("GET", "requests/wait", timeout=min(left, _LONGEST_WAIT), **query)
            if waited["reached"]:
                return
            if left <= _LONGEST_WAIT:
                asked = f"{route} was asked {_times(waited['count'])} within {timeout:g} seconds, expected {times}."
                raise AssertionError(f"{asked}\n\n{self.report()}")

    def assert_asked(
        self, route: str, /, times: int | None = None, at_least: int | None = None, **parameters: Any
    ) -> None:
        """Check that the route was asked, exactly ``times``, ``at_least`` so often, or at all.

        With ``parameters`` only requests count that had sent these, in the query or in the body; numbers are the same
        as their text, and None says that it was not sent.
        """
        least = 1 if at_least is None else at_least
        count = sum(not request.differences(parameters) for request in self.requests(route))
        if count >= least if times is None else count == times:
            return
        like = "".join(f" {name}={value!r}" for name, value in parameters.items())
        expected = f"at least {least}" if times is None else times
        told = f"{route} was asked {_times(count)}{f' with{like}' if like else ''}, expected {expected}."
        raise AssertionError(f"{told}\n\n{listed(self.requests(), parameters, route)}")

    def assert_not_asked(self, route: str, /, **parameters: Any) -> None:
        """Check that the route was never asked, or never with these parameters."""
        self.assert_asked(route, 0, **parameters)

    def report(self) -> str:
        """All that it was asked, for people."""
        return listed(self.requests())

    def explain(self, request: int | str | Request) -> str:
        """Why a request was answered as it was: how it was read, and what would have found something."""
        number = request.id if isinstance(request, Request) else request
        return str(self._ask("GET", f"requests/{segment(number)}/explain")["text"])

    def explain_last(self, route: str | None = None) -> str:
        """The same for the newest request, or the newest of the route."""
        return str(self._ask("GET", "requests/last/explain", route=route)["text"])


def _with_instants(filters: Mapping[str, Any]) -> Json:
    return {name: instant(value) if name in ("since", "until") else value for name, value in filters.items()}


def _times(count: int) -> str:
    return {0: "0 times", 1: "once"}.get(count, f"{count} times")
