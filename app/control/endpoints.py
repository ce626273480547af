"""ENDPOINTS: one row an interface, below /_pbx. Routing, the OpenAPI document and the docs page are made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema

from .answers import about, clients, clock, contents, faults, journal, settings, worlds
from .calls import Call
from .schemas import gives, takes


@dataclass(frozen=True, eq=False)
class Endpoint:
    """``path`` stands below /_pbx/, with {places} for one segment each. ``answer`` returns what ``gives`` describes
    (None: nothing), sent with ``status``. ``takes`` checks the body, ``asks`` the query's parameters; with ``world``
    there is also one that names the world it is about. ``example`` is a body, ``query`` are parameters, as somebody
    would send them. ``refuses`` are statuses of refusals besides those that any row of this shape has. ``open`` rows
    are for everybody: they only describe."""

    method: str
    path: str
    answer: Callable[[Call], Any]
    summary: str
    gives: type[Schema] | None = None
    takes: type[Schema] | None = None
    asks: type[Schema] | None = None
    world: bool = False
    status: int = 200
    example: Mapping[str, Any] | None = None
    query: str = ""
    refuses: tuple[int, ...] = ()
    open: bool = False

    @property
    def subject(self) -> str:
        """What it is about: the name of its answer's file."""
        return self.answer.__module__.rpartition(".")[2]


# Subject -> its title, in the order of the page.
SUBJECTS: Mapping[str, str] = {
    "about": "The server",
    "settings": "Settings",
    "worlds": "Worlds: any number of PBXs beside the default one",
    "clients": "API clients",
    "contents": "What the PBX holds",
    "clock": "The PBX's clock",
    "faults": "Faults: what is to go wrong",
    "journal": "The journal: what was asked and answered",
}

# Place in a path -> what it stands for, and an example.
PLACES: Mapping[str, tuple[str, str]] = {
    "name": ("Name of a world.", "mine"),
    "client_id": ("Client ID of an API client.", "second"),
    "label": ("Name of a snapshot: letters, digits, hyphens and underscores.", "before"),
    "fault_id": ("Number of a fault.", "1"),
    "id": (
        "Number in the journal, or the X-PBX-Request-Id of an answer, or last (of those that pass filters).",
        "last",
    ),
}

_CALL = {"call_from": "2005", "call_to": "+442071234567", "talk": 42}

# In an order in which the examples can be run one after the other.
ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "", about.root, "Leads to the page that describes this API.", status=302, open=True),
    Endpoint("GET", "info", about.info, "What this server is, and where its APIs are.", gives.InfoOut),
    Endpoint("GET", "openapi.json", about.openapi, "This API as an OpenAPI document.", gives.OpenApiOut, open=True),
    Endpoint("GET", "docs", about.docs, "This API as a page.", open=True),
    Endpoint(
        "GET", "vendors/openapi.json", about.vendors_openapi,
        "The vendors' APIs, as far as this PBX has them, as an OpenAPI document.",
        gives.OpenApiOut, world=True, open=True,
    ),
    Endpoint("GET", "vendors/docs", about.vendors_docs, "The same as a page.", world=True, open=True),
    Endpoint(
        "GET", "settings", settings.show, "The PBX's settings; secrets are masked unless asked for.",
        gives.SettingsOut, asks=takes.WithSecrets, world=True,
    ),
    Endpoint(
        "PATCH", "settings", settings.change, "Change settings, all that are given or none.",
        gives.SettingsOut, takes.SettingsIn, takes.WithSecrets, world=True,
        example={"timezone": "Europe/London"}, refuses=(409,),
    ),
    Endpoint("GET", "worlds", worlds.list_worlds, "The worlds there are.", gives.WorldsOut),
    Endpoint(
        "POST", "worlds", worlds.make, "Make a world: a PBX of its own, with a client of its own, in milliseconds.",
        gives.WorldOut, takes.WorldIn, status=201, example={"name": "mine", "seed": "demo"}, refuses=(409,),
    ),
    Endpoint("GET", "worlds/{name}", worlds.show, "A world, with what its clients log in with.", gives.WorldOut),
    Endpoint("DELETE", "worlds/{name}", worlds.drop, "Drop a world, its tokens and snapshots.", status=204,
             refuses=(409,)),
    Endpoint(
        "GET", "clients", clients.list_clients, "The API clients of the PBX.",
        gives.ClientsOut, asks=takes.WithSecrets, world=True,
    ),
    Endpoint(
        "POST", "clients", clients.add, "Add an API client.", gives.ClientOut, takes.ClientIn, world=True, status=201,
        example={"client_id": "second", "client_secret": "its-secret"}, refuses=(409,),
    ),
    Endpoint(
        "DELETE", "clients/{client_id}", clients.remove, "Remove an API client; its tokens end.",
        world=True, status=204, refuses=(409,),
    ),
    Endpoint(
        "POST", "seed", contents.seed,
        "Give the PBX another content, which a reset of its data goes back to from then on.",
        gives.SeedOut, takes.SeedIn, world=True, example={"seed": "demo"}, refuses=(409,),
    ),
    Endpoint(
        "POST", "import", contents.import_into, "Add a seed document to what the PBX holds, wholly or not at all.",
        gives.ImportOut, takes.ImportIn, world=True, status=201,
        example={"document": {"extensions": [{"number": "2999", "caller_id_name": "Ada Reyes"}]}},
    ),
    Endpoint(
        "POST", "calls", contents.calls, "Add calls in simple words; what is left out is made up sensibly.",
        gives.CallsOut, takes.CallsIn, world=True, status=201, example={"calls": [_CALL]},
    ),
    Endpoint(
        "POST", "calls/generate", contents.generate, "Add realistic calls, up to the PBX's present time.",
        gives.GenerateOut, takes.GenerateIn, world=True, status=201, example={"rows": 100}, refuses=(409,),
    ),
    Endpoint(
        "POST", "calls/import", contents.import_calls,
        "Add the calls in a file of a real PBX (Yeastar, Asterisk, FreeSWITCH, KAZOO) that are not there yet.",
        gives.ImportCallsOut, takes.ImportCallsIn, world=True,
        example={
            "content": "time,call_from,call_to,duration\n03/04/2026 09:15:00,2005,2001,9\n",
            "date_format": "MM/DD/YYYY",
        },
    ),
    Endpoint("PUT", "snapshots/{label}", worlds.snapshot, "Keep the PBX as it is now.", world=True, status=204),
    Endpoint("GET", "snapshots", worlds.list_snapshots, "The PBX's snapshots.", gives.SnapshotsOut, world=True),
    Endpoint(
        "POST", "snapshots/{label}/restore", worlds.restore, "Bring the PBX back to a snapshot.",
        world=True, status=204, refuses=(409,),
    ),
    Endpoint("DELETE", "snapshots/{label}", worlds.drop_snapshot, "Remove a snapshot.", world=True, status=204),
    Endpoint("GET", "clock", clock.show, "The PBX's clock.", gives.ClockOut, world=True),
    Endpoint(
        "POST", "clock/set", clock.set_time, "Let the clock show another time; it runs on as it did.",
        gives.ClockOut, takes.ClockSetIn, world=True, example={"at": "2024-03-04T09:15:00"},
    ),
    Endpoint(
        "POST", "clock/freeze", clock.freeze, "Let the clock stand still.",
        gives.ClockOut, takes.ClockFreezeIn, world=True, example={"at": "2024-03-04T09:15:00"},
    ),
    Endpoint(
        "POST", "clock/advance", clock.advance, "Let time pass at once.",
        gives.ClockOut, takes.ClockAdvanceIn, world=True, example={"by": "31m"},
    ),
    Endpoint(
        "POST", "clock/run", clock.run, "Let the clock run, as fast as is said, from the time that it shows.",
        gives.ClockOut, takes.ClockRunIn, world=True, example={"rate": 60},
    ),
    Endpoint(
        "POST", "clock/resume", clock.resume, "Let the clock be the real one again.", gives.ClockOut, world=True
    ),
    Endpoint("GET", "faults", faults.list_faults, "The faults that are armed.", gives.FaultsOut, world=True),
    Endpoint(
        "POST", "faults", faults.arm, "Arm a fault.", gives.FaultOut, takes.FaultIn, world=True, status=201,
        example={"route": "cdr/search", "errcode": 10004, "times": 1},
    ),
    Endpoint("DELETE", "faults/{fault_id}", faults.disarm, "Disarm a fault.", world=True, status=204),
    Endpoint("DELETE", "faults", faults.disarm_all, "Disarm all faults.", gives.DisarmedOut, world=True),
    Endpoint(
        "GET", "requests", journal.list_requests, "Requests to Yeastar's and KAZOO's API, with their answers.",
        gives.EntriesOut, asks=takes.RequestList, query="limit=1", refuses=(409,),
    ),
    Endpoint(
        "GET", "requests/count", journal.count, "How many there are.",
        gives.CountOut, asks=takes.RequestCount, query="errcode=0", refuses=(409,),
    ),
    Endpoint(
        "GET", "requests/wait", journal.wait, "Wait until there are so many.",
        gives.WaitOut, asks=takes.RequestWait, query="count=1&timeout=5", refuses=(409,),
    ),
    Endpoint(
        "GET", "requests/{id}", journal.show, "One request.",
        gives.EntryOut, asks=takes.RequestFilter, refuses=(409,),
    ),
    Endpoint(
        "GET", "requests/{id}/explain", journal.why, "Why it was answered as it was, and what would have found more.",
        gives.ExplanationOut, asks=takes.RequestFilter, refuses=(409,),
    ),
    Endpoint("DELETE", "requests", journal.clear, "Forget requests.", asks=takes.OfWorld, status=204, refuses=(409,)),
    Endpoint(
        "POST", "reset", worlds.reset, "All three resets: data, journal, faults and clock.",
        world=True, status=204, refuses=(409,),
    ),
    Endpoint(
        "POST", "reset/data", worlds.reset_data,
        "Content and settings as when the PBX was new; clients, tokens, clock and faults stay.",
        world=True, status=204, refuses=(409,),
    ),
    Endpoint(
        "POST", "reset/journal", worlds.reset_journal, "Forget what was asked of the PBX.",
        world=True, status=204, refuses=(409,),
    ),
    Endpoint(
        "POST", "reset/faults-and-clock", worlds.reset_faults_and_clock,
        "Disarm all faults; the clock as when the PBX was new.", world=True, status=204,
    ),
)  # fmt: skip
