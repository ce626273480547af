"""Times that have to be in the display format, as v2.0 reads them: any other text is refused with 40002."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ..pbx.display_format import Misread
from .errors import YeastarError
from .fields import Time, VendorSchema

if TYPE_CHECKING:
    from ..pbx.display_format import DisplayFormat

# How Go, in which the vendor's server is written, spells a layout (observed on a real PBX).
_PARTS = {"YYYY": "2006", "MM": "01", "DD": "02"}
_TIMES = {"24": "15:04:05", "12": "03:04:05 PM"}


def go_layout(display: DisplayFormat) -> str:
    """The display format as the vendor names it to clients: ``02/01/2006 03:04:05 PM``."""
    return f"{go_date(display)} {_TIMES[display.time_format]}"


def go_date(display: DisplayFormat) -> str:
    """Its date alone: ``02/01/2006``."""
    return "/".join(_PARTS[part] for part in display.date_format.split("/"))


class StrictTime(Time):
    """A bound in the display format, as Unix seconds. Raises YeastarError 40002 that names the valid format."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        display = cast(VendorSchema, self.parent).display
        try:
            return display.read(str(value), self.edge, accept_iso=False)
        except Misread as misread:
            told = f"{attr} format invalid, valid format: {go_layout(display)}"
            wrong = [{"field": attr, "valid_msg": told}]
            raise YeastarError(40002, f"{attr}: {misread}", invalid_param_list=wrong) from None
