"""Options of the whole PBX: what is taken and told of each set, made of their tables."""

from __future__ import annotations

from typing import cast

from marshmallow import Schema, fields

from ..bodies import Creation, Flag
from ..resources.options import PROMPT_PREFERENCE, QUEUE_OPTION, RING_GROUP_OPTION, Options


def _taken(options: Options, name: str) -> type[Creation]:
    members = {entry.name: entry.takes for entry in options.attributes if entry.takes is not None}
    return cast(type[Creation], Creation.from_dict(members, name=f"{name}UpdateIn"))


def _told(options: Options, name: str) -> type[Schema]:
    members = {entry.name: entry.describes() for entry in options.attributes}
    one = Schema.from_dict(members, name=f"{name}Out")
    return Schema.from_dict({options.key: fields.Nested(one)}, name=f"{name}sOut")


QueueOptionUpdateIn = _taken(QUEUE_OPTION, "QueueOption")
QueueOptionsOut = _told(QUEUE_OPTION, "QueueOption")
RingGroupOptionsOut = _told(RING_GROUP_OPTION, "RingGroupOption")
PromptPreferenceUpdateIn = _taken(PROMPT_PREFERENCE, "PromptPreference")
PromptPreferencesOut = _told(PROMPT_PREFERENCE, "PromptPreference")


class HonorWrapupTimeIn(Creation):
    """Page Enable or Disable Shared Wrap-up Time Among Queues."""

    enb_honor_wrapup_time = Flag(required=True)
