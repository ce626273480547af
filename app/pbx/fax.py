"""Faxes: what a call that is one says of itself, in the vendor's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from .switchboard import Switchboard

# The fields of KAZOO's schema of CDRs, in its order, then the one that only its notes on fields name; what they tell.
FAX_FIELDS = {
    "fax_bad_rows": "Rows that failed to transfer.",
    "fax_ecm_used": "Whether error correction mode was used.",
    "fax_result_code": "Result of the transmission; 0 for success.",
    "fax_result_text": "The result in words; OK for success.",
    "fax_success": "Whether it was a success.",
    "fax_total_pages": "Pages of the fax.",
    "fax_transfer_rate": "Bits a second.",
    "fax_transferred_pages": "Pages that were transferred.",
    "fax_t38": "Whether T.38 was used.",
}

# Code and text of the result, as FreeSWITCH documents its variables fax_result_code and fax_result_text; the share of
# twenty; whether pages can have come through before.
_RESULTS = (
    (0, "OK", 17, True),
    (2, "Timed out waiting for initial communication", 1, False),
    (48, "Disconnected after permitted retries", 1, True),
    (49, "The call dropped prematurely", 1, True),
)
_OUTCOMES = tuple((code, text, pages) for code, text, share, pages in _RESULTS for _ in range(share))

# Bits a second, and how long a page of text takes then.
_RATES = ((14400, 30), (14400, 30), (9600, 45))

# Shares of one.
_ECM, _T38 = 0.8, 0.3


def as_text(details: Mapping[str, str | float]) -> str:
    """The details as the store keeps them: JSON, every value a text ("true", "9600"), in the order of FAX_FIELDS."""
    return orjson.dumps({field: _word(details[field]) for field in FAX_FIELDS if field in details}).decode()


def _word(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(int(value))


def transmission(board: Switchboard) -> tuple[int, str]:
    """How many seconds a fax takes once it is answered, and its details."""
    code, words, gets_through = board.pick(_OUTCOMES)
    rate, seconds_a_page = board.pick(_RATES)
    pages = board.seconds(1, 2)
    done = pages if code == 0 else board.below(pages) if gets_through else 0
    ecm = board.random() < _ECM
    details: dict[str, str | float] = {
        "fax_bad_rows": 0 if ecm else board.below(done * 10 + 1),
        "fax_ecm_used": ecm,
        "fax_result_code": code,
        "fax_result_text": words,
        "fax_success": code == 0,
        "fax_total_pages": pages,
        "fax_transfer_rate": rate,
        "fax_transferred_pages": done,
        "fax_t38": board.random() < _T38,
    }
    return 12 + board.below(20) + done * seconds_a_page, as_text(details)
