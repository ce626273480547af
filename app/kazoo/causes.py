"""How legs end: the hangup cause and disposition of each leg by the disposition and reason of the stored rows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple


class Ending(NamedTuple):
    """``cause`` and ``disposition`` of the caller's leg, then those of the leg to the callee; "" is none."""

    cause: str
    disposition: str
    b_cause: str
    b_disposition: str = ""


def _alike(cause: str) -> Ending:
    return Ending(cause, cause, cause)


# Disposition of the row -> how it ends when its reason says nothing else (mapping, section 7.4). The disposition of a
# leg that dialled is how its dialling went, that of the others how the far end took the call (read in the vendor's
# code); that a far end which never answered has none is a guess. A caller who reached a mailbox had dialled in vain.
_ENDINGS: Mapping[str, Ending] = {
    "ANSWERED": Ending("NORMAL_CLEARING", "SUCCESS", "NORMAL_CLEARING", "ANSWER"),
    "NO ANSWER": _alike("ORIGINATOR_CANCEL"),
    "BUSY": _alike("USER_BUSY"),
    "FAILED": _alike("NORMAL_TEMPORARY_FAILURE"),
    "VOICEMAIL": Ending("NORMAL_CLEARING", "NO_ANSWER", "NO_ANSWER"),
}

# Disposition, words in the reason -> the ending, the first that fits. Words are compared in small letters, _ and - as
# blanks. A callee's side that ends an unanswered call, as in "dst extension_busy_no_forward", is no caller giving up.
_REASONS: tuple[tuple[str, str, Ending], ...] = (
    ("NO ANSWER", "time out", _alike("NO_ANSWER")),
    ("NO ANSWER", "timeout", _alike("NO_ANSWER")),
    ("NO ANSWER", "timed out", _alike("NO_ANSWER")),
    ("NO ANSWER", "dst ", _alike("NO_ANSWER")),
    ("FAILED", "unallocated", _alike("UNALLOCATED_NUMBER")),
    ("FAILED", "rejected", _alike("CALL_REJECTED")),
)

# The cause of a phone that rang with others when one of the others was answered.
LOSE_RACE = "LOSE_RACE"

# Cause -> SIP status code, as the vendor's media server has it. A call that was answered ends with 200.
_CODES: Mapping[int, tuple[str, ...]] = {
    200: ("NORMAL_CLEARING",),
    403: ("OUTGOING_CALL_BARRED", "INCOMING_CALL_BARRED", "BEARERCAPABILITY_NOTAUTH"),
    404: ("UNALLOCATED_NUMBER", "NO_ROUTE_TRANSIT_NET", "NO_ROUTE_DESTINATION"),
    408: ("NO_USER_RESPONSE",),
    410: ("NUMBER_CHANGED", "REDIRECTION_TO_NEW_DESTINATION"),
    483: ("EXCHANGE_ROUTING_ERROR",),
    484: ("INVALID_NUMBER_FORMAT",),
    486: ("USER_BUSY",),
    487: ("ORIGINATOR_CANCEL",),
    488: ("BEARERCAPABILITY_NOTIMPL", "INCOMPATIBLE_DESTINATION"),
    501: ("FACILITY_REJECTED", "FACILITY_NOT_IMPLEMENTED", "SERVICE_NOT_IMPLEMENTED"),
    502: ("DESTINATION_OUT_OF_ORDER",),
    503: (
        "NORMAL_CIRCUIT_CONGESTION",
        "NETWORK_OUT_OF_ORDER",
        "NORMAL_TEMPORARY_FAILURE",
        "SWITCH_CONGESTION",
        "REQUESTED_CHAN_UNAVAIL",
        "BEARERCAPABILITY_NOTAVAIL",
        "GATEWAY_DOWN",
    ),
    504: ("RECOVERY_ON_TIMER_EXPIRE",),
    603: ("CALL_REJECTED",),
}  # fmt: skip
_CODE_OF = {cause: f"sip:{code}" for code, causes in _CODES.items() for cause in causes}


def hangup_code(cause: str) -> str:
    """``sip:<status code>`` of a cause."""
    return _CODE_OF.get(cause, "sip:480")


@lru_cache(maxsize=1024)
def ending_of(disposition: str, reason: str) -> Ending:
    """How a row ends, by the words in its reason, else by its disposition; an unknown disposition is a failure."""
    words = reason.lower().replace("_", " ").replace("-", " ")
    for for_disposition, text, ending in _REASONS:
        if disposition == for_disposition and text in words:
            return ending
    return _ENDINGS.get(disposition, _ENDINGS["FAILED"])


def _dispositions() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {LOSE_RACE: {"NO ANSWER"}}
    for disposition, ending in (*_ENDINGS.items(), *((row[0], row[2]) for row in _REASONS)):
        for cause in (ending.cause, ending.b_cause):
            found.setdefault(cause, set()).add(disposition)
    return {cause: frozenset(dispositions) for cause, dispositions in found.items()}


# Cause -> what some row of a call with such a leg has as its disposition. No leg has a cause that is not here.
DISPOSITIONS_OF = _dispositions()
