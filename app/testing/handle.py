"""Pbx: one world of a server, as a test holds it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, Unpack

from .asked import Asked
from .control import Control, Instant, Json, PbxError, instant, read_document, segment

__tracebackhide__ = True

# An int that says how a request fails is an HTTP status between these, and an errcode of Yeastar's everywhere else:
# no errcode is there.
_STATUSES = range(100, 600)

_GONE = 404


@dataclass(frozen=True)
class Call:
    """A call that has been added: the id its rows share, theirs, and its start in Unix seconds."""

    call_id: str
    ids: Sequence[int]
    started_at: float


class FaultFields(TypedDict, total=False):
    """When a fault fires, and what then happens; see the guide's table."""

    client: str
    since: Instant
    until: Instant
    skip: int
    times: int
    probability: float
    seed: int
    errcode: int
    status: int
    delay: float
    delay_most: float
    delay_spread: float
    distribution: str
    expire_token: bool
    truncate: int
    cut: str
    content_type: str
    drip: int


class Pbx(Asked):
    """A PBX of one's own: ``with`` drops it at the end. What cannot be done raises PbxError.

    A client under test needs ``base_url``, the server's root (``api_url`` for those that want Yeastar's), ``client_id``
    and ``client_secret``; one of KAZOO's ``kazoo_url``, ``kazoo_account_id`` and ``kazoo_api_key``. ``world`` is the
    PBX's name on its server.
    """

    def __init__(self, control: Control, facts: Mapping[str, Any]) -> None:
        """``facts`` are those that the control API tells of a world."""
        super().__init__(control, facts["name"])
        self.client_id: str = facts["client_id"]
        self.client_secret: str = facts["client_secret"]
        self.kazoo_account_id: str = facts["kazoo"]["account_id"]
        self.kazoo_api_key: str = facts["kazoo"]["api_key"]
        self.base_url = control.url
        self.api_url = f"{control.url}/openapi/v1.0"
        self.kazoo_url = f"{control.url}/v2"

    def __repr__(self) -> str:
        return f"<Pbx {self.world} at {self.base_url}>"

    def __enter__(self) -> Pbx:
        return self

    def __exit__(self, *error: object) -> None:
        self.drop()

    def drop(self) -> None:
        """End it: its data, tokens and snapshots go. It may be gone already."""
        try:
            self._control.ask("DELETE", f"worlds/{segment(self.world)}")
        except PbxError as error:
            if error.status != _GONE:
                raise

    # What it holds

    def add_call(
        self,
        *,
        call_from: str | None = None,
        call_to: str | None = None,
        status: str | None = None,
        start: Instant | None = None,
        talk: int | None = None,
        ring: int | None = None,
        legs: Sequence[Mapping[str, Any]] | None = None,
        **more: Any,
    ) -> Call:
        """Add one call; what is left out is made up so that the rest makes sense.

        Without a ``start`` it ends now. ``talk`` and ``ring`` are seconds, ``status`` is ANSWERED, NO ANSWER, BUSY,
        FAILED or VOICEMAIL. ``legs`` say on which ways it went (IVR, queue, agent, transfer); see the guide.
        """
        given: Json = {"call_from": call_from, "call_to": call_to, "status": status, "talk": talk, "ring": ring}
        given |= {"start": None if start is None else instant(start), "legs": legs, **more}
        call = {name: value for name, value in given.items() if value is not None}
        (added,) = self._ask("POST", "calls", {"calls": [call]})["calls"]
        return Call(added["call_id"], added["ids"], added["started_at"])

    def add_calls(self, rows: int, *, seed: int = 1, days: int = 60, profile: str = "office") -> int:
        """Add realistic calls of the last ``days``, the same for the same ``seed``; returns how many rows they have.

        ``profile`` is office, callcentre, hotel or night."""
        body = {"rows": rows, "random_seed": seed, "days": days, "profile": profile}
        return int(self._ask("POST", "calls/generate", body)["rows"])

    def extension(self, number: str, name: str = "", **fields: Any) -> int:
        """Add an extension, with a seed document's fields; returns its id."""
        given = {"number": number, **({"name": name} if name else {}), **fields}
        return int(self.load({"extensions": [given]})["extensions"][0])

    def group(self, name: str, members: Sequence[str] = ()) -> int:
        """Add an extension group of these extension numbers; returns its id."""
        given = {"name": name, "members": members if isinstance(members, str) else list(members)}
        return int(self.load({"extension_groups": [given]})["extension_groups"][0])

    def load(self, document: Mapping[str, Any] | str | os.PathLike[str]) -> dict[str, list[int]]:
        """Add what a seed document says, or a file of one (JSON or TOML); returns the ids of what was added."""
        content = document if isinstance(document, Mapping) else read_document(Path(document))
        added: dict[str, list[int]] = self._ask("POST", "import", {"document": content})["added"]
        return added

    # How it is set

    def settings(self, **values: Any) -> Json:
        """Change settings of the PBX; returns all of them, secrets as ***."""
        answer: Json = self._ask("PATCH", "settings", values) if values else self._ask("GET", "settings")
        return answer

    def display_format(self, date: str, hours: int | str = 24) -> None:
        """How it writes times: MM/DD/YYYY, DD/MM/YYYY or YYYY/MM/DD, and 24 or 12 hours."""
        self.settings(date_format=date, time_format=str(hours))

    def timezone(self, name: str) -> None:
        """Its time zone, by IANA name."""
        self.settings(timezone=name)

    # Its clock

    @property
    def now(self) -> float:
        """The time it shows, in Unix seconds."""
        return float(self._ask("GET", "clock")["now"])

    def at(self, at: Instant, *, frozen: bool = True) -> float:
        """Let it show this time, and stand still there unless ``frozen`` is False; returns it in Unix seconds."""
        if frozen:
            return self._clock("freeze", at=instant(at))
        return self._clock("set", at=instant(at))

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> float:
        """Let so much time pass at once; below 0 it is set back. Returns the time it shows."""
        return self._clock("advance", by=seconds + 60 * (minutes + 60 * (hours + 24 * days)))

    def freeze(self) -> float:
        """Let its clock stand still; returns the time it shows."""
        return self._clock("freeze")

    def run(self, rate: float = 1) -> float:
        """Let its clock run so many times as fast as the real one, from the time it shows."""
        return self._clock("run", rate=rate)

    def resume(self) -> float:
        """Let its clock be the real one again."""
        return self._clock("resume")

    def _clock(self, deed: str, **body: Any) -> float:
        return float(self._ask("POST", f"clock/{deed}", body)["now"])

    # What goes wrong

    def fail(self, route: str, how: int | None = None, /, **fault: Unpack[FaultFields]) -> Json:
        """Let requests of the route (``*``: of any) fail; returns the fault, which has an ``id``.

        ``how`` is an errcode of Yeastar's (10004), or an HTTP status (503). Without it the rest says what happens.
        """
        given: Json = {"route": route, **fault}
        if how is not None:
            given["status" if how in _STATUSES else "errcode"] = how
        for name in {"since", "until"} & given.keys():
            given[name] = instant(given[name])
        armed: Json = self._ask("POST", "faults", given)
        return armed

    def slow(self, route: str, seconds: float, /, **fault: Unpack[FaultFields]) -> Json:
        """Let requests of the route be answered so many seconds later; returns the fault."""
        fault["delay"] = seconds
        return self.fail(route, **fault)

    def faults(self) -> list[Json]:
        """The faults that are armed, with how often they have fired."""
        armed: list[Json] = self._ask("GET", "faults")["faults"]
        return armed

    def disarm(self, fault_id: int | None = None) -> None:
        """Take back one fault, or all."""
        self._ask("DELETE", "faults" if fault_id is None else f"faults/{segment(fault_id)}")

    # What it was, and is to be again

    def snapshot(self, label: str = "start") -> None:
        """Keep all that it is now, clients, tokens, settings and clock included."""
        self._ask("PUT", f"snapshots/{segment(label)}")

    def restore(self, label: str = "start") -> None:
        """Make it what it was at the snapshot."""
        self._ask("POST", f"snapshots/{segment(label)}/restore")

    def reset(self) -> None:
        """Make it what it was when it was made: data, settings, clock; no faults, no requests. Tokens stay."""
        self._ask("POST", "reset")

    def reset_journal(self) -> None:
        """Forget what it was asked."""
        self._ask("POST", "reset/journal")
