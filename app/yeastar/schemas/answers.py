"""What interfaces answer whose parameters are read when a server starts; nobody needs these then.

Authorization, system, CDR: the detail of a call, and the options.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from marshmallow import Schema, fields

from ..fields import OPTIONAL
from ..profiles import described
from .cdr_v2 import CallOut, LegOut, known

if TYPE_CHECKING:
    from ...settings import Settings


class TokenOut(Schema):
    """Lifetimes are seconds."""

    access_token_expire_time = fields.Integer()
    access_token = fields.String()
    refresh_token_expire_time = fields.Integer()
    refresh_token = fields.String()


class _Information(Schema):
    device_name = fields.String()
    model_name = fields.String()
    sn = fields.String()
    hardware_version = fields.String()
    firmware_version = fields.String()
    system_time = fields.String()
    up_time = fields.Integer()
    system_date_format = fields.String()
    system_time_format = fields.String()
    timestamp = fields.Integer()


class InformationOut(Schema):
    data = fields.Nested(_Information)


class _Capacity(Schema):
    extension_capacity = fields.Integer()
    extension_used = fields.Integer()
    cc_capacity = fields.Integer()
    cc_used = fields.Integer()


class CapacityOut(Schema):
    data = fields.Nested(_Capacity)


class _Below(Schema):
    text = fields.String()
    value = fields.String()


class _Line(_Below):
    type = fields.String()
    item = fields.List(fields.Nested(_Below), metadata=OPTIONAL)


class MenuOut(Schema):
    data = fields.List(fields.Nested(_Line))


class _Code(Schema):
    name = fields.String()


class _Notes(Schema):
    remark = fields.String()
    disposition_code_list = fields.List(fields.Nested(_Code))


def _part(source: str, what: str) -> fields.Integer:
    return fields.Integer(metadata=known(source, what))


# The row, and what its seconds are made of, which is the manual's.
CallBasicOut = Schema.from_dict(
    {
        **CallOut().fields,
        "ivr_duration": _part("manual", "Seconds in IVRs."),
        "call_flow_duration": _part("manual", "Seconds in call flows: always 0."),
        "ring_duration": _part("manual", "The rest of the routing."),
    },
    name="CallBasicOut",
)


class _Detail(Schema):
    basic = fields.Nested(CallBasicOut)
    call_notes = fields.Nested(_Notes)
    timeline = fields.List(fields.Nested(LegOut))


class CallDetailOut(Schema):
    """What cdr/detail answers."""

    data = fields.Nested(_Detail)


class _New(Schema):
    enb_new_cdr_fuzzy_search = fields.Integer()


class _Both(Schema):
    enb_fuzzy_search = fields.Integer()
    enb_new_cdr_fuzzy_search = fields.Integer()


class _Download(Schema):
    range = fields.String()
    format = fields.String()
    duration_format = fields.String()
    export_column = fields.String()


def options_of(settings: Settings) -> type[Schema]:
    """What cdr/getoption answers."""
    data = fields.Nested(described(settings.firmware, "cdr/getoption", _Both))
    return Schema.from_dict({"data": data}, name="OptionsOut")


class NewOptionsOut(Schema):
    data = fields.Nested(_New)


class DownloadOptionsOut(Schema):
    data = fields.Nested(_Download)
