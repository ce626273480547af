"""What each kind of resource is made of."""

from __future__ import annotations

from typing import Any

from offices import EXTENSION

# What each kind is made of, and a change that get shows as it was given.
LIVES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "extension": (EXTENSION, {"presence_status": "away"}),
    "extensiongroup": ({"name": "Night", "member_select": "sel_specific", "members": [3]}, {"name": "Day"}),
    "organization": ({"name": "Lab", "parent_id": 1}, {"name": "Workshop"}),
    "trunk": ({"name": "new", "type": "peer", "hostname": "10.0.0.1", "port": 5070}, {"enable": 0}),
    "inbound_route": (
        {"name": "In", "trunk_list": [{"id": 1}], "def_dest": "extension", "def_dest_value": "3",
         "did_pattern_list": [{"did_pattern": "5550100"}]},
        {"def_dest_value": "4"},
    ),
    "outbound_route": (
        {"name": "Out", "pin_protect": "disable", "dial_pattern_list": [{"pattern": "X."}], "trunk_list": [{"id": 1}]},
        {"outbound_cid": "5550100"},
    ),
    "company_contact": (
        {"first_name": "Ann", "number_list": [{"num_type": "mobile_number", "number": "139"}]},
        {"company": "Harbour Hotel"},
    ),
    "phonebook": ({"name": "Friends"}, {"name": "Family"}),
    "ivr": (
        {"number": "6290", "name": "Menu", "prompt": "default", "prompt_repeat": 1, "resp_timeout": 9,
         "digit_timeout": 2},
        {"press1_dest": "queue", "press1_dest_value": "1"},
    ),
    "ringgroup": (
        {"number": "6390", "name": "Ring", "ring_strategy": "ring_all", "ring_timeout": 20},
        {"ring_strategy": "custom"},
    ),
    "queue": ({"number": "6490", "name": "Sell", "ring_strategy": "linear"}, {"max_wait_time": 60}),
    "conference": ({"number": "6590", "name": "Room"}, {"allow_partic_invite": 1}),
    "paging": (
        {"number": "6690", "name": "Page", "type": "2_way_intercom", "prompt_play_times": 1, "broadcast_client": "sip",
         "member_list": [{"id": 3, "type": "extension"}]},
        {"prompt_play_times": 0},
    ),
    "pin_list": ({"name": "Local", "pin_list": "1,2"}, {"enb_record_cdr": 1}),
    "block_numbers": ({"name": "Spam", "limit_type": "both", "number_list": "1&2"}, {"limit_type": "inbound"}),
    "allow_numbers": ({"name": "Kin", "limit_type": "inbound", "number_list": "3"}, {"number_list": "3&4"}),
}  # fmt: skip
