"""SETTINGS: every setting's name, default, how to read it, and one sentence.

A value is looked for in this order: a flag, a ``PBX_*`` variable, the TOML file named by ``--config``, what the
PBX itself remembers (scope ``pbx`` only: a seed document, a command or the API put it there), the default.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from .setting_readers import (
    DATABASE,
    FLAG,
    FOLDER,
    NETWORKS,
    SECONDS,
    SHORT_TEXT,
    TEXT,
    ZONE,
    Reader,
    characters,
    choice,
    integer,
)

PREFIX = "PBX_"

# Settings whose values are shown only to those who ask for them by name.
SECRETS = frozenset({"client_secret", "kazoo_api_key", "control_token", "database_url"})

# Variables with our prefix that are not settings: the file they may stand in, where a running server is, whom to trust.
OTHER_VARIABLES = frozenset({"PBX_CONFIG", "PBX_URL", "PBX_CA"})

# What firmware may be: the first is the default, the others are exact (yeastar/profiles.py).
FIRMWARES = ("37.7+", "37.7", "37.20", "37.21", "37.23")


class SettingError(ValueError):
    """A setting's name or value is wrong; the text says which, where it stood, and what is allowed."""


def _setting(default: Any, reader: Reader, scope: str, help: str) -> Any:
    return field(default=default, metadata={"reader": reader, "scope": scope, "help": help})


@dataclass(frozen=True)
class Settings:
    """The table: one field a setting. Scope ``server`` belongs to the process, ``pbx`` to the emulated PBX."""

    host: str = _setting("127.0.0.1", SHORT_TEXT, "server", "Address to listen on.")
    port: int = _setting(8088, integer(0, 65535), "server", "Port to listen on; 0 picks a free one.")
    instance: str = _setting("instance", SHORT_TEXT, "server", "Folder with the PBX's database and certificates.")
    database_url: str = _setting(
        "",
        DATABASE,
        "server",
        "PostgreSQL database of the PBXs, postgresql+psycopg://user:password@host/database; empty: SQLite.",
    )
    workers: int = _setting(2, integer(1, 64), "server", "Worker processes.")
    threads: int = _setting(4, integer(1, 256), "server", "Threads in each worker.")
    keep_alive: int = _setting(
        0, integer(0, 3600), "server",
        "Seconds a connection stays open for the next request; 0 closes it after each answer, as the PBX does.",
    )  # fmt: skip
    access_log: str = _setting(
        "",
        TEXT,
        "server",
        "Where each request is logged, secrets masked: a file, or - for the standard error.",
    )
    tls: bool = _setting(False, FLAG, "server", "Serve HTTPS, as the appliance does.")
    tls_cert: str = _setting("", TEXT, "server", "Certificate chain (PEM); empty makes a self-signed one.")
    tls_key: str = _setting("", TEXT, "server", "Private key (PEM) of tls_cert.")
    seed: str = _setting(
        "demo", SHORT_TEXT, "server", "What fills an empty database: demo, empty, or a seed document's path."
    )
    seed_folder: str = _setting(
        ".", SHORT_TEXT, "server", "Folder in which, and below, the control API finds seed documents."
    )
    demo_seed: int = _setting(1, integer(0, 2**31 - 1), "server", "Random seed of the demo office.")
    recordings: str = _setting(
        "", FOLDER, "server", "Folder with files of your own, by the names of recordings; else a tone is heard."
    )
    journal: bool = _setting(True, FLAG, "server", "Whether requests and answers are journaled, secrets masked.")
    journal_rows: int = _setting(
        10_000, integer(100, 1_000_000), "server", "Most requests in the journal; the oldest go first."
    )
    journal_bytes: int = _setting(
        16 << 20, integer(1 << 20, 1 << 32), "server", "Most bytes that they take in the journal."
    )
    control_token: str = _setting(
        "",
        characters("[!-~]{0,256}", "up to 256 printable characters without blanks"),
        "server",
        "Token for the control API below /_pbx; without one it answers only on the machine's own addresses.",
    )

    client_id: str = _setting(
        "DemoClientId00000000000000000001", SHORT_TEXT, "pbx", "Client ID (username) of the API client."
    )
    client_secret: str = _setting(
        "DemoClientSecret0000000000000001", SHORT_TEXT, "pbx", "Client Secret (password) of the API client."
    )
    timezone: str = _setting("Asia/Shanghai", ZONE, "pbx", "The PBX's time zone, by IANA name.")
    date_format: str = _setting(
        "MM/DD/YYYY",
        choice("MM/DD/YYYY", "DD/MM/YYYY", "YYYY/MM/DD"),
        "pbx",
        "Order of the date in the display format.",
    )
    time_format: str = _setting(
        "24", choice("24", "12"), "pbx", "24 hours, or 12 with AM and PM, in the display format."
    )
    firmware: str = _setting(
        "37.7+",
        choice(*FIRMWARES),
        "pbx",
        "Firmware generation whose interfaces, parameters and rows there are; 37.7+: rows of 37.7, all of the rest.",
    )
    upgraded_at: int = _setting(
        0,
        integer(0, 2**32 - 1),
        "pbx",
        "When the PBX got firmware xx.21 (Unix seconds); earlier calls are legacy rows. Firmware 37.21 and 37.23 only.",
    )
    api_enabled: bool = _setting(True, FLAG, "pbx", "Whether the API is switched on; off answers 70123.")
    require_user_agent: bool = _setting(True, FLAG, "pbx", "Whether a request without User-Agent answers 40002.")
    accept_iso_times: bool = _setting(
        True,
        FLAG,
        "pbx",
        "Whether times may also be ISO 8601 date-times or Unix seconds, as on newer firmware.",
    )
    request_id_header: bool = _setting(
        True,
        FLAG,
        "pbx",
        "Whether answers have X-PBX-Request-Id, their request's id in the journal; off is strict: no real PBX has it.",
    )
    access_token_ttl: int = _setting(1800, SECONDS, "pbx", "Seconds an access token lives.")
    refresh_token_ttl: int = _setting(86400, SECONDS, "pbx", "Seconds a refresh token lives.")
    max_tokens: int = _setting(
        8,
        integer(0, 100_000),
        "pbx",
        "Valid access tokens a client may hold; 0 sets no limit, more answer 60002.",
    )
    max_failed_logins: int = _setting(
        5, integer(0, 100_000), "pbx", "Failed logins in a row that block an address (70004); 0 never blocks."
    )
    login_block_seconds: int = _setting(600, SECONDS, "pbx", "Seconds such a block lasts.")
    allowed_networks: tuple[str, ...] = _setting(
        (),
        NETWORKS,
        "pbx",
        "Networks that may call the API, comma-separated; others get 70087; empty lets all in.",
    )
    download_link_seconds: int = _setting(1800, SECONDS, "pbx", "Seconds a download link can be used.")
    one_time_links: bool = _setting(True, FLAG, "pbx", "Whether a download link works once only.")
    empty_name: str = _setting(" ", TEXT, "pbx", "What stands in a name field when the party's name is unknown.")
    enb_fuzzy_search: int = _setting(
        0,
        integer(0, 1),
        "pbx",
        "CDR option: numbers match in part when a search does not say (cdr/updateoption).",
    )
    enb_new_cdr_fuzzy_search: int = _setting(
        0, integer(0, 1), "pbx", "The same CDR option for rows of newer firmware (cdr/updateoption)."
    )
    device_name: str = _setting("PBX", SHORT_TEXT, "pbx", "Device name in system/information.")
    model_name: str = _setting("Yeastar P550", SHORT_TEXT, "pbx", "Model name in system/information.")
    serial_number: str = _setting("3631A2100001", SHORT_TEXT, "pbx", "Serial number in system/information.")
    hardware_version: str = _setting("V1.00 0000-0000", SHORT_TEXT, "pbx", "Hardware version in system/information.")
    extension_capacity: int = _setting(50, integer(0, 10**6), "pbx", "Extensions the PBX can hold (system/capacity).")
    cc_capacity: int = _setting(25, integer(0, 10**6), "pbx", "Concurrent calls it can carry (system/capacity).")
    cdr_retention_rows: int = _setting(
        0,
        integer(0, 1_000_000_000),
        "pbx",
        "Most CDR rows kept, the oldest go first; 0 keeps all (a PBX keeps 200,000, a P520 100,000).",
    )

    kazoo_account_id: str = _setting(
        "4b415a4f4f2d64656d6f2d6163636f75",
        characters("[0-9a-f]{32}", "32 lower-case hexadecimal digits"),
        "pbx",
        "KAZOO: id of the account that the calls belong to.",
    )
    kazoo_account_name: str = _setting("demo", SHORT_TEXT, "pbx", "KAZOO: name of the account.")
    kazoo_realm: str = _setting(
        "demo.sip.example.com",
        characters("[0-9A-Za-z._-]{4,253}", "a host name of 4 to 253 characters"),
        "pbx",
        "KAZOO: SIP realm of the account.",
    )
    kazoo_api_key: str = _setting(
        "0123456789abcdef" * 4,
        characters("[!-~]{64}", "64 printable characters without blanks"),
        "pbx",
        "KAZOO: API key of the account (api_auth).",
    )
    kazoo_version: str = _setting(
        "5", choice("4.3", "master", "5"), "pbx", "KAZOO: the line of versions whose answers are given."
    )
    kazoo_token_ttl: int = _setting(3600, SECONDS, "pbx", "KAZOO: seconds an auth token lives.")
    kazoo_bucket_size: int = _setting(
        10_000,
        integer(0, 1_000_000_000),
        "pbx",
        "KAZOO: tokens in the rate-limit bucket of an address and account; 0 sets no limit, an empty one answers 429.",
    )
    kazoo_bucket_refill: int = _setting(
        1_000, integer(0, 1_000_000_000), "pbx", "KAZOO: tokens that such a bucket regains each second."
    )
    kazoo_full_docs: bool = _setting(
        False, FLAG, "pbx", "KAZOO: whether full_docs=true lists whole documents, as an operator can allow."
    )
    kazoo_unstreamed_rows: int = _setting(
        0,
        integer(0, 1_000_000_000),
        "pbx",
        "KAZOO: most rows of a list neither in pages nor streamed, more answer 416; 0 sets no limit.",
    )
    kazoo_maximum_range: int = _setting(
        2_682_000, SECONDS, "pbx", "KAZOO: most seconds from created_from to created_to, and how many without them."
    )

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(getattr(self, f.name) for f in fields(self)))

    def __hash__(self) -> int:
        """Worked out once: what is made for a PBX's settings is looked up by them at every request."""
        return self._hash


@dataclass(frozen=True)
class Setting:
    """One row of the table, as the command line, the documents and the error texts see it."""

    name: str
    default: Any
    reader: Reader
    scope: str
    help: str

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    def read(self, value: Any, where: str) -> Any:
        """The value, read. SettingError names ``where`` it stood, the value, and what is allowed."""
        try:
            return self.reader.parse(value)
        except ValueError as allowed:
            raise SettingError(f"{where}: {_shown(value)} is not allowed; expected {allowed}.") from None


SETTINGS: dict[str, Setting] = {
    f.name: Setting(f.name, f.default, f.metadata["reader"], f.metadata["scope"], f.metadata["help"])
    for f in fields(Settings)
}


# A user and a password in a URL.
_CREDENTIALS = re.compile("//[^/]*@")


def _shown(value: Any) -> str:
    text = _CREDENTIALS.sub("//***@", repr(value))
    return text if len(text) <= 160 else f"{text[:159]}…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question that offers the nearest of the known words, after a blank; empty where none is near."""
    import difflib

    near = difflib.get_close_matches(word[:80], list(known), 1, 0.7)
    return f" Did you mean {near[0]}?" if near else ""


def find_setting(name: str, where: str, known: Mapping[str, Any] = SETTINGS) -> Setting:
    """The table's row, or a SettingError that offers the nearest name."""
    if name not in known:
        raise SettingError(f"{where}: there is no setting named {name}.{did_you_mean(name, known)}")
    return SETTINGS[name]


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    variables = {setting.variable: setting for setting in SETTINGS.values()}
    values = {}
    for variable, value in environ.items():
        if variable in variables:
            setting = variables[variable]
            values[setting.name] = setting.read(value, f"Variable {variable}")
        elif variable.startswith(PREFIX) and variable not in OTHER_VARIABLES:
            raise SettingError(
                f"Variable {variable} is not a setting of this program.{did_you_mean(variable, variables)}"
            )
    return values


def _from_file(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"Settings file {path}: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"Settings file {path} is not TOML: {error}.") from None
    where = f"Settings file {path}"
    return {name: find_setting(name, where).read(value, f"{where}, {name}") for name, value in document.items()}


def explicit_settings(
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    config: str | Path | None = None,
) -> dict[str, Any]:
    """The settings somebody gave for this run, read: flags over variables over the file.

    ``flags`` holds values by setting name (None: not given); ``environ`` defaults to the process's; ``config``
    defaults to the variable PBX_CONFIG. Raises SettingError.
    """
    environ = os.environ if environ is None else environ
    config = config or environ.get("PBX_CONFIG")
    values = _from_file(Path(config)) if config else {}
    values |= _from_environment(environ)
    for name, value in (flags or {}).items():
        if value is not None:
            setting = find_setting(name, "Settings given")
            values[name] = setting.read(value, f"Option {setting.flag}")
    return values
