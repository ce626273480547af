"""The interfaces of the manual, one row each, in the manual's order: what is emulated, and what is only known.

What is not here does not exist (10001). What is here without an answer exists on a PBX, and is not emulated: it answers
10001 as well, and says so beside the answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from .answers import cdr, cdr_v2, recording, system, token
from .families import MORE_FIELDS, family, later, schema
from .interface import Endpoint, known
from .schemas.cdr import CdrListIn, CdrOptionsIn, CdrSearchIn
from .schemas.cdr_v2 import CallDetailIn, CallListIn, CallOptionsIn, CallSearchIn
from .schemas.recording import RecordingDownloadIn, RecordingListIn, RecordingSearchIn
from .schemas.system import MenuOptionsIn
from .schemas.token import GetTokenIn, RefreshTokenIn

__all__ = ["DOWNLOAD", "ENDPOINTS", "Endpoint"]

DOWNLOAD = "api/download"  # the route of files behind links

_LIKE_BLOCKED = "no page of the manual was seen: they are as blocked numbers are"

_OTHER_REPORTS = (
    "the types whose rows no source shows: all but extcallstatistics, queueperformance, queueagentperformance,"
    " queueavgwaittalktime, ringgroupstatistics, unreturnmisscall"
)
_REPORT_FILES = "as list; files other than CSV, need_detail, and the event that tells of a file made with is_async"
_NO_SCHEDULE = "scheduled reports: there are none"


def _scheduled(version: str, editions: str) -> Iterator[Endpoint]:
    for name, answer, takes in (
        ("list", "scheduled", "ScheduleReportListIn"),
        ("download", "scheduled_file", "ScheduleReportDownloadIn"),
    ):
        yield Endpoint(
            f"call_schedule_report/{name}",
            "GET",
            later("report", answer),
            schema("report", takes),
            version=version,
            editions=editions,
            lacks=_NO_SCHEDULE,
        )


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
    *family("extension", editions="ACS", lacks=MORE_FIELDS),
    Endpoint("extension/getpassword", "GET", later("extension", "getpassword"), schema("extension", "GetPasswordIn")),
    *known("extension", post="send_welcome_email", editions="ACS"),
    *family("extensiongroup", "search create", editions="S", lacks=MORE_FIELDS),
    *family("extensiongroup", "list get query update delete", source="inferred", lacks=MORE_FIELDS),
    *known("extension_vm_greeting", "list", editions="S"),
    *known("presence_status", "list", source="clients"),
    Endpoint("organization/list", "GET", later("organization", "find"), schema("organization", "OrganizationListIn")),
    Endpoint(
        "organization/search", "GET", later("organization", "find"), schema("organization", "OrganizationSearchIn")
    ),
    *family("organization", "get query create update delete", editions="ACS"),
    # Trunks and routes
    *family("trunk", editions="ACS", lacks=MORE_FIELDS),
    *known("trunk", "itsp_list", source="list"),
    *family("inbound_route", editions="CS", lacks=MORE_FIELDS, rows_lack=MORE_FIELDS),
    *family("outbound_route", editions="CS", lacks=MORE_FIELDS, rows_lack=MORE_FIELDS),
    # Contacts
    *family("company_contact", editions="CS"),
    *family("phonebook", editions="ACS"),
    # Call features
    *family("ivr", editions="CS", lacks=MORE_FIELDS),
    *family("ringgroup", "list search get create update delete", editions="CS", lacks=MORE_FIELDS),
    *family("ringgroup", "query", source="list", lacks=MORE_FIELDS),
    *known("ringgroup", "getoptions", source="list"),
    *family("queue", editions="ACS", lacks=MORE_FIELDS),
    Endpoint(
        "queue/call_status",
        "GET",
        later("queue", "call_status"),
        schema("queue", "QueueStatusIn"),
        lacks="no call ever goes on",
    ),
    Endpoint(
        "queue/agent_status",
        "GET",
        later("queue", "agent_status"),
        schema("queue", "QueueStatusIn"),
        lacks="every agent is idle",
    ),
    Endpoint(
        "queue/agent_login", "GET", later("queue", "agent_login"), schema("queue", "QueueAgentLoginIn"), editions="AS"
    ),
    Endpoint(
        "queue/agent_pause", "GET", later("queue", "agent_pause"), schema("queue", "QueueAgentPauseIn"), editions="S"
    ),
    *known("queue", "honor_wrapup_time", source="list"),
    *known("queue_pause_reason", "list", "update", editions="A"),
    *known("queue_option", "get", "update", editions="A"),
    Endpoint("agent/login", "GET", later("queue", "agent_login"), schema("queue", "AgentLoginIn"), editions="CS"),
    Endpoint("agent/pause", "GET", later("queue", "agent_pause"), schema("queue", "AgentPauseIn"), editions="AS"),
    *family("conference", "list", editions="AC"),
    *family("conference", "get", editions="C", lacks=MORE_FIELDS),
    *family("conference", "search query create update delete", source="list", lacks=MORE_FIELDS),
    *known("conference", post="start_interim_conference", editions="AC"),
    *known("conference", post="invite_member", editions="C"),
    *known(
        "conference",
        "viewpassword query_interim_conference query_ongoing_conference",
        "kick_member mute_member unmute_member",
        source="list",
    ),
    *family("paging", "search create", editions="C", lacks=MORE_FIELDS),
    *family("paging", "list get query update delete", source="list", lacks=MORE_FIELDS),
    # Voicemail, call notes
    *known("vm", "query", editions="C"),
    *known("vm", "get download delete delete_extension_vm", "create update", source="list"),
    *family("vm_group", "list", editions="CS", rows_lack="what messages holds"),
    *known("callnotes", "get", "update", editions="AC"),
    # Numbers
    *family("pin_list", "list create", editions="AS"),
    *family("pin_list", "get", editions="CS"),
    *family("pin_list", "query", editions="S"),
    *family("pin_list", "search update delete", source="list"),
    *family("block_numbers", editions="CS"),
    *family("allow_numbers", source="list", lacks=_LIKE_BLOCKED, rows_lack=_LIKE_BLOCKED),
    # Prompts
    *known("prompt_preference", "get", source="list"),
    *known("system_prompt", "list", source="list"),
    *known("custom_prompt", "list", "create", source="list"),
    *family("play_list", "list", editions="S"),
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
    Endpoint("recording/list", "GET", recording.find, RecordingListIn),
    Endpoint("recording/search", "GET", recording.find, RecordingSearchIn),
    Endpoint("recording/download", "GET", recording.download, RecordingDownloadIn),
    *known("recording", "playtoextension", source="list"),
    *known("autorecord", "get", "update", source="list"),
    # CDR
    Endpoint("cdr/list", "GET", cdr.find, CdrListIn),
    Endpoint("cdr/search", "GET", cdr.find, CdrSearchIn),
    Endpoint("cdr/download", "GET", cdr.download, CdrSearchIn),
    Endpoint("cdr/getoption", "GET", cdr.getoption),
    Endpoint("cdr/updateoption", "POST", cdr.updateoption, CdrOptionsIn),
    Endpoint("cdr/list", "GET", cdr_v2.find, CallListIn, version="v2.0"),
    Endpoint(
        "cdr/search",
        "GET",
        cdr_v2.find,
        CallSearchIn,
        version="v2.0",
        lacks="ai_receptionist, and parameters that no source shows",
    ),
    Endpoint(
        "cdr/detail",
        "GET",
        cdr_v2.detail,
        CallDetailIn,
        version="v2.0",
        lacks="avatars, seconds on hold, and events but the first and the last of a leg",
    ),
    Endpoint("cdr/download", "GET", cdr_v2.download, CallSearchIn, version="v2.0", lacks="files other than CSV"),
    Endpoint("cdr/getoption", "GET", cdr_v2.getoption, version="v2.0"),
    Endpoint("cdr/updateoption", "POST", cdr_v2.updateoption, CallOptionsIn, version="v2.0"),
    Endpoint(
        "cdr/getdownloadoption", "GET", cdr_v2.getdownloadoption, version="v2.0", lacks="options that ever change"
    ),
    # Reports
    Endpoint(
        "call_report/list", "GET", later("report", "find"), schema("report", "CallReportIn"), lacks=_OTHER_REPORTS
    ),
    *known("call_report", "detail", editions="ACS"),
    Endpoint(
        "call_report/download",
        "GET",
        later("report", "download"),
        schema("report", "ReportDownloadIn"),
        lacks=_REPORT_FILES,
    ),
    Endpoint(
        "call_report/list",
        "GET",
        later("report", "find"),
        schema("report", "CallReportV2In"),
        version="v2.0",
        editions="",
        lacks=_OTHER_REPORTS,
    ),
    *known("call_report", "detail", version="v2.0"),
    Endpoint(
        "call_report/download",
        "GET",
        later("report", "download"),
        schema("report", "ReportDownloadV2In"),
        version="v2.0",
        editions="",
        lacks=_REPORT_FILES,
    ),
    *_scheduled("v1.0", "ACS"),
    *_scheduled("v2.0", ""),
    Endpoint("myreport/list", "GET", later("report", "myreports"), lacks="reports of one's own: there are none"),
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
