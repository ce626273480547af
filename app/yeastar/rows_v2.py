"""Calls as v2.0 shows them: a row, its detail with the legs as a timeline, a line of a CSV file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..store.whole_calls import Leg, WholeCall

Fields = dict[str, Any]

# The word that stands before a callee's name -> the array of a row that the leg is in.
_VISITED = {"Queue": "queues", "IVR": "ivrs", "RingGroup": "ring_groups"}
_WITH_STATUS = ("queues", "ring_groups")
_NOBODY = ("", "", "")


@dataclass(frozen=True)
class Renderer:
    """Shows calls as one PBX does: ``write`` makes an instant a text, ``unknown`` stands for a name nobody knows. With
    ``new_ids``, calls that were given none have one made of the start and the row's id, as v1.0 shows it."""

    write: Callable[[int], str]
    unknown: str
    new_ids: bool = False

    def row(self, call: WholeCall) -> Fields:
        """A row of cdr/list, its fields in the order of CallOut."""
        legs = call.legs
        first, last = legs[0], legs[-1]
        return {
            "id": first.new_id or (f"{first.started_at:08X}-{first.id:08X}" if self.new_ids else first.id),
            "uid": first.uid,
            "time": self.write(first.started_at),
            "call_type": first.call_type,
            **_three("call_from", self._caller(first)),
            **_three("call_to", self._callee(first)),
            **_three("second_participant", self._callee(legs[1]) if len(legs) > 1 else _NOBODY),
            **_three("last_participant", self._callee(last)),
            "last_status": call.last_status,
            **self._visited(legs),
            "dids": _once({"name": leg.did_name, "number": leg.did_number} for leg in legs if leg.did_number),
            "outbound_caller_ids": _once({"name": "", "number": leg.dod_number} for leg in legs if leg.dod_number),
            "source_trunks": _once(leg.src_trunk for leg in legs if leg.src_trunk),
            "destination_trunks": _once(leg.dst_trunk for leg in legs if leg.dst_trunk),
            "segments": len(legs),
            "disconnected_by": call.disconnected_by,
            "call_duration": call.duration,
            "routing_duration": call.routing,
            "handling_duration": call.duration - call.routing,
        }

    def detail(self, call: WholeCall, codes: Mapping[int, str]) -> Fields:
        """All there is of a call; ``codes`` are the names of disposition codes. The durations of ``basic`` make up the
        whole: IVR, call flow, ringing (which is what is left), handling."""
        in_menus = min(call.routing, sum(leg.duration for leg in call.legs if _word(leg) == "IVR"))
        parts = {"ivr_duration": in_menus, "call_flow_duration": 0, "ring_duration": call.routing - in_menus}
        return {
            "basic": self.row(call) | parts,
            "call_notes": _notes(call.legs, codes),
            "timeline": [self._leg(place, leg) for place, leg in enumerate(call.legs, 1)],
        }

    def _leg(self, place: int, leg: Leg) -> Fields:
        return {
            "leg": place,
            "time": self.write(leg.started_at),
            "status": leg.disposition,
            "call_type": leg.call_type,
            "call_from": self._caller(leg)[0],
            "call_to": self._callee(leg)[0],
            "call_duration": leg.duration,
            "ring_duration": leg.ring_duration,
            "talk_duration": leg.talk_duration,
            "hold_duration": 0,
            "event_list": [
                self._event(2 * place - 1, "tried_contact", "dial", leg, 0),
                self._event(2 * place, "hangup", "hangup", leg, leg.duration),
            ],
        }

    def _event(self, number: int, name: str, kind: str, leg: Leg, after: int) -> Fields:
        return {
            "event_id": number,
            "event_name": name,
            "event_type": kind,
            "event_time": after,
            "event_ts": self.write(leg.started_at + after),
        }

    def _visited(self, legs: tuple[Leg, ...]) -> dict[str, list[Fields] | None]:
        found: dict[str, list[Fields] | None] = {"queues": None, "ivrs": None, "ring_groups": None, "call_flows": None}
        for leg in legs:
            array = _VISITED.get(_word(leg))
            if array is not None:
                shown = {"name": leg.to_name or self.unknown, "number": leg.to_number}
                if array in _WITH_STATUS:
                    shown["status"] = leg.disposition
                found[array] = [*(found[array] or ()), shown]
        return found

    def _caller(self, leg: Leg) -> tuple[str, str, str]:
        return self._party(leg.from_text, leg.from_name, leg.from_number)

    def _callee(self, leg: Leg) -> tuple[str, str, str]:
        return self._party(leg.to_text, leg.to_name, leg.to_number)

    def _party(self, text: str | None, name: str, number: str) -> tuple[str, str, str]:
        """As v1.0 shows it, its name, its number."""
        if text is None:
            text = f"{name}<{number}>" if name else number
        return text, name or self.unknown, number


def _three(party: str, shown: tuple[str, str, str]) -> Fields:
    return {party: shown[0], f"{party}_name": shown[1], f"{party}_number": shown[2]}


def _word(leg: Leg) -> str:
    """What kind of object the callee is; "" for a telephone."""
    return leg.to_text.partition(" ")[0] if leg.to_text else ""


def _once(values: Iterable[Any]) -> list[Any] | None:
    """Each of the values once, in order; None where there are none."""
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found or None


def _notes(legs: tuple[Leg, ...], codes: Mapping[int, str]) -> Fields:
    """The call note of the first leg that has one."""
    noted = next((leg for leg in legs if leg.call_note_remark or leg.disposition_codes), None)
    ids = [int(code) for code in noted.disposition_codes.split(",") if code] if noted else []
    named = [{"name": codes[code]} for code in ids if code in codes]
    return {"remark": noted.call_note_remark if noted else "", "disposition_code_list": named}


def cell(value: Any) -> Any:
    """A value of a row as it stands in a CSV file: an array as texts with semicolons between."""
    if isinstance(value, list):
        return "; ".join(map(_named, value))
    return "" if value is None else value


def _named(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"{value['name']}<{value['number']}>" if value["name"] else value["number"]
