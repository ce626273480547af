"""Endpoint: one interface of the manual, as a row of the table in endpoints.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .calls import Call
from .fields import VendorSchema

if TYPE_CHECKING:
    from marshmallow import Schema

    from ..settings import Settings

# What describes an answer of a PBX with these settings.
Gives = Callable[["Settings"], "type[Schema]"]

# What of an interface there is here.
STATES = ("emulated", "partial", "not emulated")


@dataclass(frozen=True)
class Endpoint:
    """``takes``, a schema, reads the query of a GET or the JSON body of a POST; ``answer`` is None where it is not
    emulated, and ``lacks`` says what is missing where it is emulated in part. ``gives`` describes what stands besides
    errcode and errmsg in an answer that is no error: ``nothing``, or a schema.

    ``source`` says how the interface is known: manual (a page of its own), clients (used by them), live (answered by a
    real PBX), list (named in a list only), inferred (its siblings are known). ``editions`` are those in whose manual it
    was seen: A(ppliance), C(loud), S(oftware); empty where that is not known.
    """

    path: str
    method: str
    answer: Callable[[Call, Any], Any] | None = None
    takes: Callable[[Settings], VendorSchema] | None = None
    token: bool = True
    version: str = "v1.0"
    source: str = "manual"
    editions: str = "ACS"
    lacks: str = ""
    gives: Gives | None = None

    @property
    def route(self) -> str:
        """Its name in the journal, in faults and in metrics."""
        return self.path if self.version == "v1.0" else f"{self.version}/{self.path}"

    @property
    def state(self) -> str:
        """emulated, partial or not emulated."""
        return "not emulated" if self.answer is None else "partial" if self.lacks else "emulated"


def known(folder: str, get: str = "", post: str = "", source: str = "manual", editions: str = "") -> Iterator[Endpoint]:
    """Interfaces that are not emulated: names below ``folder``, separated by blanks."""
    for method, names in (("GET", get), ("POST", post)):
        for name in names.split():
            yield Endpoint(f"{folder}/{name}", method, source=source, editions=editions)
