"""Queue: the parameters of its status, and of logging in and pausing agents (pages of the manual); the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marshmallow import Schema, fields

from ..bodies import Creation, Line, Objects
from ..fields import Choice, Flag, Number, Text, VendorSchema
from ..paging import PagedIn
from ..profiles import described
from .family import Ids

if TYPE_CHECKING:
    from ...settings import Settings


class QueueCallsOut(Schema):
    waiting_list = fields.List(fields.Dict(), allow_none=True)
    active_list = fields.List(fields.Dict(), allow_none=True)
    waiting_calls = fields.Integer()
    active_calls = fields.Integer()
    ringing_list = fields.List(fields.Dict(), allow_none=True)
    ringing_calls = fields.Integer()


class AgentStatusOut(Schema):
    name = fields.String()
    number = fields.String()
    is_login = fields.Integer()
    is_pause = fields.Integer()
    call_status = fields.Integer()
    pause_reason = fields.String()
    agent_type = fields.String()
    max_threshold_for_pause_time = fields.Integer()
    max_threshold_for_logout_time = fields.Integer()


def agents_of(settings: Settings) -> type[Schema]:
    """What queue/agent_status answers."""
    row = described(settings.firmware, "queue/agent_status", AgentStatusOut)
    data = fields.List(fields.Nested(row), allow_none=True)
    return Schema.from_dict({"total_number": fields.Integer(), "data": data}, name="QueueAgentsOut")


class QueueStatusIn(VendorSchema):
    """A request without an ``id`` asks for no queue."""

    id = Number()


class _Login(VendorSchema):
    operation = Choice("login", "logout", required=True)
    is_paused = Flag()
    max_threshold_for_pause_time = Number(least=0)
    max_threshold_for_logout_time = Number(least=0)
    reason = Text()


class _Pause(VendorSchema):
    operation = Choice("pause", "unpause", required=True)
    max_threshold_for_pause_time = Number(least=0)
    reason = Text()


class AgentLoginIn(_Login):
    """``queue_ids``: in these; left out, in all."""

    ext_id = Number(required=True)
    queue_ids = Ids()
    is_login_last = Flag()


class AgentPauseIn(_Pause):
    ext_id = Number(required=True)
    queue_ids = Ids()


class QueueAgentLoginIn(_Login):
    ext_ids = Ids(required=True)
    queue_id = Number(required=True)


class QueueAgentPauseIn(_Pause):
    ext_ids = Ids(required=True)
    queue_id = Number(required=True)


class PauseReasonListIn(PagedIn):
    pass


class PauseReasonUpdateIn(Creation):
    """The whole list that is to be."""

    pause_reason_list = Objects(
        {"code": Line(31, 1, required=True), "reason": Line(127, 1, required=True)}, required=True
    )


class PauseReasonOut(Schema):
    code = fields.String()
    reason = fields.String()


class PauseReasonListOut(Schema):
    data = fields.List(fields.Nested(PauseReasonOut))
