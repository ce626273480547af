"""System: the parameters of get_menuoptions."""

from __future__ import annotations

from ...store.menus import MENUS
from ..fields import Choice, Number, VendorSchema


class MenuOptionsIn(VendorSchema):
    """``id`` is the queue's, for the menu ``queue_agent``."""

    menu = Choice(*MENUS, required=True)
    id = Number()
