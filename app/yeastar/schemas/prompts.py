"""Prompts and music on hold: what is taken and told (pages of the manual, each by its title)."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields

from ..bodies import Creation, Line, Whole, Word
from ..fields import JsonSchema, Text, VendorSchema

# What a file's name may not have (page Add a Custom Prompt).
_NOT_IN_A_NAME = re.compile(r"""[\s'"!:@#$%^*.&(){}\[\];/,`]""")


class FileName(Line):
    """The name of a file without its ending."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if _NOT_IN_A_NAME.search(text):
            raise ValidationError("oneof")
        return text

    def as_schema(self) -> JsonSchema:
        return super().as_schema() | {"description": "Without an ending, blanks and special characters."}


def _level() -> Whole:
    return Whole(least=1, most=100)


class CustomPromptCreateIn(Creation):
    """Add a Custom Prompt: one that is spoken by a text-to-speech service."""

    file = FileName(250, required=True)
    type = Word("tts", required=True)
    text = Line(1000, lines=True, required=True)
    language = Line(required=True)
    asr_manufacturer = Word("aws", "xunfei", required=True)
    voice_id = Line()
    speed = _level()
    volume = _level()
    pitch = _level()


class MohFilesIn(VendorSchema):
    """Query MOH Audio File List."""

    list_name = Text(required=True)


class SystemPromptOut(Schema):
    language = fields.String(metadata={"description": "Such as sound-en."})
    language_text = fields.String()
    is_default_install = fields.Integer()


class CurrentSystemPromptOut(Schema):
    language = fields.String()
    prompt_list = fields.List(fields.Nested(SystemPromptOut))


class SystemPromptsOut(Schema):
    """Query System Prompt List."""

    system_prompt = fields.Nested(CurrentSystemPromptOut)


class MohFileOut(Schema):
    file = fields.String()


class MohFilesOut(Schema):
    prompt_list = fields.List(fields.Nested(MohFileOut))
