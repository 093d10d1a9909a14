"""Django's entry for the one database, with the time limits that each kind of process sets when a connection opens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured

# Milliseconds by kind of process; 0 is none.
STATEMENT_LIMIT: Final = {"web": 15_000, "worker": 300_000, "migrate": 0, "command": 0, "test": 0}
LOCK_LIMIT: Final = {"web": 2_000, "worker": 30_000, "migrate": 2_000, "command": 60_000, "test": 30_000}
IDLE_LIMIT: Final = 30_000


def database_settings(given: Mapping[str, Any] | None, process: str) -> dict[str, Any]:
    """Raises ImproperlyConfigured where a process that serves has no address."""
    if not given and process in {"web", "worker"}:
        raise ImproperlyConfigured("DATABASE_URL is not set: name a database, or use `make run`.")
    testing = process == "test"
    limits = {
        "statement_timeout": STATEMENT_LIMIT[process],
        "lock_timeout": LOCK_LIMIT[process],
        "idle_in_transaction_session_timeout": 0 if testing else IDLE_LIMIT,
        # A killed worker's statement ends and lets go of its row, rather than running on for nobody.
        "client_connection_check_interval": 2_000,
    }
    address = dict(given or {"NAME": "tsunagu"})
    options = address.pop("OPTIONS", {})
    return address | {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 0 if testing else None,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": True,
        "OPTIONS": {
            "application_name": f"tsunagu-{process}",
            "connect_timeout": 5,
            "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
        }
        | options,
    }
