"""Renewals and reviews as work in the capacity plan."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.lifecycle import is_current
from accounts.workload import WEEKS, Among, Kind, Source


def reviews(among: Among) -> str:
    """Each open QBR, on its due day."""
    return f"""
        SELECT 'qbr', c.id, 'owner', NULL::bigint, q.due_on
        FROM renewals_qbr q JOIN accounts_customer c ON c.id = q.customer_id
        WHERE q.held_on IS NULL AND q.due_on < %(until)s::date AND {is_current("c")} AND {among("NULL")}
    """  # noqa: S608 (made of constants)


def in_work(among: Among) -> str:
    """Each prep, once in every week in which a renewal that it prepares is in work: one that is open, its end not
    confirmed, from the start of its prep to its end, or overdue.
    """
    return f"""
        SELECT 'renewal', c.id, 'owner', NULL::bigint, %(day)s::date + 7 * n
        FROM renewals_renewal r JOIN accounts_customer c ON c.id = r.customer_id
        CROSS JOIN generate_series(0, {WEEKS - 1}) n
        WHERE r.stage <> 'closed' AND r.leaving <> 'confirmed' AND c.merged_into_id IS NULL
          AND (r.stage <> 'upcoming' OR r.prep_on < %(day)s::date + 7 * (n + 1))
          AND (r.due_on <= %(day)s::date OR r.due_on > %(day)s::date + 7 * n) AND {among("NULL")}
        GROUP BY c.id, coalesce(r.prep_with_id, r.id), n
    """  # noqa: S608 (made of constants)


REVIEWS: Final = Source((Kind("qbr", _("QBR"), 240, _("each")),), reviews)
IN_WORK: Final = Source((Kind("renewal", _("Renewal in work"), 45, _("a week")),), in_work)
