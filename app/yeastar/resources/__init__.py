"""The resources that a PBX remembers, one file a chapter of the manual, each read when it is first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from ..resource import Resource

# First part of the interfaces' paths -> the file.
CHAPTERS = {
    "extension": "extension",
    "extensiongroup": "extension_group",
    "organization": "organization",
    "trunk": "trunk",
    "inbound_route": "routes",
    "outbound_route": "routes",
    "company_contact": "contacts",
    "phonebook": "contacts",
    "ivr": "call_features",
    "ringgroup": "call_features",
    "conference": "call_features",
    "paging": "call_features",
    "queue": "queue",
    "vm_group": "voicemail",
    "pin_list": "numbers",
    "block_numbers": "numbers",
    "allow_numbers": "numbers",
    "play_list": "voicemail",
    "custom_prompt": "prompts",
    "custom_ringtone": "prompts",
}


@cache
def resource_of(folder: str) -> Resource:
    """The resource whose interfaces are below ``folder``."""
    held = vars(import_module(f".{CHAPTERS[folder]}", __package__)).values()
    return next(resource for resource in held if isinstance(resource, Resource) and resource.path == folder)


def all_resources() -> list[Resource]:
    return [resource_of(folder) for folder in CHAPTERS]
