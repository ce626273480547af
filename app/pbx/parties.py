"""Who can call and be called: the people, lines, groups and branches of an office."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class OfficeError(ValueError):
    """Nobody there can call anybody."""


class PeriodError(ValueError):
    """The period ends before it starts, or is too short for so many calls."""


class Party(NamedTuple):
    """A number and its owner's name, "" where unknown; ``address`` is the device's ``ip:port`` or ""."""

    number: str
    name: str
    address: str = ""


class Line(NamedTuple):
    """An outside number of the office, its trunk, and the ``ip:port`` of the trunk's far end; ``number`` is "" where
    nobody knows it."""

    trunk: str
    address: str
    number: str
    name: str


class Group(NamedTuple):
    """People who take calls together. ``word``, Queue or RingGroup, is shown before the name."""

    word: str
    party: Party
    members: tuple[Party, ...]


class Branch(NamedTuple):
    """A branch office behind a peer trunk, and the numbers it answers."""

    trunk: str
    address: str
    numbers: tuple[str, ...]


class Habit(NamedTuple):
    """Every day within two hours of the local ``hour``, ``caller`` rings ``number`` at the branch."""

    caller: Party
    branch: Branch
    number: str
    hour: int


@dataclass(frozen=True)
class Office:
    """Who can call and be called. What needs a part that is left empty does not happen.

    ``timezone`` is an IANA name. ``lines`` lead to a menu: ``leads`` tells to which, where not to any; ``keys`` tells
    by a menu's number to which groups it passes callers, where not to any. ``hotlines`` lead to groups; ``direct`` has
    extensions' own lines by extension. The office calls out by ``outgoing``; where that is empty, by an extension's
    own line or one of ``lines``. ``fax_lines`` have the extension that takes and sends faxes; ``regulars`` are
    outsiders who call most often, ``contacts`` name others who call often.
    """

    timezone: str
    extensions: tuple[Party, ...]
    lines: tuple[Line, ...] = ()
    menus: tuple[Party, ...] = ()
    groups: tuple[Group, ...] = ()
    hotlines: tuple[tuple[Line, Group], ...] = ()
    direct: Mapping[str, Line] = field(default_factory=dict)
    outgoing: tuple[Line, ...] = ()
    leads: Mapping[Line, Party] = field(default_factory=dict)
    keys: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    fax_lines: tuple[tuple[Line, Party], ...] = ()
    branches: tuple[Branch, ...] = ()
    conferences: tuple[Party, ...] = ()
    regulars: tuple[Party, ...] = ()
    contacts: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    disposition_codes: tuple[int, ...] = ()
    habits: tuple[Habit, ...] = ()

    @property
    def desks(self) -> tuple[Group, ...]:
        """The ring groups."""
        return tuple(group for group in self.groups if group.word == "RingGroup")

    @property
    def colleagues(self) -> tuple[Party, ...]:
        """Those who can ring each other."""
        return self.extensions if len(self.extensions) > 1 else ()

    @property
    def ways_out(self) -> tuple[Line, ...]:
        return self.outgoing or self.lines
