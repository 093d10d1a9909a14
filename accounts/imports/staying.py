"""What stayed when files were undone, because of files that are undone now: it is asked about once more.

A row stays where a later import changed it or rows of another one hang on it, a field where a later import changed it or one that
stands together with it. With the Undo of that import nothing is in the way any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import connection

from accounts.imports.noted import noted
from accounts.imports.targets import TARGETS
from accounts.models import Customer, ImportFile

# Lines of files that were undone before, of rows that stayed because of what ``files`` did to them, or hung on their customers,
# or on those below them; of people, in whose care customers may have been, and of what tells of no customer.
STAYED: Final = """
    WITH RECURSIVE concerned(id) AS (
        SELECT unnest(%(customers)s::bigint[])
        UNION SELECT c.parent_id FROM accounts_customer c JOIN concerned o ON o.id = c.id WHERE c.parent_id IS NOT NULL
    )
    UPDATE accounts_importline l SET outcome = '', reason = '', field = ''
    FROM accounts_importfile f
    WHERE l.file_id = f.id AND l.kind IN ('new', 'changed') AND l.outcome = 'kept' AND f.written AND f.undone AND f.id <> %(asked)s
      AND (l.customer_id IN (SELECT id FROM concerned) OR l.kind = 'new' AND l.object_kind = ANY(%(shared)s)
           OR EXISTS (SELECT FROM accounts_importline m WHERE m.file_id = ANY(%(files)s) AND m.kind = 'changed'
                        AND (m.object_kind, m.object_id) = (l.object_kind, l.object_id) AND m.id <> l.id)
           OR EXISTS (SELECT FROM accounts_importspan m WHERE m.file_id = ANY(%(files)s) AND m.changes <> '{}'
                        AND m.object_kind = l.object_kind AND l.object_id BETWEEN m.first_id AND m.last_id))
    RETURNING l.id, l.file_id
"""


def open_again(files: Sequence[ImportFile], customers: Iterable[int], asked: int) -> dict[int, int]:
    """Open the lines of files that were undone before and that stayed because of what ``files`` did, or because of rows of
    ``customers`` that have gone; the file of each line. Of ``asked``, a file, none are opened. One statement.
    """
    given: dict[str, Any] = {
        "files": [file.pk for file in files], "asked": asked, "customers": [pk for pk in customers if pk],
        "shared": sorted({"user", *(kind for file in files for kind in shared(file))}),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(STAYED, given)
        return dict(cursor.fetchall())


def shared(file: ImportFile) -> list[str]:
    """The kinds of rows of no customer that files of its target fill, and that several imports may tell of."""
    target = TARGETS.get(file.target)
    tables = noted(target) if target else []
    return [
        table.kind
        for table in tables
        if table.model is not Customer and not table.whole and "customer" not in table.columns
    ]
