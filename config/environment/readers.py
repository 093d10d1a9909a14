"""Parsers of variables: each returns a value, or raises ValueError with the problem."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

BASE_DIR: Final = Path(__file__).resolve().parents[2]
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
    """A signing key; refuses the sample's, which is public."""
    if raw.strip().startswith("replace-me"):
        raise ValueError("is the sample's: take 50 random characters, or leave it empty on one host")
    return raw.strip()


def token(raw: str) -> str:
    """A secret that fits into a header; may be empty."""
    if re.fullmatch("[!-~]*", raw):
        return raw
    raise ValueError("must be letters, digits and signs without spaces, or be left empty")


def sender(raw: str) -> str:
    """The sender of mail: an address, optionally with a name before it."""
    if re.fullmatch(r"([^<>@\r\n]*<{0}>|{0})".format(r"[^\s<>@]+@[^\s<>@]+"), raw.strip()):
        return raw.strip()
    raise ValueError("must be an address, as tsunagu@company.example or Tsunagu <tsunagu@company.example>")


def hosts(raw: str) -> list[str]:
    """Host names without scheme and port; a leading dot stands for all subdomains, * for any host."""
    names = words(raw)
    if names and all(HOST.fullmatch(host) for host in names):
        return names
    raise ValueError("must be host names without scheme, port and path, as tsunagu.company.example")


def parts(raw: str, schemes: Collection[str], example: str) -> SplitResult:
    """The parts of a URL with one of these schemes and a valid port, if any; ValueError names the example."""
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
    """A folder; a relative one is below the project's folder."""
    return (BASE_DIR / Path(raw.strip()).expanduser()).resolve()


def folder(raw: str) -> Path | None:
    """As ``path``, or None from an empty value."""
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
    """A broker URL in Celery's notation."""
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
