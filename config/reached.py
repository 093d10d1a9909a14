"""Whether the database answers, asked once before or after something else has failed."""

from __future__ import annotations

import psycopg

from config.embedded import Trouble
from config.logs import first_line

PATIENCE = 5  # seconds to wait for a server the caller names


def why_not(conninfo: str, password: str = "") -> str:
    """What keeps a session from being opened, in the first line of the server's or libpq's words; empty: nothing does."""
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
