"""gunicorn, as this program runs it: its options, a worker as lenient with URLs as a PBX, a log without secrets."""

from __future__ import annotations

import errno
import logging
import os
import re
import signal
import socket
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import ThreadWorker

from .masking import MaskingFormatter
from .settings import SettingError
from .tls import certificate
from .waiting import Threads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Flask

    from .settings import Settings

# A request line longer than this is refused with HTTP 414.
_LONGEST_REQUEST_LINE = 1 << 20

_NOT_IN_A_TARGET = re.compile(rb"[^!-~]")

# Headers that gunicorn passes on as they are, if there is one of each.
_USUAL_HEADERS = (
    b"accept", b"accept-charset", b"accept-encoding", b"accept-language", b"authorization", b"cache-control",
    b"connection", b"content-length", b"content-type", b"cookie", b"host", b"origin", b"pragma", b"referer",
    b"sec-fetch-dest", b"sec-fetch-mode", b"sec-fetch-site", b"user-agent", b"x-auth-token", b"x-request-id",
    b"x-requested-with",
)  # fmt: skip

# The head of a request as most clients write it: a path, no fragment, ASCII, nothing that has to be decided.
_USUAL_HEAD = re.compile(
    rb'(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/(?!/)[!"$-~]*) HTTP/1\.1\r\n((?:(?i:%b):[ -~]*\r\n)+)\r\n'
    % b"|".join(_USUAL_HEADERS)
)

_ENDING = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)

_HINTS = {
    errno.EADDRINUSE: "is another server running? --port 0 picks a free port",
    errno.EACCES: "ports below 1024 are the administrator's; --port 0 picks a free port",
}


class AddressError(Exception):
    """The address cannot be listened on; the text says why and what to do."""


class LenientRequest(Request):  # type: ignore[misc]
    """A request whose target may hold blanks and bytes beyond ASCII, as the manual's own examples do."""

    def parse(self, unreader: Any) -> Any:
        """Read the head; what follows it is returned. A usual one is read by one expression, which takes a tenth off a
        small request's time; any other is left to gunicorn."""
        data = unreader.read()
        usual = _USUAL_HEAD.match(data)
        longest = min(self.limit_request_field_size, self.limit_request_line or _LONGEST_REQUEST_LINE)
        if usual is None or usual.end() > longest or not self._take(*usual.groups()):
            unreader.unread(data)
            return super().parse(unreader)
        return data[usual.end() :]

    def _take(self, method: bytes, target: bytes, lines: bytes) -> bool:
        """Take in what a usual head says, unless a header is there twice."""
        pairs = [line.partition(":") for line in lines.decode().split("\r\n")[:-1]]
        headers = [(name.upper(), value.strip(" ")) for name, _, value in pairs]
        if len(dict(headers)) < len(headers):
            return False
        self.method, self.uri, self.version, self.headers = method.decode(), target.decode(), (1, 1), headers
        self.path, _, self.query = self.uri.partition("?")
        self.fragment = ""
        return True

    def read_line(self, unreader: Any, buf: Any, limit: int = 0) -> Any:
        return super().read_line(unreader, buf, limit or _LONGEST_REQUEST_LINE)

    def parse_request_line(self, line_bytes: bytes) -> None:
        method, _, rest = line_bytes.partition(b" ")
        target, blank, version = rest.rpartition(b" ")
        if _NOT_IN_A_TARGET.search(target):
            target = _NOT_IN_A_TARGET.sub(lambda byte: b"%%%02X" % byte[0][0], target)
            line_bytes = method + b" " + target + blank + version
        super().parse_request_line(line_bytes)


class Worker(ThreadWorker):  # type: ignore[misc]
    """A threaded worker that reads requests leniently, and that no client keeps waiting."""

    def init_process(self) -> None:
        RequestParser.mesg_class = LenientRequest
        if hasattr(util, "close_graceful"):  # not in older versions
            util.close_graceful = partial(_close, lingering=util.close_graceful)
        super().init_process()

    def get_thread_pool(self) -> Threads:
        return Threads(self.cfg.threads)

    def init_signals(self) -> None:
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Ctrl-C: end now. gunicorn would wait for threads, and they for clients that have not sent all yet."""
        os._exit(0)


def _close(sock: socket.socket, lingering: Callable[[socket.socket], None]) -> None:
    """Close a connection. Where the client's last bytes are not read, gunicorn lingers, lest they cost it the answer.

    Else there is nothing to wait for: gunicorn would, for up to 2 seconds, in the loop that accepts connections.
    """
    try:
        sock.shutdown(socket.SHUT_WR)
        sock.setblocking(False)
        unread = sock.recv(1)
    except OSError:
        unread = b""
    lingering(sock) if unread else util.close(sock)


class MaskedLogger(Logger):  # type: ignore[misc]
    """gunicorn's logger with secrets masked, in the access log and in the error log alike."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                current = handler.formatter
                handler.setFormatter(
                    MaskingFormatter(getattr(current, "_fmt", None), getattr(current, "datefmt", None))
                )
                if getattr(handler, "stream", None) is sys.stdout:  # gunicorn's "-"; the banner has that for itself
                    handler.setStream(sys.stderr)


def gunicorn_options(settings: Settings) -> dict[str, Any]:
    """gunicorn's options by name, but for the address: config/gunicorn.conf.py takes the same.

    Raises SettingError, CertificateError.
    """
    if settings.access_log not in ("", "-"):
        _check_writable(settings.access_log)
    chain, key = certificate(settings)
    return {
        "worker_class": Worker,
        "certfile": chain,
        "keyfile": key,
        "workers": settings.workers,
        "threads": settings.threads,
        "keepalive": settings.keep_alive,
        "accesslog": settings.access_log or None,
        "access_log_format": '%(h)s "%(r)s" %(s)s %(b)s %(M)s ms',
        "loglevel": "warning",
        "logger_class": MaskedLogger,
        "preload_app": True,
        "http_parser": "python",
        "limit_request_line": 0,
        "control_socket_disable": True,
        # No proxy is trusted: what a client says of its path or scheme is only a header.
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        "graceful_timeout": 5,
    }


def _check_writable(path: str) -> None:
    try:
        Path(path).open("ab").close()
    except OSError as error:
        raise SettingError(f"The access log {path} cannot be written: {error.strerror}.") from None


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises AddressError with one sentence."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, UnicodeError) as error:
        reason = str(getattr(error, "strerror", None) or error).partition(" (while")[0]
        hint = _HINTS.get(getattr(error, "errno", None) or 0, "see --host")
        raise AddressError(f"Cannot listen on {host} port {port}: {reason} ({hint}).") from None


class Server(BaseApplication):  # type: ignore[misc]
    """The application on a socket that listens already; ``ready`` is called when requests can come."""

    def __init__(
        self, app: Flask, options: Mapping[str, Any], listener: socket.socket, ready: Callable[[], None]
    ) -> None:
        self._app = app
        self._options = {
            **options,
            "bind": f"fd://{listener.detach()}",
            "when_ready": lambda _arbiter: ready(),
        }
        # Until a new worker minds signals itself, they wait: gunicorn's handler, which it inherits, would lose them.
        os.register_at_fork(
            before=partial(signal.pthread_sigmask, signal.SIG_BLOCK, _ENDING),
            after_in_parent=partial(signal.pthread_sigmask, signal.SIG_UNBLOCK, _ENDING),
        )
        super().__init__()

    def load_config(self) -> None:
        known = self.cfg.settings
        for name, value in self._options.items():
            if name in known:  # http_parser and control_socket_disable came with gunicorn 24 and 25
                self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app


def log_to_stderr() -> None:
    """Write the emulator's own log, hints and faults, to the standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskingFormatter("%(asctime)s %(message)s", "%H:%M:%S"))
    log = logging.getLogger("pbx")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
