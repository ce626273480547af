"""SCENES: what can happen on the telephone, each with its share; a scene makes the legs of one call."""

from __future__ import annotations

from collections.abc import Callable

from ..store.loading import CdrRow
from .endings import ANSWERED, BUSY, DST_HANGUP, FAILED, NO_ANSWER, SRC_HANGUP, TURNED_AWAY
from .fax import transmission
from .parties import Branch, Group, Habit, Line, Party
from .switchboard import Switchboard, deck, leg_to, shown_as

# What stands in the place of a number that is withheld.
WITHHELD_NUMBER = "anonymous"

# Shares of one: how often it happens where it can.
WITHHELD, PINNED, ASKED_BY_NUMBER = 0.03, 0.3, 0.15

# Nobody waits longer, in seconds. With the menu's announcement before it this stays below an HOUR.
LONGEST_WAIT = 600

TO_BRANCH = deck({ANSWERED: 66, NO_ANSWER: 16, BUSY: 6, FAILED: 3, TURNED_AWAY: 9})
FAX_OUT = deck({ANSWERED: 17, NO_ANSWER: 1, BUSY: 2})


def _outside_caller(board: Switchboard) -> Party:
    return Party(WITHHELD_NUMBER, "") if board.random() < WITHHELD else board.outsider()


def _from_menu(board: Switchboard, at: int) -> list[CdrRow]:
    """An outside caller hears a menu, and hangs up, dials an extension, or is passed to a group."""
    office, caller = board.office, _outside_caller(board)
    line = board.pick(office.lines)
    call = board.call(at, caller, "Inbound", came=line)
    menu = office.leads.get(line) or board.pick(office.menus)
    heard, lost = 4 + board.below(26), board.random() < board.profile.lost_in_menu
    reason = SRC_HANGUP if lost else DST_HANGUP
    leg = leg_to(call, at, menu, shown_as("IVR", menu), 0, heard, "ANSWERED", reason)
    if lost:
        return [leg]
    groups, at = office.keys.get(menu.number, office.groups), at + heard
    if not groups or board.random() < ASKED_BY_NUMBER:
        return [leg, board.reach(call, at, board.free(office.extensions, at), board.pick(board.inbound))]
    return [leg, *_through_group(board, call, at, board.pick(groups))]


def _through_group(board: Switchboard, call: CdrRow, at: int, group: Group) -> list[CdrRow]:
    """The group's leg, which rings as long as the caller waits, and the leg of whoever answers."""
    wait = min(board.seconds(3, 35), LONGEST_WAIT)
    party, shown = group.party, shown_as(group.word, group.party)
    if board.random() < board.profile.lost_in_group:
        return [leg_to(call, at, party, shown, wait, 0, "NO ANSWER", SRC_HANGUP)]
    ring = min(wait, 2 + board.below(12))
    taken = board.reach(call, at + wait - ring, board.free(group.members, at + wait - ring), ANSWERED, ring)
    return [leg_to(call, at, party, shown, wait, taken.talk_duration, "ANSWERED", taken.reason), taken]


def _to_hotline(board: Switchboard, at: int) -> list[CdrRow]:
    line, group = board.pick(board.office.hotlines)
    return _through_group(board, board.call(at, _outside_caller(board), "Inbound", came=line), at, group)


def _to_direct_line(board: Switchboard, at: int) -> list[CdrRow]:
    to = board.free(board.direct, at)
    call = board.call(at, _outside_caller(board), "Inbound", came=board.office.direct[to.number])
    return [board.reach(call, at, to, board.pick(board.inbound))]


def _to_outside(board: Switchboard, at: int) -> list[CdrRow]:
    """A call out shows the caller's direct line if there is one; one abroad may need a PIN."""
    caller, to, pins = board.free(board.office.extensions, at), board.outsider(), board.office.pins
    line = board.way_out(caller)
    pinned = pins and to.number.startswith("+") and board.random() < PINNED
    call = board.call(at, caller, "Outbound", went=line, pin=board.pick(pins) if pinned else "")
    return [board.reach(call, at, to, board.pick(board.outbound))]


def _to_branch(board: Switchboard, at: int) -> list[CdrRow]:
    branch = board.pick(board.office.branches)
    return _over_peer(board, at, board.free(board.office.extensions, at), branch, board.pick(branch.numbers))


def keep(board: Switchboard, at: int, habit: Habit) -> list[CdrRow]:
    return _over_peer(board, at, habit.caller, habit.branch, habit.number)


def _over_peer(board: Switchboard, at: int, caller: Party, branch: Branch, number: str) -> list[CdrRow]:
    """Over a peer trunk the extension itself is shown."""
    call = board.call(at, caller, "Outbound", went=Line(branch.trunk, "", caller.number, ""))
    return [board.reach(call, at, Party(number, ""), board.pick(TO_BRANCH))]


def _from_branch(board: Switchboard, at: int) -> list[CdrRow]:
    branch, to = board.pick(board.office.branches), board.free(board.office.extensions, at)
    came = Line(branch.trunk, branch.address, to.number, "")
    call = board.call(at, Party(board.pick(branch.numbers), ""), "Inbound", came=came)
    return [board.reach(call, at, to, board.pick(board.inbound))]


def _inside(board: Switchboard, at: int) -> list[CdrRow]:
    people = board.office.extensions
    caller = board.free(people, at)
    after = board.places[caller.number] + 1 + board.below(len(people) - 1)
    others = (party for party in people if party is not caller)
    to = board.or_free(people[after % len(people)], others, at)
    return [board.reach(board.call(at, caller, "Internal"), at, to, board.pick(board.internal))]


def _to_desk(board: Switchboard, at: int) -> list[CdrRow]:
    """Somebody inside rings a ring group that he is not in."""
    desk = board.pick(board.office.desks)
    caller = board.pick(board.office.extensions)
    if caller in desk.members:
        return _inside(board, at)
    others = (party for party in board.office.extensions if party not in desk.members)
    caller = board.or_free(caller, others, at)
    return _through_group(board, board.call(at, caller, "Internal"), at, desk)


def _to_conference(board: Switchboard, at: int) -> list[CdrRow]:
    room = board.pick(board.office.conferences)
    call = board.call(at, board.free(board.office.extensions, at), "Internal")
    talk = board.seconds(60, 900)
    board.talking[call.from_number] = at + talk
    return [leg_to(call, at, room, shown_as("Conference", room), 0, talk, "ANSWERED", SRC_HANGUP)]


def _fax_in(board: Switchboard, at: int) -> list[CdrRow]:
    line, machine = board.pick(board.office.fax_lines)
    return [_fax(board, board.call(at, board.outsider(), "Inbound", came=line), at, machine)]


def _fax_out(board: Switchboard, at: int) -> list[CdrRow]:
    """A fax to somebody who does not answer is an ordinary call."""
    line, machine = board.pick(board.office.fax_lines)
    call, to, ending = board.call(at, machine, "Outbound", went=line), board.outsider(), board.pick(FAX_OUT)
    return [_fax(board, call, at, to) if ending is ANSWERED else board.reach(call, at, to, ending)]


def _fax(board: Switchboard, call: CdrRow, at: int, to: Party) -> CdrRow:
    seconds, details = transmission(board)
    leg = leg_to(call, at, to, None, 1 + board.below(6), seconds, "ANSWERED", SRC_HANGUP)
    return leg._replace(fax=details)


Scene = Callable[[Switchboard, int], list[CdrRow]]

# Each kind of call by its name in profiles.py, and what an office must have for it.
SCENES: dict[str, tuple[Scene, tuple[str, ...]]] = {
    "menu": (_from_menu, ("menus", "lines")),
    "hotline": (_to_hotline, ("hotlines",)),
    "direct line": (_to_direct_line, ("direct",)),
    "outside": (_to_outside, ("ways_out",)),
    "fax in": (_fax_in, ("fax_lines",)),
    "fax out": (_fax_out, ("fax_lines",)),
    "to branch": (_to_branch, ("branches",)),
    "from branch": (_from_branch, ("branches",)),
    "inside": (_inside, ("colleagues",)),
    "conference": (_to_conference, ("conferences",)),
    "desk": (_to_desk, ("desks", "colleagues")),
}
