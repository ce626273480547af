"""Refusals: what to do about each of them, by the names of the table of errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..endpoints import ENDPOINTS
from ..errors import ERRORS, CrossbarError, ErrorRow
from ..times import EPOCH
from .asked import LISTS, ONE_CALL, Asked

if TYPE_CHECKING:
    from ...journal.entries import Entry
    from ..accounts import Account

_NUMBER = "Send a whole number from 1 up, or leave it out"

_RANGE = (
    f"Send created_from and created_to in Gregorian seconds (Unix seconds + {EPOCH}), at most {{widest:,}} s apart."
)
_TWICE = "Log in again (PUT /v2/user_auth or /v2/api_auth), and send auth_token of the answer as X-Auth-Token."

# Name of a refusal -> what to do; behind a / the route where that is something else.
_REMEDIES: Mapping[str, str] = {
    "validation": "Send each field as its rule says.",
    **dict.fromkeys((f"validation/{route}" for route in LISTS), _RANGE),
    "envelope": 'Send the body as {{"data": {{...}}}}.',
    "credentials": _TWICE,
    "credentials/user_auth": "Send the MD5 or SHA-1 of name:password as credentials, the name as an extension's number"
    " with the client's secret or as a client's id with its own, and account_name, account_realm or phone_number.",
    "expired": _TWICE,
    "forbidden": "Ask for the account that the token was made for: {account}.",
    "account_id": "Write the account's id behind /v2/accounts/, 32 characters: {account}.",
    "identifier": "Look at the ids in the path; the account's is {account}.",
    "api_key": "Send the id of a row or its interaction_id.",
    "api_key/api_auth": "Send the setting kazoo_api_key of the PBX that is meant.",
    "faulty": "Ask for the CDRs of an account or of a user: /v2/accounts/{account}/cdrs.",
    "page_size": f"{_NUMBER}: then it is 50.",
    "page_size_text": f"{_NUMBER}: then it is 50.",
    "chunk_size": f"{_NUMBER}; 50 is the most.",
    "chunk_size_big": f"{_NUMBER}; 50 is the most.",
    "chunk_size_text": f"{_NUMBER}; 50 is the most.",
    "fields": 'Send a JSON list of text, such as fields=["id","call_id"].',
    "not_found": "There are {paths}.",
    "utc_offset": "Send seconds, such as utc_offset=-18000.",
    "cdr": "Send the id of a row: YYYYMM of the month in which the call began, -, and the call id.",
    "legs": "Send the id of a row or its interaction_id.",
    "method": "CDRs can only be read (GET), user_auth and api_auth take PUT, token_auth takes GET and DELETE.",
    "not_acceptable": "Accept application/json, or for CDRs text/csv, or send no Accept at all.",
    "gone": "Ask below /v2/; only kazoo_version 4.3 has /v1/.",
    "too_large": "Send a smaller body.",
    "range": "Ask for pages (no paginate=false) or for a stream (no is_chunked=false), or for a shorter range.",
    "too_many": "Wait, and ask less often.",
    "fault": "The server's log has more of it: this should not happen.",
    "datastore": "Send utc_offset as a number; if there is none, the server's log has more of it.",
    "no_view": "Look at the interaction's id: it begins with the second in which the call began.",
}


class Refusal(NamedTuple):
    """``row`` of the table of errors, what was ``wrong``, and what to do about it."""

    row: ErrorRow
    wrong: str
    remedy: str


def refusal_of(entry: Entry, asked: Asked | None, account: Account) -> Refusal:
    """Which refusal it was, by what the journal has of it and, of lists, by asking again."""
    rows = {row.name: row for row in ERRORS.values() if (row.status, row.message) == (entry.status, entry.errmsg)}
    again = _again(asked)
    armed = next((note for note in entry.notes if note.startswith("fault ")), None)
    if armed is not None:
        return Refusal(next(iter(rows.values()), ERRORS["fault"]), armed, "It is over when the fault is disarmed.")
    if again is not None and again.row.name in rows:
        row, wrong = again.row, again.note or _unknown(entry, account, again.row) or again.row.meaning
    else:
        row = _likeliest(entry, rows)
        wrong = _unknown(entry, account, row) or (entry.notes[-1] if entry.notes else row.meaning)
    return Refusal(row, wrong.rstrip("."), _remedy(row, entry, account))


def _again(asked: Asked | None) -> CrossbarError | None:
    """The refusal of a list, found out once more."""
    try:
        _ = asked and asked.listing
    except CrossbarError as error:
        return error
    return None


# Of refusals that look alike, the one that the route gives.
_BY_ROUTE = {"api_auth": "api_key", ONE_CALL: "api_key"}


def _likeliest(entry: Entry, rows: Mapping[str, ErrorRow]) -> ErrorRow:
    name = "account_id" if "account_id" in rows else next(iter(rows), "fault")
    chosen = _BY_ROUTE.get(entry.route or "", name)
    return rows.get(chosen) or ERRORS[name]


def _unknown(entry: Entry, account: Account, row: ErrorRow) -> str:
    """What in the path is unknown; "" if that is not why."""
    if row.name == "api_key" and entry.route == ONE_CALL:
        return f"{entry.path.partition('/legs/')[2]!r} is neither an interaction's id nor that of a row"
    if row.name not in ("identifier", "forbidden", "account_id"):
        return ""
    account_id, rest = account_in(entry)
    if account_id != account.id:
        whose = f"that of the PBX that was asked (world {entry.world}) is {account.id}"
        return f"the path names the account {account_id!r}, and {whose}"
    user_id = rest.removeprefix("users/").partition("/")[0]
    if rest.startswith("users/") and user_id not in account.users:
        return f"the account has no user {user_id!r}"
    return f"there is no CDR {rest.partition('cdrs/')[2]!r}"


def account_in(entry: Entry) -> tuple[str, str]:
    """The account that the path names, and what stands behind it."""
    _, _, behind = entry.path.partition("/accounts/")
    account_id, _, rest = behind.partition("/")
    return account_id, rest


def _remedy(row: ErrorRow, entry: Entry, account: Account) -> str:
    """What to do about it."""
    words = _REMEDIES.get(f"{row.name}/{entry.route}") or _REMEDIES[row.name]
    paths = ", ".join(dict.fromkeys(f"/v2/{row.path}" for row in ENDPOINTS if "{parent" not in row.path))
    widest = int(entry.settings.get("kazoo_maximum_range", 0))
    return words.format(account=account.id, paths=paths, widest=widest)
