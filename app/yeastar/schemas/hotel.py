"""Hotel: what is taken and told of wake-up calls and of a checkout (pages Query Alarm List, Query Information of an
Alarm, Query Information of Multiple Alarms, Delete Alarms, Hotel Checkout)."""

from __future__ import annotations

from marshmallow import Schema, fields

from ..bodies import Creation, Whole
from ..fields import Number, VendorSchema
from ..paging import PagedIn
from ..resources.hotel import WAKEUP_CALL
from .family import Ids, schema_of

AlarmCreateIn = schema_of(WAKEUP_CALL, "create")
AlarmUpdateIn = schema_of(WAKEUP_CALL, "update")


class AlarmListIn(PagedIn):
    pass


class AlarmGetIn(VendorSchema):
    ext_id = Number(required=True)


class AlarmQueryIn(VendorSchema):
    ext_id = Ids(required=True)


class AlarmDeleteIn(VendorSchema):
    """``wakeup_call_id``: these; left out, all of the extension's."""

    ext_id = Number(required=True)
    wakeup_call_id = Ids()


class CheckoutIn(Creation):
    ext_id = Whole(required=True)


class NewAlarmOut(Schema):
    id = fields.Integer()


class SleeperOut(Schema):
    ext_id = fields.Integer()
    wakeup_call = fields.List(fields.Nested(WAKEUP_CALL.told_schema))


class AlarmGetOut(Schema):
    data = fields.Nested(SleeperOut)


class AlarmListOut(Schema):
    data = fields.List(fields.Nested(SleeperOut))
