"""family(): rows of the interfaces that repeat for each resource: list, search, get, query, create, update, delete.

What they do and take is read when it is first asked for: a server starts without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .calls import Call
from .fields import VendorSchema
from .interface import Endpoint, Gives

if TYPE_CHECKING:
    from marshmallow import Schema

    from ..settings import Settings
    from .resource import Resource

ALL = "list search get query create update delete"

MORE_FIELDS = "fields beyond those that the visible part of the manual's pages names"


class _OfResource:
    """One of a resource's interfaces."""

    def __init__(self, folder: str, deed: str) -> None:
        self.folder, self.deed = folder, deed

    @cached_property
    def resource(self) -> Resource:
        from .resources import resource_of

        return resource_of(self.folder)


class Takes(_OfResource):
    """What it takes: a schema."""

    def __call__(self, settings: Settings) -> VendorSchema:
        return self.schema(settings)

    @cached_property
    def schema(self) -> type[VendorSchema]:
        from .schemas.family import schema_of

        return schema_of(self.resource, self.deed)


class Answers(_OfResource):
    """What it answers: a schema."""

    def __call__(self, settings: Settings) -> type[Schema]:
        from .schemas.family import answer_of

        return answer_of(self.resource, self.deed, settings.firmware)


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
            _Does(takes),
            takes,
            source=source,
            editions=editions,
            lacks=rows_lack if deed in ("list", "search") else "" if deed == "delete" else lacks,
            gives=Answers(folder, deed),
        )


@dataclass(frozen=True)
class _Does:
    """Does what such interfaces do, with a resource."""

    takes: Takes

    @property
    def deed(self) -> Callable[[Resource, Call, Any], Any]:
        from .deeds import DEEDS

        return DEEDS[self.takes.deed]

    def __call__(self, call: Call, given: Any) -> Any:
        return self.deed(self.takes.resource, call, given)


@dataclass(frozen=True)
class _Later:
    chapter: str
    name: str

    @property
    def answer(self) -> Callable[[Call, Any], Any]:
        found: Callable[[Call, Any], Any] = getattr(import_module(f".answers.{self.chapter}", __package__), self.name)
        return found

    def __call__(self, call: Call, given: Any) -> Any:
        return self.answer(call, given)


def later(chapter: str, name: str) -> Callable[[Call, Any], Any]:
    """The answer of that name in that file of answers/."""
    return _Later(chapter, name)


def deed_of(answer: Callable[[Call, Any], Any]) -> Callable[..., Any]:
    """The function that does the work behind a row's answer."""
    if isinstance(answer, _Later):
        return answer.answer
    return answer.deed if isinstance(answer, _Does) else answer


def schema(chapter: str, name: str) -> Callable[[Settings], VendorSchema]:
    """The parameters of that name in that file of schemas/."""

    def takes(settings: Settings) -> VendorSchema:
        made: VendorSchema = getattr(import_module(f".schemas.{chapter}", __package__), name)(settings)
        return made

    return takes


def shape(chapter: str, name: str) -> Gives:
    """What the schema of that name in that file of schemas/ describes; or what the function of that name makes of the
    settings."""

    def gives(settings: Settings) -> type[Schema]:
        found = getattr(import_module(f".schemas.{chapter}", __package__), name)
        made: type[Schema] = found if isinstance(found, type) else found(settings)
        return made

    return gives


def rows(chapter: str, name: str, array: str = "data") -> Gives:
    """A page of rows, each as ``shape`` says, and how many there are."""
    row = shape(chapter, name)

    def gives(settings: Settings) -> type[Schema]:
        from .schemas.family import list_of

        return list_of(row(settings), array)

    return gives


def nothing(settings: Settings) -> type[Schema]:
    """An answer that is errcode and errmsg and no more."""
    return shape("family", "NothingOut")(settings)
