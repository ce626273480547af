"""Reading a rule as JSON or the command line has it. What is wrong, or can never go off, is told in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..pbx.display_format import END, DisplayFormat
from ..pbx.timekeeping import TimeError, read_instant
from ..settings import did_you_mean
from .dialects import ANY, Dialect, dialects, having
from .fault import EFFECTS, Fault, FaultError
from .fields import FIELDS, INSTANTS, short

if TYPE_CHECKING:
    from ..settings import Settings
    from ..store.worlds import World


def read_fault(world: World, given: Mapping[str, Any]) -> Fault:
    """The rule for that world which the fields describe, by the names of FIELDS; null is the same as left out.

    Raises FaultError for what is wrong, and for a rule that can never go off.
    """
    settings, clock = world.present()
    values = {name: _read(settings, name, value) for name, value in given.items() if value is not None}
    fault = Fault(**_with_delay(values))
    check_route(fault.route)
    _check_effects(fault)
    _check_delay(fault)
    _check_dialects(fault)
    _check_window(fault, settings, clock.now())
    _check_client(fault, world)
    return fault


def _with_delay(values: dict[str, Any]) -> dict[str, Any]:
    """The fields with a delay where any of them asks for one, and with none where none does."""
    if "delay_most" in values:
        values.setdefault("distribution", "uniform")
    if any(values.get(name) for name in ("delay", "delay_most", "delay_spread", "distribution")):
        return {"delay": 0.0, **values}
    return {name: value for name, value in values.items() if name != "delay"}


def _read(settings: Settings, name: str, value: Any) -> Any:
    if name not in FIELDS:
        raise FaultError(f"A fault has no field {short(name)}.{did_you_mean(name, FIELDS) or _all(FIELDS)}")
    return _instant(settings, name, value) if name in INSTANTS else FIELDS[name].read(name, value)


def _instant(settings: Settings, name: str, value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < END:
        return float(value)
    try:
        return float(read_instant(settings, value if isinstance(value, str) else ""))
    except TimeError as error:
        words = str(error) if isinstance(value, str) else "expected a time of the PBX from 1970 to 2099."
        raise FaultError(f"{name}: {short(value)} is not allowed; {words}") from None


def _all(names: Iterable[str]) -> str:
    return f" There are {', '.join(names)}."


def check_route(route: str) -> None:
    """Raises FaultError for what is no interface's name, in any dialect."""
    if not having(route):
        routes = [ANY, *(route for dialect in dialects() for route in dialect.routes)]
        raise FaultError(f"There is no route {short(route)}.{did_you_mean(route, routes) or _all(routes)}")


# What makes no sense together in one rule, and why.
_NEVER_TOGETHER = (
    ("errcode", "status", "an answer has the one or the other"),
    ("errcode", "expire_token", "the vendor's own answer follows an expired token"),
    ("status", "expire_token", "the vendor's own answer follows an expired token"),
    ("cut", "truncate", "a connection is closed once"),
    ("cut", "drip", "no body is sent"),
)
# Of an answer that is never sent, nobody can see these.
_UNSEEN = ("errcode", "status", "content_type")


def _check_effects(fault: Fault) -> None:
    if not fault.effects:
        raise FaultError(f"A fault must do something: give one of {', '.join(EFFECTS)}.")
    for one, other, why in _NEVER_TOGETHER:
        if one in fault.effects and other in fault.effects:
            raise FaultError(f"{one} and {other} do not go together: {why}.")
    for name in _UNSEEN if fault.cut == "before" else ():
        if name in fault.effects:
            raise FaultError(f"cut before and {name} do not go together: no answer is sent.")


# Way to draw a delay -> the fields it must have above 0, and others it can have.
_DELAY_FIELDS: Mapping[str | None, tuple[tuple[str, ...], tuple[str, ...]]] = {
    None: (("delay",), ()),
    "uniform": (("delay_most",), ("delay",)),
    "normal": (("delay", "delay_spread"), ("delay_most",)),
    "exponential": (("delay",), ("delay_most",)),
}


def _check_delay(fault: Fault) -> None:
    if fault.delay is None:
        return
    wanted, allowed = _DELAY_FIELDS[fault.distribution]
    drawn = f"a delay with the distribution {fault.distribution}" if fault.distribution else "a fixed delay"
    for name in wanted:
        if not getattr(fault, name):
            raise FaultError(f"{name} must be above 0 for {drawn}.")
    for name in ("delay_most", "delay_spread"):
        if getattr(fault, name) is not None and name not in (*wanted, *allowed):
            raise FaultError(f"{name} has no meaning for {drawn}.")
    if fault.delay_most is not None and fault.delay_most < fault.delay:
        raise FaultError(f"delay_most {fault.delay_most:g} is below delay {fault.delay:g}.")


def _check_dialects(fault: Fault) -> None:
    """Somebody must be able to do it on that route."""
    asked = having(fault.route)
    if fault.errcode is not None:
        asked = tuple(dialect for dialect in asked if dialect.errcodes) or asked
    objections = [_objection(fault, dialect) for dialect in asked]
    if None not in objections:
        raise FaultError(objections[0])


def _objection(fault: Fault, dialect: Dialect) -> str | None:
    if fault.errcode is not None and not dialect.errcodes:
        return f"{fault.route} is an interface of {dialect.name}, which has no errcodes: give a status."
    if fault.errcode is not None and fault.errcode not in dialect.errcodes:
        why = "is success, and no fault" if fault.errcode == 0 else "is none of the vendor's"
        return f"errcode {fault.errcode} {why}; expected one of {_listed(dialect.errcodes)}."
    if fault.status is not None and fault.status not in dialect.statuses:
        return _status_objection(fault, dialect)
    if fault.expire_token and fault.route != ANY and not dialect.routes[fault.route]:
        return f"expire_token: requests to {fault.route} come with no access token that could expire."
    return None


def _status_objection(fault: Fault, dialect: Dialect) -> str:
    if fault.route == ANY:
        each = "; ".join(f"{other.name} {_listed(other.statuses)}" for other in dialects())
        return f"status {fault.status} is answered by none of the APIs when something goes wrong; expected {each}."
    listed = _listed(dialect.statuses)
    return f"status {fault.status} is never answered by {dialect.name} when something goes wrong; expected {listed}."


def _listed(codes: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(codes)))


def _check_window(fault: Fault, settings: Settings, now: float) -> None:
    if fault.until is not None and fault.since is not None and fault.until < fault.since:
        raise FaultError("until is before since: the fault could never go off.")
    if fault.until is not None and fault.until < now:
        shown = DisplayFormat.of(settings).write(int(now))
        raise FaultError(f"until has passed: the PBX's clock shows {shown} already.")


def _check_client(fault: Fault, world: World) -> None:
    if fault.client is None:
        return
    known = dict.fromkeys(client for dialect in having(fault.route) for client in dialect.clients(world))
    if fault.client not in known:
        near = did_you_mean(fault.client, known)
        whose = "" if fault.route == ANY else f" that could ask {fault.route}"
        raise FaultError(f"client: world {world.name} has no client {short(fault.client)}{whose}.{near}")
