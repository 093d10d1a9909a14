"""Status, stage, ARR and "customer since", derived from contracts every day."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connection, transaction

from accounts import facts
from accounts.revenue import CONTRACT_RUNS_SQL, LINE_RUNS_SQL, LINE_VALUE_SQL

# Field guide 1.3: early to day 90, growth to twelve months, mature after.
ONBOARDING_DAYS: Final = 90
GROWTH_DAYS: Final = 365

# Live: a paid contract runs. Notice: every paid contract that runs has an end that was asked for.
# Churned: there was a paid contract and none runs. Prospect: there never was one, or not yet.
DERIVED = f"""
    SELECT cu.id,
        coalesce(p.arr, 0)::numeric(14, 2) AS arr,
        p.first_on,
        CASE WHEN p.running > 0 AND p.running = p.noticed THEN 'notice'
             WHEN p.running > 0 THEN 'live'
             WHEN p.first_on <= %(day)s THEN 'churned'
             ELSE 'prospect' END AS status,
        CASE WHEN p.first_on IS NULL OR %(day)s::date - p.first_on <= {ONBOARDING_DAYS}
             THEN 'onboarding'
             WHEN %(day)s::date - p.first_on < {GROWTH_DAYS} THEN 'growth'
             ELSE 'mature' END AS stage
    FROM accounts_customer cu
    LEFT JOIN (
        SELECT c.customer_id,
            min(c.starts_on) FILTER (WHERE NOT c.is_trial) AS first_on,
            count(*) FILTER (WHERE NOT c.is_trial AND {CONTRACT_RUNS_SQL}) AS running,
            count(*) FILTER (
                WHERE NOT c.is_trial AND {CONTRACT_RUNS_SQL}
                AND c.notice_given_on <= %(day)s
            ) AS noticed,
            sum(value.arr) FILTER (WHERE {CONTRACT_RUNS_SQL}) AS arr
        FROM accounts_contract c
        CROSS JOIN accounts_organisation o
        LEFT JOIN LATERAL (
            SELECT sum({LINE_VALUE_SQL}) AS arr
            FROM accounts_contractline l
            WHERE l.contract_id = c.id AND {LINE_RUNS_SQL}
        ) value ON true
        WHERE %(ids)s::bigint[] IS NULL OR c.customer_id = ANY(%(ids)s)
        GROUP BY c.customer_id
    ) p ON p.customer_id = cu.id
    WHERE %(ids)s::bigint[] IS NULL OR cu.id = ANY(%(ids)s)
"""  # noqa: S608 (made of constants)

UPDATE = f"""
    UPDATE accounts_customer c
    SET arr = d.arr, status = d.status, stage = d.stage, first_contract_on = d.first_on
    FROM ({DERIVED}) d
    WHERE d.id = c.id
      AND (c.arr, c.status, c.stage, c.first_contract_on)
          IS DISTINCT FROM (d.arr, d.status, d.stage, d.first_on)
    RETURNING c.id
"""  # noqa: S608 (made of constants)


def sweep(day: dt.date, customers: list[int] | None = None) -> int:
    """Bring the copies of ARR, status, stage and first contract up to ``day``; returns how many
    customers changed. All of them, or the ids given, in at most two statements; only changed rows are
    written. Safe to run again.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(UPDATE, {"day": day, "ids": customers})
        changed = [row[0] for row in cursor.fetchall()]
        if changed:
            facts.record(day, changed)
    return len(changed)
