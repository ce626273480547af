"""Voicemail: what is asked of messages and greetings, and answered (pages of the manual; fact sheet, section 11)."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields

from ..bodies import Creation, Line, Whole
from ..errors import parameter_error
from ..fields import Text, VendorSchema, whole_number
from ..paging import PagedIn

# The manual's characters for who leaves a message, and how many of them there may be.
_CALLER, _LONGEST_CALLER = re.compile(r"[0-9*#+\[\]().-]+", re.ASCII), 31

_READ = 1


class MessagesIn(PagedIn):
    number = Text(required=True)


class MessageDownloadIn(VendorSchema):
    msg_id = Text(required=True)


class MessageDeletionIn(VendorSchema):
    """No page of the manual was seen: the message is named as vm/update does or as vm/download does."""

    id = Text()
    msg_id = Text()

    def understand(self, given: dict[str, Any]) -> dict[str, Any]:
        if not given:
            raise parameter_error({"id": "required"})
        return {"id": given.get("id") or given["msg_id"]}


class BoxDeletionIn(VendorSchema):
    number = Text(required=True)


class CallerNumber(Line):
    """A number as a telephone shows it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not _CALLER.fullmatch(text):
            raise ValidationError("number")
        return text


class MessageCreation(Creation):
    vm_from_number = CallerNumber(_LONGEST_CALLER, required=True)
    vm_to_number = Text(required=True)


class ReadStatus(Whole):
    """The one status that can be given. The manual's table has it as text, its example as an Integer."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        number = whole_number(value) if isinstance(value, str) else value
        if super()._deserialize(number, attr, data, **kwargs) != _READ:
            raise ValidationError("oneof")
        return _READ

    def as_schema(self) -> dict[str, Any]:
        return {"type": ["string", "integer"], "enum": [str(_READ), _READ]}


class MessageUpdate(Creation):
    id = Text(required=True)
    vm_status = ReadStatus(required=True)


class GreetingsIn(PagedIn):
    """``extension`` is also what the number of a group voicemail is called."""

    extension = Text(required=True)


class GreetingFileIn(VendorSchema):
    extension = Text(required=True)
    file = Text(required=True)


class MemberReadOut(Schema):
    """Whether a member of a group voicemail has read a message."""

    name = fields.String()
    number = fields.String()
    is_read = fields.Integer()


class MessageOut(Schema):
    msg_id = fields.String()
    file_name = fields.String()
    is_read = fields.Integer()
    duration = fields.Integer(metadata={"description": "Seconds."})
    size = fields.Integer(metadata={"description": "Bytes."})
    group_voicemail_read_status = fields.List(
        fields.Nested(MemberReadOut), allow_none=True, metadata={"description": "null for an extension's message."}
    )
    name = fields.String()
    time = fields.String()
    number = fields.String()


class BoxOut(Schema):
    number = fields.String()
    total_number = fields.Integer()
    data = fields.List(fields.Nested(MessageOut))


class BoxesOut(Schema):
    voicemail_list = fields.List(fields.Nested(BoxOut))


class MessageIdOut(Schema):
    id = fields.String()


class GreetingOut(Schema):
    id = fields.Integer()
    module = fields.String()
    number = fields.String()
    file = fields.String()
    suffix = fields.String()
    type = fields.String()
    real_filename = fields.String()


class GreetingPlayOut(Schema):
    file = fields.String()
    play_resource_url = fields.String()
