"""Renewal prep: opened 60 to 90 days out, four parts, pre-filled from live data.

Field guide item 37. Renewals of one customer due within 30 days of each other share one prep: it
hangs on the one that opens first, the others point to it by ``prep_with``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from renewals import facts
from renewals.models import PrepPart, Renewal, RenewalStage

SHARE_DAYS: Final = 30
# Fixed by the design: the notice must be out a month before prep would otherwise begin.
NOTICE_LEAD_DAYS: Final = 30
DEFAULT_LEAD_DAYS: Final = 90
LONGEST_LEAD: Final = 90

# Upcoming renewals whose prep is due: on the earlier of due − lead and due − notice − 30 days.
DUE: Final = f"""
    WITH near AS (
        SELECT id, customer_id, due_on, notice_on FROM renewals_renewal
        WHERE stage = 'upcoming' AND due_on <= %(day)s::date + {LONGEST_LEAD}
        UNION
        SELECT id, customer_id, due_on, notice_on FROM renewals_renewal
        WHERE stage = 'upcoming' AND notice_on <= %(day)s::date + {NOTICE_LEAD_DAYS}
    )
    SELECT near.id FROM near
    JOIN accounts_customer c ON c.id = near.customer_id
    LEFT JOIN accounts_segment s ON s.id = c.segment_id
    WHERE (near.due_on <= %(day)s::date + coalesce(s.renewal_lead_days, {DEFAULT_LEAD_DAYS})
           OR near.notice_on <= %(day)s::date + {NOTICE_LEAD_DAYS})
      AND (%(ids)s::bigint[] IS NULL OR c.id = ANY(%(ids)s))
"""  # noqa: S608 (made of constants)

# Earliest first, each renewal to open joins the prep that is open within 30 days of it or heads a
# new one; then whatever else of the customer is upcoming within 30 days of a head is taken along.
OPEN: Final = f"""
    WITH RECURSIVE called AS (
        SELECT r.id, r.customer_id, r.due_on FROM renewals_renewal r
        WHERE r.id = ANY(%(ids)s) AND r.stage = 'upcoming'
    ), standing AS (
        SELECT r.id, r.customer_id, r.due_on FROM renewals_renewal r
        WHERE r.customer_id IN (SELECT customer_id FROM called)
          AND r.stage NOT IN ('upcoming', 'closed') AND r.prep_with_id IS NULL
    ), alone AS (
        SELECT c.* FROM called c
        WHERE NOT EXISTS (
            SELECT FROM standing s
            WHERE s.customer_id = c.customer_id AND abs(s.due_on - c.due_on) <= {SHARE_DAYS}
        )
    ), heads AS (
        (SELECT DISTINCT ON (customer_id) * FROM alone ORDER BY customer_id, due_on, id)
        UNION ALL
        SELECT n.* FROM heads h
        CROSS JOIN LATERAL (
            SELECT a.* FROM alone a
            WHERE a.customer_id = h.customer_id AND a.due_on > h.due_on + {SHARE_DAYS}
            ORDER BY a.due_on, a.id LIMIT 1
        ) n
    ), leads AS (
        SELECT * FROM standing UNION ALL SELECT * FROM heads
    ), joined AS (
        SELECT r.id, (
            SELECT l.id FROM leads l
            WHERE l.customer_id = r.customer_id AND abs(l.due_on - r.due_on) <= {SHARE_DAYS} AND l.id <> r.id
            ORDER BY abs(l.due_on - r.due_on), l.id LIMIT 1
        ) AS head_id
        FROM renewals_renewal r
        WHERE r.stage = 'upcoming' AND r.customer_id IN (SELECT customer_id FROM called)
          AND r.id NOT IN (SELECT id FROM heads)
    )
    UPDATE renewals_renewal r
    SET stage = 'preparing', prep_opened_on = %(day)s, prep_with_id = o.head_id
    FROM (
        SELECT id, head_id FROM joined WHERE head_id IS NOT NULL
        UNION ALL SELECT id, NULL FROM heads
    ) o
    WHERE o.id = r.id
    RETURNING r.id
"""  # noqa: S608 (made of constants)


def prep_day(due: dt.date, lead_days: int, notice_days: int) -> dt.date:
    """The earlier of ``due`` − lead and ``due`` − notice − 30 days: prep begins."""
    return due - dt.timedelta(days=max(lead_days, notice_days + NOTICE_LEAD_DAYS))


def open_due(day: dt.date, customers: Sequence[int] | None = None) -> int:
    """Open the prep of every renewal, or of those of ``customers``, whose day has come or is past; return how many.

    One statement when none is due, else three. Call inside a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"day": day, "ids": None if customers is None else list(customers)})
        due = [row[0] for row in cursor.fetchall()]
    return open_prep(due, day) if due else 0


def open_prep(renewals: list[int], day: dt.date) -> int:
    """Move these upcoming renewals, and those that share their prep, to preparing; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN, {"ids": renewals, "day": day})
        opened = [row[0] for row in cursor.fetchall()]
    write_parts(opened, day)
    return len(opened)


def write_parts(renewals: list[int], day: dt.date) -> None:
    """Give each of ``renewals`` that heads a prep its four parts with the facts of ``day``."""
    if renewals:
        facts.write(renewals, day)


def head_of(renewal: Renewal) -> int:
    """Id of the renewal whose four parts count for this one."""
    return renewal.prep_with_id or renewal.pk


def parts_of(renewal: Renewal) -> list[PrepPart]:
    """The four parts, in order, of the prep that ``renewal`` heads or shares; none before it opened."""
    parts = PrepPart.objects.filter(renewal=head_of(renewal)).select_related("done_by")
    order = PrepPart.Part.values
    return sorted(parts, key=lambda part: order.index(part.part))


def complete(renewal: Renewal, part: str, user: User | None, day: dt.date, note: str = "") -> bool:
    """Mark one part done; False when it was done already or there is no such part yet.

    ``user`` is None when a playbook's task was closed by nobody. An empty ``note`` keeps the old.
    """
    written = {"done_on": day, "done_by": user} | ({"note": note} if note else {})
    parts = PrepPart.objects.filter(renewal=head_of(renewal), part=part, done_on=None)
    return parts.update(**written) == 1


def reopen(renewal: Renewal, part: str) -> bool:
    """Mark one part as still to do; its note stays. False when it was not done."""
    parts = PrepPart.objects.filter(renewal=head_of(renewal), part=part, done_on__isnull=False)
    return parts.update(done_on=None, done_by=None) == 1


def keep_note(renewal: Renewal, part: str, note: str) -> bool:
    """Keep what was written about a part without calling it done; False when there is no such part."""
    return PrepPart.objects.filter(renewal=head_of(renewal), part=part).update(note=note) == 1


def move(renewal: Renewal, stage: str, day: dt.date) -> int:
    """Move an open renewal to another open stage, forward or back; return how many moved with it.

    Leaving "upcoming" opens the prep, early where it must be. Going back there is refused once
    the prep is due: the next sweep would open it again. Raises ValidationError with a sentence.
    """
    if renewal.is_closed or stage == RenewalStage.CLOSED:
        raise ValidationError(_("A renewal is closed, and opened again, with its outcome."))
    if stage not in RenewalStage.values:
        raise ValidationError(_("“%(stage)s” is no stage."), params={"stage": stage})
    with transaction.atomic():
        if stage == RenewalStage.UPCOMING:
            return put_back(renewal, day)
        opened = open_prep([renewal.pk], day) if renewal.stage == RenewalStage.UPCOMING else 0
        moved = Renewal.objects.still_open().filter(pk=renewal.pk).exclude(stage=stage).update(stage=stage)
        renewal.stage = stage
        return max(opened, moved)


def put_back(renewal: Renewal, day: dt.date) -> int:
    """Return a renewal whose prep was opened early to upcoming; its parts are kept."""
    segment = renewal.customer.segment
    lead = segment.renewal_lead_days if segment else DEFAULT_LEAD_DAYS
    due = prep_day(renewal.due_on, lead, renewal.contract.notice_days)
    if due <= day:
        raise ValidationError(_("Its prep has been due since %(day)s."), params={"day": date_format(due)})
    group = Renewal.objects.still_open().filter(Q(pk=renewal.pk) | Q(prep_with=renewal.pk))
    moved = group.update(stage=RenewalStage.UPCOMING, prep_opened_on=None, prep_with=None)
    renewal.stage = RenewalStage.UPCOMING.value
    return moved
