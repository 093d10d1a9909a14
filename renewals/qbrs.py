"""Business reviews: due by the segment's cadence, closed with goals only (field guide items 39, 40)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import access, seen
from accounts.ends import is_certain
from accounts.expressions import among
from accounts.lifecycle import is_current
from accounts.models import User
from renewals.models import Qbr

SOON_DAYS: Final = 30
CLOSING: Final = ["goals", "held_on", "closed_by", "note"]  # what closing writes, and what is marked

# No review falls on a day after the customer has left, nor before an end that is confirmed.
GOES_ON: Final = f"(c.leaves_on IS NULL OR NOT {is_certain('c')} AND c.leaves_on > {{due_on}})"

# A customer never reviewed falls into the rhythm counted from its first contract: what was not
# recorded before the product came is not held against anybody.
SCHEDULE: Final = f"""
    INSERT INTO renewals_qbr (customer_id, due_on, goals, note)
    SELECT c.id, due.on_day, '[]', ''
    FROM accounts_customer c
    JOIN accounts_segment s ON s.id = c.segment_id AND s.qbr_every_days IS NOT NULL
    CROSS JOIN LATERAL (
        SELECT max(q.held_on) AS latest, bool_or(q.held_on IS NULL) AS is_open
        FROM renewals_qbr q WHERE q.customer_id = c.id
    ) held
    CROSS JOIN LATERAL (
        SELECT CASE WHEN held.latest IS NOT NULL THEN held.latest + s.qbr_every_days
             ELSE c.first_contract_on + s.qbr_every_days * greatest(
                1, ceil((%(day)s::date - c.first_contract_on)::numeric / s.qbr_every_days)::int)
        END AS on_day
    ) due
    WHERE {is_current("c")} AND {GOES_ON.format(due_on="due.on_day")}
      AND c.first_contract_on <= %(day)s AND held.is_open IS NOT TRUE
      AND {among("c.id")}
    ORDER BY c.id
    ON CONFLICT DO NOTHING
"""  # noqa: S608 (made of constants)

# Nobody has written anything into these, and nobody is to hold them any more.
UNSCHEDULE: Final = f"""
    DELETE FROM renewals_qbr q USING accounts_customer c
    LEFT JOIN accounts_segment s ON s.id = c.segment_id
    WHERE c.id = q.customer_id AND q.held_on IS NULL AND q.goals = '[]' AND q.note = ''
      AND (NOT {is_current("c")} OR s.qbr_every_days IS NULL OR NOT {GOES_ON.format(due_on="q.due_on")})
      AND {among("c.id")}
"""  # noqa: S608 (made of constants)


def visible(user: User) -> QuerySet[Qbr]:
    """Reviews of customers ``user`` may see."""
    return Qbr.objects.filter(access.sees(user, "customer__"), customer__merged_into__isnull=True)


def due_soon(rows: QuerySet[Qbr], day: dt.date) -> QuerySet[Qbr]:
    """Those not held that are due within 30 days, overdue ones included."""
    return rows.filter(held_on=None, due_on__lte=day + dt.timedelta(days=SOON_DAYS))


def soon_count(user: User, day: dt.date) -> int:
    """How many reviews ``user`` sees due soon. One statement."""
    return due_soon(visible(user), day).count()


def sweep(day: dt.date, ids: Sequence[int] | None = None) -> int:
    """Give every customer, or those of ``ids``, whose segment holds QBRs one open QBR; return how many rows changed.

    Due one cadence after the last one held, or after the first contract began. Two statements;
    safe to run again or twice at once.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        given = {"day": day, "ids": None if ids is None else list(ids)}
        cursor.execute(UNSCHEDULE, given)
        changed = cursor.rowcount
        cursor.execute(SCHEDULE, given)
        return changed + cursor.rowcount


@transaction.atomic
def close(qbr: Qbr, user: User, day: dt.date, goals: Sequence[str], note: str = "") -> Qbr:
    """Record that the review was held on ``day``, with next quarter's goals: at least one."""
    held = _held(qbr)
    if held.held_on:
        raise seen.Ended(_("This QBR is closed already."), held.closed_by, held.held_on)
    qbr.goals = [goal.strip() for goal in goals if goal.strip()]
    if not qbr.goals:
        raise ValidationError({"goals": _("A QBR is closed with at least one goal for the next quarter.")})
    qbr.held_on, qbr.closed_by, qbr.note = day, user, note.strip()
    qbr.save(update_fields=CLOSING)
    return qbr


@transaction.atomic
def reopen(qbr: Qbr, *, back: str = "") -> Qbr:
    """Take back the closing; what was written stays. The QBR scheduled since is taken back too;
    ValidationError where something is written in it, and where the closing is not the one that ``back`` marks.
    """
    seen.check(_held(qbr), CLOSING, back)
    others = Qbr.objects.filter(customer=qbr.customer_id, held_on=None).exclude(pk=qbr.pk)
    others.filter(goals=[], note="").delete()
    if others.exists():
        raise ValidationError(_("Another QBR of this customer is open, with something written in it."))
    qbr.held_on = qbr.closed_by = None
    qbr.save(update_fields=["held_on", "closed_by"])
    return qbr


def mark(qbr: Qbr) -> str:
    """The mark of how the review was closed, for ``reopen``."""
    return seen.mark(qbr, CLOSING)


def _held(qbr: Qbr) -> Qbr:
    """The review as it stands, locked; ValidationError where it is gone."""
    held = Qbr.objects.select_for_update().filter(pk=qbr.pk).first()
    if held is None:
        raise ValidationError(_("This QBR is gone."))
    return held
