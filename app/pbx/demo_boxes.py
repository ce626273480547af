"""The mailboxes of the demo office: the one that its reception shares, and greetings of that and of extensions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# Number, name, mode, and the extensions that share it.
BOXES = (("6600", "Reception", "share", ("2000", "2001", "2002")),)

# Whose, name, and how it was made.
GREETINGS = (("2000", "vm_welcome", "record"), ("2000", "vm_holiday", "tts"), ("2005", "vm_end", "record"))
BOX_GREETINGS = (("6600", "group_vm_night", "record"),)


def boxes() -> dict[str, list[dict[str, Any]]]:
    """The keys of a seed document."""
    return {
        "group_voicemails": [
            {"id": i, "number": number, "name": name, "mode": mode, "members": [*members]}
            for i, (number, name, mode, members) in enumerate(BOXES, 1)
        ],
        "extension_greetings": _greetings(GREETINGS),
        "group_greetings": _greetings(BOX_GREETINGS),
    }


def _greetings(greetings: Iterable[tuple[str, str, str]]) -> list[dict[str, Any]]:
    return [{"id": i, "name": name, "box": box, "type": made} for i, (box, name, made) in enumerate(greetings, 1)]
