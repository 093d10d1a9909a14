"""What else moves when some customers change: the sweeps run for them here and now, in a transaction that is rolled back.

The steps are those of ``config.changed``, so that what is foreseen cannot differ from what happens.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.db import OperationalError, connection, transaction

from accounts import lifecycle, revenue
from accounts.models import Customer
from config import changed, locks
from config.setaside import register

# Of more customers only status and ARR are reckoned: a preview must not take longer than the sweeps may.
MOST: Final = 500
# What moves is told of so many customers, of whom a page lists the first few.
LISTED: Final = 500
# What plays and reviews follow later is not foreseen.
READERS: Final = ("segments", "scores", "renewals", "cases")
# Whoever holds a lock of the sweeps for longer is at work: then nothing is foreseen.
PATIENCE: Final = "SET LOCAL lock_timeout = '500ms'"
CUSTOMERS: Final = f"""
    SELECT c.id, c.name, {lifecycle.is_current("c")} AS pays, coalesce(c.arr, 0) AS arr, coalesce(s.name, '') AS segment, c.band
    FROM accounts_customer c LEFT JOIN accounts_segment s ON s.id = c.segment_id
    WHERE c.id = ANY(%s) AND c.merged_into_id IS NULL
"""  # noqa: S608 (made of constants)
RENEWALS: Final = """
    SELECT r.id, r.customer_id, r.due_on, r.contract_id FROM renewals_renewal r WHERE r.customer_id = ANY(%s) AND r.stage <> 'closed'
"""
CASES: Final = """
    SELECT h.id, h.customer_id, h.title FROM health_case h WHERE h.customer_id = ANY(%s) AND h.state <> 'closed'
"""

log = logging.getLogger(__name__)


class AtWork(Exception):  # noqa: N818  no fault
    """One of the sweeps holds its lock."""


Row = tuple[Any, ...]
Rows = dict[int, Row]
Move = dict[str, Any]
Moves = dict[str, Any]


def foresee(day: dt.date, ids: Sequence[int]) -> Moves | None:
    """What would follow for the customers ``ids``, which changed in this transaction; None where the sweeps are at work, or
    where one of them would fail by data or rules: no answer is no "nothing moves".

    ``customers`` and ``arr`` are those of all who pay, before and after, ``untold`` how many of these have an ARR that cannot
    be told; ``arr_new`` is that of customers who did not pay,
    ``arr_changed`` what the others pay more or less; money as texts. ``kinds`` has by the kind of a move its ``count`` and up to
    500 ``rows``: the customer and its name, what moves (``of``), and its values before and after; a renewal that moves has its
    ``contract`` too. ``revenue`` are such rows of customers whose ARR is another. ``scored`` customers are reckoned
    anew, of ``unseen`` ones only status and ARR.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(PATIENCE)
            return _reckoned(day, list(ids))
    except AtWork:
        return None
    except OperationalError as error:
        if not isinstance(error.__cause__, locks.IN_THE_WAY):
            raise
        return None
    except Exception as error:
        if not register.fails_again(error):
            raise
        log.exception("foreseeing")
        return None


def _reckoned(day: dt.date, ids: list[int]) -> Moves:
    seen = ids if len(ids) <= MOST else []
    now = revenue.totals(Customer.objects.all())
    before = _by_id(CUSTOMERS, ids)
    open_renewals, open_cases = _by_id(RENEWALS, seen), _by_id(CASES, seen)
    if seen:
        readers = changed.readers()
        for name in READERS:
            if not all(map(changed.is_free, readers[name])):
                raise AtWork
            changed.run_steps(name, readers[name], day, seen)
    elif ids:
        lifecycle.sweep(day, ids)
    after = _by_id(CUSTOMERS, ids)
    then = revenue.totals(Customer.objects.all())
    began = [pk for pk, row in after.items() if row[2] and not (pk in before and before[pk][2])]
    new = sum((after[pk][3] for pk in began), Decimal(0))
    kinds = _kinds(before, after) | {
        "renewal_moved": _moved(open_renewals, _by_id(RENEWALS, seen), after),
        **_came_and_went("renewal", open_renewals, _by_id(RENEWALS, seen), after),
        **_came_and_went("case", open_cases, _by_id(CASES, seen), after),
    }
    return {
        "customers": [now.customers, then.customers],
        "arr": [str(now.arr), str(then.arr)],
        "untold": [now.untold, then.untold],
        "arr_new": str(new),
        "arr_changed": str(then.arr - now.arr - new),
        "revenue": [
            _move(pk, row[1], None, str(before[pk][3] if pk in before else 0), str(row[3]))
            for pk, row in after.items()
            if row[3] != (before[pk][3] if pk in before else 0)
        ][:LISTED],
        "scored": len(seen),
        "unseen": len(ids) - len(seen),
        "kinds": {kind: {"count": len(rows), "rows": rows[:LISTED]} for kind, rows in kinds.items() if rows},
    }


def _kinds(before: Rows, after: Rows) -> dict[str, list[Move]]:
    """Customers who enter or leave a segment or a band; for the first time does not count."""
    found: dict[str, list[Move]] = {}
    for kind, place in (("segment", 4), ("band", 5)):
        rows = ((pk, before[pk], row) for pk, row in after.items() if pk in before and before[pk][place])
        found[kind] = [
            _move(pk, row[1], None, old[place], row[place]) for pk, old, row in rows if old[place] != row[place]
        ]
    return found


def _moved(before: Rows, after: Rows, customers: Mapping[int, Row]) -> list[Move]:
    """Renewals that are due on another day than before."""
    return [
        _move(row[1], _name(customers, row[1]), pk, str(before[pk][2]), str(row[2])) | {"contract": row[3]}
        for pk, row in after.items()
        if pk in before and before[pk][2] != row[2]
    ]


def _came_and_went(what: str, before: Rows, after: Rows, customers: Mapping[int, Row]) -> dict[str, list[Move]]:
    """Rows that open, of which only their customer may be there before, and rows that close."""

    def moves(rows: Iterable[tuple[int, Row]], of: Callable[[int], int | None]) -> list[Move]:
        return [_move(row[1], _name(customers, row[1]), of(pk), "", str(row[2])) for pk, row in rows]

    return {
        f"{what}_opens": moves(((pk, row) for pk, row in after.items() if pk not in before), lambda _pk: None),
        f"{what}_closes": moves(((pk, row) for pk, row in before.items() if pk not in after), lambda pk: pk),
    }


def _move(customer: int, name: str, of: int | None, before: str, after: str) -> Move:
    return {"customer": customer, "name": name, "of": of, "before": before, "after": after}


def _name(customers: Mapping[int, Row], pk: int) -> str:
    return str(customers[pk][1]) if pk in customers else ""


def _all(statement: str, *params: Any) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params or None)
        return list(cursor.fetchall())


def _by_id(statement: str, ids: list[int]) -> Rows:
    return {row[0]: row for row in _all(statement, ids)} if ids else {}
