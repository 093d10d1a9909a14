"""Checking once whether the database answers."""

from __future__ import annotations

import psycopg

from config.embedded import Trouble
from config.logs import first_line

PATIENCE = 5  # seconds to wait for a server the caller names


def why_not(conninfo: str, password: str = "") -> str:
    """Why no session can be opened: the first line of the error of server or libpq; "" where it can."""
    try:
        psycopg.connect(conninfo, connect_timeout=PATIENCE, password=password or None).close()
    except psycopg.Error as error:
        return first_line(error)
    return ""


def require(conninfo: str, password: str = "") -> None:
    """Raise Trouble with one sentence unless the database that DATABASE_URL names answers."""
    if reason := why_not(conninfo, password):
        message = f"The database in DATABASE_URL cannot be reached ({reason}): start it, correct it, or unset it."
        raise Trouble(message)
