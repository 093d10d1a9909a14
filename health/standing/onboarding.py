"""The first 90 days: who is in them, what is late, and whether a good start retains (field guide items 24, 33, 34).

A customer is judged once a stretch of paid revenue, on its day 90; one that comes back after a gap is judged anew, and
the latest judgement counts. A start is good when at least three of these four held by then, bad otherwise.

========== ==========================================================
activation the milestone was reached
value      the milestone "value shown" was reached
growth     more uses on days 61–90 than on days 1–30
team       the milestone "team adoption" was reached
========== ==========================================================

A customer is not judged when no use of it was ever reported, or when one of its three milestones is unknown
(``health.standing.milestones``) or was never looked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from accounts.expressions import among
from accounts.lifecycle import ONBOARDING_DAYS
from accounts.models import Customer
from accounts.models.customers import CustomerQuerySet
from health.intervals import wilson
from health.models import FirstNinety, Milestone
from health.standing.milestones import MANY

DAYS: Final = ONBOARDING_DAYS
GOOD_AT: Final = 3

JUDGE: Final = f"""
    INSERT INTO health_firstninety
        (customer_id, judged_on, is_good, activation, value, growth, team)
    SELECT f.id, f.day_90, (f.activation::int + f.value::int + (f.last_uses > f.first_uses)::int + f.team::int) >= {GOOD_AT},
        f.activation, f.value, f.last_uses > f.first_uses, f.team
    FROM (
        SELECT c.id, c.first_contract_on + {DAYS} AS day_90, m.activation, m.value, m.team,
            coalesce(u.first_uses, 0) AS first_uses, coalesce(u.last_uses, 0) AS last_uses
        FROM accounts_customer c
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE m.key IN ('activation', 'value', 'team')
                    AND (m.missed_on IS NOT NULL OR m.reached_on <= c.first_contract_on + {DAYS})) AS known,
                coalesce(bool_or(m.key = 'activation' AND m.reached_on <= c.first_contract_on + {DAYS}), false) AS activation,
                coalesce(bool_or(m.key = 'value' AND m.reached_on <= c.first_contract_on + {DAYS}), false) AS value,
                coalesce(bool_or(m.key = 'team' AND m.reached_on <= c.first_contract_on + {DAYS}), false) AS team
            FROM health_milestone m WHERE m.customer_id = c.id
        ) m
        CROSS JOIN LATERAL (
            SELECT sum(u.uses) FILTER (WHERE u.day < c.first_contract_on + 30) AS first_uses,
                sum(u.uses) FILTER (WHERE u.day >= c.first_contract_on + 60) AS last_uses
            FROM health_usageday u WHERE u.customer_id = c.id AND u.day >= c.first_contract_on
              AND u.day < c.first_contract_on + {DAYS}
        ) u
        WHERE c.merged_into_id IS NULL AND c.first_contract_on <= %(day)s::date - {DAYS} AND m.known = 3
          AND {among("c.id")}
          AND NOT EXISTS (SELECT FROM health_firstninety j
                          WHERE j.customer_id = c.id AND j.judged_on >= c.first_contract_on + {DAYS})
          AND EXISTS (SELECT FROM health_usageday v WHERE v.customer_id = c.id AND v.uses > 0)
        OFFSET 0
    ) f
    ON CONFLICT (customer_id) DO UPDATE
    SET judged_on = excluded.judged_on, is_good = excluded.is_good, activation = excluded.activation,
        value = excluded.value, growth = excluded.growth, team = excluded.team
    WHERE health_firstninety.judged_on < excluded.judged_on
"""  # noqa: S608 (made of constants)


def sweep(day: dt.date, ids: Sequence[int] | None = None) -> int:
    """Judge the first 90 days, over by ``day``, of all customers or of ``ids``; returns how many it judged.

    One statement, after many one more. Safe to run again: the judgement of a stretch never changes, and the next run
    makes up for a skipped day.
    """
    with connection.cursor() as cursor:
        cursor.execute(JUDGE, {"day": day, "ids": None if ids is None else list(ids)})
        judged = int(cursor.rowcount)
        if judged >= MANY:
            cursor.execute("ANALYZE health_firstninety")
        return judged


def starters(customers: CustomerQuerySet, day: dt.date) -> QuerySet[Customer]:
    """Those of ``customers`` in their first 90 days, with their milestones. One statement more."""
    steps = Prefetch("milestones", Milestone.objects.order_by("due_on", "pk"))
    return (
        customers.current()
        .filter(first_contract_on__gt=day - dt.timedelta(days=DAYS), first_contract_on__lte=day)
        .prefetch_related(steps)
    )


def with_late(customers: QuerySet[Customer], day: dt.date) -> QuerySet[Customer]:
    """Those of ``starters`` with a milestone that is late."""
    return customers.filter(Exists(Milestone.objects.late(day).filter(customer=OuterRef("pk"))))


@dataclass(frozen=True)
class Start:
    """How those with a good or a bad start fared: ``renewed`` of ``closed`` first renewals, of ``judged`` customers.

    ``interval`` is Wilson's at 95 %; ``article`` the range the literature states, as fractions.
    """

    is_good: bool
    judged: int
    closed: int
    renewed: int
    article: tuple[float, float]

    @property
    def rate(self) -> float | None:
        return self.renewed / self.closed if self.closed else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.renewed, self.closed)


# Field guide 24: a good start retains 90 % and more, a bad one 50 to 60 %.
ARTICLE: Final = {True: (0.9, 1.0), False: (0.5, 0.6)}


def first_90_days(outcomes: Mapping[int, bool], among: QuerySet[Customer] | None = None) -> list[Start]:
    """Actual retention of good and bad starts, the good first.

    ``outcomes`` has, by customer, whether its first closed renewal was renewed; customers without a closed renewal
    are not in it. ``among`` limits the customers judged. One statement.
    """
    judgements = FirstNinety.objects.filter(customer__merged_into__isnull=True)
    if among is not None:
        judgements = judgements.filter(customer__in=among.order_by().values("pk"))
    rows: list[tuple[int, bool]] = list(judgements.values_list("customer_id", "is_good"))
    return [_start(good, [pk for pk, is_good in rows if is_good == good], outcomes) for good in (True, False)]


def _start(is_good: bool, ids: Iterable[int], outcomes: Mapping[int, bool]) -> Start:  # noqa: FBT001 (names the group)
    ids = list(ids)
    renewals = [outcomes[pk] for pk in ids if pk in outcomes]
    return Start(is_good, len(ids), len(renewals), sum(renewals), ARTICLE[is_good])
