"""KINDS: the kinds of objects that are only listed, shown and edited, one row a kind; and what there is of them.

Extensions and extension groups have tables of their own; queue agents are read from the queues.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

# How we know a row. The menu names are the manual's (Get Menu Options), which tells the type for trunks only.
OWN = "menu: manual; type: manual, the trunk's own"
DESTINATION = "menu: manual; type: guess, the manual's word for such a destination of a call"
MEMBER = "menu: manual; type: guess, the manual's word for such a member of an outbound route"
MENU = "menu: manual; type: guess, the menu's name"
NO_MENU = "in no menu of the manual"

# How somebody can be reached, in the manual's words, and by what; the last is a telephone at an Appliance's own port.
PRESENCES = ("available", "away", "business_trip", "do_not_disturb", "lunch", "off_work")
DEVICES = ("sip_phone", "linkus_desktop", "linkus_mobile", "linkus_web", "fxs_phone")


# What is nested deeper is not kept: an answer holds it some levels further down, and JSON goes down 254.
MOST_LEVELS = 16


@dataclass(frozen=True)
class Kind:
    """One kind. ``document_key`` is where a seed document lists such objects.

    ``menu`` are the names system/get_menuoptions lists them by, ``type`` is what its rows show as their type
    ("": the object's own ``type``), ``source`` how we know. ``extensions`` is the key that lists extension
    numbers, ``parent`` the key that holds the id of another object of the kind ("": there is none). ``once`` are the
    keys whose values a document may give to one object only; ``more_lists`` other keys that list extension numbers.
    """

    kind: str
    document_key: str
    menu: tuple[str, ...]
    type: str
    source: str
    extensions: str = ""
    parent: str = ""
    once: tuple[str, ...] = ("id", "name")
    more_lists: tuple[str, ...] = ()

    @property
    def number_lists(self) -> tuple[str, ...]:
        """The keys under which extensions are listed by their numbers."""
        return (self.extensions, *self.more_lists) if self.extensions else self.more_lists


KINDS: dict[str, Kind] = {
    row.kind: row
    for row in (
        Kind("trunk", "trunks", ("trunk",), "", OWN),
        Kind("ivr", "ivrs", ("ivr", "IVR"), "ivr", DESTINATION),
        Kind("queue", "queues", ("queue",), "queue", DESTINATION, "agents", more_lists=("dynamic_agents", "managers")),
        Kind("ring_group", "ring_groups", ("ring_group",), "ring_group", DESTINATION, extensions="members"),
        Kind("conference", "conferences", ("conference",), "conference", DESTINATION, more_lists=("moderators",)),
        Kind("call_flow", "call_flows", ("call_flow",), "call_flow", DESTINATION),
        Kind("group_voicemail", "group_voicemails", ("group_vm",), "group_vm", DESTINATION, more_lists=("members",)),
        Kind("organization", "organizations", ("org_list",), "organization", MEMBER, parent="parent_id"),
        Kind("role", "roles", ("role",), "role", MENU),
        Kind("phonebook", "phonebooks", ("phonebook",), "phonebook", MENU),
        Kind("pin_list", "pin_lists", ("pinset",), "pinset", MENU),
        Kind("system_prompt", "system_prompts", ("system_prompt",), "system_prompt", MENU),
        Kind("custom_prompt", "custom_prompts", ("custom_prompt",), "custom_prompt", MENU),
        Kind("paging_prompt", "paging_prompts", ("paging_custom_prompt",), "paging_custom_prompt", MENU),
        Kind("disposition_code", "disposition_codes", ("disposition_code",), "disposition_code", MENU),
        Kind("message_channel", "message_channels", ("message_channel",), "message_channel", MENU),
        Kind("message_queue", "message_queues", ("message_queue",), "message_queue", MENU),
        Kind("trunk_did", "trunk_dids", ("trunk_did_id",), "trunk_did_id", MENU),
        Kind("certificate", "certificates", ("certificate",), "certificate", MENU),
        Kind("fxs_port", "fxs_ports", ("fxs",), "fxs", MENU),
        Kind("inbound_route", "inbound_routes", (), "", NO_MENU),
        Kind("outbound_route", "outbound_routes", (), "", NO_MENU, more_lists=("members",)),
        Kind("paging", "paging_groups", (), "", NO_MENU, more_lists=("members", "broadcasters")),
        Kind("company_contact", "company_contacts", (), "", NO_MENU, once=("id",)),
        Kind("block_number", "blocked_numbers", (), "", NO_MENU),
        Kind("allow_number", "allowed_numbers", (), "", NO_MENU),
        Kind("play_list", "play_lists", (), "", NO_MENU),
        Kind("extension_greeting", "extension_greetings", (), "", NO_MENU, once=("id",)),
        Kind("group_greeting", "group_greetings", (), "", NO_MENU, once=("id",)),
        Kind("custom_ringtone", "custom_ringtones", (), "", NO_MENU),
        Kind("pause_reason", "pause_reasons", (), "", NO_MENU, once=("id", "code")),
        Kind("wakeup_call", "wakeup_calls", (), "", NO_MENU, "extensions", once=("id",)),
        Kind("itsp", "itsps", (), "", NO_MENU),
        Kind("options", "options", (), "", NO_MENU),
    )
}  # fmt: skip


def is_nested_deeper(value: Any, levels: int = MOST_LEVELS) -> bool:
    """Whether lists and objects are in each other on more levels than these."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return inner is not None and (levels == 0 or any(is_nested_deeper(one, levels - 1) for one in inner))


def documents(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Kind, name and document, which is JSON, of every object."""
    return connection.execute("SELECT kind, name, document FROM object ORDER BY kind, id").fetchall()


def extension_numbers(connection: sqlite3.Connection) -> list[str]:
    """The numbers of the extensions."""
    return [number for (number,) in connection.execute("SELECT number FROM extension ORDER BY id")]
