"""Custom prompts and ringtones (pages Query Custom Prompt List, Add a Custom Prompt, Query Custom Ringtone List).

A prompt is kept by its file's whole name, which is also its line in the menu.
"""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from ...store.shelves import Holdings, Item
from ..attributes import ID, Attribute, listed
from ..resource import Resource

_FIELDS: dict[type, type[fields.Field[Any]]] = {int: fields.Integer, str: fields.String}


def suffix_of(name: str) -> str:
    """``.wav`` of ``demo.wav``; "" of a name without one."""
    _, dot, ending = name.rpartition(".")
    return dot + ending


def _file(item: Item, holdings: Holdings) -> str:
    return str(item["name"]).removesuffix(suffix_of(item["name"]))


def _if_kept(name: str, kind: type) -> Attribute:
    """Shown of a prompt that has it."""

    def write(item: Item, holdings: Holdings) -> Any:
        value = item.get(name)
        return value if type(value) is kind else None

    shown = _FIELDS[kind](metadata={"optional": True, "description": "Where there is one."})
    return listed(name, value=write, gives=shown)


CUSTOM_PROMPT = Resource(
    "custom_prompt",
    kind="custom_prompt",
    label="Custom prompt",
    array="prompt_list",
    sorts=("id", "file"),
    attributes=(
        ID,
        listed("file", value=_file, unique=True),
        listed("suffix", value=lambda item, holdings: suffix_of(item["name"])),
        listed("type", default="record"),
        listed("storage", default=1),
        listed("real_filename", key="name"),
        *(_if_kept(name, int) for name in ("created_ts", "updated_ts")),
        *(_if_kept(name, str) for name in ("asr_manufacturer", "language", "voice_id", "text")),
        *(_if_kept(name, int) for name in ("speed", "volume", "pitch")),
        *(_if_kept(name, str) for name in ("extension", "path")),
    ),
)

CUSTOM_RINGTONE = Resource(
    "custom_ringtone",
    kind="custom_ringtone",
    label="Custom ringtone",
    array="ringtone_list",
    sorts=("file", "id"),
    attributes=(
        ID,
        listed("file", key="name"),
        listed("suffix", value=lambda item, holdings: suffix_of(item["name"])),
        listed("type", default="backend"),
    ),
)
