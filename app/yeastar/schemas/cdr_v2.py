"""CDR v2.0: the parameters of list, search, detail and the options; the row of a call."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields

from ...store.call_query import LAST_STATUSES, SORTS, CallQuery
from ..fields import Choice, DidList, Flag, JsonSchema, NumberList, Text, VendorSchema
from ..profiles import upgrade
from ..strict_times import StrictTime
from .cdr import Paged

# Field of CallQuery -> the vendor's parameter.
_PARAMETERS = {
    "start": "time_begin",
    "end": "time_end",
    "call_from": "call_from",
    "call_to": "call_to",
    "pin_code": "account_code",
    "groups": "ext_group",
    "queues": "queue_list",
    "dids": "did",
    "disposition_codes": "disposition_code_list",
    "call_note_remark": "call_note_remark",
    "last_status": "last_status",
    "routing": "routing_duration",
    "segments": "segments",
    "disconnected_by": "disconnected_by",
}

_COMPARISON = re.compile(r"(>=|<=|>|<|=)?([0-9]{1,10})", re.ASCII)


class Comparison(Text):
    """``>=45``, ``<10``, or ``3``, which is ``=3``: the comparison and the number (a client's notation)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        found = _COMPARISON.fullmatch(super()._deserialize(value, attr, data, **kwargs))
        if found is None:
            raise ValidationError("number")
        return found[1] or "=", int(found[2])

    def as_schema(self) -> JsonSchema:
        return {"type": "string", "pattern": "^(>=|<=|>|<|=)?[0-9]{1,10}$"}


class CallListIn(Paged):
    """Parameters of cdr/list."""

    sort_by = Choice(*SORTS)
    call_from = Text()
    call_to = Text()

    def understand(self, given: dict[str, Any]) -> CallQuery:
        asked: dict[str, Any] = {field: given.get(name) for field, name in _PARAMETERS.items()}
        asked["fuzzy"] = bool(self.settings.enb_new_cdr_fuzzy_search)
        upgraded = upgrade(self.settings)
        if upgraded:  # older calls are legacy rows, of which v2.0 knows nothing
            asked["start"] = upgraded if asked["start"] is None else max(asked["start"], upgraded)
        return CallQuery(**asked, **self.order(given), **self.paging(given, always=True))


class CallSearchIn(CallListIn):
    """Parameters of cdr/search and cdr/download."""

    time_begin = StrictTime("start")
    time_end = StrictTime("end")
    account_code = Text()
    ext_group = NumberList()
    disposition_code_list = NumberList()
    call_note_remark = Text()
    did = DidList()
    queue_list = NumberList()
    last_status = Choice(*LAST_STATUSES)
    routing_duration = Comparison()
    segments = Comparison()
    disconnected_by = Text()


class CallDetailIn(VendorSchema):
    """Parameters of cdr/detail."""

    uid = Text(required=True)


class CallOptionsIn(VendorSchema):
    """Body of cdr/updateoption."""

    from_body = True

    enb_new_cdr_fuzzy_search = Flag(required=True)


def known(source: str, what: str) -> dict[str, str]:
    """How a field is known, and what it is here. ``source``: manual (the developer's or the administrator's), clients
    (their code reads it so), guess (the field is the manual's, what is in it nobody tells)."""
    return {"source": source, "description": what}


def _text(source: str, what: str) -> fields.String:
    return fields.String(metadata=known(source, what))


def _seconds(source: str, what: str) -> fields.Integer:
    return fields.Integer(metadata=known(source, what))


def _array(items: fields.Field[Any], source: str, what: str) -> fields.List[Any]:
    return fields.List(items, allow_none=True, metadata=known(source, f"{what}; null where there is none."))


def _party(name: str, source: str, who: str) -> dict[str, fields.String]:
    """The three fields of a party."""
    return {
        name: _text(source, f"{who}: Name<number>, the number alone, or the object's kind before its name."),
        f"{name}_name": _text(source, "The name alone."),
        f"{name}_number": _text(source, "The number alone."),
    }


class _Passed(Schema):
    name = fields.String()
    number = fields.String()


class _Entered(_Passed):
    status = fields.String()


# A row of cdr/list and cdr/search: one call. The fields are the manual's but segments and disconnected_by.
CallOut = Schema.from_dict(
    {
        "id": fields.Raw(metadata=known("guess", "The first leg's new_id, a String, if it has one, or Integer id.")),
        "uid": _text("manual", "The first leg's uid."),
        "time": _text("manual", "Start of the first leg, in the display format."),
        "call_type": _text("manual", "The first leg's: Inbound, Outbound, Internal."),
        **_party("call_from", "manual", "The first leg's caller"),
        **_party("call_to", "manual", "The first leg's callee"),
        **_party("second_participant", "guess", "The second leg's callee, empty where there is none"),
        **_party("last_participant", "manual", "The last leg's callee"),
        "last_status": _text(
            "guess", "The last leg's status (manual); ABANDONED: a caller who hung up while waiting in a queue."
        ),
        "queues": _array(fields.Nested(_Entered), "clients", "The legs to queues, each with its status"),
        "ivrs": _array(fields.Nested(_Passed), "clients", "The legs to IVRs"),
        "ring_groups": _array(fields.Nested(_Entered), "clients", "The legs to ring groups, each with its status"),
        "call_flows": _array(fields.Nested(_Passed), "clients", "Call flows; calls here never pass one"),
        "dids": _array(fields.Nested(_Passed), "clients", "The numbers an outside caller dialled"),
        "outbound_caller_ids": _array(fields.Nested(_Passed), "guess", "The numbers shown to outside callees, unnamed"),
        "source_trunks": _array(fields.String(), "clients", "Names of the trunks it came in by"),
        "destination_trunks": _array(fields.String(), "clients", "Names of the trunks it went out by"),
        "segments": fields.Integer(metadata=known("clients", "How many legs.")),
        "disconnected_by": _text(
            "clients", "Internal or External, by the last leg's reason; empty where that does not name a telephone."
        ),
        "call_duration": _seconds("guess", "Seconds from the first leg's start to the last end."),
        "routing_duration": _seconds("guess", "Seconds until somebody answered who is no IVR; all where nobody did."),
        "handling_duration": _seconds("guess", "Seconds from then on: call_duration less routing_duration."),
    },
    name="CallOut",
)


class EventOut(Schema):
    """What happened on a leg; of the names, tried_contact and hangup are known."""

    event_id = fields.Integer(metadata=known("guess", "Numbered through the call."))
    event_name = _text("clients", "tried_contact, then hangup.")
    event_type = _text("clients", "dial for tried_contact; for hangup its name again, a guess.")
    event_time = _seconds("clients", "Seconds since the leg's start.")
    event_ts = _text("clients", "When it was, in the display format.")


class LegOut(Schema):
    """One leg of the timeline."""

    leg = fields.Integer(metadata=known("manual", "Its place, from 1 on."))
    time = _text("manual", "Its start, in the display format.")
    status = _text("manual", "Its status, as v1.0 has it.")
    call_type = _text("manual", "Inbound, Outbound, Internal.")
    call_from = _text("manual", "As v1.0 shows the caller.")
    call_to = _text("manual", "As v1.0 shows the callee.")
    call_duration = _seconds("manual", "Seconds from its start to its end.")
    ring_duration = _seconds("manual", "Seconds of ringing or waiting.")
    talk_duration = _seconds("manual", "Seconds of talk.")
    hold_duration = _seconds("guess", "Always 0: the PBX does not keep it.")
    event_list = fields.List(fields.Nested(EventOut))
