"""PIN lists, blocked and allowed numbers (fact sheet, section 11)."""

from __future__ import annotations

from ..attributes import ID, Attribute
from ..bodies import Flag, Line, Pattern, Word
from ..resource import Resource

# A list of numbers is one text: of PINs with commas, of blocked and allowed numbers with &.
_LONG = 10_000

PIN_LIST = Resource(
    "pin_list",
    kind="pin_list",
    label="PIN list",
    sorts=("id", "name"),
    attributes=(
        ID,
        Attribute("name", Line(127, required=True), unique=True),
        Attribute("pin_list", Pattern("[0-9]+(,[0-9]+)*", "2283,3301", most=_LONG, required=True)),
        Attribute("enb_record_cdr", Flag(), default=0),
    ),
)

_RULE = (
    ID,
    Attribute("name", Line(127, required=True), unique=True),
    Attribute("limit_type", Word("inbound", "outbound", "both", required=True), default="both"),
    Attribute("number_list", Line(_LONG, required=True)),
)

BLOCK_NUMBERS = Resource(
    "block_numbers",
    kind="block_number",
    label="Blocked number",
    single="block_number_info",
    sorts=("id", "name"),
    newest_first=True,
    attributes=_RULE,
)

ALLOW_NUMBERS = Resource(
    "allow_numbers",
    kind="allow_number",
    label="Allowed number",
    sorts=("id", "name"),
    newest_first=True,
    attributes=_RULE,
)
