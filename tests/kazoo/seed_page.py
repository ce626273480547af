"""The vendor's page on CDRs, as far as it names fields: its table of a document's, and its notes."""

# The table "Call Detail Records".
CDR = (
    "app_name", "app_version", "billing_seconds", "call_direction", "call_id", "callee_id_name", "callee_id_number",
    "caller_id_name", "caller_id_number", "channel_created_time", "custom_application_vars", "custom_channel_vars",
    "custom_sip_headers.in", "custom_sip_headers.out", r"custom_sip_headers.^[a-zA-z0-9_\-]+$", "custom_sip_headers",
    "digits_dialed", "disposition", "duration_seconds", "fax_bad_rows", "fax_ecm_used", "fax_result_code",
    "fax_result_text", "fax_success", "fax_total_pages", "fax_transfer_rate", "fax_transferred_pages", "from",
    "from_tag", "from_uri", "hangup_cause", "hangup_code", "interaction_id", "local_sdp", "media_server", "node",
    "other_leg_call_id", "other_leg_caller_id_name", "other_leg_caller_id_number", "other_leg_destination_number",
    "other_leg_direction", "presence_id", "remote_sdp", "request", "ringing_seconds", "timestamp", "to", "to_tag",
    "to_uri", "user_agent",
)  # fmt: skip

# Those that the table says are integers; the objects; all others are text.
INTEGERS = ("billing_seconds", "channel_created_time", "duration_seconds", "ringing_seconds", "timestamp")
OBJECTS = ("custom_application_vars", "custom_channel_vars", "custom_sip_headers")

# "Kazoo-specific properties": keys of custom_channel_vars, and what authorizing_type can be.
KAZOO_SPECIFIC = (
    "account_id", "authorizing_id", "authorizing_type", "bridge_id", "ecallmgr_node", "fetch_id", "realm",
    "resource_id", "username",
)  # fmt: skip
AUTHORIZING_TYPES = ("device", "mobile", "resource", "outbound_fax")

# How the leg was rated and billed: keys of custom_channel_vars, too.
BILLING = (
    "reseller_billing", "reseller_id", "account_billing", "rate", "base_cost", "rate_name", "surcharge",
    "rate_minimum", "rate_increment",
)  # fmt: skip

# "Fax-specific properties".
FAX = (
    "fax_transfer_rate", "fax_bad_rows", "fax_total_pages", "fax_transferred_pages", "fax_ecm_used", "fax_result_text",
    "fax_result_code", "fax_success", "fax_t38",
)  # fmt: skip

# "Resource properties": keys of custom_channel_vars, and what resource_type can be.
RESOURCE = ("resource_type", "global_resource", "resource_id")
RESOURCE_TYPES = ("offnet-origination", "offnet-termination", "onnet-origination", "onnet-termination")
