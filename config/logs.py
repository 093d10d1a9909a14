"""Log formats: one line per refused request, and errors without anybody's values."""

from __future__ import annotations

import logging
import re
from typing import Any, Final

from django.db import connection
from django.db.utils import InterfaceError, OperationalError

SERVER_ERROR: Final = 500
# SQLSTATEs of no connection, of an end or refusal by operator or crash, and of no connection left.
AWAY: Final = ("08", "57P", "53300")
# What PostgreSQL adds to an error: rows and keys with their values.
VALUES: Final = re.compile(r"^ *\|? *(DETAIL|CONTEXT|LINE \d+):.*$(\n^(?!\S).*$)*\n?", re.MULTILINE)
LINK: Final = re.compile(r"(/password/reset/key/|/set-up/)[^/\s]+")


class Refused(logging.Filter):
    """Remove the traceback of a request that was refused or met an unreachable database: one line is enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true: only the traceback is dropped, never the record."""
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
    """Whether the database shut down, ended the session, had no connection left or could not be reached.

    Time-outs of statements and locks do not count. Call in the thread that met the error. The driver's own errors have
    no SQLSTATE: with an open connection they are bugs of this program.
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
    """One line per record, tracebacks without the database's values, and no mailed links."""

    def format(self, record: logging.LogRecord) -> str:
        return LINK.sub(r"\1…", super().format(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's own name)
        return VALUES.sub("", super().formatException(ei))
