"""What an operator can set: every environment variable with its type, default and meaning.

The table below is the only place a variable is declared. ``config.settings`` reads it,
``manage.py settings_table`` prints it for the operations guide.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR: Final = Path(__file__).resolve().parent.parent
PREFIX: Final = "TSUNAGU_"
USUAL_PORT: Final = 8000
PROCESSES: Final = ("web", "worker", "migrate", "command", "test")
ON: Final = ("1", "on", "true", "yes")
OFF: Final = ("0", "off", "false", "no")
HOST: Final = re.compile(r"\*|\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]", re.IGNORECASE)


def switch(raw: str) -> bool:
    """True or False from on/off, yes/no, true/false, 1/0."""
    word = raw.strip().lower()
    if word in ON or word in OFF:
        return word in ON
    raise ValueError("must be on or off")


def key(raw: str) -> str:
    """A signing key; not the sample's, which everybody knows."""
    if raw.strip().startswith("replace-me"):
        raise ValueError("is the sample's: take 50 random characters, or leave it empty on one host")
    return raw.strip()


def token(raw: str) -> str:
    """A secret as it travels in a header; empty where none is given."""
    if re.fullmatch("[!-~]*", raw):
        return raw
    raise ValueError("must be letters, digits and signs without spaces, or be left empty")


def sender(raw: str) -> str:
    """Who mail comes from: an address, also with a name before it."""
    if re.fullmatch(r"([^<>@\r\n]*<{0}>|{0})".format(r"[^\s<>@]+@[^\s<>@]+"), raw.strip()):
        return raw.strip()
    raise ValueError("must be an address, as tsunagu@company.example or Tsunagu <tsunagu@company.example>")


def hosts(raw: str) -> list[str]:
    """Host names without scheme and port; with a dot before it all below a name, * any."""
    found = words(raw)
    if found and all(HOST.fullmatch(host) for host in found):
        return found
    raise ValueError("must be host names without scheme, port and path, as tsunagu.company.example")


def parts(raw: str, schemes: Collection[str], example: str) -> SplitResult:
    """The parts of an address with one of these schemes and, if any, a port; ValueError names the example."""
    try:
        url = urlsplit(raw.strip())
        if url.scheme in schemes and (url.port is None or url.port > 0):
            return url
    except ValueError:
        pass
    raise ValueError(f"must look like {example}")


def address(raw: str) -> str:
    """An IPv4 or IPv6 address."""
    try:
        return str(ipaddress.ip_address(raw.strip()))
    except ValueError:
        raise ValueError("must be an IP address, as 127.0.0.1 or 0.0.0.0") from None


def words(raw: str) -> list[str]:
    """The parts of a comma-separated value, without empty ones."""
    return [part.strip() for part in raw.split(",") if part.strip()]


def path(raw: str) -> Path:
    """A folder; a relative one is taken from the project's folder."""
    return (BASE_DIR / Path(raw.strip()).expanduser()).resolve()


def folder(raw: str) -> Path | None:
    """A folder as ``path`` takes it, or None from an empty value."""
    return path(raw) if raw.strip() else None


def whole(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers from ``low`` to ``high``, both allowed."""

    def read(raw: str) -> int:
        if raw.strip().isdecimal() and low <= int(raw) <= high:
            return int(raw)
        raise ValueError(f"must be a whole number from {low} to {high}")

    return read


def choice(*allowed: str) -> Callable[[str], str]:
    """A reader of one word out of ``allowed``."""

    def read(raw: str) -> str:
        if raw.strip() in allowed:
            return raw.strip()
        raise ValueError(f"must be one of {', '.join(allowed)}")

    return read


def database(raw: str) -> dict[str, Any]:
    """Django's connection values from a postgresql:// address, or {} from an empty one.

    A host in the query (``postgresql:///name?host=/run/postgresql``) is a socket folder;
    whatever else the query says goes to libpq.
    """
    if not raw.strip():
        return {}
    example = "postgresql://user:password@host:5432/name"
    url = parts(raw, ("postgres", "postgresql"), example)
    name = unquote(url.path.lstrip("/"))
    if not name:
        raise ValueError(f"must look like {example}")
    options = dict(parse_qsl(url.query))
    return {
        "NAME": name,
        "USER": unquote(url.username or options.pop("user", "")),
        "PASSWORD": unquote(url.password or options.pop("password", "")),
        "HOST": unquote(url.hostname or options.pop("host", "")),
        "PORT": str(url.port or options.pop("port", "")),
        "OPTIONS": options,
    }


def redis(raw: str) -> str:
    """A broker address as Celery takes it."""
    if raw.strip():
        parts(raw, ("redis", "rediss", "unix", "redis+socket"), "redis://host:6379/0 or unix:///path/redis.sock")
    return raw.strip().replace("unix://", "redis+socket://", 1)


MAIL: Final = {
    "files": "config.mail.FilesBackend",
    "console": "django.core.mail.backends.console.EmailBackend",
    "smtp": "django.core.mail.backends.smtp.EmailBackend",
}


def email(raw: str) -> dict[str, Any]:
    """Django's mail values from files:, console:, smtp://, smtp+tls:// or smtps:// addresses."""
    example = "smtp+tls://user:password@host:587, or be files: or console:"
    url = parts(raw, ("files", "console", "smtp", "smtp+tls", "smtps"), example)
    if url.scheme in {"files", "console"}:
        return {"BACKEND": MAIL[url.scheme]}
    if not url.hostname:
        raise ValueError(f"must look like {example}")
    return {
        "BACKEND": MAIL["smtp"],
        "HOST": url.hostname,
        "PORT": url.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[url.scheme],
        "HOST_USER": unquote(url.username or ""),
        "HOST_PASSWORD": unquote(url.password or ""),
        "USE_TLS": url.scheme == "smtp+tls",
        "USE_SSL": url.scheme == "smtps",
    }


@dataclass(frozen=True)
class Variable:
    """One environment variable: how it is read and what it stands for."""

    name: str
    read: Callable[[str], Any]
    kind: str
    default: str
    meaning: str


VARIABLES: Final = (
    Variable(
        "DATABASE_URL",
        database,
        "address",
        "",
        "The PostgreSQL database. Empty: `make run` and `manage.py` use the embedded server under LOCAL_DIR.",
    ),
    Variable(
        "REDIS_URL",
        redis,
        "address",
        "",
        "The Redis that carries ids of work to the workers; it may be wiped at any moment. Empty: as for DATABASE_URL.",
    ),
    Variable(
        "BIND",
        address,
        "IP address",
        "127.0.0.1",
        "Address at which the web server listens. Another than loopback: behind a proxy that speaks HTTPS.",
    ),
    Variable("PORT", whole(1, 65535), "number", str(USUAL_PORT), "Port of the web server; `make own` takes 8001."),
    Variable(
        "SECRET_KEY",
        key,
        "secret",
        "",
        "Signs cookies and links; at least 32 characters, the same on every machine. Empty: a random one kept in LOCAL_DIR.",
    ),
    Variable(
        "SECRET_KEY_FALLBACKS",
        words,
        "list",
        "",
        "Earlier keys still accepted, so that changing the key signs nobody out.",
    ),
    Variable(
        "LOCAL_DIR",
        path,
        "folder",
        ".local",
        "Embedded servers, collected static files and the random key live here; `make own` takes .own.",
    ),
    Variable(
        "DEBUG",
        switch,
        "on/off",
        "off",
        "Show tracebacks in the browser. Never on where others can reach it.",
    ),
    Variable(
        "ALLOWED_HOSTS",
        hosts,
        "list",
        "localhost,127.0.0.1,[::1]",
        "Host names the site answers to.",
    ),
    Variable(
        "EMAIL_URL",
        email,
        "address",
        "files:",
        "The mail relay: smtp://, smtp+tls:// or smtps://. files: keeps mail in LOCAL_DIR/mail; console: writes it to the log.",
    ),
    Variable(
        "TSUNAGU_EMAIL_FROM",
        sender,
        "text",
        "Tsunagu <tsunagu@localhost>",
        "The sender of mail.",
    ),
    Variable(
        "TSUNAGU_HTTPS",
        switch,
        "on/off",
        "on",
        "Production: HTTPS only, secure cookies, HSTS. `make run` turns it off where BIND is loopback and no proxy is named.",
    ),
    Variable(
        "TSUNAGU_PROXIES",
        whole(0, 9),
        "number",
        "0",
        "Reverse proxies in front that set X-Forwarded-For and X-Forwarded-Proto. With 0 both headers are ignored.",
    ),
    Variable(
        "TSUNAGU_DEMO",
        choice("auto", "on", "off"),
        "word",
        "auto",
        "Whether the first start fills an empty database with the demo portfolio: auto only on the embedded server and "
        "where this machine alone reaches it (BIND on loopback, no TSUNAGU_PROXIES): its password is published.",
    ),
    Variable(
        "TSUNAGU_BACKUP",
        choice("auto", "on", "off"),
        "word",
        "auto",
        "Whether a backup is made and tried each night from 02:00: auto only on the embedded server, never where DATABASE_URL "
        "names one.",
    ),
    Variable(
        "TSUNAGU_BACKUPS_KEPT",
        whole(1, 400),
        "number",
        "7",
        "How many of the nightly backups stay; the newest that could be restored stays in any case.",
    ),
    Variable(
        "TSUNAGU_HISTORY_DAYS",
        whole(0, 36_500),
        "number",
        "0",
        "Days after which history (who changed what, what left the house) is forgotten. 0: it stays for ever.",
    ),
    Variable(
        "TSUNAGU_BACKUP_FOLDER",
        folder,
        "folder",
        "",
        "Where backups go; best on a disk that outlives this one. Empty: backups in LOCAL_DIR.",
    ),
    Variable(
        "TSUNAGU_ADMIN",
        switch,
        "on/off",
        "off",
        "Mount Django's own admin at /django-admin/.",
    ),
    Variable(
        "TSUNAGU_SESSION_HOURS",
        whole(1, 720),
        "number",
        "12",
        "Hours after which a person signs in again.",
    ),
    Variable(
        "TSUNAGU_LOG_LEVEL",
        choice("DEBUG", "INFO", "WARNING", "ERROR"),
        "word",
        "INFO",
        "How much the log says: DEBUG, INFO, WARNING or ERROR.",
    ),
    Variable(
        "TSUNAGU_DATA_FOLDER",
        folder,
        "folder",
        "",
        "PostgreSQL's data folder where it lies on this machine: its disk is watched. `make run` sets it for the embedded server.",
    ),
    Variable(
        "TSUNAGU_DISK_RESERVE",
        whole(0, 1_000_000),
        "number",
        "512",
        "Megabytes of that disk below which nothing more is written: what would write is answered with 503. 0 never stops.",
    ),
    Variable(
        "TSUNAGU_METRICS_TOKEN",
        token,
        "secret",
        "",
        "Who sends it (`Authorization: Bearer …`) is shown /metrics and the gauges of /readyz. Empty: this machine only.",
    ),
    Variable(
        "TSUNAGU_PROCESS",
        choice(*PROCESSES),
        "word",
        "command",
        "What this process is (web, worker, migrate, command, test); it fixes the time limits of "
        "statements. Set by the entry points, not by hand.",
    ),
)


def read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """Every declared variable's value by name, the default where it is absent.

    Raises ImproperlyConfigured with one sentence on an unknown ``TSUNAGU_`` name or a value
    that cannot be read.
    """
    refuse_unknown(environ)
    return {variable.name: value_of(variable, environ) for variable in VARIABLES}


def refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {variable.name: variable.name.removeprefix(PREFIX) for variable in VARIABLES}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name.removeprefix(PREFIX), known.values(), n=1)
            meant = next((full for full, short in known.items() if near and short == near[0]), "")
            hint = f"; did you mean {meant}?" if meant else "; docs/operations.md lists all."
            raise ImproperlyConfigured(f"Unknown setting {name}{hint}")


def value_of(variable: Variable, environ: Mapping[str, str]) -> Any:
    raw = environ.get(variable.name, variable.default)
    try:
        return variable.read(raw)
    except ValueError as error:
        shown = "its value" if variable.kind in {"secret", "address"} else repr(raw)
        raise ImproperlyConfigured(f"Setting {variable.name} cannot be read: {shown} {error}.") from None


def markdown_rows() -> Iterator[str]:
    """The settings as lines of a Markdown table, in the order declared."""
    yield "| name | type | default | meaning |"
    yield "|---|---|---|---|"
    for variable in VARIABLES:
        default = f"`{variable.default}`" if variable.default else "(empty)"
        yield f"| `{variable.name}` | {variable.kind} | {default} | {variable.meaning} |"
