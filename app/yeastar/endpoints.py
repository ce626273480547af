"""The interfaces of the manual, one row each, in the manual's order: what is emulated, and what is only known.

What is not here does not exist (10001). What is here without an answer exists on a PBX, and is not emulated: it answers
10001 as well, and says so beside the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .answers import cdr, system, token
from .calls import Call
from .fields import VendorSchema
from .schemas.cdr import CdrListIn, CdrOptionsIn, CdrSearchIn
from .schemas.system import MenuOptionsIn
from .schemas.token import GetTokenIn, RefreshTokenIn

DOWNLOAD = "api/download"  # the route of files behind links


@dataclass(frozen=True)
class Endpoint:
    """``takes`` reads the query of a GET or the JSON body of a POST; ``answer`` is None where it is not emulated, and
    ``lacks`` says what is missing where it is emulated in part.

    ``source`` says how the interface is known: manual (a page of its own), clients (used by them), live (answered by a
    real PBX), list (named in a list only), inferred (its siblings are known). ``editions`` are those in whose manual it
    was seen: A(ppliance), C(loud), S(oftware); empty where that is not known.
    """

    path: str
    method: str
    answer: Callable[[Call, Any], Any] | None = None
    takes: type[VendorSchema] | None = None
    token: bool = True
    version: str = "v1.0"
    source: str = "manual"
    editions: str = "ACS"
    lacks: str = ""

    @property
    def route(self) -> str:
        """Its name in the journal, in faults and in metrics."""
        return self.path if self.version == "v1.0" else f"{self.version}/{self.path}"

    @property
    def state(self) -> str:
        """emulated, partial or not emulated."""
        return "not emulated" if self.answer is None else "partial" if self.lacks else "emulated"


def known(
    folder: str, get: str = "", post: str = "", source: str = "manual", editions: str = "", version: str = "v1.0"
) -> Iterator[Endpoint]:
    """Interfaces that are not emulated: names below ``folder``, separated by blanks."""
    for method, names in (("GET", get), ("POST", post)):
        for name in names.split():
            yield Endpoint(f"{folder}/{name}", method, source=source, editions=editions, version=version)


_ROWS: tuple[Endpoint, ...] = (
    # Authorization
    Endpoint("get_token", "POST", token.get_token, GetTokenIn, token=False),
    Endpoint("refresh_token", "POST", token.refresh_token, RefreshTokenIn, token=False, source="clients"),
    Endpoint("del_token", "GET", token.del_token),
    # System
    Endpoint("system/information", "GET", system.information),
    Endpoint("system/capacity", "GET", system.capacity),
    Endpoint("system/get_menuoptions", "GET", system.get_menuoptions, MenuOptionsIn),
    *known("system", post="sendemail", editions="ACS"),
    *known("timezone", get="list", source="list"),
    Endpoint("wizard/initial_setup", "POST", token=False, editions="S"),
    # Extensions
    *known("extension", "list search get query delete", "create update", editions="ACS"),
    *known("extension", "getpassword", editions="ACS"),
    *known("extension", post="send_welcome_email", editions="ACS"),
    *known("extensiongroup", "search", editions="S"),
    *known("extensiongroup", "list get query delete", "create update", source="inferred"),
    *known("extension_vm_greeting", "list", editions="S"),
    *known("presence_status", "list", source="clients"),
    *known("organization", "list search get query delete", "create update", editions="ACS"),
    # Trunks and routes
    *known("trunk", "list search get query delete", "create update", editions="ACS"),
    *known("trunk", "itsp_list", source="list"),
    *known("inbound_route", "list search get query delete", "create update", editions="CS"),
    *known("outbound_route", "list search get query delete", "create update", editions="CS"),
    # Contacts
    *known("company_contact", "list search get query delete", "create update", editions="CS"),
    *known("phonebook", "list search get query delete", "create update", editions="ACS"),
    # Call features
    *known("ivr", "list search get query delete", "create update", editions="CS"),
    *known("ringgroup", "list search get delete", "create update", editions="CS"),
    *known("ringgroup", "query getoptions", source="list"),
    *known("queue", "list search get query call_status agent_status delete", "create update", editions="ACS"),
    *known("queue", "agent_login agent_pause honor_wrapup_time", source="list"),
    *known("queue_pause_reason", "list", "update", editions="A"),
    *known("queue_option", "get", "update", editions="A"),
    *known("agent", "login", editions="CS"),
    *known("agent", "pause", source="list"),
    *known("conference", "list", "start_interim_conference", editions="AC"),
    *known("conference", post="invite_member", editions="C"),
    *known(
        "conference",
        "search get query viewpassword query_interim_conference query_ongoing_conference delete",
        "create update kick_member mute_member unmute_member",
        source="list",
    ),
    *known("paging", "search", editions="C"),
    *known("paging", "list get query delete", "create update", source="list"),
    # Voicemail, call notes
    *known("vm", "query", editions="C"),
    *known("vm", "get download delete delete_extension_vm", "create update", source="list"),
    *known("vm_group", "list", editions="CS"),
    *known("callnotes", "get", "update", editions="AC"),
    # Numbers
    *known("pin_list", "get", editions="C"),
    *known("pin_list", "list search query delete", "create update", source="list"),
    *known("block_numbers", "list search get query delete", "create update", editions="CS"),
    *known("allow_numbers", "list search get query delete", "create update", source="list"),
    # Prompts
    *known("prompt_preference", "get", source="list"),
    *known("system_prompt", "list", source="list"),
    *known("custom_prompt", "list", "create", source="list"),
    *known("play_list", "list", source="list"),
    *known("moh_files", "list", source="list"),
    *known("custom_ringtone", "list", source="list"),
    # Hotel
    *known("wakeupcall", "list get query delete", "create update", source="list"),
    *known("hotel", post="checkout", editions="C"),
    # Messaging
    *known("sms", post="create", editions="A"),
    *known(
        "message_channel",
        "list search get getlivechat query whatsapp_template embedcode delete",
        "create createlivechat update updatelivechat uploadphoto",
        source="list",
    ),
    *known("message_queue", "get query", editions="C"),
    *known("message_queue", "list search delete", "create update", source="list"),
    *known("message_campaign", "list search get query retry delete", "create update", source="list"),
    *known("message_session", "list search get query delete", "transfer close archive unarchive", source="list"),
    *known("message", post="send", editions="AC"),
    *known("message", "get query", "batchupload", source="list"),
    # Phones
    *known("phone", "search get", "batchcreate batchupdate batchreprovision batchreboot batchdelete", source="list"),
    *known("auto_provisioning", "compatibility", source="list"),
    # Calls
    *known("call", "query park_status", editions="ACS"),
    *known(
        "call",
        post="dial accept_inbound refuse_inbound hangup hold unhold mute unmute park transfer add_member listen"
        " play_prompt",
        editions="ACS",
    ),
    *known("call", post="record_start record_pause", source="clients"),
    *known("call", post="record_unpause", editions="CS"),
    *known("call", post="directly_forward_to_voicemail", editions="C"),
    *known("uacsta_call", post="accept refuse hangup", editions="ACS"),
    # Recordings
    *known("recording", "list search download", editions="ACS"),
    *known("recording", "playtoextension", source="list"),
    *known("autorecord", "get", "update", source="list"),
    # CDR
    Endpoint("cdr/list", "GET", cdr.find, CdrListIn),
    Endpoint("cdr/search", "GET", cdr.find, CdrSearchIn),
    Endpoint("cdr/download", "GET", cdr.download, CdrSearchIn),
    Endpoint("cdr/getoption", "GET", cdr.getoption),
    Endpoint("cdr/updateoption", "POST", cdr.updateoption, CdrOptionsIn),
    *known("cdr", "list search detail download getoption getdownloadoption", "updateoption", version="v2.0"),
    # Reports
    *known("call_report", "list detail download", editions="ACS"),
    *known("call_report", "list detail download", version="v2.0"),
    *known("call_schedule_report", "list download", editions="ACS"),
    *known("call_schedule_report", "list download", version="v2.0"),
    *known("myreport", "list", editions="ACS"),
    # Monitors and push
    *known("extension_status_monitor", "list", "update", source="list"),
    *known("trunk_status_monitor", "list", "update", source="list"),
    *known("webhook", "query", "update", source="list"),
    *known("webhook", post="test", source="list"),
    *known("websocketaudiostream", "get", "update", source="list"),
    *known("sign", post="create", source="clients"),
    # Maintenance
    *known("storage", "list", source="list"),
    *known("backup", "list search get query getstatus download delete", "create", source="list"),
    *known("system_log", "list download", source="list"),
)

# Method and path below /openapi/ -> row.
ENDPOINTS = {(row.method, f"{row.version}/{row.path}"): row for row in _ROWS}
