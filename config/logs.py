"""What the log says: one line a request that was refused, and of errors what happened but nobody's values."""

from __future__ import annotations

import logging
import re
from typing import Any, Final

SERVER_ERROR: Final = 500
# What PostgreSQL adds to an error: rows and keys with their values.
VALUES: Final = re.compile(r"^ *\|? *(DETAIL|CONTEXT|LINE \d+):.*$(\n^(?!\S).*$)*\n?", re.MULTILINE)
LINK: Final = re.compile(r"(/password/reset/key/|/set-up/)[^/\s]+")


class Refused(logging.Filter):
    """Take the traceback from a request that was refused: it is the caller's error, told in one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true: nothing is left out but the traceback."""
        status = getattr(record, "status_code", None)
        if isinstance(status, int) and status < SERVER_ERROR:
            record.exc_info = record.exc_text = None
        return True


class Discreet(logging.Formatter):
    """One line a record; a traceback, where there is one, without the values that the database names, and no mailed link."""

    def format(self, record: logging.LogRecord) -> str:
        return LINK.sub(r"\1…", super().format(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's own name)
        return VALUES.sub("", super().formatException(ei))
