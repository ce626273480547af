"""Own files: what a tester has put into a folder, found by the plain names of the files and nothing else."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple


class OwnFile(NamedTuple):
    """``size`` in bytes, as it was found."""

    path: str
    size: int


def find(folder: str, name: str) -> OwnFile | None:
    """The file of that name in the folder; None where there is none, or where the name or a link leads out of it."""
    if not folder or name in ("", ".", "..") or not {"/", "\\", "\0"}.isdisjoint(name):
        return None
    path = os.path.join(folder, name)
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            path = os.path.realpath(path, strict=True)
            if os.path.dirname(path) != os.path.realpath(folder):
                return None
            status = os.lstat(path)
    except (OSError, UnicodeError):  # not there, links in a circle, a name that no file can have
        return None
    return OwnFile(path, status.st_size) if stat.S_ISREG(status.st_mode) else None


def size(folder: str, name: str) -> int | None:
    """Its bytes; None where there is none. SQL knows it as ``own_size``."""
    found = find(folder, name)
    return found.size if found else None


def opened(file: OwnFile) -> int:
    """A descriptor; a link that has been put in the file's place is not followed. Raises OSError."""
    return os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
