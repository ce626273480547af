"""Explaining: why a request to this dialect was answered as it was, as far as the PBX can still tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...journal.explanation import Explanation, Step, Suggestion
from ..accounts import account_of
from ..errors import CrossbarError
from ..understanding import understood
from .asked import LISTS, ONE_CALL, SUMMARY, Asked, asked_by, is_whole
from .documents import other_documents
from .funnel import funnel_of, is_exact, shown
from .refusals import account_in, refusal_of
from .suggesting import own_account, suggestions_for

if TYPE_CHECKING:
    from ...journal.entries import Entry
    from ...store.worlds import World

__all__ = ["explain"]

# Refusals of lists that another list might not meet.
_ABOUT_LISTS = (
    "validation", "identifier", "api_key", "legs", "no_view", "fields", "utc_offset", "datastore",
    "page_size", "page_size_text", "chunk_size", "chunk_size_text", "chunk_size_big",
)  # fmt: skip

# Refusals of requests for another account.
_ABOUT_ACCOUNTS = ("account_id", "identifier", "forbidden")

_NOT_WHOLE = "some of the request is secret or too long, and was not kept: it cannot be asked again"


def explain(entry: Entry, world: World | None) -> Explanation:
    """Why the request was answered so; ``world`` is the PBX that it was for, None where that is gone. Lists are made
    again of what is stored now, by the settings of that moment."""
    if world is None:
        return Explanation(entry, _answered(entry), understood(entry), notes=list(entry.notes))
    world.present()
    asked = asked_by(entry, world) if entry.route in LISTS and is_whole(entry) else None
    notes = list(entry.notes)
    if entry.route in LISTS and asked is None:
        notes.append(_NOT_WHOLE)
    if entry.status >= 400:
        return _refused(entry, world, asked, notes)
    if asked is None or entry.method == "OPTIONS":
        return Explanation(entry, _answered(entry), understood(entry), notes=notes)
    return _listed(entry, asked, notes)


def _refused(entry: Entry, world: World, asked: Asked | None, notes: list[str]) -> Explanation:
    refusal = refusal_of(entry, asked, account_of(world))
    called = f" {entry.errmsg}" if entry.errmsg else ""
    summary = f"Refused with {entry.status}{called}: {refusal.wrong}. {refusal.remedy}"
    suggestions: list[Suggestion] = []
    if asked is not None and refusal.row.name in _ABOUT_ACCOUNTS and account_in(entry)[0] != account_of(world).id:
        suggestions = own_account(asked)
    elif asked is not None and refusal.row.name in _ABOUT_LISTS:
        suggestions = suggestions_for(asked)
    elif refusal.row.name in ("cdr", "identifier") and entry.route == "cdrs/{cdr_id}":
        suggestions = other_documents(entry, world)
    notes = [note for note in notes if note != refusal.wrong]
    return Explanation(entry, summary, understood(entry), suggestions=suggestions, notes=notes)


def _answered(entry: Entry) -> str:
    if entry.status >= 400:
        return f"Refused with {entry.status} {entry.errmsg}".rstrip() + "."
    if entry.method == "OPTIONS":
        return "A browser asked what is allowed, and was told."
    if entry.status == 201:
        return f"Let in as {entry.owner or 'the account'}: the login was right."
    rows = "" if entry.rows is None else f" It had {entry.rows:,} rows."
    return f"Answered with {entry.status}.{rows}"


def _listed(entry: Entry, asked: Asked, notes: list[str]) -> Explanation:
    try:
        funnel = list(funnel_of(asked))
    except CrossbarError as error:
        notes.append(f"asked now, it would be refused: {error}")
        return Explanation(entry, _answered(entry), understood(entry), notes=notes)
    found = funnel[-1].left
    suggestions = suggestions_for(asked) if not found and funnel[0].left else []
    if entry.rows is not None and bool(entry.rows) != bool(found) and is_exact(funnel[-1]):
        notes.append(f"asked now, it would have {found:,} rows in all: the calls have changed since")
    return Explanation(entry, _summary(entry, asked, funnel), understood(entry), funnel, suggestions, notes)


def _summary(entry: Entry, asked: Asked, funnel: list[Step]) -> str:
    found = funnel[-1].left
    what = "legs" if asked.kind in (ONE_CALL, SUMMARY) else "rows"
    if asked.kind == SUMMARY:
        if found:
            return f"Summed up {shown(funnel[-1])} {what}."
    elif entry.rows:
        return f"Listed {entry.rows:,} rows; in all its pages the list has {shown(funnel[-1])}."
    if not funnel[0].left:
        return "Nothing was listed: there are no calls at all."
    empty = next((step for step in funnel if not step.left), None)
    return f"Nothing was listed: of what there is, no {what} {empty.condition}." if empty else "Nothing was listed."
