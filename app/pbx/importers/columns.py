"""Columns that a table must have, and the names that are given for them (--map)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .mistakes import FileError

if TYPE_CHECKING:
    from .times import Options

# Name in the file -> the name that the format has for it (--map).
Names = Mapping[str, str]


class Columns(NamedTuple):
    """A format's: what must be told -> the columns that tell it, of which one is there. Where ``known`` says all that
    there can be, others are told as not used."""

    needed: Mapping[str, Sequence[str]]
    known: Collection[str] = ()

    def check(self, found: Collection[str], path: Path) -> None:
        """Raises FileError: something needed is in no column."""
        for what, columns in self.needed.items():
            if not any(column in found for column in columns):
                raise FileError(
                    f"{path} has no column that says {what}, such as {' or '.join(columns)}; if it has, say which"
                    f" (--map {columns[0]}=THEIRS)."
                )

    def tell(self, found: Sequence[str], options: Options) -> None:
        """Note which columns are not used."""
        other = [column for column in found if column and column not in self.known]
        note = f"not used: {', '.join(other)}"
        if self.known and other and note not in options.notes:
            options.notes.append(note)


class Given:
    """Names that were given, and whether the file has them."""

    def __init__(self, names: Names, path: Path) -> None:
        self.names, self.path = names, path
        self.left = set(names)

    def met(self, found: Iterable[str]) -> None:
        """The file has these."""
        self.left.difference_update(found)

    def check(self) -> None:
        """Raises FileError: some were not met."""
        for theirs in sorted(self.left):
            raise FileError(f"{self.path} has no column {theirs} (--map {self.names[theirs]}={theirs}).")


def check_names(names: Names, known: Collection[str], format: str) -> None:
    """Raises FileError: the format has no column that a name is given for."""
    for theirs, ours in names.items():
        if ours not in known:
            raise FileError(f"{format} has no column {ours} (--map {ours}={theirs}); it has {', '.join(known)}.")
