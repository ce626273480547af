"""What is wrong with a file of calls, or with one of its lines."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

# So much of what stands in a file is shown again, in characters.
SHOWN = 60


class FileError(Exception):
    """The file cannot be imported; the text is for whoever wants it imported."""


class WrongRowError(ValueError):
    """A row cannot be read: the column it is about, in the file's names where they are known, and the reason."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}")
        self.column, self.reason = column, reason


class Reject(NamedTuple):
    """A wrong line: where its record begins in the file, the column ("" for all of it), the reason, what it was."""

    line: int
    column: str
    reason: str
    text: str

    def told(self, file: object) -> str:
        """``file, line 17, duration: 'x' is ...``."""
        return f"{file}, line {self.line}, {self.column + ': ' if self.column else ''}{self.reason}"


def shown(value: Any) -> str:
    """A value as a mistake shows it."""
    text = json.dumps(value, ensure_ascii=not (isinstance(value, str) and value.isprintable()), default=str)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
