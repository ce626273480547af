"""Why a request to this dialect was answered as it was.

``asked.py`` asks one of the ``searches.py`` again, ``funnel.py`` counts what each condition leaves, ``suggestions.py``
tries changes (of ``times.py``, ``numbers.py``, ``others.py``, ``mended.py``), ``refusals.py`` tells what an errcode was
for; ``resources.py`` and ``reports.py`` tell of what those find.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ...journal.entries import Entry, Reading
from ...journal.explanation import Explanation, Step, Suggestion
from ...settings import Settings
from ..errors import YeastarError
from ..profiles import effective
from ..understanding import READ_BY, given_in, understood
from . import refusals, reports, resources
from .asked import Asked
from .funnel import funnel_of
from .searches import SEARCHED
from .suggestions import suggestions_for

if TYPE_CHECKING:
    from ...store.worlds import World


__all__ = ["explain"]

# What was not sent matters only to requests that got as far as their parameters.
_READ = (0, 40002)


def explain(entry: Entry, world: World | None) -> Explanation:
    """Why the request was answered as it was; ``world`` is None where it is gone."""
    readings = understood(entry)
    if entry.errcode != 0:
        explanation = _refused(world, entry, readings)
    else:
        explanation = Explanation(entry, _answered(entry), readings, notes=list(entry.notes))
    if world is None or entry.errcode not in (0, 40002) or refusals.is_fault(entry):
        return explanation
    return _looked_up(explanation, world, entry.route or "")


def _looked_up(explanation: Explanation, world: World, route: str) -> Explanation:
    """The explanation, with what there is now."""
    entry = explanation.entry
    if route in SEARCHED:
        return _searched(explanation, Asked(world, route, Settings(**entry.settings), given_in(entry)))
    resource = resources.searched(route) if entry.errcode == 0 else None
    if resource:
        return resources.explained(explanation, world, resource)
    return reports.explained(explanation, world) if entry.errcode == 0 and "call_report/" in route else explanation


def _refused(world: World | None, entry: Entry, readings: list[Reading]) -> Explanation:
    reason = refusals.reason(entry, readings)
    notes = [note for note in entry.notes if note.rstrip(".") != reason]
    notes += [*refusals.advice(entry), *(refusals.changed_since(world, entry) if world else ())]
    answer = f"HTTP {entry.status}" if entry.errcode is None else str(entry.errcode)
    if entry.errcode not in _READ:
        readings = [reading for reading in readings if reading.given is not None]
    end = "" if reason.endswith("?") else "."
    return Explanation(entry, f"Refused with {answer} {entry.errmsg}: {reason}{end}", readings, notes=notes)


def _answered(entry: Entry) -> str:
    """What the answer was, as the journal has it."""
    if entry.rows is None or entry.total is None:
        return f"Answered with {entry.errcode} {entry.errmsg}."
    if not entry.total:
        return "Nothing matched."
    if not entry.rows:
        return f"The page that was asked for is beyond the end: {_rows(entry.total)} match."
    if entry.rows == entry.total:
        return f"{_rows(entry.total)} matched, and all were sent."
    return f"{_rows(entry.total)} matched, of which {entry.rows:,} were sent."


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _searched(explanation: Explanation, asked: Asked) -> Explanation:
    """The explanation of a search, with what the calls there are now tell of it."""
    entry = explanation.entry
    steps: list[Step] = []
    if not entry.errcode:
        try:
            steps = funnel_of(asked, entry.total)
        except YeastarError:
            return explanation  # settings of another version of this program
    summary = explanation.summary if entry.errcode else _summary(asked, entry, steps) or explanation.summary
    notes = [*explanation.notes, *_since(asked, entry, steps)]
    explanation = replace(explanation, summary=summary, funnel=steps, notes=notes)
    return _helped(explanation, asked) if _helpless(entry, steps) else explanation


def _summary(asked: Asked, entry: Entry, steps: list[Step]) -> str:
    """What a list's steps tell better than the journal."""
    matching = _matching(steps)
    if asked.route.endswith("/download"):
        return f"A link was given to a file, which would have {_rows(matching)} now."
    if entry.total or matching:
        return ""
    if not steps[0].left:
        return f"Nothing matched: no {asked.kind.stored} are stored."
    last = next(step for step in steps if not step.left)
    before = steps[steps.index(last) - 1]
    return f"Nothing matched: of {_rows(before.left)} none is left by {last.condition}."


def _matching(steps: list[Step]) -> int:
    """How many rows match, whatever the page."""
    return next(step.left for step in reversed(steps) if not step.condition.startswith("page "))


def _since(asked: Asked, entry: Entry, steps: list[Step]) -> Iterator[str]:
    """What has changed since the request."""
    now = effective(asked.world.settings)
    for name in READ_BY:
        if getattr(now, name) != getattr(asked.settings, name):
            yield f"The setting {name} was {getattr(asked.settings, name)!r} then, and is {getattr(now, name)!r} now."
    if entry.total is not None and entry.total != _matching(steps):
        yield f"Then {_rows(entry.total)} matched, and {_matching(steps):,} do now: the calls have changed since."


def _helpless(entry: Entry, steps: list[Step]) -> bool:
    """Whether nothing was sent although there is something."""
    if entry.errcode:
        return True
    if entry.rows is None:
        return not _matching(steps)
    return entry.rows == 0 and steps[0].left > 0


def _is_otherwise(explanation: Explanation, asked: Asked) -> bool:
    """Whether the same request may be answered otherwise now."""
    entry, steps = explanation.entry, explanation.funnel
    if any(entry.settings.get(name) != getattr(asked.settings, name) for name in READ_BY):
        return True
    return bool(steps) and entry.total is not None and entry.total != _matching(steps)


def _helped(explanation: Explanation, asked: Asked) -> Explanation:
    """With changes that find something, as they would be read now."""
    asked = replace(asked, settings=effective(asked.world.settings))
    found, all_tried = suggestions_for(asked)
    again = asked.found() if _is_otherwise(explanation, asked) else None
    if again and again.rows:
        same = Suggestion("send the same again: calls or settings have changed since", asked.given, again.total)
        found = [same, *found[:-1]]
    notes = explanation.notes
    if not all_tried:
        notes = [*notes, "Not everything that might help was tried: it would have taken too long."]
    return replace(explanation, suggestions=found, notes=notes)
