"""Queue (fact sheet, section 9). Who is logged in and who has paused is kept with the queue, in ``agent_states``, by
the extensions' ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...store.shelves import Holdings, Item, listed_in
from ..attributes import BOTH, ID, Attribute, Members, Writer, as_agent, destination, detail, members_of
from ..bodies import Digits, Flag, Line, Whole, Word
from ..resource import Resource

RING_STRATEGIES = ("ring_all", "least_recent", "fewest_calls", "random", "rrmemory", "linear")

# Where callers go whom nobody answers: the destinations of a key of an IVR, without those that only play something.
FAILOVERS = (
    "end_call", "extension", "ext_vm", "ivr", "call_flow", "ring_group", "queue", "group_vm", "conference",
    "external_num",
)  # fmt: skip


class _Agents(Members):
    """Static or dynamic agents. ``agents`` lists them all, as a seed document does; ``dynamic_agents`` some of them.

    One who is given in both lists is in the one that is given last."""

    def writer(self) -> Writer:
        return lambda item, holdings: [
            as_agent(member)
            for member in members_of(item, "agents", holdings)
            if is_dynamic(item, member.number) == self._are_dynamic
        ]

    def keep(self, item: Item, value: Any, holdings: Holdings) -> None:
        others = [number for number in listed_in(item, "agents") if is_dynamic(item, number) != self._are_dynamic]
        super().keep(item, value, holdings)
        mine = item.pop(self.key)
        others = [number for number in others if number not in mine]
        item["agents"] = [*others, *mine]
        item["dynamic_agents"] = mine if self._are_dynamic else others
        agents = [str(member.id) for member in members_of(item, "agents", holdings)]
        item["agent_states"] = {id: state for id, state in states_in(item).items() if id in agents}

    def refers_to(self, item: Item, holdings: Holdings) -> Iterable[tuple[str, Any]]:
        return ((member.type, member.id) for member in members_of(item, "agents", holdings))

    @property
    def _are_dynamic(self) -> bool:
        return self.key == "dynamic_agents"


def is_dynamic(queue: Item, number: str) -> bool:
    """Whether the agent has to log in."""
    return number in listed_in(queue, "dynamic_agents")


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
        _Agents("dynamic_agent_list", key="dynamic_agents"),
        _Agents("static_agent_list", key="static_agents"),
        Members("manager_list", shown=BOTH, key="managers"),
        detail("enb_queue_skill_based_routing", Flag(), 0),
        detail("moh", Line(), "default"),
        detail("max_wait_time", Whole(least=0, most=9_999_999), 0),
        *destination("fail_dest", *FAILOVERS),
        detail("agent_timeout", Whole(least=0), 30),
        detail("enable_time_condition", Flag(), 0),
    ),
)
