"""The interfaces of the manual, one row each, in the manual's order: what is emulated, and what is only known.

What is not here does not exist (10001). What is here without an answer exists on a PBX, and is not emulated: it answers
10001 as well, and says so beside the answer.
"""

from __future__ import annotations

from .answers import cdr, cdr_v2, recording, system, token
from .families import MORE_FIELDS, family, later, nothing, rows, schema, shape
from .interface import Endpoint, known
from .schemas.cdr import CdrListIn, CdrOptionsIn, CdrSearchIn
from .schemas.cdr_v2 import CallDetailIn, CallListIn, CallOptionsIn, CallSearchIn
from .schemas.recording import RecordingDownloadIn, RecordingListIn, RecordingSearchIn
from .schemas.system import MenuOptionsIn
from .schemas.token import GetTokenIn, RefreshTokenIn

__all__ = ["DOWNLOAD", "ENDPOINTS", "Endpoint"]

DOWNLOAD = "api/download"  # the route of files behind links

_PAIR, _LINK = shape("answers", "TokenOut"), shape("family", "LinkOut")

_ONE_ZONE = "custom time zones; the vendor's names of zones, but for three"
_NO_CALL = "no call ever goes on"
_NOBODY_WAKES = "no telephone rings, and an alarm that rings once stays"
_STAYS = "recordings, calls, contacts, chats and user passwords stay, and so do permissions by groups and organizations"
_UNSEEN_DELETE = "no page of the manual was seen: its parameters are a guess"
_GREETING_SOUND = "what a greeting says: it is a tone"
_LIKE_BLOCKED = "no page of the manual was seen: they are as blocked numbers are"

_OTHER_REPORTS = (
    "the types whose rows no source shows: all but extcallstatistics, ivr, queueperformance, queueagentperformance,"
    " queueagentinoutcalls, queueavgwaittalktime, ringgroupstatistics, unreturnmisscall; keys pressed in an IVR are"
    " told from where the caller went"
)
_OTHER_DETAILS = "the types whose rows no source shows: all but ivr; the keys as in call_report/list"
_REPORT_FILES = "as list; files other than CSV, need_detail, and the event that tells of a file made with is_async"
_NO_SCHEDULE = "scheduled reports: there are none"


# fmt: off
_ROWS: tuple[Endpoint, ...] = (
    # Authorization
    Endpoint("get_token", "POST", token.get_token, GetTokenIn, token=False, gives=_PAIR),
    Endpoint("refresh_token", "POST", token.refresh_token, RefreshTokenIn, token=False, gives=_PAIR,
             source="clients"),
    Endpoint("del_token", "GET", token.del_token, gives=nothing),
    # System
    Endpoint("system/information", "GET", system.information, gives=shape("answers", "InformationOut")),
    Endpoint("system/capacity", "GET", system.capacity, gives=shape("answers", "CapacityOut")),
    Endpoint("system/get_menuoptions", "GET", system.get_menuoptions, MenuOptionsIn,
             gives=shape("answers", "MenuOut")),
    *known("system", post="sendemail", editions="ACS"),
    Endpoint("timezone/list", "GET", later("timezone", "zones"), schema("timezone", "TimeZoneListIn"),
             gives=shape("timezone", "TimeZoneListOut"), editions="S", lacks=_ONE_ZONE),
    Endpoint("wizard/initial_setup", "POST", token=False, editions="S"),
    # Extensions
    *family("extension", editions="ACS", lacks=MORE_FIELDS),
    Endpoint("extension/getpassword", "GET", later("extension", "getpassword"), schema("extension", "GetPasswordIn"),
             gives=shape("extension", "PasswordOut")),
    Endpoint("extension/send_welcome_email", "POST", later("extension", "send_welcome_email"),
             schema("extension", "WelcomeEmailIn"), gives=nothing, lacks="the mail"),
    *family("extensiongroup", "search create", editions="S", lacks=MORE_FIELDS),
    *family("extensiongroup", "list get query update delete", source="inferred", lacks=MORE_FIELDS),
    Endpoint("extension_vm_greeting/list", "GET", later("greeting", "of_extension"),
             schema("voicemail", "GreetingsIn"), gives=rows("voicemail", "GreetingOut", "greeting_list"),
             editions="CS"),
    Endpoint("extension_vm_greeting/download", "GET", later("greeting", "download"),
             schema("voicemail", "GreetingFileIn"), gives=_LINK, editions="S", lacks=_GREETING_SOUND),
    Endpoint("presence_status/list", "GET", later("extension", "presence_statuses"),
             schema("extension", "PresenceStatusListIn"), gives=rows("extension", "PresenceStatusOut"),
             source="clients", editions="",
             lacks="no page of the manual was seen: ids and names are a guess; custom statuses"),
    Endpoint("organization/list", "GET", later("organization", "find"), schema("organization", "OrganizationListIn"),
             gives=shape("organization", "TreeOut")),
    Endpoint("organization/search", "GET", later("organization", "find"),
             schema("organization", "OrganizationSearchIn"), gives=shape("organization", "TreeOut")),
    *family("organization", "get query create update delete", editions="ACS"),
    # Trunks and routes
    *family("trunk", editions="ACS", lacks=MORE_FIELDS),
    Endpoint("trunk/itsp_list", "GET", later("trunk", "itsp_list"), gives=shape("trunk", "ItspListOut")),
    *family("inbound_route", editions="CS", lacks=MORE_FIELDS, rows_lack=MORE_FIELDS),
    *family("outbound_route", editions="CS", lacks=MORE_FIELDS, rows_lack=MORE_FIELDS),
    # Contacts
    *family("company_contact", editions="CS"),
    *family("phonebook", editions="ACS"),
    # Call features
    *family("ivr", editions="CS", lacks=MORE_FIELDS),
    *family("ringgroup", "list search get create update delete", editions="CS", lacks=MORE_FIELDS),
    *family("ringgroup", "query", source="list", lacks=MORE_FIELDS),
    Endpoint("ringgroup/getoptions", "GET", later("options", "ring_group_option"),
             gives=shape("options", "RingGroupOptionsOut"), editions="C"),
    *family("queue", editions="ACS"),
    Endpoint("queue/call_status", "GET", later("queue", "call_status"), schema("queue", "QueueStatusIn"),
             gives=shape("queue", "QueueCallsOut"), lacks=_NO_CALL),
    Endpoint("queue/agent_status", "GET", later("queue", "agent_status"), schema("queue", "QueueStatusIn"),
             gives=shape("queue", "agents_of"), lacks="every agent is idle"),
    Endpoint("queue/agent_login", "GET", later("queue", "agent_login"), schema("queue", "QueueAgentLoginIn"),
             gives=nothing, editions="AS"),
    Endpoint("queue/agent_pause", "GET", later("queue", "agent_pause"), schema("queue", "QueueAgentPauseIn"),
             gives=nothing, editions="S"),
    Endpoint("queue/honor_wrapup_time", "POST", later("options", "update_queue_option"),
             schema("options", "HonorWrapupTimeIn"), gives=nothing, editions="S"),
    Endpoint("queue_pause_reason/list", "GET", later("queue", "list_pause_reasons"),
             schema("queue", "PauseReasonListIn"), gives=shape("queue", "PauseReasonListOut"), editions="AS"),
    Endpoint("queue_pause_reason/update", "POST", later("queue", "update_pause_reasons"),
             schema("queue", "PauseReasonUpdateIn"), gives=nothing, editions="AS"),
    Endpoint("queue_option/get", "GET", later("options", "queue_option"), gives=shape("options", "QueueOptionsOut"),
             editions="AC"),
    Endpoint("queue_option/update", "POST", later("options", "update_queue_option"),
             schema("options", "QueueOptionUpdateIn"), gives=nothing),
    Endpoint("agent/login", "GET", later("queue", "agent_login"), schema("queue", "AgentLoginIn"), gives=nothing,
             editions="CS"),
    Endpoint("agent/pause", "GET", later("queue", "agent_pause"), schema("queue", "AgentPauseIn"), gives=nothing,
             editions="AS"),
    *family("conference", "list", editions="AC"),
    *family("conference", "get", editions="AC", lacks=MORE_FIELDS),
    *family("conference", "create", editions="S"),
    *family("conference", "update", editions="A"),
    *family("conference", "search query delete", source="list", lacks=MORE_FIELDS),
    Endpoint("conference/viewpassword", "GET", later("conference", "viewpassword"),
             schema("conference", "ViewPasswordIn"), gives=shape("conference", "ViewPasswordOut"), editions="CS"),
    Endpoint("conference/query_ongoing_conference", "GET", later("conference", "ongoing"),
             schema("conference", "OngoingConferenceIn"), gives=shape("conference", "OngoingConferencesOut"),
             editions="C", lacks=_NO_CALL),
    Endpoint("conference/query_interim_conference", "GET", later("conference", "ongoing"),
             schema("conference", "InterimConferenceIn"), gives=shape("conference", "OngoingConferencesOut"),
             source="list", editions="", lacks=_NO_CALL),
    *known("conference", post="start_interim_conference", editions="AC"),
    *known("conference", post="invite_member", editions="C"),
    *known("conference", post="kick_member mute_member unmute_member", source="list"),
    *family("paging", "search create", editions="C", lacks=MORE_FIELDS),
    *family("paging", "list get query update delete", source="list", lacks=MORE_FIELDS),
    # Voicemail, call notes
    Endpoint("vm/query", "GET", later("voicemail", "query"), schema("voicemail", "MessagesIn"),
             gives=shape("voicemail", "BoxesOut"), editions="C"),
    Endpoint("vm/get", "GET", later("voicemail", "get"), schema("voicemail", "MessagesIn"),
             gives=rows("voicemail", "MessageOut"), editions="A"),
    Endpoint("vm/download", "GET", later("voicemail", "download"), schema("voicemail", "MessageDownloadIn"),
             gives=_LINK, editions="AC"),
    Endpoint("vm/create", "POST", later("voicemail", "create"), schema("voicemail", "MessageCreation"),
             gives=shape("voicemail", "MessageIdOut"), editions="CS"),
    Endpoint("vm/update", "POST", later("voicemail", "update"), schema("voicemail", "MessageUpdate"), gives=nothing,
             editions="AC"),
    Endpoint("vm/delete", "GET", later("voicemail", "delete"), schema("voicemail", "MessageDeletionIn"),
             gives=nothing, source="list", editions="", lacks=_UNSEEN_DELETE),
    Endpoint("vm/delete_extension_vm", "GET", later("voicemail", "delete_extension_vm"),
             schema("voicemail", "BoxDeletionIn"), gives=nothing, source="list", editions="", lacks=_UNSEEN_DELETE),
    Endpoint("vm_greeting/list", "GET", later("greeting", "of_group"), schema("voicemail", "GreetingsIn"),
             gives=rows("voicemail", "GreetingOut", "greeting_list"), editions="S"),
    Endpoint("vm_greeting/play", "GET", later("greeting", "play"), schema("voicemail", "GreetingFileIn"),
             gives=shape("voicemail", "GreetingPlayOut"), editions="S", lacks=_GREETING_SOUND),
    *family("vm_group", "list", editions="CS", rows_lack="what messages holds"),
    Endpoint("callnotes/get", "GET", later("callnotes", "get"), schema("callnotes", "CallNoteIn"),
             gives=shape("callnotes", "CallNotesOut"), editions="AC"),
    Endpoint("callnotes/update", "POST", later("callnotes", "update"), schema("callnotes", "CallNoteUpdate"),
             gives=nothing, editions="AC"),
    # Numbers
    *family("pin_list", "list create", editions="AS"),
    *family("pin_list", "get", editions="CS"),
    *family("pin_list", "query", editions="S"),
    *family("pin_list", "search update delete", source="list"),
    *family("block_numbers", editions="CS"),
    *family("allow_numbers", source="list", lacks=_LIKE_BLOCKED, rows_lack=_LIKE_BLOCKED),
    # Prompts
    Endpoint("prompt_preference/get", "GET", later("options", "prompt_preference"),
             gives=shape("options", "PromptPreferencesOut"), editions="CS"),
    Endpoint("prompt_preference/update", "POST", later("options", "update_prompt_preference"),
             schema("options", "PromptPreferenceUpdateIn"), gives=nothing, editions="C"),
    Endpoint("system_prompt/list", "GET", later("prompts", "system_prompts"),
             gives=shape("prompts", "SystemPromptsOut"), editions="C"),
    *family("custom_prompt", "list", editions="C"),
    Endpoint("custom_prompt/create", "POST", later("prompts", "create_custom_prompt"),
             schema("prompts", "CustomPromptCreateIn"), gives=nothing, editions="CS",
             lacks="the sound; prompts from a storage device"),
    *family("play_list", "list", editions="S"),
    Endpoint("moh_files/list", "GET", later("prompts", "moh_files"), schema("prompts", "MohFilesIn"),
             gives=shape("prompts", "MohFilesOut"), editions="C"),
    *family("custom_ringtone", "list", editions="S"),
    # Hotel
    Endpoint("wakeupcall/list", "GET", later("hotel", "list_alarms"), schema("hotel", "AlarmListIn"),
             gives=shape("hotel", "AlarmListOut"), editions="CS"),
    Endpoint("wakeupcall/get", "GET", later("hotel", "get_alarms"), schema("hotel", "AlarmGetIn"),
             gives=shape("hotel", "AlarmGetOut"), editions="S"),
    Endpoint("wakeupcall/query", "GET", later("hotel", "query_alarms"), schema("hotel", "AlarmQueryIn"),
             gives=shape("hotel", "AlarmListOut"), editions="C"),
    Endpoint("wakeupcall/create", "POST", later("hotel", "create_alarm"), schema("hotel", "AlarmCreateIn"),
             gives=shape("hotel", "NewAlarmOut"), lacks=_NOBODY_WAKES),
    Endpoint("wakeupcall/update", "POST", later("hotel", "update_alarm"), schema("hotel", "AlarmUpdateIn"),
             gives=nothing, editions="CS", lacks=_NOBODY_WAKES),
    Endpoint("wakeupcall/delete", "GET", later("hotel", "delete_alarms"), schema("hotel", "AlarmDeleteIn"),
             gives=nothing, editions="A"),
    Endpoint("hotel/checkout", "POST", later("hotel", "checkout"), schema("hotel", "CheckoutIn"), gives=nothing,
             editions="AC", lacks=_STAYS),
    # Messaging
    *known("sms", post="create", editions="A"),
    *known("message_channel", "list search get getlivechat query whatsapp_template embedcode delete",
        "create createlivechat update updatelivechat uploadphoto", source="list"),
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
    *known("call",
        post="dial accept_inbound refuse_inbound hangup hold unhold mute unmute park transfer"
        " add_member listen play_prompt",
        editions="ACS"),
    *known("call", post="record_start record_pause", source="clients"),
    *known("call", post="record_unpause", editions="CS"),
    *known("call", post="directly_forward_to_voicemail", editions="C"),
    *known("uacsta_call", post="accept refuse hangup", editions="ACS"),
    # Recordings
    Endpoint("recording/list", "GET", recording.find, RecordingListIn, gives=rows("recording", "row_of")),
    Endpoint("recording/search", "GET", recording.find, RecordingSearchIn, gives=rows("recording", "row_of")),
    Endpoint("recording/download", "GET", recording.download, RecordingDownloadIn, gives=_LINK),
    *known("recording", "playtoextension", source="list"),
    *known("autorecord", "get", "update", source="list"),
    # CDR
    Endpoint("cdr/list", "GET", cdr.find, CdrListIn, gives=rows("cdr_rows", "row_of")),
    Endpoint("cdr/search", "GET", cdr.find, CdrSearchIn, gives=rows("cdr_rows", "row_of")),
    Endpoint("cdr/download", "GET", cdr.download, CdrSearchIn, gives=_LINK),
    Endpoint("cdr/getoption", "GET", cdr.getoption, gives=shape("answers", "options_of")),
    Endpoint("cdr/updateoption", "POST", cdr.updateoption, CdrOptionsIn, gives=nothing),
    Endpoint("cdr/list", "GET", cdr_v2.find, CallListIn, gives=rows("cdr_v2", "CallOut"), version="v2.0"),
    Endpoint("cdr/search", "GET", cdr_v2.find, CallSearchIn, gives=rows("cdr_v2", "CallOut"), version="v2.0",
             lacks="ai_receptionist, and parameters that no source shows"),
    Endpoint("cdr/detail", "GET", cdr_v2.detail, CallDetailIn, gives=shape("answers", "CallDetailOut"),
             version="v2.0", lacks="avatars, seconds on hold, and events but the first and the last of a leg"),
    Endpoint("cdr/download", "GET", cdr_v2.download, CallSearchIn, gives=_LINK, version="v2.0",
             lacks="files other than CSV"),
    Endpoint("cdr/getoption", "GET", cdr_v2.getoption, gives=shape("answers", "NewOptionsOut"), version="v2.0"),
    Endpoint("cdr/updateoption", "POST", cdr_v2.updateoption, CallOptionsIn, gives=nothing, version="v2.0"),
    Endpoint("cdr/getdownloadoption", "GET", cdr_v2.getdownloadoption, gives=shape("answers", "DownloadOptionsOut"),
             version="v2.0", lacks="options that ever change"),
    # Reports
    Endpoint("call_report/list", "GET", later("report", "find"), schema("report", "CallReportIn"),
             gives=shape("report_rows", "CallReportOut"), lacks=_OTHER_REPORTS),
    Endpoint("call_report/detail", "GET", later("report", "detail"), schema("report", "ReportDetailIn"),
             gives=rows("report_rows", "PressRow", "ivr_report_detail"), lacks=_OTHER_DETAILS),
    Endpoint("call_report/download", "GET", later("report", "download"), schema("report", "ReportDownloadIn"),
             gives=_LINK, lacks=_REPORT_FILES),
    Endpoint("call_report/list", "GET", later("report", "find"), schema("report", "CallReportV2In"),
             gives=shape("report_rows", "CallReportV2Out"), version="v2.0", editions="", lacks=_OTHER_REPORTS),
    Endpoint("call_report/detail", "GET", later("report", "detail"), schema("report", "ReportDetailV2In"),
             gives=rows("report_rows", "PressRow", "ivr_report_detail"), version="v2.0", editions="",
             lacks=_OTHER_DETAILS),
    Endpoint("call_report/download", "GET", later("report", "download"), schema("report", "ReportDownloadV2In"),
             gives=_LINK, version="v2.0", editions="", lacks=_REPORT_FILES),
    Endpoint("call_schedule_report/list", "GET", later("report", "scheduled"),
             schema("report", "ScheduleReportListIn"), gives=shape("report_rows", "ScheduleReportsOut"),
             lacks=_NO_SCHEDULE),
    Endpoint("call_schedule_report/download", "GET", later("report", "scheduled_file"),
             schema("report", "ScheduleReportDownloadIn"), gives=_LINK, lacks=_NO_SCHEDULE),
    Endpoint("call_schedule_report/list", "GET", later("report", "scheduled"),
             schema("report", "ScheduleReportListIn"), gives=shape("report_rows", "ScheduleReportsOut"),
             version="v2.0", editions="", lacks=_NO_SCHEDULE),
    Endpoint("call_schedule_report/download", "GET", later("report", "scheduled_file"),
             schema("report", "ScheduleReportDownloadIn"), gives=_LINK, version="v2.0", editions="",
             lacks=_NO_SCHEDULE),
    Endpoint("myreport/list", "GET", later("report", "myreports"), gives=shape("report_rows", "MyReportsOut"),
             lacks="reports of one's own: there are none"),
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
# fmt: on

# Method and path below /openapi/ -> row.
ENDPOINTS = {(row.method, f"{row.version}/{row.path}"): row for row in _ROWS}
