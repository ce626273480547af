"""What a queue is set to, in the order in which a PBX of firmware 37.23.0.83 told it (observed), with its values where
they do not name anything of that PBX's own. What the texts may be no source tells."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from ...store.reports import SERVED_IN_TIME
from ...store.shelves import Holdings, Item
from ..attributes import DETAIL, NULL, Attribute, Writer, described, destination, detail
from ..bodies import Flag, Line, Objects, Values, Whole

# Where callers go whom nobody answers: the destinations of a key of an IVR, without those that only play something.
FAILOVERS = (
    "end_call", "extension", "ext_vm", "ivr", "call_flow", "ring_group", "queue", "group_vm", "conference",
    "external_num",
)  # fmt: skip

# Those of a queue (page Query Information of Multiple Queues), for all that it has.
_DESTINATIONS = (*FAILOVERS, "play_greeting")


class _Entries(Attribute):
    """A list, which is null while it is empty; null is taken for an empty one."""

    def __init__(self, name: str, takes: fields.Field[Any], default: Any = ()) -> None:
        takes.allow_none = True
        super().__init__(name, takes, DETAIL, list(default))

    def writer(self) -> Writer:
        def write(item: Item, holdings: Holdings) -> Any:
            value = item.get(self.key, self.default)
            return (value if isinstance(value, list) else self.default) or NULL

        return write

    def keep(self, item: Item, value: Any, holdings: Holdings) -> None:
        item[self.key] = value or []

    def describes(self) -> fields.Field[Any]:
        field = described(self.default)
        field.allow_none = True
        return field


def _flag(name: str, default: int = 0) -> Attribute:
    return detail(name, Flag(), default)


def _number(name: str, default: int) -> Attribute:
    return detail(name, Whole(least=0), default)


def _text(name: str, default: str = "") -> Attribute:
    return detail(name, Line(), default)


# Points that a caller gives by pressing a key.
_POINTS = [{"k": key, "p": int(key) if "1" <= key <= "5" else 0} for key in "0123456789*"]

# Of no list that was empty is it known what it holds.
_UNKNOWN = (str, int, dict)

BEFORE_AGENTS: tuple[Attribute, ...] = (
    _text("moh", "default"),
    detail("max_wait_time", Whole(least=0, most=9_999_999), 1800),
    *destination("fail_dest", *_DESTINATIONS, default="end_call"),
    _number("agent_timeout", 30),
    _number("retry_time", 30),
    _number("wrap_up_time", 10),
    _flag("enb_ring_in_use"),
    _text("agent_prompt"),
    _flag("enb_auto_pause"),
    _number("max_pause_miss_call", 3),
    _flag("enb_email_miss_call"),
    _flag("enb_email_abandon_call"),
    _flag("enb_email_sla_alarm"),
    _flag("callback_enb_request_email"),
    _flag("callback_enb_failed_email"),
    _number("max_calls", 0),
    _text("alert_info"),
    _flag("enb_leave_empty"),
    _flag("enb_disallow_to_join_when_empty", 1),
    _flag("enb_callback"),
    _text("callback_timeout", "queue_max_wait_time"),
    _number("callback_timeout_num", 180),
    _text("callback_method", "digit"),
    _text("callback_press_key", "1"),
    _text("callback_outbound_prefix"),
    _number("callback_trigger_timeout", 0),
    _number("sla_time", SERVED_IN_TIME),
    _number("sla_interval", 30),
    _number("sla_alarm_threshold", 80),
    _text("join_prompt"),
    _flag("enb_announce_agent_id"),
    _flag("enb_announce_default_prompt"),
    _flag("enb_announce_pos"),
    _flag("enb_announce_hold_time"),
    _number("caller_announce_freq", 30),
    _text("sys_announce_prompt"),
    _number("sys_announce_freq", 60),
    _text("satisfa_survey_prompt"),
    _text("press_key"),
    *destination("key_dest", *_DESTINATIONS, default="end_call"),
)

AFTER_AGENTS: tuple[Attribute, ...] = (
    _Entries("satisfaction_survey_point_list", Objects({"k": Line(), "p": Whole()}), _POINTS),
    _flag("enb_priority_queue"),
    _number("weight", 10),
    _flag("enb_acceleration_weight"),
    _number("acceleration", 30),
    _flag("enb_queue_call_log"),
    _text("call_log_visible_type"),
    _Entries("call_log_specific_member", Values(*_UNKNOWN)),
    _Entries("call_log_view_range", Values(*_UNKNOWN)),
    _Entries("empty_defined_for_leave_empty", Values(str), ("1", "2")),
    _Entries("empty_defined_for_disallow_to_join_when_empty", Values(str), ("1", "2")),
    _text("satisfa_survey_end_prompt", "default"),
    _flag("enable_time_condition"),
    _number("timezone_id", 1),
    *destination("outoffice_dest", *_DESTINATIONS, default="end_call"),
    *destination("holiday_dest", *_DESTINATIONS, default="end_call"),
    _flag("ignore_holiday_dest"),
    _flag("enb_play_holiday_prompt_global"),
    _flag("enb_ip_phone_missed_call_display", 1),
    _flag("play_full_join_prompt", 1),
    _text("ringback_tone"),
    _flag("enb_custom_language"),
    _text("prompt_language"),
    _text("client_unique_ringtone"),
    _Entries("leave_empty_no_agent_list", Objects()),
    _Entries("join_empty_no_agent_list", Objects()),
)
