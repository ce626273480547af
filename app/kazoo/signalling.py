"""What the SIP messages of a leg held that the PBX does not keep: made up from ids, so that it is always the same.

Addresses are of the range kept free for documentation, where the call has none of its own.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from uuid import UUID

PORT = 5060
SWITCH_ADDRESS, PEER_ADDRESS = "192.0.2.10", "192.0.2.20"
SWITCH = f"{SWITCH_ADDRESS}:11000"

# What telephones and carriers call themselves.
PHONE_AGENT, CARRIER_AGENT = "Desk Phone 1.0", "Carrier SBC 1.0"

# Media ports are even.
_FIRST_PORT, _PORTS = 16384, 8192

_SDP = """v=0
o={owner} {session} {session} IN {family} {host}
s={owner}
c=IN {family} {host}
t=0 0
m=audio {port} RTP/AVP 0 8 101
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
a=sendrecv
""".replace("\n", "\r\n")


@lru_cache(maxsize=4096)
def far_end(address: str) -> tuple[str, str]:
    """Host, and host with port, of ``host``, ``host:port`` or a bare IPv6 address."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal() or (":" in host and not host.endswith("]")):
        return address, f"{address}:{PORT}"
    return host, address


def fingerprint(call_id: str) -> str:
    """40 hexadecimal digits that differ from leg to leg."""
    return hashlib.sha1(call_id.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def tags(call_id: str) -> tuple[str, str]:
    """The tags of From and To."""
    digits = fingerprint(call_id)
    return digits[:10], digits[10:23]


def fetch_id(call_id: str) -> str:
    """The id by which the media server asked what to do with the leg: a UUID."""
    return str(UUID(hex=fingerprint(call_id)[8:40], version=4))


def message_id(call_id: str, second: int) -> str:
    """The second (Unix) of the message with six more digits, as the media server numbers its messages."""
    return f"{second}{int(fingerprint(call_id)[:8], 16) % 1_000_000:06}"


def sdp(call_id: str, owner: str, host: str, session: int) -> str:
    """A session description of audio at the host; ``session`` is its number."""
    port = _FIRST_PORT + 2 * (int(fingerprint(f"{owner}:{call_id}")[:8], 16) % _PORTS)
    return _SDP.format(owner=owner, session=session, host=host, port=port, family="IP6" if ":" in host else "IP4")
