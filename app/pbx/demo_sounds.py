"""What the demo office plays, whom it wakes, and which providers its PBX knows: lists of its seed document.

Languages, ringtones, the playlist and the providers are those of the examples in the vendor's manual.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Rows = list[dict[str, Any]]

LANGUAGES = (("English", "sound-en"), ("中文", "sound-zh-cn"))
PROMPTS = ("welcome.wav", "office_closed.wav", "all_lines_busy.wav", "morning-call.wav")
RINGTONES = (("DawnChime.wav", "backend"), ("Ring1.mp3", "built-in"), ("Ring2.mp3", "built-in"))
PLAYLIST = ("SoftBreeze", "random", ("DawnChime.wav", "WhisperingPine.wav"))
PROVIDERS = (
    ("Deutsche Telefon Standard", "Germany"),
    ("United Cloud", "Canada"),
    ("Intellinet", "Belgium"),
    ("VoIP.ms", "Canada"),
)
# What for, whom, when, on which days, and what is played.
ALARMS = (("Early shift", "2024", "05:30", "every_monday,every_tuesday", "morning-call.wav"),)


def sounds() -> dict[str, Rows]:
    """The lists by the keys of a seed document."""
    name, order, files = PLAYLIST
    return {
        "system_prompts": _numbered({"name": text, "language": code} for text, code in LANGUAGES),
        "custom_prompts": _numbered({"name": file} for file in PROMPTS),
        "custom_ringtones": _numbered({"name": file, "type": kind} for file, kind in RINGTONES),
        "play_lists": [{"id": 1, "name": name, "play_order": order, "prompt_list": [{"file": file} for file in files]}],
        "itsps": _numbered({"name": provider, "country": country} for provider, country in PROVIDERS),
        "wakeup_calls": _numbered(
            {"name": why, "extensions": [number], "alarm_time": time, "repeat_type": days, "alarm_prompt": prompt}
            for why, number, time, days, prompt in ALARMS
        ),
    }


def _numbered(rows: Iterable[dict[str, Any]]) -> Rows:
    return [{"id": id, **row} for id, row in enumerate(rows, 1)]
