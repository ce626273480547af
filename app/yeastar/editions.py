"""Which edition of the product a PBX is: A(ppliance), C(loud), S(oftware)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..settings import Settings


def edition(settings: Settings) -> str:
    """By its model's name: `P-Series Software Edition`, `P-Series Cloud Edition`, or the name of a device."""
    name = settings.model_name.casefold()
    return "S" if "software" in name else "C" if "cloud" in name else "A"
