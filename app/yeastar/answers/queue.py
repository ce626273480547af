"""Queue: its calls and agents as they are now; agents log in and out, pause and go on; why they may pause.

No call is ever going on. A static agent is always logged in, a dynamic one once it has been. Who logs out or pauses
for a time is back when it is over.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...store.shelves import SHELVES, Holdings, Item
from ..attributes import Member, found, members_of
from ..calls import Call, Fields
from ..deeds import holdings_of
from ..errors import YeastarError, parameter_error
from ..paging import page_of
from ..profiles import present
from ..resources.queue import is_dynamic, pause_reasons, states_in

# As a real PBX answered, beside 60001 (observed).
_NO_CALLS: Fields = {
    "waiting_list": None,
    "active_list": None,
    "waiting_calls": 0,
    "active_calls": 0,
    "ringing_list": None,
    "ringing_calls": 0,
}
_NO_AGENTS: Fields = {"total_number": 0, "data": None}
_IDLE = 1

# A time to pause or to stay that is given has at least so many seconds; 0 has no end.
_LEAST_SECONDS = 10
_PAUSE_TIME, _LOGOUT_TIME = "max_threshold_for_pause_time", "max_threshold_for_logout_time"

_GOING_ON: Item = {"is_pause": False, "reason": "", "pause_ends": 0, _PAUSE_TIME: 0}


def call_status(call: Call, given: Fields) -> Fields:
    """The calls of a queue, at the top of the answer. Raises 60001, beside which the same fields stand."""
    _queue(call, given, _NO_CALLS)
    return _NO_CALLS


def agent_status(call: Call, given: Fields) -> Fields:
    """The agents of a queue. Raises 60001, beside which the same fields stand."""
    queue = _queue(call, given, _NO_AGENTS)
    agents = [
        present(call.settings.firmware, "queue/agent_status", _agent(queue, member, call.now))
        for member in _agents(queue, holdings_of(call))
    ]
    call.entry.rows = call.entry.total = len(agents)
    return {"total_number": len(agents), "data": agents} if agents else _NO_AGENTS


def _queue(call: Call, given: Fields, nothing: Fields) -> Item:
    queue = holdings_of(call).find("queue", given.get("id"))
    if queue is None:
        note = f"there is no queue with the id {given['id']}" if "id" in given else "the parameter id is missing"
        raise YeastarError(60001, note, **nothing)
    return queue


def _agents(queue: Item, holdings: Holdings) -> Iterable[Member]:
    return members_of(queue, "agents", holdings)


def _agent(queue: Item, member: Member, now: int) -> Item:
    state = _state(queue, member, now)
    return {
        "name": member.name,
        "number": member.number,
        "is_login": int(state["is_login"]),
        "is_pause": int(state["is_pause"]),
        "call_status": _IDLE,
        "pause_reason": state["reason"],
        "agent_type": "dynamic" if is_dynamic(queue, member.number) else "static",
        _PAUSE_TIME: state[_PAUSE_TIME],
        _LOGOUT_TIME: state[_LOGOUT_TIME],
    }


def _state(queue: Item, agent: Member, now: int) -> Item:
    """Whether the agent is logged in and has paused; for how many seconds in all, 0 until asked; ``logout_ends`` and
    ``pause_ends`` are instants, 0 for never."""
    state: Item = {
        "is_login": not is_dynamic(queue, agent.number),
        "is_pause": False,
        "reason": "",
        "logout_ends": 0,
        "pause_ends": 0,
        _PAUSE_TIME: 0,
        _LOGOUT_TIME: 0,
    }
    kept = states_in(queue).get(str(agent.id))
    if isinstance(kept, dict):
        state |= {key: value for key, value in kept.items() if type(value) is type(state.get(key))}
    if 0 < state["logout_ends"] <= now:
        state |= {"is_login": True, "logout_ends": 0, _LOGOUT_TIME: 0}
    if 0 < state["pause_ends"] <= now:
        state |= _GOING_ON
    return state


def agent_login(call: Call, given: Fields) -> Fields:
    """Log dynamic agents in or out: one in several queues, or several in one. Raises 60001."""
    entering = given["operation"] == "login"
    asked = {} if entering else given
    changes = {
        "is_login": entering,
        "logout_ends": _end(call, asked, _LOGOUT_TIME),
        _LOGOUT_TIME: asked.get(_LOGOUT_TIME, 0),
    }
    changes |= _pausing(call, given, bool(given.get("is_paused"))) if entering else _pausing(call, {}, False)
    return _change(call, given, changes, only_dynamic=True)


def agent_pause(call: Call, given: Fields) -> Fields:
    """Have agents pause or go on: one in several queues, or several in one. Raises 60001."""
    return _change(call, given, _pausing(call, given, given["operation"] == "pause"), only_dynamic=False)


def _pausing(call: Call, given: Fields, pausing: bool) -> Item:
    if not pausing:
        return _GOING_ON
    return {
        "is_pause": True,
        "reason": _reason(call, given),
        "pause_ends": _end(call, given, _PAUSE_TIME),
        _PAUSE_TIME: given.get(_PAUSE_TIME, 0),
    }


def _reason(call: Call, given: Fields) -> str:
    """What the code stands for; the manual takes no others than those of the list."""
    if "reason" not in given:
        return ""
    reasons = pause_reasons(holdings_of(call))
    if given["reason"] not in reasons:
        raise parameter_error({"reason": "oneof"}, f"reason is the code of a pause reason: {', '.join(reasons)}")
    return reasons[given["reason"]]


def _end(call: Call, given: Fields, name: str) -> int:
    seconds = given.get(name, 0)
    if 0 < seconds < _LEAST_SECONDS:
        raise parameter_error({name: "min"}, f"{name} is 0, or {_LEAST_SECONDS} and more")
    return call.now + seconds if seconds else 0


def _change(call: Call, given: Fields, changes: Item, only_dynamic: bool) -> Fields:
    """Change what is known of each agent that is meant, in each queue."""
    with call.world.write() as connection:
        holdings = Holdings(connection, call.settings)
        people = {found("extension", id, holdings)["id"] for id in given.get("ext_ids", (given.get("ext_id"),))}
        named = given.get("queue_ids", (given["queue_id"],) if "queue_id" in given else None)
        queues = holdings.items("queue") if named is None else [found("queue", id, holdings) for id in named]
        for queue in queues:
            meant = [member for member in _agents(queue, holdings) if member.id in people]
            meant = [member for member in meant if is_dynamic(queue, member.number) or not only_dynamic]
            if named is not None and len(meant) < len(people):
                raise YeastarError(60001, f"not all of them are {'dynamic ' * only_dynamic}agents of {queue['name']}")
            states = {str(member.id): _state(queue, member, call.now) | changes for member in meant}
            after = queue | {"agent_states": states_in(queue) | states}
            SHELVES["queue"].put(connection, after, queue)
    return {}


def list_pause_reasons(call: Call, given: Fields) -> Fields:
    """A page of codes and reasons."""
    rows = [{"code": code, "reason": reason} for code, reason in pause_reasons(holdings_of(call)).items()]
    return {"data": page_of(call, given, rows)}


def update_pause_reasons(call: Call, given: Fields) -> Fields:
    """Have the PBX know these and no others. Raises 40002 for none, 40003 for a code that is there twice."""
    wanted = given["pause_reason_list"]
    if not wanted:
        raise parameter_error({"pause_reason_list": "required"}, "a PBX without any reason is not emulated")
    _refuse_twice([entry["code"] for entry in wanted])
    shelf = SHELVES["pause_reason"]
    with call.world.write() as connection:
        for item in shelf.items(connection):
            shelf.drop(connection, item)
        for entry in wanted:
            shelf.add(connection, {"name": entry["reason"], "code": entry["code"]})
    return {}


def _refuse_twice(codes: list[str]) -> None:
    twice = [code for code in dict.fromkeys(codes) if codes.count(code) > 1]
    if twice:
        duplicates = [
            {"field": "code", "value": code, "external_source": "pause_reason", "external_source_name": code}
            for code in twice
        ]
        submsg = "Pause reason update fail for duplicate fields"
        raise YeastarError(40003, f"the code {twice[0]} is there twice", submsg=submsg, duplicate_field_list=duplicates)
