"""Any file that can be imported as a table of rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from accounts.imports.dialects import Dialect, actual, first_bytes, text_of
from accounts.imports.json_lines import LIST_BEGINS, JsonLines, refuse_list
from accounts.imports.rows import Delimited, Table, Unreadable
from accounts.imports.sheets import workbook


@contextmanager
def opened(path: Path, said: Dialect) -> Iterator[Table]:
    """The table in ``path``; raises Unreadable with one sentence.

    What the file's first bytes prove goes before what is ``said``: a byte order mark, a workbook, rejected rows.
    """
    encoding = said.encoding
    try:
        head = first_bytes(path)
        dialect = actual(head, said)
        encoding = dialect.encoding
        if dialect.format == "xlsx":
            with workbook(path, dialect) as sheet:
                yield sheet
            return
        refuse_list(path, text_of(head[:LIST_BEGINS], encoding))
        name = "utf-8-sig" if encoding.casefold() in {"utf-8", "utf8"} else encoding
        with path.open(encoding=name, errors="surrogateescape", newline="") as stream:
            table = JsonLines(path, stream, dialect) if dialect.format == "jsonl" else Delimited(path, stream, dialect)
            yield table
    except (OSError, UnicodeError) as error:
        raise Unreadable(sentence_of(path, encoding, error)) from error


def sentence_of(path: Path, encoding: str, error: Exception) -> str:
    names = {"file": path.name, "encoding": encoding}
    if isinstance(error, UnicodeError):
        return _("%(file)s is not text in the encoding %(encoding)s.") % names
    names["reason"] = getattr(error, "strerror", None) or str(error)
    return _("%(file)s cannot be read: %(reason)s.") % names
