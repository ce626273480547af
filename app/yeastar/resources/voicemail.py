"""Group voicemails and playlists of music on hold, which are listed only (fact sheet, section 11; the manual's page
Query MoH Playlists)."""

from __future__ import annotations

from ..attributes import ID, LISTED, Attribute, Members, listed
from ..resource import Resource

VM_GROUP = Resource(
    "vm_group",
    kind="group_voicemail",
    label="Group voicemail",
    array="vm_group_list",
    sorts=("id", "number", "name", "type", "mode"),
    attributes=(
        ID,
        listed("type", default="custom"),
        listed("number"),
        listed("name"),
        listed("mode", default="broadcast"),
        Members("member_list", shown=LISTED, key="members"),
        listed("messages", default={}),
    ),
)

PLAY_LIST = Resource(
    "play_list",
    kind="play_list",
    label="Playlist",
    array="play_list",
    sorts=("id",),
    attributes=(
        ID,
        Attribute("list_name", shown=LISTED, key="name"),
        listed("play_order", default="alphabetical"),
        listed("list_type", default=1),
        listed("stream_url"),
        listed("prompt_list", default=[]),
    ),
)
