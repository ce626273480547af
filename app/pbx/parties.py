"""Who can call and be called: the people, lines, groups and branches of an office."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Party(NamedTuple):
    """A number and its owner's name, "" where unknown; ``address`` is the device's ``ip:port`` or ""."""

    number: str
    name: str
    address: str = ""


class Line(NamedTuple):
    """An outside number of the office, its trunk, and the ``ip:port`` of the trunk's far end."""

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

    ``timezone`` is an IANA name. ``lines`` lead to a menu and are what the office calls out by; ``hotlines``
    lead to groups; ``direct`` has extensions' own lines by extension; ``fax_lines`` have the extension that takes and
    sends faxes; ``contacts`` name frequent outsiders.
    """

    timezone: str
    extensions: tuple[Party, ...]
    lines: tuple[Line, ...]
    menus: tuple[Party, ...] = ()
    groups: tuple[Group, ...] = ()
    hotlines: tuple[tuple[Line, Group], ...] = ()
    direct: Mapping[str, Line] = field(default_factory=dict)
    fax_lines: tuple[tuple[Line, Party], ...] = ()
    branches: tuple[Branch, ...] = ()
    conferences: tuple[Party, ...] = ()
    contacts: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    disposition_codes: tuple[int, ...] = ()
    habits: tuple[Habit, ...] = ()

    @property
    def desks(self) -> tuple[Group, ...]:
        """The ring groups."""
        return tuple(group for group in self.groups if group.word == "RingGroup")

    def __post_init__(self) -> None:
        if len(self.extensions) < 2 or not self.lines:
            raise ValueError("An office needs at least two extensions and one line to have calls.")
