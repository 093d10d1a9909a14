"""The table of variables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from config.environment.readers import (
    address,
    choice,
    database,
    email,
    folder,
    hosts,
    key,
    path,
    redis,
    sender,
    switch,
    token,
    whole,
    words,
)

USUAL_PORT: Final = 8000
PROCESSES: Final = ("web", "worker", "migrate", "command", "test")


@dataclass(frozen=True)
class Variable:
    """One environment variable: its parser, type, default and meaning."""

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
        "TSUNAGU_PERSON_KEY",
        key,
        "secret",
        "",
        "Makes the numbers of people who use the product, in place of their names; set it to the old SECRET_KEY before that changes. Empty: SECRET_KEY. "
        "With another one usage that names people is refused until it is set back, or `manage.py number_people_anew` is run.",
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
