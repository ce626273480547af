"""Costs: what a leg over a trunk costs, by the trunk's rating. The unit is 1/10,000 dollar, as the vendor counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from .erlang import NoIntegerError, float_text, to_integer

_UNITS_IN_DOLLAR = 10_000
PER_MINUTE = "per_minute"

# Key of a rating that says which legs it is for, "inbound", "outbound" or both; it is no channel variable.
_DIRECTION = "direction"


@dataclass(frozen=True)
class Tariff:
    """A rating, read. ``variables`` are the channel variables of a leg it is for, {} where nothing is rated.

    ``rate`` and ``surcharge`` are units, ``increment``, ``minimum`` and ``free`` (below which nothing is charged)
    seconds, ``discount`` percent.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    account_billing: str = ""
    rate_name: str = ""
    directions: str = "inbound,outbound"
    rate: int = 0
    increment: int = 60
    minimum: int = 0
    surcharge: int = 0
    free: int = 0
    discount: int = 0

    @classmethod
    def read(cls, rating: Mapping[str, str]) -> Tariff:
        """The tariff that a trunk's rating says, with what the vendor adds to it."""
        if not rating:
            return NO_TARIFF
        rate, minimum, surcharge = (_integer(rating, key) for key in ("rate", "rate_minimum", "surcharge"))
        billing = rating.get("account_billing", PER_MINUTE)
        added = {"account_billing": billing, "reseller_billing": billing}
        if "rate" in rating:
            added["base_cost"] = str(base_cost(rate, minimum, surcharge))
        variables = added | {key: value for key, value in rating.items() if key != _DIRECTION}
        return cls(
            variables=variables,
            account_billing=billing,
            rate_name=rating.get("rate_name", ""),
            directions=rating.get(_DIRECTION, cls.directions),
            rate=rate,
            increment=_integer(rating, "rate_increment", 60),
            minimum=minimum,
            surcharge=surcharge,
            free=_integer(rating, "rate_nocharge_time"),
            discount=_integer(rating, "discount_percentage"),
        )

    def toward(self, direction: str) -> Tariff:
        """This tariff if it is for legs in that direction, else none."""
        return self if direction in self.directions else NO_TARIFF

    def cost(self, seconds: int) -> int:
        """Units that so many billed seconds cost by the minute."""
        if seconds <= 0 or seconds <= self.free:
            return 0
        units = calculate_cost(self.rate, self.increment, self.minimum, self.surcharge, seconds)
        return units - math.trunc(self.discount * 0.01 * units)


NO_TARIFF = Tariff()


def base_cost(rate: int, minimum: int, surcharge: int) -> int:
    """Units that a call costs to start: whole minutes of the minimum (0 counts as 60) and the surcharge (master)."""
    return rate * ((minimum or 60) // 60) + surcharge


def calculate_cost(rate: int, increment: int, minimum: int, surcharge: int, seconds: int) -> int:
    """Units for seconds above 0: the minimum, then begun increments, 0 of which counts as 60.

    The sums are made in the vendor's order, so that fractions are cut off where the vendor's are (master).
    """
    increment = increment or 60
    least = surcharge + minimum / 60 * rate
    if seconds <= minimum:
        return math.trunc(least)
    return math.trunc(least + math.ceil((seconds - minimum) / increment) * (increment / 60 * rate))


@lru_cache(maxsize=1024)
def units_to_dollars(units: int) -> str:
    """Units in dollars, as the vendor writes a number: at least one decimal."""
    return float_text(units / _UNITS_IN_DOLLAR)


def _integer(rating: Mapping[str, str], key: str, default: int = 0) -> int:
    """A number of the rating; what is none counts as not given."""
    try:
        return to_integer(rating[key])
    except (KeyError, NoIntegerError):
        return default
