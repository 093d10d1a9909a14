"""What the log says: one line a request that was refused, and of errors what happened but nobody's values."""

from __future__ import annotations

import logging
import re
from typing import Any, Final

from django.db import connection
from django.db.utils import InterfaceError, OperationalError

SERVER_ERROR: Final = 500
# Of SQLSTATE: no connection, ended or not let in by the operator or a crash, none left.
AWAY: Final = ("08", "57P", "53300")
# What PostgreSQL adds to an error: rows and keys with their values.
VALUES: Final = re.compile(r"^ *\|? *(DETAIL|CONTEXT|LINE \d+):.*$(\n^(?!\S).*$)*\n?", re.MULTILINE)
LINK: Final = re.compile(r"(/password/reset/key/|/set-up/)[^/\s]+")


class Refused(logging.Filter):
    """Take the traceback from a request that was refused, or met a database that was away: it is told in one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true: nothing is left out but the traceback."""
        status = getattr(record, "status_code", None)
        if not isinstance(status, int):
            return True
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and was_away(error):
            record.msg, record.args = f"{record.getMessage()} ({first_line(error)})", ()
            record.exc_info = record.exc_text = None
        elif status < SERVER_ERROR:
            record.exc_info = record.exc_text = None
        return True


def was_away(error: BaseException) -> bool:
    """Whether the database shut down, ended the session, had no connection left or could not be reached; a statement or lock
    that took too long is no such case. Asked by the thread that met the error.

    The driver's own errors have no SQLSTATE: where the connection still stands they are a mistake of this program.
    """
    if not isinstance(error, InterfaceError | OperationalError):
        return False
    if state := getattr(error.__cause__, "sqlstate", None):
        return state.startswith(AWAY)
    session = connection.connection
    return session is None or session.broken


def first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


class Discreet(logging.Formatter):
    """One line a record; a traceback, where there is one, without the values that the database names, and no mailed link."""

    def format(self, record: logging.LogRecord) -> str:
        return LINK.sub(r"\1…", super().format(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's own name)
        return VALUES.sub("", super().formatException(ei))
