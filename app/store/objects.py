"""KINDS: the kinds of objects that are only listed, shown and edited, one row a kind; and what there is of them.

Extensions and extension groups have tables of their own; queue agents are read from the queues.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

# How we know a row. The menu names are the manual's (Get Menu Options), which tells the type for trunks only.
OWN = "menu: manual; type: manual, the trunk's own"
DESTINATION = "menu: manual; type: guess, the manual's word for such a destination of a call"
MEMBER = "menu: manual; type: guess, the manual's word for such a member of an outbound route"
MENU = "menu: manual; type: guess, the menu's name"


@dataclass(frozen=True)
class Kind:
    """One kind. ``document_key`` is where a seed document lists such objects.

    ``menu`` are the names system/get_menuoptions lists them by, ``type`` is what its rows show as their type
    ("": the object's own ``type``), ``source`` how we know. ``extensions`` is the key that lists extension
    numbers, ``parent`` the key that holds the id of another object of the kind ("": there is none).
    """

    kind: str
    document_key: str
    menu: tuple[str, ...]
    type: str
    source: str
    extensions: str = ""
    parent: str = ""


KINDS: dict[str, Kind] = {
    row.kind: row
    for row in (
        Kind("trunk", "trunks", ("trunk",), "", OWN),
        Kind("ivr", "ivrs", ("ivr", "IVR"), "ivr", DESTINATION),
        Kind("queue", "queues", ("queue",), "queue", DESTINATION, extensions="agents"),
        Kind("ring_group", "ring_groups", ("ring_group",), "ring_group", DESTINATION, extensions="members"),
        Kind("conference", "conferences", ("conference",), "conference", DESTINATION),
        Kind("call_flow", "call_flows", ("call_flow",), "call_flow", DESTINATION),
        Kind("group_voicemail", "group_voicemails", ("group_vm",), "group_vm", DESTINATION),
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
    )
}


def documents(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Kind, name and document, which is JSON, of every object."""
    return connection.execute("SELECT kind, name, document FROM object ORDER BY kind, id").fetchall()


def extension_numbers(connection: sqlite3.Connection) -> list[str]:
    """The numbers of the extensions."""
    return [number for (number,) in connection.execute("SELECT number FROM extension ORDER BY id")]
