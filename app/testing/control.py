"""Control: a client of the control API; PbxError: what it refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, quote, urlencode, urlsplit

if TYPE_CHECKING:
    from ssl import SSLContext

# A test that fails shows its own line, and not the way through the handle (pytest's word for that, here as elsewhere).
__tracebackhide__ = True

Json = dict[str, Any]

# A time: in the PBX's display format, ISO 8601, Unix seconds, or a datetime (without a zone: in the PBX's).
Instant = str | float | datetime

# How the server calls itself.
_NAME = "pbx-emulator"

# Seconds an answer may take; waiting for requests takes at most a minute.
_TIMEOUT = 90.0


class PbxError(Exception):
    """Something cannot be done, or not in this way; the text is a sentence for the person who asked for it.

    ``status`` is the HTTP status of the refusal, 0 where nobody answered.
    """

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


class Control:
    """The control API of the server at ``url``, its root.

    ``token`` is needed where the server asks for one. ``ca`` is the file of the authority whose certificates are
    trusted besides the system's; it matters with https only.
    """

    def __init__(self, url: str, token: str = "", ca: str = "") -> None:
        parts = _parts(url)
        self.url = url.rstrip("/")
        self._trust = _trust(ca) if parts.scheme == "https" else None
        self._netloc, self._path = parts.netloc, parts.path.rstrip("/")
        self._headers = {"User-Agent": "pbx-emulator-testing"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, /, **query: Any) -> Any:
        """The answer's JSON, None where it has none. ``path`` is below /_pbx/; a query's None is not sent.

        Raises PbxError with the problem's detail.
        """
        given = urlencode({name: _word(value) for name, value in query.items() if value is not None}, errors="replace")
        target = f"{self._path}/_pbx/{path}" + (f"?{given}" if given else "")
        status, content = self._exchange(method, target, body)
        try:
            answer = json.loads(content) if content else None
        except ValueError:
            answer = content
        if 200 <= status < 300 and not isinstance(answer, bytes):
            return answer
        if isinstance(answer, dict) and {"title", "status", "detail"} <= answer.keys():
            raise PbxError(answer["detail"], status)
        raise PbxError(f"{self.url} is no PBX Emulator: {method} {target} was answered with {status}.", status)

    def check(self) -> None:
        """Raises PbxError: nobody answers, or it is somebody else."""
        answer = self.ask("GET", "info")
        if not isinstance(answer, dict) or answer.get("name") != _NAME:
            raise PbxError(
                f"{self.url} is no PBX Emulator: /_pbx/info is not its own there. Give the server's root, "
                "such as http://127.0.0.1:8088, without the path of an API."
            )

    def _exchange(self, method: str, target: str, body: Mapping[str, Any] | None) -> tuple[int, bytes]:
        headers, content = self._headers, None
        if body is not None:
            headers, content = {**headers, "Content-Type": "application/json"}, _json(body)
        if self._trust is None:
            connection = HTTPConnection(self._netloc, timeout=_TIMEOUT)
        else:
            connection = HTTPSConnection(self._netloc, timeout=_TIMEOUT, context=self._trust)
        try:
            connection.request(method, target, content, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException) as error:
            raise PbxError(f"No PBX answers at {self.url}: {error}.{_advice(error)}") from None
        except ValueError as error:  # of a header: the token
            raise PbxError(f"The request cannot be sent: {error}.") from None
        finally:
            connection.close()


def _parts(url: str) -> SplitResult:
    """Raises PbxError: no address of a server."""
    try:
        parts = urlsplit(url)
        written = parts.hostname and parts.port != 0 and url.isprintable() and " " not in url
        if parts.scheme in ("http", "https") and written and not (parts.query or parts.fragment or parts.username):
            return parts
    except (ValueError, TypeError, AttributeError):
        pass  # a port that is none, or no text at all
    raise PbxError(f"{url!r} is no address of a server; write it as http://127.0.0.1:8088.")


def _trust(ca: str) -> SSLContext:
    from ssl import create_default_context

    context = create_default_context()
    try:
        if ca:
            context.load_verify_locations(ca)
    except OSError as error:
        raise PbxError(f"The file {ca} cannot be trusted: {error.strerror or error}.") from None
    return context


def _advice(error: Exception) -> str:
    if type(error).__name__ != "SSLCertVerificationError":
        return ""
    return " Give the file of the authority that is to be trusted (ca, --pbx-ca), the server's tls/ca.pem."


def _json(body: Mapping[str, Any]) -> bytes:
    """Raises PbxError: something in it is of no kind that JSON has."""
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False, default=_refuse).encode()
    except ValueError as error:
        raise PbxError(f"This cannot be sent as JSON: {error}.") from None


def _refuse(value: object) -> None:
    raise PbxError(f"{value!r} is not allowed here; expected text, a number, true or false, a list or a dict.")


def _word(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def segment(name: object) -> str:
    """A name as it stands in a path. Raises PbxError: it is none."""
    try:
        if text := quote(str(name), safe=""):
            return text
    except UnicodeError:
        pass
    raise PbxError(f"{str(name)!r} is no name.")


def instant(given: Instant) -> str | float:
    """A time as the control API takes it."""
    if not isinstance(given, datetime):
        return given
    return given.isoformat(" ", "seconds") if given.tzinfo is None else given.timestamp()


def read_document(path: Path) -> Json:
    """A seed document's file, JSON or TOML. Raises PbxError."""
    import tomllib

    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except OSError as error:
        raise PbxError(f"The file {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise PbxError(f"The file {path} is not {'TOML' if path.suffix == '.toml' else 'JSON'}: {error}.") from None
    if not isinstance(document, dict):
        raise PbxError(f"The file {path} holds no object.")
    return document
