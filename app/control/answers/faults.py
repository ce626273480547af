"""Faults: what is to go wrong."""

from __future__ import annotations

from typing import Any

from ...faults import rules
from ..calls import Call
from ..problems import Problem


def list_faults(call: Call) -> dict[str, Any]:
    return {"faults": [rules.as_json(fault) for fault in rules.armed(call.world)]}


def arm(call: Call) -> dict[str, Any]:
    return rules.as_json(rules.arm(call.world, rules.read_fault(call.world, call.body)))


def disarm_all(call: Call) -> dict[str, Any]:
    return {"disarmed": rules.disarm(call.world)}


def disarm(call: Call) -> None:
    number = call.path["fault_id"]
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        raise Problem(404, f"There is no fault {number}; they have whole numbers as ids.")
    rules.disarm(call.world, int(number))
