"""Whether a customer stays because it chooses to, or because nothing has made it leave yet (field guide item 5).

========= ==============================================================================================
passive   usage is flat or falling, and there was no expansion in the term, and the contract runs longer
          than a year, renews by itself, or the customer's sentiment is low
active    usage is rising, and it renewed before its term was over, expanded in the term, has more people
          at work, or spoke for us to others
unknown   everything else
========= ==============================================================================================

Usage is compared over eight weeks and the eight before: from 5 % more it rises, from 5 % less it falls; without
use before there is nothing to compare. The term is that of ``health.standing.tenure``; expansion is recurring revenue above
that of the day before the term began (above its first day in a first term), and unknown where a currency has no rate. A long contract or one that renews
by itself never counts for a customer: it is only ever a sign that staying asked for no choice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from django.db.models import Case, F, Min, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from accounts.amounts import line_value, whole_sum
from accounts.expressions import among
from accounts.models import Contract, Customer
from accounts.periods import line_runs, runs
from accounts.revenue import untold
from health import standing
from health.models import StandingKind
from health.standing.tenure import TERM, WHO

WINDOW: Final = 56
RISE, FALL, MORE_PEOPLE = 1.05, 0.95, 1.10
SEEN_BACK: Final = 400
FELT_DAYS: Final = 180
LOW_SENTIMENT: Final = 2
ADVOCACY_DAYS: Final = 365


def _worth(on: str) -> str:
    """The revenue of contracts ``k`` on a day, all days at one rate; NULL where it is unknown."""
    return whole_sum("x.amount", f"{line_runs('l', on)} AND {runs('k', on)}")


QUERY: Final = f"""
    WITH per_contract AS MATERIALIZED ({TERM}), term AS MATERIALIZED (
        SELECT customer_id, min(began_on) AS began_on, bool_or(auto_renews) AS auto_renews,
            bool_or(multi_year) AS multi_year, bool_or(coalesce(early, false)) AS early
        FROM per_contract GROUP BY customer_id
    ), worth AS (
        SELECT t.customer_id, {_worth("%(day)s::date")} AS now,
            coalesce(nullif({_worth("(t.began_on - 1)")}, 0), {_worth("t.began_on")}) AS before
        FROM term t CROSS JOIN accounts_organisation o
        JOIN accounts_contract k ON k.customer_id = t.customer_id AND NOT k.is_trial
        JOIN accounts_contractline l ON l.contract_id = k.id
        CROSS JOIN LATERAL (SELECT {line_value("l", "k", "%(day)s::date")} AS amount OFFSET 0) x
        GROUP BY t.customer_id
    ), used AS (
        SELECT u.customer_id,
            coalesce(sum(u.uses) FILTER (WHERE u.day > %(day)s::date - {WINDOW}), 0) AS uses,
            coalesce(sum(u.uses) FILTER (WHERE u.day <= %(day)s::date - {WINDOW}), 0) AS uses_before,
            avg(u.active_users) FILTER (WHERE u.active_users > 0 AND u.day > %(day)s::date - {WINDOW}) AS people,
            avg(u.active_users) FILTER (WHERE u.active_users > 0 AND u.day <= %(day)s::date - {WINDOW}) AS people_before
        FROM health_usageday u
        WHERE u.day > %(day)s::date - 2 * {WINDOW} AND u.day <= %(day)s::date AND {among("u.customer_id")}
        GROUP BY u.customer_id
    ), felt AS (
        SELECT DISTINCT ON (h.customer_id) h.customer_id, h.sentiment, h.happened_on
        FROM accounts_touchpoint h
        WHERE h.sentiment IS NOT NULL AND h.happened_on <= %(day)s::date
          AND h.happened_on > %(day)s::date - {FELT_DAYS} AND {among("h.customer_id")}
        ORDER BY h.customer_id, h.happened_on DESC, h.id DESC
    ), spoke AS (
        SELECT a.customer_id, max(a.happened_on) AS on_day FROM accounts_advocacyact a
        WHERE a.happened_on <= %(day)s::date AND a.happened_on > %(day)s::date - {ADVOCACY_DAYS}
          AND {among("a.customer_id")}
        GROUP BY a.customer_id
    ), known AS (
        SELECT c.id AS customer_id, t.began_on, coalesce(t.auto_renews, false) AS auto_renews,
            coalesce(t.multi_year, false) AS multi_year, coalesce(t.early, false) AS early,
            CASE WHEN w.customer_id IS NULL THEN false ELSE w.now > w.before END AS expanded, w.now AS arr_now, w.before AS arr_before,
            u.uses, u.uses_before, round(u.people, 1) AS people, round(u.people_before, 1) AS people_before,
            coalesce(u.people >= {MORE_PEOPLE} * u.people_before, false) AS more_people,
            felt.sentiment, felt.happened_on AS felt_on, spoke.on_day AS spoke_on,
            CASE WHEN u.uses_before > 0 AND u.uses >= {RISE} * u.uses_before THEN 'rising'
                 WHEN u.uses_before > 0 AND u.uses <= {FALL} * u.uses_before THEN 'falling'
                 WHEN u.uses_before > 0 THEN 'flat'
                 WHEN coalesce(u.uses, 0) > 0 THEN 'none'
                 WHEN EXISTS (
                    SELECT FROM health_usageday v WHERE v.customer_id = c.id AND v.uses > 0
                      AND v.day <= %(day)s::date AND v.day > %(day)s::date - {SEEN_BACK}
                 ) THEN 'silent' ELSE 'none' END AS usage
        FROM accounts_customer c
        LEFT JOIN term t ON t.customer_id = c.id LEFT JOIN worth w ON w.customer_id = c.id
        LEFT JOIN used u ON u.customer_id = c.id LEFT JOIN felt ON felt.customer_id = c.id
        LEFT JOIN spoke ON spoke.customer_id = c.id
        WHERE {WHO}
    )
    SELECT customer_id,
        CASE WHEN usage IN ('flat', 'falling', 'silent') AND NOT expanded
                  AND (multi_year OR auto_renews OR sentiment <= {LOW_SENTIMENT}) THEN 'passive'
             WHEN usage = 'rising' AND (early OR expanded OR more_people OR spoke_on IS NOT NULL) THEN 'active'
             ELSE 'unknown' END AS state,
        jsonb_build_object('usage', usage, 'term_from', began_on, 'expanded', expanded, 'early', early,
            'more_people', more_people, 'multi_year', multi_year, 'auto_renews', auto_renews,
            'sentiment', sentiment, 'felt_on', felt_on, 'spoke_on', spoke_on) AS facts,
        jsonb_build_object('uses', uses, 'uses_before', uses_before, 'people', people, 'people_before', people_before,
            'arr', arr_now, 'arr_before', arr_before) AS figures
    FROM known
"""  # noqa: S608 (made of constants)


def sweep(day: dt.date, ids: Sequence[int] | None = None) -> int:
    """Store the retention states as of ``day``, from the record as it was; returns how many customers changed state.

    A fixed number of statements; safe to run again; killed, the next run reaches the same rows.
    """
    return standing.keep(StandingKind.RETENTION, QUERY, day, ids)


def passive(customers: QuerySet[Customer], day: dt.date) -> QuerySet[Customer]:
    """The passive of ``customers`` with ``ends_on``, the end of the term they are in, ``why``, the facts, and
    ``passive_since``: the revenue that leaves without a word when its term is over.

    The term ends with the next renewal, else with the first agreed end of a contract; None where it only rolls.
    """
    agreed = Contract.objects.paying_on(day).filter(customer=OuterRef("pk"), ends_on__gt=day)
    first = Subquery(agreed.order_by().values("customer").annotate(first=Min("ends_on")).values("first"))
    return customers.filter(standings__kind=StandingKind.RETENTION, standings__state="passive").annotate(
        ends_on=Coalesce(Case(When(next_renewal_on__gt=day, then=F("next_renewal_on"))), first),
        passive_since=F("standings__since"),
        why=F("standings__facts"),
    )


def passive_by_end(customers: QuerySet[Customer], day: dt.date) -> dict[str, dict[str, Any]]:
    """``arr`` of the passive of ``customers`` in all and by how soon their contract ends, and how many it leaves out
    because theirs is unknown (``untold``). One statement.
    """
    rows = passive(customers, day)
    near, year = day + dt.timedelta(days=90), day + dt.timedelta(days=365)
    parts = {
        "all": Q(),
        "near": Q(ends_on__lte=near),
        "year": Q(ends_on__gt=near, ends_on__lte=year),
        "later": Q(ends_on__gt=year),
        "open": Q(ends_on__isnull=True),
    }
    sums = {f"{name}_arr": Sum("arr", filter=part, default=Decimal(0)) for name, part in parts.items()}
    left_out = {f"{name}_untold": untold(part) for name, part in parts.items()}
    totals = rows.order_by().aggregate(**sums, **left_out)
    return {name: {"arr": totals[f"{name}_arr"], "untold": totals[f"{name}_untold"]} for name in parts}
