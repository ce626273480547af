"""family(): rows of the interfaces that repeat for each resource: list, search, get, query, create, update, delete.

What they do and take is read when it is first asked for: a server starts without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .calls import Call
from .fields import VendorSchema
from .interface import Endpoint

if TYPE_CHECKING:
    from ..settings import Settings
    from .resource import Resource

ALL = "list search get query create update delete"

MORE_FIELDS = "fields beyond those that the visible part of the manual's pages names"


class Takes:
    """What one of a resource's interfaces takes: a schema."""

    def __init__(self, folder: str, deed: str) -> None:
        self.folder, self.deed = folder, deed

    def __call__(self, settings: Settings) -> VendorSchema:
        return self.schema(settings)

    @cached_property
    def resource(self) -> Resource:
        from .resources import resource_of

        return resource_of(self.folder)

    @cached_property
    def schema(self) -> type[VendorSchema]:
        from .schemas.family import schema_of

        return schema_of(self.resource, self.deed)


def family(
    folder: str, deeds: str = ALL, source: str = "manual", editions: str = "", lacks: str = "", rows_lack: str = ""
) -> Iterator[Endpoint]:
    """The rows of the interfaces of the resource below ``folder``. ``lacks`` is missing in what is told of one and
    taken, ``rows_lack`` in the rows of lists."""
    for deed in deeds.split():
        takes = Takes(folder, deed)
        yield Endpoint(
            f"{folder}/{deed}",
            "POST" if deed in ("create", "update") else "GET",
            partial(_do, takes),
            takes,
            source=source,
            editions=editions,
            lacks=rows_lack if deed in ("list", "search") else "" if deed == "delete" else lacks,
        )


def _do(takes: Takes, call: Call, given: Any) -> Any:
    from .deeds import DEEDS

    return DEEDS[takes.deed](takes.resource, call, given)


def later(chapter: str, name: str) -> Callable[[Call, Any], Any]:
    """The answer of that name in that file of answers/."""

    def answer(call: Call, given: Any) -> Any:
        return getattr(import_module(f".answers.{chapter}", __package__), name)(call, given)

    return answer


def schema(chapter: str, name: str) -> Callable[[Settings], VendorSchema]:
    """The parameters of that name in that file of schemas/."""

    def takes(settings: Settings) -> VendorSchema:
        made: VendorSchema = getattr(import_module(f".schemas.{chapter}", __package__), name)(settings)
        return made

    return takes
