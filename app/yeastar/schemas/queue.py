"""Queue: the parameters of its status, and of logging in and pausing agents (pages of the manual)."""

from __future__ import annotations

from ..fields import Choice, Flag, Number, Text, VendorSchema
from .family import Ids


class QueueStatusIn(VendorSchema):
    """A request without an ``id`` asks for no queue."""

    id = Number()


class _Login(VendorSchema):
    operation = Choice("login", "logout", required=True)
    is_paused = Flag()
    max_threshold_for_pause_time = Number(least=0)
    max_threshold_for_logout_time = Number(least=0)
    reason = Text()


class _Pause(VendorSchema):
    operation = Choice("pause", "unpause", required=True)
    max_threshold_for_pause_time = Number(least=0)
    reason = Text()


class AgentLoginIn(_Login):
    """``queue_ids``: in these; left out, in all."""

    ext_id = Number(required=True)
    queue_ids = Ids()
    is_login_last = Flag()


class AgentPauseIn(_Pause):
    ext_id = Number(required=True)
    queue_ids = Ids()


class QueueAgentLoginIn(_Login):
    ext_ids = Ids(required=True)
    queue_id = Number(required=True)


class QueueAgentPauseIn(_Pause):
    ext_ids = Ids(required=True)
    queue_id = Number(required=True)
