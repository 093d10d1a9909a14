"""Every few seconds: score the customers that something happened to, and say what to do next with them."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connection, transaction

from accounts.models import Customer
from health import motions, rollup
from health.cases import sweep as cases
from health.scoring import LOOK_UP_BELOW, writing
from health.scoring.formula import Scope

FEW: Final = 100

TAKE: Final = """
    WITH taken AS (
        DELETE FROM accounts_changemark WHERE id IN (
            SELECT id FROM accounts_changemark ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
        )
        RETURNING customer_id
    )
    SELECT DISTINCT customer_id FROM taken ORDER BY customer_id
"""


def changed(day: dt.date, limit: int) -> int:
    """Roll up new usage, score the customers marked changed, up to ``limit`` marks, open their cases and say what to
    do next with them; how many.

    Marks go in the transaction that writes scores, cases and motions, so a sweep killed half way has done nothing and the
    next one does all of it. While somebody else scores, 0: the marks wait. A fixed number of statements.
    """
    rollup.roll_up_changed(limit)
    with transaction.atomic():
        if not writing.try_lock():
            return 0
        ids = _take(limit)
        if ids:
            writing.write(_scope(ids), day)
            cases.sweep(day, ids)
            motions.sweep(day, ids)
        return len(ids)


def _take(limit: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [limit])
        return [row[0] for row in cursor.fetchall()]


def _scope(ids: list[int]) -> Scope:
    """One by one, or, when the ids are a good part of all those between them, the whole range at once."""
    between = Customer.objects.filter(pk__range=(ids[0], ids[-1])).count()
    if len(ids) > FEW and len(ids) > LOOK_UP_BELOW * between:
        return Scope(first=ids[0], last=ids[-1])
    return Scope(ids=ids)
