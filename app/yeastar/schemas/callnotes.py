"""Call notes: the parameters of get and update, and the note (pages of the manual; fact sheet, section 11)."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from ..bodies import Creation, Line, Word
from ..errors import parameter_error
from ..fields import Text, VendorSchema
from .family import Ids

# Where a note can be written -> whether the call has to be named. The manual's example sends in-call for in_call.
_ENTRIES = {"in_call": True, "in-call": True, "cdr": False, "queue_agent": True}


class CallNoteIn(VendorSchema):
    id = Text(required=True)
    group_id = Text(required=True)


class _Codes(Ids):
    """An empty text is no code at all."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return super()._deserialize(value, attr, data, **kwargs) if value != "" else ()


class CallNoteUpdate(Creation):
    """What is left out of remark and codes stays."""

    id = Text(required=True)
    group_id = Text()
    disposition_code_ids = _Codes()
    remark = Line(lines=True)
    update_entry = Word(*_ENTRIES, required=True)

    def understand(self, given: dict[str, Any]) -> dict[str, Any]:
        entry = given["update_entry"]
        if _ENTRIES[entry] and not given.get("group_id"):
            raise parameter_error({"group_id": "required"}, f"group_id is needed where update_entry is {entry}")
        return given | {"update_entry": entry.replace("-", "_")}


class DispositionCodeOut(Schema):
    id = fields.Integer()
    name = fields.String()
    description = fields.String()


class CallNoteOut(Schema):
    id = fields.String()
    group_id = fields.String()
    disposition_code_list = fields.List(fields.Nested(DispositionCodeOut))
    remark = fields.String()
    agent_name = fields.String()
    registration_time = fields.Integer(metadata={"description": "Unix seconds, 0 where there is no note yet."})
    update_entry = fields.String()


class CallNotesOut(Schema):
    history = fields.List(fields.Nested(CallNoteOut))
    current = fields.Nested(CallNoteOut)
