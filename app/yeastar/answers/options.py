"""Options of the whole PBX: told and changed."""

from __future__ import annotations

from ...store.shelves import SHELVES, Holdings
from ..calls import Call, Fields
from ..deeds import holdings_of
from ..resources.options import PROMPT_PREFERENCE, QUEUE_OPTION, RING_GROUP_OPTION, Options


def queue_option(call: Call, given: Fields) -> Fields:
    return _told(call, QUEUE_OPTION)


def ring_group_option(call: Call, given: Fields) -> Fields:
    return _told(call, RING_GROUP_OPTION)


def prompt_preference(call: Call, given: Fields) -> Fields:
    return _told(call, PROMPT_PREFERENCE)


def _told(call: Call, options: Options) -> Fields:
    return {options.key: options.tell(holdings_of(call))}


def update_queue_option(call: Call, given: Fields) -> Fields:
    return _changed(call, QUEUE_OPTION, given)


def update_prompt_preference(call: Call, given: Fields) -> Fields:
    return _changed(call, PROMPT_PREFERENCE, given)


def _changed(call: Call, options: Options, given: Fields) -> Fields:
    """Change what is given; all else stays."""
    with call.world.write() as connection:
        kept = options.kept(Holdings(connection, call.settings))
        if kept:
            SHELVES["options"].put(connection, kept | given, kept)
        else:
            SHELVES["options"].add(connection, {"name": options.name, **given})
    return {}
