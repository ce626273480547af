"""Options of the whole PBX, of which there is one set each: each is kept as an object of the kind ``options``, by name.

Queue: pages Query and Edit Global Queue Settings; ring group: Query Global Ring Group Settings; prompts: Query and Edit
Prompt Preference Setting. What is so before anything was changed is decided.
"""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import fields

from ...store.shelves import Holdings, Item
from ..attributes import Attribute, detail
from ..bodies import Flag, Line, Whole, Word


@dataclass(frozen=True)
class Options:
    """One set. ``name`` is where it is kept, ``key`` what an answer has it under."""

    name: str
    attributes: tuple[Attribute, ...]
    key: str = "data"

    def kept(self, holdings: Holdings) -> Item:
        """What was changed of it."""
        return holdings.find("options", self.name, "name") or {}

    def tell(self, holdings: Holdings) -> Item:
        kept = self.kept(holdings)
        shown = ((entry.name, entry.writer()(kept, holdings)) for entry in self.attributes)
        return {name: value for name, value in shown if value is not None}


def _prompt(name: str, default: str = "") -> Attribute:
    """A file to be played; left out where none is."""
    kept = Attribute(name, default=default).writer()

    def write(item: Item, holdings: Holdings) -> str | None:
        return kept(item, holdings) or None

    shown = fields.String(metadata={"optional": True, "description": "Left out: nothing is played."})
    return detail(name, Line(255), value=write, gives=shown)


QUEUE_OPTION = Options(
    "queue_option",
    (
        detail("enb_honor_wrapup_time", Flag(), 0),
        detail("dynamic_agent_default_status", Word("login", "logout"), "logout"),
        detail("enb_process_result_sync", Flag(), 0),
        detail("time_range", Whole(least=1), 8),
    ),
)

RING_GROUP_OPTION = Options("ringgroup", (detail("enb_transfer_to_voicemail", Flag(), 0),))

# The misspelling is the vendor's.
PROMPT_PREFERENCE = Options(
    "prompt_preference",
    (
        _prompt("moh", "default"),
        detail("call_fwd_prompt", Word("moh", "ring_tone"), "moh"),
        _prompt("invaild_num_prompt"),
        _prompt("busy_line_prompt", "default"),
        _prompt("dial_fail_prompt"),
        _prompt("event_center_prompt", "default"),
        detail("enb_call_fwd_prompt", Flag(), 1),
        detail("enb_call_waiting_prompt", Flag(), 0),
    ),
    key="prompt_preference",
)
