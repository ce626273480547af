"""Queue (fact sheet, section 9; and what a PBX of 37.23.0.83 answered, observed).

Who is logged in and who has paused is kept with the queue, in ``agent_states``, by the extensions' ids. Why somebody
pauses has a code, which is dialled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...store.shelves import Holdings, Item, listed_in
from ..attributes import ID, Attribute, Member, Members, hidden, listed, members_of
from ..bodies import Digits, Flag, Line, Word
from ..resource import Resource
from .options import QUEUE_OPTION
from .queue_settings import AFTER_AGENTS, BEFORE_AGENTS

# Code and reason on a PBX where nothing was changed (page Edit Queue Pause Reason List).
PAUSE_REASONS = {"*01": "Lunch", "*02": "Break", "*03": "Wrap up"}

RING_STRATEGIES = ("ring_all", "least_recent", "fewest_calls", "random", "rrmemory", "linear")


class _Agents(Members):
    """Static or dynamic agents. ``agents`` lists them all, as a seed document does; ``dynamic_agents`` some of them.

    One who is given in both lists is in the one that is given last."""

    def members(self, item: Item, holdings: Holdings) -> Iterable[Member]:
        agents = members_of(item, "agents", holdings)
        return (member for member in agents if is_dynamic(item, member.number) == self._are_dynamic)

    def keep(self, item: Item, value: Any, holdings: Holdings) -> None:
        had = listed_in(item, "agents")
        others = [number for number in had if is_dynamic(item, number) != self._are_dynamic]
        super().keep(item, value, holdings)
        mine = item.pop(self.key)
        others = [number for number in others if number not in mine]
        item["agents"] = [*others, *mine]
        item["dynamic_agents"] = mine if self._are_dynamic else others
        agents = {str(member.id): member.number for member in members_of(item, "agents", holdings)}
        states = {id: state for id, state in states_in(item).items() if id in agents}
        if self._are_dynamic and QUEUE_OPTION.tell(holdings)["dynamic_agent_default_status"] == "login":
            states |= {id: {"is_login": True} for id, number in agents.items() if number in mine and number not in had}
        item["agent_states"] = states

    def refers_to(self, item: Item, holdings: Holdings) -> Iterable[tuple[str, Any]]:
        return ((member.type, member.id) for member in members_of(item, "agents", holdings))

    @property
    def _are_dynamic(self) -> bool:
        return self.key == "dynamic_agents"


def is_dynamic(queue: Item, number: str) -> bool:
    """Whether the agent has to log in."""
    return number in listed_in(queue, "dynamic_agents")


def pause_reasons(holdings: Holdings) -> dict[str, str]:
    """Reasons by their codes."""
    kept = holdings.items("pause_reason")
    return {str(item.get("code", "")): item["name"] for item in kept} if kept else PAUSE_REASONS


def states_in(queue: Item) -> Item:
    """What is known of its agents; a seed document may have put anything else in its place."""
    found = queue.get("agent_states")
    return found if isinstance(found, dict) else {}


QUEUE = Resource(
    "queue",
    kind="queue",
    label="Queue",
    array="queue_list",
    sorts=("id", "number", "name", "ring_strategy"),
    attributes=(
        ID,
        Attribute("number", Digits(required=True), unique=True),
        Attribute("name", Line(127, required=True), unique=True),
        Attribute("ring_strategy", Word(*RING_STRATEGIES, required=True), default="ring_all"),
        listed("client_unique_ringtone"),
        *BEFORE_AGENTS,
        _Agents("dynamic_agent_list", key="dynamic_agents", nullable=True),
        _Agents("static_agent_list", key="static_agents", nullable=True),
        Members("manager_list", key="managers", nullable=True),
        *AFTER_AGENTS,
        # The manual's pages have it, the real PBX's answers do not.
        hidden("enb_queue_skill_based_routing", Flag()),
    ),
)
