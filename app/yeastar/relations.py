"""What things of a PBX have to do with each other: values that only one may have, and who needs whom."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..store.shelves import Holdings, Item
from .attributes import Attribute, name_of
from .errors import YeastarError
from .resource import Resource
from .resources import all_resources

# Whatever can be dialled has a number that nothing else has.
DIALLED = ("extension", "queue", "ring_group", "ivr", "conference", "paging", "group_voicemail")


def refuse_duplicates(resource: Resource, item: Item, given: Collection[str], holdings: Holdings, deed: str) -> None:
    """Raise 40003 where something else has a value already that was given and only one may have."""
    duplicates = [
        {"field": entry.name, "value": value, "external_source": kind, "external_source_name": other}
        for entry in resource.attributes
        if entry.unique and entry.name in given and (value := entry.writer()(item, holdings)) != ""
        for kind, other in _others(resource, entry, item, holdings)
    ]
    if duplicates:
        submsg = f"{resource.label} {deed} fail for duplicate fields"
        note = "{field} {value!r} is in use by {external_source} {external_source_name}".format_map(duplicates[0])
        raise YeastarError(40003, note, submsg=submsg, duplicate_field_list=duplicates)


# What is the same in whatever case.
_FOLDED = ("email_addr",)


def _others(resource: Resource, entry: Attribute, item: Item, holdings: Holdings) -> Iterator[tuple[str, str]]:
    """Kind and name of the first that has the same."""
    write, fold = entry.writer(), str.casefold if entry.name in _FOLDED else str
    value = fold(write(item, holdings))
    for kind in DIALLED if entry.name == "number" else (resource.kind,):
        for other in holdings.items(kind):
            if fold(write(other, holdings)) == value and (kind, other["id"]) != (resource.kind, item.get("id")):
                yield kind, other["number"] if kind == "extension" else name_of(other)
                return


def refuse_if_needed(kind: str, item: Item, holdings: Holdings) -> None:
    """Raise 70091 where something refers to the thing that is to be deleted."""
    for resource in all_resources():
        referring = [entry for entry in resource.attributes if type(entry).refers_to is not Attribute.refers_to]
        for other in holdings.items(resource.kind) if referring else ():
            if any((kind, item["id"]) in entry.refers_to(other, holdings) for entry in referring):
                raise YeastarError(70091, f"{resource.path} {other['id']} ({name_of(other)}) refers to it")
