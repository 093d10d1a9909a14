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

# For a customer never reviewed the cadence counts from its first contract: reviews missing from before the product
# was installed do not count as overdue.
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

# Open reviews without goals or note that no longer fall due.
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
    """Open reviews due within 30 days, overdue ones included."""
    return rows.filter(held_on=None, due_on__lte=day + dt.timedelta(days=SOON_DAYS))


def soon_count(user: User, day: dt.date) -> int:
    """How many reviews visible to ``user`` are due soon. One statement."""
    return due_soon(visible(user), day).count()


def sweep(day: dt.date, ids: Sequence[int] | None = None) -> int:
    """Schedule one open QBR for every customer (or those of ``ids``) whose segment has a QBR cadence.

    It is due one cadence after the last one held, or after the first contract began. Deletes empty QBRs that no longer
    fall due. Returns how many rows changed. Two statements; safe to run again or twice at once.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        parameters = {"day": day, "ids": None if ids is None else list(ids)}
        cursor.execute(UNSCHEDULE, parameters)
        changed = cursor.rowcount
        cursor.execute(SCHEDULE, parameters)
        return changed + cursor.rowcount


@transaction.atomic
def close(qbr: Qbr, user: User, day: dt.date, goals: Sequence[str], note: str = "") -> Qbr:
    """Record that the review was held on ``day``, with next quarter's goals: at least one."""
    stored = _held(qbr)
    if stored.held_on:
        raise seen.Ended(_("This QBR is closed already."), stored.closed_by, stored.held_on)
    qbr.goals = [goal.strip() for goal in goals if goal.strip()]
    if not qbr.goals:
        raise ValidationError({"goals": _("A QBR is closed with at least one goal for the next quarter.")})
    qbr.held_on, qbr.closed_by, qbr.note = day, user, note.strip()
    qbr.save(update_fields=CLOSING)
    return qbr


@transaction.atomic
def reopen(qbr: Qbr, *, back: str = "") -> Qbr:
    """Undo the closing; goals and note stay. Deletes the QBR scheduled since.

    ValidationError where that one has goals or a note, and where the closing is not the one that ``back`` marks.
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
    """The mark of the closing, for ``reopen``."""
    return seen.mark(qbr, CLOSING)


def _held(qbr: Qbr) -> Qbr:
    """The review as stored, locked for update; ValidationError where it is gone."""
    stored = Qbr.objects.select_for_update().filter(pk=qbr.pk).first()
    if stored is None:
        raise ValidationError(_("This QBR is gone."))
    return stored
