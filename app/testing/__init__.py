"""For tests: a PBX of one's own on a running server, with verbs and checks. Needs the standard library only.

``Pbx`` is the handle, ``Server`` makes more of them. Under pytest the fixtures of the plugin give one to each test;
everywhere else ``serve`` starts a server, and ``connect`` finds one that runs.
"""

from __future__ import annotations

from .control import PbxError
from .handle import Call, Pbx
from .journaled import Request
from .servers import Server, connect, serve

__all__ = ["Call", "Pbx", "PbxError", "Request", "Server", "connect", "serve"]
