"""Ring group, IVR, conference, paging (fact sheet, section 10; the manual's pages Add a Scheduled Conference, Query
Information of a Scheduled Conference, Add a Paging Group)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError

from ...store.shelves import Holdings, Item
from ..attributes import (
    BOTH,
    DETAIL,
    ID,
    LISTED,
    Attribute,
    Change,
    Members,
    as_moderator,
    as_paged,
    destination,
    detail,
    hidden,
    members_of,
    need,
)
from ..bodies import Digits, Flag, Line, Objects, Whole, Word
from ..fields import JsonSchema
from ..resource import Resource
from .queue_settings import FAILOVERS

_PROMPTS = 5


class Prompts(Line):
    """``default``, or files to be played one after the other, with commas between."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text.count(",") >= _PROMPTS:
            raise ValidationError("max")
        return text

    words = f"default, or at most {_PROMPTS} files with commas between"

    def as_schema(self) -> JsonSchema:
        return super().as_schema() | {"description": f"default, or at most {_PROMPTS} files with commas between."}


_NUMBER = Attribute("number", Digits(required=True), unique=True)
_NAME = Attribute("name", Line(127, required=True), unique=True)


def _member_count(item: Item, holdings: Holdings) -> int:
    return sum(1 for _ in members_of(item, "members", holdings))


RING_GROUP = Resource(
    "ringgroup",
    kind="ring_group",
    label="Ring group",
    sorts=("id", "number", "name", "ring_strategy"),
    attributes=(
        ID,
        _NUMBER,
        _NAME,
        Attribute(
            "ring_strategy", Word("ring_all", "sequentially", "memory_hunt", "custom", required=True), BOTH, "ring_all"
        ),
        Attribute("member_count", shown=LISTED, default=0, value=_member_count),
        detail("ring_timeout", Whole(least=1), 60),
        Members("member_list", shown=DETAIL, types=("extension", "ext_group"), key="members"),
        *destination("fail_dest", *FAILOVERS),
        detail("join_prompt", Line()),
        detail("play_full_join_prompt", Flag(), 0),
    ),
    settle=lambda change: need(change, ring_timeout=change.item.get("ring_strategy") != "custom"),
)

PRESSED = (*FAILOVERS[:9], "dial_by_name", "external_num", "play_greeting", "play_prompt")


def _settle_ivr(change: Change) -> None:
    allowed = change.item.get("dial_ext_option")
    need(change, dial_ext_list=allowed == "allow", restrict_dial_ext_list=allowed == "restrict")


IVR = Resource(
    "ivr",
    kind="ivr",
    label="IVR",
    sorts=("id", "number", "name"),
    attributes=(
        ID,
        _NUMBER,
        _NAME,
        Attribute("dial_ext_option", Word("disable", "all", "allow", "restrict"), BOTH, "all"),
        Attribute("enb_dial_outb_routes", Flag(), BOTH, 0),
        Attribute("client_unique_ringtone", Line()),
        detail("prompt", Prompts(required=True), "default"),
        detail("prompt_repeat", Whole(least=1, most=5, required=True), 3),
        detail("resp_timeout", Whole(least=1, most=10, required=True), 3),
        detail("digit_timeout", Whole(least=1, most=10, required=True), 3),
        detail("enb_dial_check_vm", Flag(), 0),
        Members("dial_ext_list", shown=DETAIL, types=("extension", "ext_group")),
        Members("restrict_dial_ext_list", shown=DETAIL, types=("extension", "ext_group")),
        *(entry for key in range(10) for entry in destination(f"press{key}_dest", *PRESSED)),
    ),
    settle=_settle_ivr,
)


class _Lasting(Attribute):
    """What a thing has from the beginning on; another that is given later is passed over."""

    def keep(self, item: Item, value: Any, holdings: Holdings) -> None:
        item.setdefault(self.key, value)


def _settle_conference(change: Change) -> None:
    if "number" in change.given and change.given["number"] != change.item["number"]:
        change.notes.append("number was passed over: update takes none")


# The manual's page of update has no number.
CONFERENCE = Resource(
    "conference",
    kind="conference",
    label="Conference",
    paged=True,
    sorts=("number", "name"),
    attributes=(
        ID,
        _NAME,
        _Lasting("number", Digits(required=True), unique=True),
        Members("moderator_list", shown=LISTED, key="moderators", types=("extension", "ext_group"), shape=as_moderator),
        detail("has_partic_password", default=0, value=lambda item, holdings: int(bool(item.get("partic_password")))),
        detail(
            "has_moderator_password", default=0, value=lambda item, holdings: int(bool(item.get("moderator_password")))
        ),
        detail("sound_prompt", Word("default", "ext_number"), "default"),
        detail("allow_partic_invite", Flag(), 0),
        detail("enb_wait_moderator", Flag(), 0),
        Members("moderator_list", shown=DETAIL, key="moderators", types=("extension", "ext_group"), shape=as_moderator),
        hidden("partic_password", Line(14)),
        hidden("moderator_password", Line(14)),
        hidden("enb_custom_language", Flag()),
        hidden("prompt_language", Line()),
    ),
    settle=_settle_conference,
)

PAGING_TYPES = ("1_way_paging", "1_way_multicast_paging", "2_way_intercom")


def _settle_paging(change: Change) -> None:
    multicast = change.item.get("type") == "1_way_multicast_paging"
    need(change, member_list=not multicast, multicast_ip_list=multicast)


PAGING = Resource(
    "paging",
    kind="paging",
    label="Paging group",
    paged=True,
    sorts=("number", "name"),
    attributes=(
        ID,
        _NUMBER,
        _NAME,
        Attribute("type", Word(*PAGING_TYPES, required=True), BOTH, "1_way_paging"),
        Members("member_list", key="members", types=("extension", "ext_group"), shape=as_paged),
        Members("broadcast", key="broadcasters", types=("extension", "ext_group"), shape=as_paged),
        detail("prompt", Line()),
        detail("prompt_play_times", Whole(least=0, most=100, required=True), 1),
        detail("broadcast_client", Line(required=True)),
        detail("dial_star_to_answer", Flag(), 0),
        detail("dial_hash_to_stop_prompt", Flag(), 0),
        detail("play_prompt_to_broadcaster", Flag(), 0),
        detail("multicast_ip_list", Objects(), []),
    ),
    settle=_settle_paging,
)
